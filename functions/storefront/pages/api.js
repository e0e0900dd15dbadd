// The storefront's HTTP API. Every URL is relative: the page may be served under a stage path.

import { credential, forgetCredential } from "./credential.js";

// Dispatches `signed-out` with a sentence as its detail when the service no longer accepts the credential.
export const session = new EventTarget();

// `message` is written for the seller; `retryable` means that the same request may succeed later.
export class ApiError extends Error {
  constructor(message, { code = "", requestId = "", retryable = false } = {}) {
    super(message);
    this.code = code;
    this.requestId = requestId;
    this.retryable = retryable;
  }
}

const UNAVAILABLE = "The service is busy and could not answer. Try again in a moment.";

const MESSAGES = {
  403: "Your key or account is not allowed to do this.",
  404: "This photo is not in the shop any more.",
  422: "The service did not accept these settings.",
};

const SIGNED_OUT = {
  expired_credentials: "Your sign-in has expired. Sign in again.",
  revoked_key: "This key has been revoked. Sign in with another one.",
};

const NOT_ACCEPTED = "This key is not accepted here. Check that all of it was copied.";

const networkError = () =>
  new ApiError("There is no connection right now. Check the network and try again.", {
    code: "network",
    retryable: true,
  });

const tooLarge = (maxBytes) =>
  new ApiError(`This file is larger than ${Math.floor(maxBytes / 2 ** 20)} MB. Add a smaller copy instead.`, {
    code: "EntityTooLarge",
  });

export const getStyles = () => request("styles");

export const findStyles = (words, signal) => request(`styles/search?${new URLSearchParams({ q: words })}`, { signal });

// null where the service takes keys alone.
export const getSignIn = () => request("sign-in");

// Throws ApiError unless photos can be read with the credential.
export const checkCredential = () => request("photos?limit=1");

export const getPhotos = (cursor) =>
  request(`photos?limit=12&expand=results,original${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);

// The newest answer for each photo, and its entity tag. The browser keeps no answers about photos (no-store).
const photoAnswers = new Map();

// The same object as before while nothing has changed, which the service says with a 304. `fresh` asks for new links.
export async function getPhoto(id, signal, { fresh = false } = {}) {
  const known = fresh ? null : photoAnswers.get(id);
  const headers = known ? { "If-None-Match": known.tag } : {};
  const response = await answerTo(`photos/${encodeURIComponent(id)}`, { signal, headers, cache: "no-store" });
  if (response.status === 304) return known.view;
  const view = await response.json();
  photoAnswers.set(id, { tag: response.headers.get("ETag"), view });
  return view;
}

export const getExplanation = (id) => request(`photos/${encodeURIComponent(id)}/explanation`);

// With the same key the same photo is ordered once, however often it is asked for.
export const createUpload = (file, looks, key, signal) =>
  request("photos", {
    method: "POST",
    signal,
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify({ filename: file.name, content_type: contentType(file), looks }),
  });

const contentType = ({ type }) => (type.startsWith("image/") ? type : "application/octet-stream");

async function request(path, options) {
  const response = await answerTo(path, options);
  return response.json();
}

async function answerTo(path, options) {
  const sent = credential();
  const response = await fetchResponse(`v1/${path}`, sent, options);
  if (response.ok || response.status === 304) return response;
  const error = await errorFromResponse(response);
  if (response.status === 401 && sent && sent === credential()) {
    forgetCredential();
    session.dispatchEvent(new CustomEvent("signed-out", { detail: error.message }));
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
  const problem = await response.json().catch(() => ({}));
  const retryable = status === 429 || status >= 500 || problem.code === "request_in_progress";
  if (status === 401) return new ApiError(SIGNED_OUT[problem.code] ?? NOT_ACCEPTED, { code: problem.code });
  const message = MESSAGES[status] ?? (retryable ? UNAVAILABLE : `${problem.title ?? "Refused"} (${status}).`);
  return new ApiError(message, { code: problem.code ?? String(status), requestId: problem.request_id, retryable });
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
  if (code === "EntityTooSmall") return new ApiError("This file is empty. Choose the photo again.", { code });
  if (xhr.status >= 500) return new ApiError("The upload was interrupted. Try again.", { code, retryable: true });
  return new ApiError(`The upload was not accepted (${code}). Try again.`, { code });
}
