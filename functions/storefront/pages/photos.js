// The photos on the page and their state: chosen, uploaded, polled until READY or FAILED. Touches no element.

import { ApiError, createUpload, getPhoto, sendFile } from "./api.js";

const FIRST_POLL_DELAY_MS = 300;
const MAX_POLL_DELAY_MS = 2000;
const POLL_DELAY_FACTOR = 1.5;
const UPLOAD_GRACE_PERIOD_MS = 10_000;
const MAX_CONCURRENT_UPLOADS = 3;
const FINAL_STATUSES = ["READY", "FAILED"];

let nextKey = 1;

// `view` is the API's newest answer, `looks` what was ordered, `lookIndex` the result shown, `progress` the share
// uploaded (0 to 1), `stopped` that uploading or polling ended with `error`, `orderKey` the idempotency key of an order
// whose file has not been sent: trying again repeats that order.
class Photo {
  key = nextKey++;
  view = null;
  looks = null;
  lookIndex = 0;
  progress = 0;
  orderKey = null;
  uploading = false;
  stopped = false;
  error = null;
  pollingSince = 0;
  aborter = new AbortController();

  constructor({ file = null, id = null }) {
    this.file = file;
    this.id = id;
    this.localUrl = file ? URL.createObjectURL(file) : null;
  }

  get name() {
    return this.view?.filename ?? this.file?.name ?? "Photo";
  }

  get state() {
    if (this.stopped) return "ERROR";
    if (this.uploading) return "UPLOADING";
    return this.view?.status ?? (this.id ? "AWAITING_UPLOAD" : "NOT_SENT");
  }

  get done() {
    return FINAL_STATUSES.includes(this.view?.status);
  }

  dispose() {
    this.aborter.abort();
    if (this.localUrl) URL.revokeObjectURL(this.localUrl);
  }
}

export class Photos extends EventTarget {
  list = [];
  selected = null;

  get notSent() {
    return this.list.filter((photo) => photo.state === "NOT_SENT");
  }

  get ids() {
    return this.list.map((photo) => photo.id).filter(Boolean);
  }

  addFiles(files) {
    const added = [...files].map((file) => new Photo({ file }));
    this.list.push(...added);
    if (added.length) this.select(added[0]);
    return added;
  }

  // Adds a photo that the service has, and polls it.
  addById(id) {
    const existing = this.list.find((photo) => photo.id === id);
    if (existing) return existing;
    const photo = new Photo({ id });
    this.list.push(photo);
    this.startPolling(photo);
    return photo;
  }

  select(photo) {
    this.selected = photo;
    this.changed(photo);
  }

  remove(photo) {
    const index = this.list.indexOf(photo);
    this.list.splice(index, 1);
    photo.dispose();
    if (this.selected === photo) this.selected = this.list[Math.min(index, this.list.length - 1)] ?? null;
    this.changed(photo);
  }

  changed(photo) {
    this.dispatchEvent(new CustomEvent("change", { detail: photo }));
  }

  async uploadAll(photos, looks) {
    for (const photo of photos) Object.assign(photo, { looks, uploading: true });
    this.changed(photos[0]);
    const queue = [...photos];
    const uploadFromQueue = async () => {
      while (queue.length) await this.upload(queue.shift());
    };
    await Promise.all(Array.from({ length: MAX_CONCURRENT_UPLOADS }, uploadFromQueue));
  }

  async upload(photo) {
    Object.assign(photo, { error: null, stopped: false, view: null, progress: 0, uploading: true });
    this.changed(photo);
    await this.catchErrors(photo, async (signal) => {
      photo.orderKey ??= newKey();
      const created = await createUpload(photo.file, photo.looks, photo.orderKey, signal);
      photo.id = created.photo_id;
      this.changed(photo);
      await sendFile(created.upload, photo.file, (share) => this.setProgress(photo, share), signal);
      Object.assign(photo, { uploading: false, orderKey: null });
      this.startPolling(photo);
    });
  }

  setProgress(photo, share) {
    photo.progress = share;
    this.changed(photo);
  }

  async startPolling(photo) {
    Object.assign(photo, { error: null, stopped: false, pollingSince: Date.now() });
    this.changed(photo);
    await this.catchErrors(photo, (signal) => this.pollUntilDone(photo, signal));
  }

  retry(photo) {
    const inProgress = ["UPLOADED", "PROCESSING"].includes(photo.view?.status);
    if (photo.file && !inProgress) this.upload(photo);
    else this.startPolling(photo);
  }

  async refresh(photo) {
    photo.view = await getPhoto(photo.id, photo.aborter.signal, { fresh: true });
    this.changed(photo);
  }

  async pollUntilDone(photo, signal) {
    let delay = FIRST_POLL_DELAY_MS;
    while (!photo.done && !signal.aborted) {
      await pageVisible();
      if (await this.poll(photo, signal)) delay = FIRST_POLL_DELAY_MS;
      if (photo.done) return;
      await sleep(delay);
      delay = Math.min(delay * POLL_DELAY_FACTOR, MAX_POLL_DELAY_MS);
    }
  }

  // True if the status changed. A retryable error is kept in `photo.error`, and polling goes on.
  async poll(photo, signal) {
    const statusBefore = photo.view?.status;
    try {
      photo.view = await getPhoto(photo.id, hiddenAborter.signal);
      photo.error = null;
    } catch (error) {
      if (error.name === "AbortError") return false;
      if (!error.retryable) throw error;
      photo.error = error;
    }
    if (signal.aborted) return false;
    this.changed(photo);
    this.throwIfUploadLost(photo);
    return photo.view?.status !== statusBefore;
  }

  // After a reload the page no longer has the file: an upload that has not arrived by then cannot finish.
  throwIfUploadLost(photo) {
    const awaited = !photo.file && photo.view?.status === "AWAITING_UPLOAD";
    if (awaited && Date.now() - photo.pollingSince > UPLOAD_GRACE_PERIOD_MS) {
      throw new ApiError("This upload did not finish. Add the photo again.", { code: "upload_unfinished" });
    }
  }

  async catchErrors(photo, run) {
    const { signal } = photo.aborter;
    try {
      await run(signal);
    } catch (error) {
      if (signal.aborted) return;
      photo.error = error instanceof ApiError ? error : new ApiError("Something went wrong on this page. Try again.");
      Object.assign(photo, { stopped: true, uploading: false });
      this.changed(photo);
    }
  }
}

const newKey = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Aborts requests in flight when the page is hidden.
let hiddenAborter = new AbortController();

document.addEventListener("visibilitychange", () => {
  if (document.hidden) hiddenAborter.abort();
  else hiddenAborter = new AbortController();
});

async function pageVisible() {
  while (document.hidden) {
    await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
  }
}
