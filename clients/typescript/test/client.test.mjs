// The client on a fake API: the job of a photo, retries, errors, webhooks. `npm run build` first.
import assert from "node:assert/strict";
import test from "node:test";

import { ApiError, Limner, LimnerError, NotConnected, NotFinished, PhotoFailed, SignatureInvalid, UploadRefused, verifyWebhook } from "../dist/index.js";
import { ORDER_PATH } from "../dist/operations.js";

const URL_OF_API = "https://api.example";
const BUCKET = "https://bucket.example";
const PHOTO_ID = "0".repeat(32);

function json(body, status = 200, headers = {}) {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
}

function problem(status, code, headers = {}) {
  return json({ type: "about:blank", title: "t", status, code, detail: "d", request_id: "r1", errors: [] }, status, headers);
}

/** The API and its storage; `faults` are answered first. Photos are PROCESSING when first polled. */
class FakeApi {
  requests = [];
  slept = [];
  faults = [];
  polls = 0;
  files = [];
  order = undefined;

  client() {
    const sleep = async (seconds) => void this.slept.push(seconds);
    return new Limner({ url: `${URL_OF_API}/v1/`, key: "lk_test_key", fetch: (request) => this.answer(request), sleep });
  }

  async answer(request) {
    this.requests.push(request);
    const fault = this.faults.shift();
    if (fault instanceof Error) throw fault;
    if (fault) return fault;
    const url = new URL(request.url);
    if (url.origin === BUCKET) {
      assert.equal(request.headers.get("authorization"), null);
      if (request.method === "GET") return new Response("pixels");
      const form = await request.formData();
      assert.equal([...form.keys()].at(-1), "file", "storage ignores fields after the file");
      this.files.push(await form.get("file").text());
      return new Response(null, { status: 204 });
    }
    assert.equal(request.headers.get("authorization"), "Bearer lk_test_key");
    if (request.method === "POST" && url.pathname === ORDER_PATH) {
      this.order = await request.json();
      const upload = { url: BUCKET, fields: { key: "k" }, expires_at: "2026-01-01T00:00:00Z", max_bytes: 1000 };
      return json({ photo_id: PHOTO_ID, photo: `photos/${PHOTO_ID}`, upload }, 201);
    }
    if (url.pathname === "/v1/photos") {
      const cursor = url.searchParams.get("cursor");
      return json({ photos: [{ photo_id: cursor ? "2" : "1" }], next_cursor: cursor ? null : "second" });
    }
    this.polls += 1;
    const failed = this.order?.filename.startsWith("bad");
    const status = this.polls === 1 ? "PROCESSING" : failed ? "FAILED" : "READY";
    const failure = status === "FAILED" ? { code: "too_small", message: "Too small." } : null;
    return json({ photo_id: PHOTO_ID, status, failure, results: [] });
  }
}

test("the whole job", async () => {
  const api = new FakeApi();
  const limner = api.client();
  const order = await limner.upload(new TextEncoder().encode("pixels"), { filename: "mug.png", looks: ["oil"], externalId: "SKU-1" });
  assert.equal((await limner.wait(order)).status, "READY");
  assert.deepEqual(api.files, ["pixels"]);
  assert.deepEqual(api.order, { filename: "mug.png", content_type: "image/png", looks: [{ styles: { oil: 1 } }], external_id: "SKU-1" });
  assert.equal(new TextDecoder().decode(await limner.download(`${BUCKET}/picture`)), "pixels");
});

test("a file by its path", async () => {
  const api = new FakeApi();
  await api.client().upload("package.json", { contentType: "image/png" });
  assert.equal(api.order.filename, "package.json");
});

test("a failed photo is an error with its reason", async () => {
  const limner = new FakeApi().client();
  const order = await limner.upload(new Blob(["x"]), { filename: "bad.png" });
  await assert.rejects(limner.wait(order), (error) => error instanceof PhotoFailed && error.code === "too_small");
});

test("waiting ends after its time", async () => {
  const limner = new FakeApi().client();
  await assert.rejects(limner.wait(await limner.upload(new Blob(["x"])), { timeoutSeconds: 0 }), NotFinished);
});

test("all pages of a list are read", async () => {
  const ids = [];
  for await (const photo of new FakeApi().client().photos({ limit: 1 })) ids.push(photo.photo_id);
  assert.deepEqual(ids, ["1", "2"]);
});

test("a call is sent again with the same idempotency key", async () => {
  const api = new FakeApi();
  api.faults.push(new TypeError("down"), problem(503, "unavailable", { "retry-after": "5" }));
  await api.client().upload(new Blob(["x"]));
  const orders = api.requests.filter((each) => new URL(each.url).pathname === ORDER_PATH);
  assert.equal(orders.length, 3);
  assert.equal(new Set(orders.map((each) => each.headers.get("idempotency-key"))).size, 1);
  assert.equal(api.slept[1], 5);
});

test("after every try the last error is thrown", async () => {
  const api = new FakeApi();
  api.faults.push(...Array.from({ length: 9 }, () => new TypeError("down")));
  await assert.rejects(api.client().api.GET("/v1/styles"), NotConnected);
  assert.equal(api.requests.length, 5);
});

test("a quota of a day is not waited for, and a problem is a typed error", async () => {
  const api = new FakeApi();
  api.faults.push(problem(429, "quota_exceeded", { "retry-after": "40000" }));
  await assert.rejects(api.client().api.GET("/v1/styles"), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.status, error.code, error.requestId, error.retryAfterSeconds], [429, "quota_exceeded", "r1", 40000]);
    return true;
  });
  assert.deepEqual(api.slept, []);
});

test("the gateway's own answer is an error too", async () => {
  const api = new FakeApi();
  api.faults.push(json({ message: "Unauthorized" }, 401));
  await assert.rejects(api.client().api.GET("/v1/photos"), /http_401: Unauthorized/);
});

test("storage's refusal has its code", async () => {
  const api = new FakeApi();
  api.faults.push(new Response("<Error><Code>AccessDenied</Code><Message>expired</Message></Error>", { status: 403 }));
  await assert.rejects(api.client().download(`${BUCKET}/x`), /AccessDenied: expired/);
  await assert.rejects(api.client().upload(new Blob(["x".repeat(1001)])), UploadRefused);
});

test("address and key are needed", () => {
  assert.throws(() => new Limner({ url: URL_OF_API, key: "" }), LimnerError);
});

test("webhooks are verified: the specification's example", async () => {
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const body = '{"test": 2432232314}';
  const headers = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  };
  assert.deepEqual(await verifyWebhook(headers, body, secret, 1614265330), { test: 2432232314 });
  for (const [changed, text, now] of [
    [headers, `${body} `, 1614265330],
    [headers, body, 1614265330 + 301],
    [{ ...headers, "webhook-id": "other" }, body, 1614265330],
    [{ ...headers, "webhook-timestamp": "1614265331" }, body, 1614265331],
    [{}, body, 1614265330],
  ]) {
    await assert.rejects(verifyWebhook(changed, text, secret, now), SignatureInvalid);
  }
});
