export * from "./client.js";
export { ApiError, type FieldError, LimnerError, NotConnected, NotFinished, type Photo, PhotoFailed, type Problem, SignatureInvalid, UploadRefused } from "./errors.js";
export { DEFAULT_RETRIES, type Fetch, type Retries, type Sleep } from "./retries.js";
export type { components, paths } from "./schema.js";
export { verifyWebhook } from "./webhooks.js";
