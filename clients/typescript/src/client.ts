import createClient, { type Client } from "openapi-fetch";

import { ApiError, apiError, LimnerError, NotFinished, type Photo, PhotoFailed, retryAfterSeconds, UploadRefused } from "./errors.js";
import { ORDER_PATH, TAKES_WAIT } from "./operations.js";
import { DEFAULT_RETRIES, type Fetch, type Retries, retrying, type Sleep, sleepInTimer, tried } from "./retries.js";
import type { components, paths } from "./schema.js";

export type Look = components["schemas"]["Look"];
export type Order = components["schemas"]["UploadView"];
export type Rendition = components["schemas"]["RenditionView"];
export type ListedPhoto = components["schemas"]["PhotosView"]["photos"][number];
export type ListFilters = NonNullable<paths["/v1/photos"]["get"]["parameters"]["query"]>;

const LONG_POLL_SECONDS = 20;
const WAIT_SECONDS = 1800;
const FIRST_POLL_SECONDS = 0.5;
const MOST_POLL_SECONDS = 10;
const POLL_GROWTH = 1.5;
const CONTENT_TYPES: Record<string, string> = {
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
  avif: "image/avif",
};
const UNKNOWN_CONTENT_TYPE = "application/octet-stream";

export interface Options {
  /** Address of the API; without it, LIMNER_URL of the environment. */
  url?: string;
  /** API key; without it, LIMNER_KEY of the environment. */
  key?: string;
  retries?: Retries;
  fetch?: Fetch;
  sleep?: Sleep;
}

export interface UploadOptions {
  /** A style id alone, or a whole look. Without looks the photo gets the tenant's. */
  looks?: (string | Look)[];
  filename?: string;
  contentType?: string;
  /** The shop's own id of the product. */
  externalId?: string;
  metadata?: Record<string, string>;
  tags?: string[];
  idempotencyKey?: string;
}

/**
 * A client of one API with one key: the job of a photo in a few calls. `api` has every operation, typed by path.
 * Storage is never sent the key: its forms and links carry a signature of their own.
 */
export class Limner {
  readonly api: Client<paths>;
  readonly #fetch: Fetch;
  readonly #retries: Retries;
  readonly #sleep: Sleep;

  constructor(options: Options = {}) {
    const environment = typeof process === "undefined" ? {} : process.env;
    const url = options.url ?? environment["LIMNER_URL"];
    const key = options.key ?? environment["LIMNER_KEY"];
    if (!url) throw new LimnerError("the address of the API is missing: give url or set LIMNER_URL");
    if (!key) throw new LimnerError("the API key is missing: give key or set LIMNER_KEY");
    this.#fetch = options.fetch ?? ((request) => fetch(request));
    this.#retries = options.retries ?? DEFAULT_RETRIES;
    this.#sleep = options.sleep ?? sleepInTimer;
    this.api = createClient<paths>({
      baseUrl: url.replace(/\/+$/, "").replace(/\/v1$/, ""),
      headers: { Authorization: `Bearer ${key}` },
      fetch: retrying(this.#fetch, this.#retries, this.#sleep),
    });
    this.api.use({
      async onResponse({ response }) {
        if (!response.ok) throw await apiError(response);
      },
    });
  }

  /** Order pictures of a photo and upload its file: a path (Node), bytes or a Blob. */
  async upload(file: string | Uint8Array<ArrayBuffer> | Blob, options: UploadOptions = {}): Promise<Order> {
    const photo = await photoFile(file, options);
    const body = {
      filename: photo.name,
      content_type: photo.contentType,
      ...(options.looks?.length ? { looks: options.looks.map(asLook) } : {}),
      ...(options.externalId ? { external_id: options.externalId } : {}),
      ...(options.metadata ? { metadata: options.metadata } : {}),
      ...(options.tags?.length ? { tags: options.tags } : {}),
    } as components["schemas"]["UploadRequest"];
    const headers: Record<string, string> = options.idempotencyKey
      ? { "Idempotency-Key": options.idempotencyKey }
      : {};
    const order = received((await this.api.POST(ORDER_PATH, { body, headers })).data);
    await this.#send(order, photo);
    return order;
  }

  async #send({ upload }: Order, photo: PhotoFile): Promise<void> {
    if (photo.content.size > upload.max_bytes) {
      throw new UploadRefused("too_large", `${photo.content.size} bytes; at most ${upload.max_bytes} are allowed`);
    }
    const form = new FormData();
    for (const [name, value] of Object.entries(upload.fields)) form.append(name, value);
    form.append("file", photo.content, photo.name);
    await this.#storage(() => new Request(upload.url, { method: "POST", body: form }));
  }

  /** The photo once it is READY. Throws PhotoFailed, and NotFinished after `timeoutSeconds`. */
  async wait(photo: string | { photo_id: string }, { timeoutSeconds = WAIT_SECONDS } = {}): Promise<Photo> {
    const photoId = typeof photo === "string" ? photo : photo.photo_id;
    const path = { photo_id: photoId };
    const params: { path: typeof path } = TAKES_WAIT ? { path, ...{ query: { wait: LONG_POLL_SECONDS } } } : { path };
    const giveUpAt = Date.now() + timeoutSeconds * 1000;
    for (let seconds = FIRST_POLL_SECONDS; ; seconds = Math.min(seconds * POLL_GROWTH, MOST_POLL_SECONDS)) {
      const { data, response } = await this.api.GET("/v1/photos/{photo_id}", { params });
      const found = received(data);
      if (found.status === "FAILED") throw new PhotoFailed(found);
      if (found.status === "READY") return found;
      if (Date.now() >= giveUpAt) throw new NotFinished(`${photoId} is not finished after ${timeoutSeconds} s`);
      await this.#sleep(retryAfterSeconds(response) || seconds);
    }
  }

  /** All photos, newest first, page by page. */
  async *photos(filters: ListFilters = {}): AsyncGenerator<ListedPhoto> {
    let query = filters;
    for (;;) {
      const page = received((await this.api.GET("/v1/photos", { params: { query } })).data);
      yield* page.photos;
      if (!page.next_cursor) return;
      query = { ...filters, cursor: page.next_cursor };
    }
  }

  /** The bytes of a rendition, or of a link to one. */
  async download(file: Rendition | string): Promise<Uint8Array<ArrayBuffer>> {
    const answer = await this.#storage(() => new Request(typeof file === "string" ? file : file.url));
    return new Uint8Array(await answer.arrayBuffer());
  }

  async #storage(request: () => Request): Promise<Response> {
    const answer = await tried(() => this.#fetch(request()), this.#retries, this.#sleep);
    if (answer.ok) return answer;
    const text = await answer.text();
    const part = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
    throw new UploadRefused(part("Code") ?? `http_${answer.status}`, part("Message") ?? "");
  }
}

interface PhotoFile {
  name: string;
  content: Blob;
  contentType: string;
}

async function photoFile(file: string | Uint8Array<ArrayBuffer> | Blob, options: UploadOptions): Promise<PhotoFile> {
  const given = typeof file === "string" ? file.split(/[\\/]/).at(-1) : (file as Partial<File>).name;
  const name = options.filename ?? given ?? "photo";
  const contentType = options.contentType ?? contentTypeOf(name);
  if (file instanceof Blob) return { name, content: file, contentType };
  const bytes = typeof file === "string" ? await readBytes(file) : file;
  return { name, content: new Blob([bytes]), contentType };
}

async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const { readFile } = await import("node:fs/promises");
  return new Uint8Array(await readFile(path));
}

/** By the name, as a browser does it; the API looks into the file. */
function contentTypeOf(name: string): string {
  return CONTENT_TYPES[name.split(".").at(-1)?.toLowerCase() ?? ""] ?? UNKNOWN_CONTENT_TYPE;
}

function asLook(look: string | Look): Look {
  return typeof look === "string" ? { styles: { [look]: 1 } } : look;
}

/** Errors have been thrown before, so an answer without content is none of the description. */
function received<Answer>(data: Answer | undefined): Answer {
  if (data === undefined) throw new ApiError(0, "no_content", "the answer has no content");
  return data;
}
