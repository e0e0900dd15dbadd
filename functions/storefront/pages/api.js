// The storefront's HTTP API. Every address is relative: the page may live under a stage path.

export class Trouble extends Error {
  constructor(message, { code = "", requestId = "", passing = false } = {}) {
    super(message);
    this.code = code;
    this.requestId = requestId;
    this.passing = passing;
  }
}

const BUSY = "The shop is busy and could not answer. Try again in a moment.";

const REFUSALS = { 404: "This photo is not in the shop any more.", 422: "The shop cannot accept this order." };

const offline = () =>
  new Trouble("There is no connection right now. Check the network and try again.", {
    code: "network",
    passing: true,
  });

const tooLarge = (maxBytes) =>
  new Trouble(`This file is larger than ${Math.floor(maxBytes / 2 ** 20)} MB. Add a smaller copy instead.`, {
    code: "EntityTooLarge",
  });

export const getStyles = () => request("styles");

export const getPhotos = (cursor) =>
  request(`photos?limit=12${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);

// no-cache asks the service each time and still lets it answer 304.
export const getPhoto = (id, signal) => request(`photos/${encodeURIComponent(id)}`, { signal, cache: "no-cache" });

export const getExplanation = (id) => request(`photos/${encodeURIComponent(id)}/explanation`);

export const createUpload = (file, looks, signal) =>
  request("uploads", {
    method: "POST",
    signal,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ filename: file.name, content_type: typeOf(file), looks }),
  });

const typeOf = ({ type }) => (type.startsWith("image/") ? type : "application/octet-stream");

async function request(path, options) {
  const answer = await reach(path, options);
  if (!answer.ok) throw await troubleFrom(answer);
  return answer.json();
}

async function reach(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    throw error.name === "AbortError" ? error : offline();
  }
}

async function troubleFrom(answer) {
  const problem = await answer.json().catch(() => ({}));
  const passing = answer.status === 429 || answer.status >= 500;
  const message = REFUSALS[answer.status] ?? (passing ? BUSY : `${problem.title ?? "Refused"} (${answer.status}).`);
  return new Trouble(message, { code: problem.code ?? String(answer.status), requestId: problem.request_id, passing });
}

// XMLHttpRequest, because fetch reports no upload progress.
export function sendFile(upload, file, onProgress, signal) {
  if (file.size > upload.max_bytes) return Promise.reject(tooLarge(upload.max_bytes));
  return new Promise((resolve, reject) => {
    const transfer = new XMLHttpRequest();
    transfer.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    transfer.onload = () => (transfer.status < 300 ? resolve() : reject(refusal(transfer, upload)));
    transfer.onerror = () => reject(offline());
    transfer.onabort = () => reject(new DOMException("upload aborted", "AbortError"));
    signal.addEventListener("abort", () => transfer.abort());
    transfer.open("POST", upload.url);
    transfer.send(formOf(upload, file));
  });
}

// S3 reads the fields in order and ignores whatever follows the file.
function formOf(upload, file) {
  const form = new FormData();
  for (const [name, value] of Object.entries(upload.fields)) form.append(name, value);
  form.append("file", file);
  return form;
}

function refusal(transfer, upload) {
  const code = /<Code>(\w+)<\/Code>/.exec(transfer.responseText)?.[1] ?? String(transfer.status);
  if (code === "EntityTooLarge") return tooLarge(upload.max_bytes);
  if (code === "EntityTooSmall") return new Trouble("This file is empty. Choose the photo again.", { code });
  if (transfer.status >= 500) return new Trouble("The upload was interrupted. Try again.", { code, passing: true });
  return new Trouble(`The upload was not accepted (${code}). Try again.`, { code });
}
