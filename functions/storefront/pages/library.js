import { deletePhoto, getPhotos, retryOrder } from "./api.js";
import { announce, byId, h } from "./dom.js";
import { inParallel, publishedLook } from "./photos.js";
import { ratioOf, responsiveImage } from "./responsive-image.js";
import { RETRYABLE_FAILURES, STATE, mixName, percent, plural } from "./text.js";

const TYPING_PAUSE_MS = 300;

// The shop's photos, newest first, in rows, each at its own aspect ratio; those that the filters have. Several can be
// opened, deleted or tried again together. `items`: list items by photo id; `views`: the API's newest answers.
// Dispatches `open` with the ids of chosen photos, `deleted` with those of deleted ones, `photos` with each answer.
export class Library extends EventTarget {
  items = new Map();
  views = new Map();
  cursor = null;

  constructor() {
    super();
    this.list = byId("gallery-list");
    this.note = byId("gallery-note");
    this.more = byId("more");
    this.filters = byId("library-filters");
    this.actions = byId("selection");
    this.more.addEventListener("click", () => this.showMore());
    this.filters.addEventListener("submit", (event) => (event.preventDefault(), this.loadSoon(0)));
    this.filters.addEventListener("input", ({ target }) => this.loadSoon(target.type === "search" ? TYPING_PAUSE_MS : 0));
    this.list.addEventListener("change", () => this.updateActions());
    byId("select-all").addEventListener("change", ({ target }) => this.selectAll(target.checked));
    byId("open-selected").addEventListener("click", () => this.open());
    byId("retry-selected").addEventListener("click", () => this.retry());
    byId("delete-selected").addEventListener("click", () => byId("delete-dialog").showModal());
    byId("delete-dialog").addEventListener("close", ({ target }) => target.returnValue === "delete" && this.delete());
  }

  get query() {
    const { status, number, days } = this.filters.elements;
    const since = days.value && new Date(Date.now() - days.value * 24 * 3600 * 1000).toISOString();
    const query = { status: status.value, external_id: number.value.trim(), updated_since: since };
    return Object.fromEntries(Object.entries(query).filter(([, value]) => value));
  }

  get isFiltered() {
    return Object.keys(this.query).length > 0;
  }

  get selected() {
    return [...this.list.querySelectorAll("input:checked")].map((checkbox) => checkbox.value);
  }

  loadSoon(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.reload(), ms);
  }

  async reload() {
    this.cursor = null;
    await this.load({ again: true });
  }

  async showMore() {
    const before = this.list.children.length;
    await this.load();
    const added = this.list.children[before]?.querySelector("a");
    (added ?? (this.more.hidden ? byId("gallery-title") : this.more)).focus();
  }

  // Of two answers that are awaited, the one to the newer question counts.
  async load({ again = false } = {}) {
    const asked = (this.asked = {});
    this.more.setAttribute("aria-busy", "true");
    try {
      const { photos, next_cursor: next } = await getPhotos(this.query, this.cursor);
      if (asked !== this.asked) return;
      if (again) this.clear();
      for (const photo of photos) this.add(photo);
      this.cursor = next;
      this.more.textContent = "Show more";
      this.more.hidden = !next;
      const empty = this.isFiltered ? "No photo matches." : "Photos you style will appear here.";
      this.say(this.items.size || next ? "" : empty); // a page of the list may be empty, and more follow
      this.dispatchEvent(new CustomEvent("photos", { detail: photos }));
    } catch (error) {
      this.say(`Earlier photos did not load. ${error.message}`);
      this.more.textContent = "Try again";
      this.more.hidden = false;
    }
    this.more.removeAttribute("aria-busy");
    this.updateActions();
  }

  clear() {
    this.list.replaceChildren();
    this.items.clear();
    this.views.clear();
  }

  say(text) {
    this.note.textContent = text;
  }

  add(photo, { first = false } = {}) {
    const item = libraryItem(photo);
    const former = this.items.get(photo.photo_id);
    if (former) {
      item.querySelector("input").checked = former.querySelector("input").checked;
      former.replaceWith(item);
    } else if (first) this.list.prepend(item);
    else this.list.append(item);
    this.items.set(photo.photo_id, item);
    this.views.set(photo.photo_id, photo);
    this.say("");
    this.updateActions();
  }

  remove(id) {
    this.items.get(id)?.remove();
    this.items.delete(id);
    this.views.delete(id);
  }

  selectAll(isSelected) {
    for (const checkbox of this.list.querySelectorAll("input")) checkbox.checked = isSelected;
    this.updateActions();
  }

  updateActions() {
    const selected = this.selected;
    byId("library-tools").hidden = !this.items.size && !this.isFiltered;
    byId("select-all").checked = selected.length > 0 && selected.length === this.items.size;
    byId("selected-count").textContent = selected.length ? `${selected.length} selected` : "";
    this.actions.hidden = !selected.length;
    const failed = this.retryable(selected);
    byId("retry-selected").hidden = !failed.length;
    byId("retry-selected").textContent = `Try ${failed.length} again`;
    const count = plural(selected.length, "photo");
    byId("delete-question").textContent = `Delete ${count} and all pictures made of them? They cannot be brought back.`;
  }

  retryable(ids) {
    return ids.filter((id) => RETRYABLE_FAILURES.includes(this.views.get(id)?.failure?.code));
  }

  open() {
    this.dispatchEvent(new CustomEvent("open", { detail: this.selected }));
    this.selectAll(false);
  }

  async retry() {
    const failed = this.retryable(this.selected);
    const retried = await this.forEach(failed, async (id) => this.add(await retryOrder(id)), "tried again");
    if (retried.length) this.dispatchEvent(new CustomEvent("open", { detail: retried }));
    this.selectAll(false);
  }

  async delete() {
    const deleted = await this.forEach(this.selected, async (id) => (await deletePhoto(id), this.remove(id)), "deleted");
    this.dispatchEvent(new CustomEvent("deleted", { detail: deleted }));
    this.updateActions();
    byId("gallery-title").focus();
  }

  // Does the same with several photos, and says how it went. Resolves to the ids with which it succeeded.
  async forEach(ids, work, done) {
    const succeeded = [];
    let failure = null;
    await inParallel(ids, async (id) => {
      try {
        await work(id);
        succeeded.push(id);
      } catch (error) {
        failure = error;
      }
    });
    const text = `${plural(succeeded.length, "photo")} ${done}.`;
    this.say(failure ? `${text} ${plural(ids.length - succeeded.length, "photo")} not: ${failure.message}` : "");
    if (!failure) announce(text);
    return succeeded;
  }
}

function libraryItem(photo) {
  const result = photo.results[0] ?? null;
  const renditions = result?.renditions ?? photo.original;
  const ratio = renditions.length ? ratioOf(renditions[0]) : "1";
  const image = renditions.length
    ? responsiveImage(renditions, {
        alt: "",
        sizes: "(min-width: 40rem) 20rem, 50vw",
        colour: (result ?? photo).dominant_colour,
      })
    : h("span", { class: "initial", "aria-hidden": "true" }, photo.filename[0] ?? "?");
  const picture = h("span", { class: "gallery-picture" }, image);
  const link = h("a", { href: `#photo=${photo.photo_id}` }, picture, libraryLabel(photo, result));
  const select = h("input", { type: "checkbox", value: photo.photo_id, "aria-label": `Select ${photo.filename}` });
  const checkbox = h("label", { class: "select" }, select);
  return h("li", { class: "gallery-item", "--ratio": ratio, "data-photo-id": photo.photo_id }, link, checkbox);
}

function libraryLabel(photo, result) {
  const count = photo.results.length;
  const others = count > 1 ? ` and ${count - 1} more` : "";
  const look = result && publishedLook(result);
  const made = result && `${mixName(look.styles)} ${percent(look.strength)}${others}`;
  const text = photo.status === "READY" ? made : STATE[photo.status];
  const number = photo.external_id ? h("span", {}, photo.external_id) : null;
  return h("span", { class: "gallery-label" }, h("cite", {}, photo.filename), number, h("span", {}, text));
}
