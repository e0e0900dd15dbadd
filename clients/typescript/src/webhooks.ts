import { SignatureInvalid } from "./errors.js";

const SECRET_PREFIX = "whsec_";
const TOLERANCE_SECONDS = 300;

/**
 * The event in a request, after its signature is checked (Standard Webhooks). Give the body as it came.
 *
 * Throws SignatureInvalid if the request is not signed with the secret, or is more than five minutes old.
 */
export async function verifyWebhook(
  headers: Headers | Record<string, string>,
  body: string,
  secret: string,
  now: number = Date.now() / 1000,
): Promise<unknown> {
  const fields = new Headers(headers);
  const id = fields.get("webhook-id");
  const timestamp = fields.get("webhook-timestamp");
  const signatures = fields.get("webhook-signature")?.split(" ") ?? [];
  if (!id || !timestamp || !/^\d+$/.test(timestamp)) {
    throw new SignatureInvalid("the headers of Standard Webhooks are missing or malformed");
  }
  if (Math.abs(now - Number(timestamp)) > TOLERANCE_SECONDS) {
    throw new SignatureInvalid("the event is too old, or from the future");
  }
  const key = await crypto.subtle.importKey(
    "raw",
    bytesOf(secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["verify"],
  );
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  for (const signature of signatures) {
    const [version, text] = signature.split(",");
    if (version === "v1" && text && (await crypto.subtle.verify("HMAC", key, bytesOf(text), signed))) {
      return JSON.parse(body);
    }
  }
  throw new SignatureInvalid("no signature is by this secret");
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
