// The photos on the page and their state: chosen, uploaded, polled until READY or FAILED. Touches no element.

import {
  ApiError,
  MAX_LISTED_IDS,
  createUpload,
  getPhoto,
  getPhotosById,
  notFound,
  orderLooks,
  retryOrder,
  sendFile,
} from "./api.js";
import { t } from "./text.js";

// Between two polls. Of a few photos each change is worth showing at once; of many, some change with each poll.
const POLL_DELAY_MS = { few: { first: 300, longest: 2000 }, many: { first: 2000, longest: 10_000 } };
const FEW_PHOTOS = 3;
const POLL_DELAY_FACTOR = 1.5;
const UPLOAD_GRACE_PERIOD_MS = 10_000;
const MAX_CONCURRENT_ORDERS = 3;
// Modules of which a visit needs none unless a file is chosen.
const fileChecks = () => import("./file-checks.js");
const unsentFiles = () => import("./unsent-files.js");
const FINAL_STATUSES = ["READY", "FAILED"];

let nextKey = 1;

// `view` is the API's newest answer, `looks` what was ordered, `lookIndex` the result shown, `progress` the share
// uploaded (0 to 1), `stopped` that uploading, ordering or polling ended with `error`. `orderKey` is the idempotency key
// of the order and `fileKey` the key of the kept file, until the file has been `sent`: trying again repeats that order.
class Photo {
  key = nextKey++;
  view = null;
  looks = null;
  moreLooks = null;
  lookIndex = 0;
  progress = 0;
  orderKey = newKey();
  uploading = false;
  sent = false;
  ordering = false;
  stopped = false;
  error = null;
  followedSince = 0;
  polls = 0;
  aborter = new AbortController();

  constructor({ file = null, fileKey = null, id = null }) {
    this.file = file;
    this.fileKey = fileKey;
    this.id = id;
    this.localUrl = file ? URL.createObjectURL(file) : null;
  }

  get name() {
    return this.view?.filename ?? this.file?.name ?? t("add.photo");
  }

  get state() {
    if (this.stopped) return "ERROR";
    if (this.uploading) return "UPLOADING";
    if (this.ordering) return "PROCESSING";
    return this.view?.status ?? (this.id ? "AWAITING_UPLOAD" : "NOT_SENT");
  }

  get done() {
    return FINAL_STATUSES.includes(this.view?.status) && !this.ordering;
  }

  get inProgress() {
    return ["UPLOADING", "AWAITING_UPLOAD", "UPLOADED", "PROCESSING"].includes(this.state);
  }

  get isPolled() {
    return this.inProgress && !this.uploading && !this.ordering;
  }

  get results() {
    return this.view?.results ?? [];
  }

  // Of `looks`, those that the photo has no picture of.
  missing(looks) {
    return looks.filter((look) => !this.results.some((result) => sameLook(result.look, look)));
  }

  dispose() {
    this.aborter.abort();
    if (this.localUrl) URL.revokeObjectURL(this.localUrl);
  }
}

// Dispatches `change` when a photo has changed, or several have.
export class Photos extends EventTarget {
  list = [];
  selected = null;
  lastCheck = null;

  get notSent() {
    return this.list.filter((photo) => photo.state === "NOT_SENT");
  }

  // Those that more pictures can be ordered of.
  get ready() {
    return this.list.filter((photo) => photo.state === "READY");
  }

  get ordered() {
    return this.list.filter((photo) => photo.id || photo.uploading);
  }

  // Of photos whose file the service has.
  get ids() {
    return this.list.filter((photo) => photo.id && (photo.sent || !photo.file)).map((photo) => photo.id);
  }

  addFiles(files) {
    return this.addChosen([...files].map((file) => ({ file, fileKey: newKey() })));
  }

  // Files as unsent-files.js keeps them.
  addChosen(chosen) {
    const added = chosen.map((one) => new Photo(one));
    this.list.push(...added);
    for (const photo of added) photo.refusal = this.lastCheck = this.check(photo, this.lastCheck);
    if (added.length) this.select(added[0]);
    return added;
  }

  // One file after the other. Resolves to a FileError, or to null if the file may be sent.
  async check(photo, before) {
    await before;
    const refusal = await (await fileChecks()).refusalOf(photo.file);
    const { keepFile } = await unsentFiles();
    if (!this.list.includes(photo)) return refusal;
    if (refusal) this.stop(photo, refusal);
    else keepFile(photo.fileKey, photo.file);
    return refusal;
  }

  // Adds a photo that the service has, and polls it.
  addById(id) {
    const existing = this.list.find((photo) => photo.id === id);
    if (existing) return existing;
    const photo = new Photo({ id });
    this.list.push(photo);
    this.follow(photo);
    return photo;
  }

  select(photo) {
    this.selected = photo;
    this.changed();
  }

  remove(photo) {
    const index = this.list.indexOf(photo);
    this.list.splice(index, 1);
    photo.dispose();
    if (photo.file) this.dropFile(photo);
    if (this.selected === photo) this.selected = this.list[Math.min(index, this.list.length - 1)] ?? null;
    this.changed();
  }

  async dropFile(photo) {
    (await unsentFiles()).dropFile(photo.fileKey);
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  uploadAll(photos, looks) {
    for (const photo of photos) Object.assign(photo, { looks, uploading: true });
    return inParallel(photos, (photo) => this.upload(photo));
  }

  async upload(photo) {
    Object.assign(photo, { view: null, progress: 0, uploading: true });
    await this.run(photo, async (signal) => {
      const refusal = await photo.refusal;
      if (refusal) throw refusal;
      const created = await createUpload(photo.file, photo.looks, photo.orderKey, signal);
      photo.id = created.photo_id;
      this.changed();
      await sendFile(created.upload, photo.file, (share) => this.setProgress(photo, share), signal);
      Object.assign(photo, { uploading: false, sent: true });
      this.dropFile(photo);
      this.follow(photo);
    });
  }

  setProgress(photo, share) {
    photo.progress = share;
    this.changed();
  }

  // Orders the pictures of `looks` that the photos do not have, without uploading them again.
  orderMore(photos, looks) {
    const orders = photos.map((photo) => [photo, photo.missing(looks)]).filter(([, missing]) => missing.length);
    for (const [photo, missing] of orders) Object.assign(photo, { moreLooks: missing, ordering: true });
    return inParallel(orders, ([photo]) => this.orderLooks(photo));
  }

  orderLooks(photo) {
    const firstNew = photo.results.length;
    return this.order(photo, async (signal) => {
      const view = await orderLooks(photo.id, photo.moreLooks, signal);
      Object.assign(photo, { moreLooks: null, firstNewLook: firstNew });
      return view;
    });
  }

  // `send` asks for pictures of a photo that the service has, and resolves to its view.
  async order(photo, send) {
    photo.ordering = true;
    await this.run(photo, async (signal) => {
      photo.view = await send(signal);
      photo.ordering = false;
      this.follow(photo);
    });
  }

  retry(photo) {
    if (photo.moreLooks) return this.orderLooks(photo);
    if (photo.file && !photo.sent) return this.upload(photo);
    if (photo.view?.status === "FAILED") return this.order(photo, (signal) => retryOrder(photo.id, signal));
    return this.follow(photo);
  }

  // With new links to its pictures.
  async refresh(photo) {
    photo.view = await getPhoto(photo.id, photo.aborter.signal);
    this.changed();
  }

  follow(photo) {
    Object.assign(photo, { error: null, stopped: false, followedSince: Date.now() });
    this.changed();
    this.poll();
  }

  // One request for all photos that are not done, again and again until there are none.
  async poll() {
    if (this.isPolling) return;
    this.isPolling = true;
    let delay = 0;
    for (let polled = this.polled(); polled.length; polled = this.polled()) {
      await pageVisible();
      const hasChanged = await this.pollOnce(polled);
      const isFew = this.list.filter((photo) => photo.inProgress).length <= FEW_PHOTOS;
      const { first, longest } = isFew ? POLL_DELAY_MS.few : POLL_DELAY_MS.many;
      delay = hasChanged && isFew ? first : Math.min(Math.max(delay * POLL_DELAY_FACTOR, first), longest);
      if (this.polled().length) await sleep(delay);
    }
    this.isPolling = false;
  }

  // As many as a request may have, first those that have been asked for least often.
  polled() {
    const polled = this.list.filter((photo) => photo.isPolled);
    return polled.sort((one, other) => one.polls - other.polls).slice(0, MAX_LISTED_IDS);
  }

  // True if a status changed. A retryable error is kept in `photo.error`, and polling goes on.
  async pollOnce(photos) {
    const before = photos.map((photo) => photo.view?.status);
    try {
      const views = await getPhotosById(photos.map(({ id }) => id), hiddenAborter.signal);
      for (const photo of photos) this.take(photo, views && (views.find((one) => one.photo_id === photo.id) ?? notFound()));
    } catch (error) {
      if (error.name === "AbortError") return false;
      for (const photo of photos) error.retryable ? (photo.error = error) : this.stop(photo, error);
    }
    this.changed();
    return photos.some((photo, index) => photo.view?.status !== before[index]);
  }

  // `answer` is a view, an error, or null if nothing has changed.
  take(photo, answer) {
    photo.polls += 1;
    if (answer instanceof Error) return this.stop(photo, answer);
    photo.error = null;
    photo.view = answer ?? photo.view;
    if (photo.firstNewLook < photo.results.length) {
      photo.lookIndex = photo.firstNewLook;
      photo.firstNewLook = undefined;
    }
    if (isUploadLost(photo)) this.stop(photo, new ApiError(t("problem.upload_lost")));
  }

  stop(photo, error) {
    Object.assign(photo, { error, stopped: true, uploading: false, ordering: false });
    this.changed();
  }

  async run(photo, work) {
    const { signal } = photo.aborter;
    Object.assign(photo, { error: null, stopped: false });
    this.changed();
    try {
      await work(signal);
    } catch (error) {
      if (signal.aborted) return;
      this.stop(photo, error instanceof ApiError ? error : new ApiError(t("problem.page_error")));
    }
  }
}

// After a reload the page no longer has the file: an upload that has not arrived by then cannot finish.
function isUploadLost(photo) {
  const isAwaited = !photo.file && photo.view?.status === "AWAITING_UPLOAD";
  return isAwaited && Date.now() - photo.followedSince > UPLOAD_GRACE_PERIOD_MS;
}

// The looks of the API: styles with weights, strength, protection, levels, enhancement

const DEFAULTS = { strength: 1, protection: "soft", enhance: true };
const LEVELS = ["colour", "stroke", "motif"];

// Whether the service would make one picture of both: it compares percents.
export const sameLook = (one, other) => nameOfLook(one) === nameOfLook(other);

function nameOfLook(look) {
  const { styles, strength, protection, enhance, levels } = { ...DEFAULTS, ...look };
  const total = Object.values(styles).reduce((sum, weight) => sum + weight, 0);
  const shares = Object.entries(styles).map(([id, weight]) => `${id} ${inPercent(weight / total)}`);
  const atLevels = LEVELS.map((level) => inPercent(levels?.[level] ?? 1));
  return [...shares.sort(), inPercent(strength), protection, enhance, ...atLevels].join();
}

const inPercent = (share) => Math.round(100 * share);

export async function inParallel(items, work) {
  const queue = [...items];
  const takeFromQueue = async () => {
    while (queue.length) await work(queue.shift());
  };
  await Promise.all(Array.from({ length: MAX_CONCURRENT_ORDERS }, takeFromQueue));
}

function newKey() {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}

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
