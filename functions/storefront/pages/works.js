// A work is one photo on the easel: chosen, sent, watched until it is ready.

import { Trouble, createUpload, getPhoto, sendFile } from "./api.js";

const FIRST_PAUSE = 300;
const LONGEST_PAUSE = 2000;
const PATIENCE_WITHOUT_FILE = 10_000;
const UPLOADS_AT_ONCE = 3;
const DONE = ["READY", "FAILED"];

let nextKey = 1;

class Work {
  key = nextKey++;
  view = null;
  looks = null;
  look = 0;
  progress = 0;
  sending = false;
  stopped = false;
  trouble = null;
  since = 0;
  leaving = new AbortController();

  constructor({ file = null, id = null }) {
    this.file = file;
    this.id = id;
    this.local = file ? URL.createObjectURL(file) : null;
  }

  get name() {
    return this.view?.filename ?? this.file?.name ?? "Photo";
  }

  get state() {
    if (this.stopped) return "TROUBLE";
    if (this.sending) return "SENDING";
    return this.view?.status ?? (this.id ? "AWAITING_UPLOAD" : "FRESH");
  }

  get done() {
    return DONE.includes(this.view?.status);
  }

  leave() {
    this.leaving.abort();
    if (this.local) URL.revokeObjectURL(this.local);
  }
}

export class Works extends EventTarget {
  list = [];
  open = null;

  get fresh() {
    return this.list.filter((work) => work.state === "FRESH");
  }

  get ids() {
    return this.list.map((work) => work.id).filter(Boolean);
  }

  addFiles(files) {
    const added = [...files].map((file) => new Work({ file }));
    this.list.push(...added);
    if (added.length) this.show(added[0]);
    return added;
  }

  // The work of a photo already known to the service; watched from now on.
  recall(id) {
    const known = this.list.find((work) => work.id === id);
    if (known) return known;
    const work = new Work({ id });
    this.list.push(work);
    this.follow(work);
    return work;
  }

  show(work) {
    this.open = work;
    this.changed(work);
  }

  remove(work) {
    const place = this.list.indexOf(work);
    this.list.splice(place, 1);
    work.leave();
    if (this.open === work) this.open = this.list[Math.min(place, this.list.length - 1)] ?? null;
    this.changed(work);
  }

  changed(work) {
    this.dispatchEvent(new CustomEvent("change", { detail: work }));
  }

  async sendAll(works, looks) {
    for (const work of works) Object.assign(work, { looks, sending: true });
    this.changed(works[0]);
    const waiting = [...works];
    const lane = async () => {
      while (waiting.length) await this.send(waiting.shift());
    };
    await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, lane));
  }

  async send(work) {
    Object.assign(work, { trouble: null, stopped: false, view: null, progress: 0, sending: true });
    this.changed(work);
    await this.guard(work, async (signal) => {
      const ticket = await createUpload(work.file, work.looks, signal);
      work.id = ticket.photo_id;
      this.changed(work);
      await sendFile(ticket.upload, work.file, (fraction) => this.advance(work, fraction), signal);
      work.sending = false;
      this.follow(work);
    });
  }

  advance(work, fraction) {
    work.progress = fraction;
    this.changed(work);
  }

  async follow(work) {
    Object.assign(work, { trouble: null, stopped: false, since: Date.now() });
    this.changed(work);
    await this.guard(work, (signal) => this.watch(work, signal));
  }

  retry(work) {
    const underway = ["UPLOADED", "PROCESSING"].includes(work.view?.status);
    if (work.file && !underway) this.send(work);
    else this.follow(work);
  }

  async refresh(work) {
    work.view = await getPhoto(work.id, work.leaving.signal);
    this.changed(work);
  }

  async watch(work, signal) {
    let pause = FIRST_PAUSE;
    while (!work.done && !signal.aborted) {
      await untilVisible();
      if (await this.glance(work, signal)) pause = FIRST_PAUSE;
      if (work.done) return;
      await sleep(pause);
      pause = Math.min(pause * 1.5, LONGEST_PAUSE);
    }
  }

  // True when the photo has moved since the last look. A passing trouble is shown, not given up on.
  async glance(work, signal) {
    const before = work.view?.status;
    try {
      work.view = await getPhoto(work.id, hiding.signal);
      work.trouble = null;
    } catch (error) {
      if (error.name === "AbortError") return false;
      if (!error.passing) throw error;
      work.trouble = error;
    }
    if (signal.aborted) return false;
    this.changed(work);
    this.giveUpOnLostUpload(work);
    return work.view?.status !== before;
  }

  giveUpOnLostUpload(work) {
    const lost = !work.file && work.view?.status === "AWAITING_UPLOAD";
    if (lost && Date.now() - work.since > PATIENCE_WITHOUT_FILE) {
      throw new Trouble("This upload did not finish. Add the photo again.", { code: "upload_unfinished" });
    }
  }

  async guard(work, steps) {
    const { signal } = work.leaving;
    try {
      await steps(signal);
    } catch (error) {
      if (signal.aborted) return;
      work.trouble = error instanceof Trouble ? error : new Trouble("Something went wrong here. Try again.");
      Object.assign(work, { stopped: true, sending: false });
      this.changed(work);
    }
  }
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let hiding = new AbortController();

document.addEventListener("visibilitychange", () => {
  if (document.hidden) hiding.abort();
  else hiding = new AbortController();
});

async function untilVisible() {
  while (document.hidden) {
    await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
  }
}
