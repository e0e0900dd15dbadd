// The storefront's HTTP API. Every URL is relative: the page may be served under a stage path.

import { credential, forgetCredential } from "./credential.js";
import { hasText, t } from "./text.js";

// Dispatches `signed-out` with the ApiError as its detail when the service no longer accepts the credential.
export const session = new EventTarget();

// `message` is written for the seller, by the code of the answer; `retryable` means that the same request may succeed later.
export class ApiError extends Error {
  constructor(message, { code = "", requestId = "", retryable = false } = {}) {
    super(message);
    this.code = code;
    this.requestId = requestId;
    this.retryable = retryable;
  }
}

// The file is the cause: sending it again cannot help.
export class FileError extends ApiError {
  constructor(message, code) {
    super(message, { code });
  }
}

// Of answers without a code of ours, such as those of a gateway.
const CODE_BY_STATUS = { 401: "invalid_credentials", 403: "insufficient_scope", 404: "not_found", 422: "invalid_request" };

const networkError = () => new ApiError(t("problem.network"), { code: "network", retryable: true });

export const tooLarge = (maxBytes) => new FileError(t("problem.file_bytes", { n: Math.floor(maxBytes / 2 ** 20) }), "file_bytes");

export const emptyFile = () => new FileError(t("problem.file_empty"), "file_empty");

export const notFound = () => new ApiError(t("problem.photo_not_found"), { code: "404" });

// Such as the page of a proxy, or of a network that asks to sign in.
const notUnderstood = () => new ApiError(t("problem.not_understood"), { code: "not_understood", retryable: true });

export const getStyles = () => request("styles");

export const findStyles = (words, signal) => request(`styles/search?${new URLSearchParams({ q: words })}`, { signal });

// null where the service takes keys alone.
export const getSignIn = () => request("sign-in");

// Throws ApiError unless photos can be read with the credential.
export const checkCredential = () => request("photos?limit=1");

const WHOLE_PHOTOS = "expand=results,original";

// `filters` are those of the API: status, external_id, updated_since.
export const getPhotos = (filters, cursor) =>
  request(`photos?limit=12&${WHOLE_PHOTOS}&${new URLSearchParams({ ...filters, ...(cursor && { cursor }) })}`);

// With links that have not expired.
export const getPhoto = (id, signal) => request(`photos/${encodeURIComponent(id)}`, { signal, cache: "no-store" });

export const MAX_LISTED_IDS = 50;

// Address and entity tag of the newest answer. The browser keeps no answers about photos (no-store).
let newestList = {};

// Photos by their ids, without those that do not exist; null while nothing has changed, which the service says with a 304.
export async function getPhotosById(ids, signal) {
  const path = `photos?limit=${MAX_LISTED_IDS}&${WHOLE_PHOTOS}&ids=${ids.join(",")}`;
  const headers = path === newestList.path ? { "If-None-Match": newestList.tag } : {};
  const response = await answerTo(path, { signal, headers, cache: "no-store" });
  if (response.status === 304) return null;
  const { photos } = await jsonOf(response);
  newestList = { path, tag: response.headers.get("ETag") };
  return photos;
}

export const getExplanation = (id) => request(`photos/${encodeURIComponent(id)}/explanation`);

export const postJson = (path, body, options) =>
  request(path, {
    ...options,
    method: "POST",
    headers: { "Content-Type": "application/json", ...options?.headers },
    body: JSON.stringify(body),
  });

// With the same key the same photo is ordered once, however often it is asked for.
export const createUpload = (file, looks, key, signal) =>
  postJson("photos", { filename: file.name, content_type: contentType(file), looks }, {
    signal,
    headers: { "Idempotency-Key": key },
  });

// More pictures of a photo that the service has. Those that it has already are not made again.
export const orderLooks = (id, looks, signal) => postJson(`photos/${id}/looks`, { looks }, { signal });

// Another attempt at an order that failed on the service's side.
export const retryOrder = (id, signal) => request(`photos/${id}/retry`, { method: "POST", signal });

// Erases the photo, and all that was made of it.
export const deletePhoto = (id) => request(`photos/${id}`, { method: "DELETE" });

const contentType = ({ type }) => (type.startsWith("image/") ? type : "application/octet-stream");

// An answer without content (204) is null.
export async function request(path, options) {
  const response = await answerTo(path, options);
  return response.status === 204 ? null : jsonOf(response);
}

async function jsonOf(response) {
  try {
    return await response.json();
  } catch (error) {
    throw error.name === "AbortError" ? error : notUnderstood();
  }
}

async function answerTo(path, options) {
  const sent = credential();
  const response = await fetchResponse(`v1/${path}`, sent, options);
  if (response.ok || response.status === 304) return response;
  const error = await errorFromResponse(response);
  if (response.status === 401 && sent && sent === credential()) {
    forgetCredential();
    session.dispatchEvent(new CustomEvent("signed-out", { detail: error }));
  }
  throw error;
}

async function fetchResponse(path, sent, options) {
  try {
    const authorization = sent ? { Authorization: `Bearer ${sent}` } : {};
    return await fetch(path, { ...options, headers: { ...options?.headers, ...authorization } });
  } catch (error) {
    throw error.name === "AbortError" ? error : networkError();
  }
}

async function errorFromResponse(response) {
  const { status } = response;
  const { code = String(status), request_id: requestId } = await response.json().catch(() => ({}));
  const retryable = status === 429 || status >= 500 || code === "request_in_progress";
  return new ApiError(problemText(code, status), { code, requestId, retryable });
}

function problemText(code, status) {
  const known = [code, CODE_BY_STATUS[status]].find((one) => hasText(`problem.${one}`));
  if (known) return t(`problem.${known}`);
  return status >= 500 || status === 429 ? t("problem.busy") : t("problem.other", { code });
}

// XMLHttpRequest, because fetch reports no upload progress.
export function sendFile(upload, file, onProgress, signal) {
  if (file.size > upload.max_bytes) return Promise.reject(tooLarge(upload.max_bytes));
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    xhr.onload = () => (xhr.status < 300 ? resolve() : reject(uploadError(xhr, upload)));
    xhr.onerror = () => reject(networkError());
    xhr.onabort = () => reject(new DOMException("upload aborted", "AbortError"));
    signal.addEventListener("abort", () => xhr.abort());
    xhr.open("POST", upload.url);
    xhr.send(uploadForm(upload, file));
  });
}

// S3 reads the fields in order and ignores every field after the file.
function uploadForm(upload, file) {
  const form = new FormData();
  for (const [name, value] of Object.entries(upload.fields)) form.append(name, value);
  form.append("file", file);
  return form;
}

function uploadError(xhr, upload) {
  const code = /<Code>(\w+)<\/Code>/.exec(xhr.responseText)?.[1] ?? String(xhr.status);
  if (code === "EntityTooLarge") return tooLarge(upload.max_bytes);
  if (code === "EntityTooSmall") return emptyFile();
  if (xhr.status >= 500) return new ApiError(t("problem.upload_interrupted"), { code, retryable: true });
  return new ApiError(t("problem.upload_refused", { code }), { code });
}
