import { deletePhoto, getPhotos, retryOrder } from "./api.js";
import { announce, byId, h, ownName } from "./dom.js";
import { inParallel } from "./photos.js";
import { ratioOf, responsiveImage } from "./responsive-image.js";
import { RETRYABLE_FAILURES, mixName, percent, publishedLook, stateName, t } from "./text.js";

const TYPING_PAUSE_MS = 300;

// The shop's photos, newest first, in rows, each at its own aspect ratio; those that the filters have. Several can be
// opened, deleted or tried again together. `items`: list items by photo id; `views`: the API's newest answers.
// Dispatches `open` with the ids of chosen photos, `collect` with their product numbers, `deleted` with those of deleted ones, `photos` with each answer.
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
    byId("collect-selected").addEventListener("click", () => this.collect());
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
      this.more.textContent = t("library.more");
      this.more.hidden = !next;
      const empty = t(this.isFiltered ? "library.none" : "library.empty");
      this.say(this.items.size || next ? "" : empty); // a page of the list may be empty, and more follow
      this.dispatchEvent(new CustomEvent("photos", { detail: photos }));
    } catch (error) {
      this.say(t("library.not_loaded", { reason: error.message }));
      this.more.textContent = t("library.again");
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
    byId("selected-count").textContent = selected.length ? t("library.selected", { n: selected.length }) : "";
    this.actions.hidden = !selected.length;
    const failed = this.retryable(selected);
    byId("retry-selected").hidden = !failed.length;
    byId("retry-selected").textContent = t("library.retry", { n: failed.length });
    byId("delete-question").textContent = t("count.delete", { n: selected.length });
  }

  retryable(ids) {
    return ids.filter((id) => RETRYABLE_FAILURES.includes(this.views.get(id)?.failure?.code));
  }

  collect() {
    const numbers = this.selected.map((id) => this.views.get(id).external_id);
    this.dispatchEvent(new CustomEvent("collect", { detail: numbers }));
  }

  open() {
    this.dispatchEvent(new CustomEvent("open", { detail: this.selected }));
    this.selectAll(false);
  }

  async retry() {
    const failed = this.retryable(this.selected);
    const retried = await this.forEach(failed, async (id) => this.add(await retryOrder(id)), "retried");
    if (retried.length) this.dispatchEvent(new CustomEvent("open", { detail: retried }));
    this.selectAll(false);
  }

  async delete() {
    const deleted = await this.forEach(this.selected, async (id) => (await deletePhoto(id), this.remove(id)), "deleted");
    this.dispatchEvent(new CustomEvent("deleted", { detail: deleted }));
    this.updateActions();
    byId("gallery-title").focus();
  }

  // Does the same with several photos, and says how it went: `done` is the key of that text. Resolves to the ids with which it succeeded.
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
    const text = t(`count.${done}`, { n: succeeded.length });
    const failed = failure && t("count.not_done", { n: ids.length - succeeded.length, reason: failure.message });
    this.say(failed ? `${text} ${failed}` : "");
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
    : h("span", { class: "initial", lang: "", "aria-hidden": "true" }, photo.filename[0] ?? "?");
  const picture = h("span", { class: "gallery-picture" }, image);
  const link = h("a", { href: `#photo=${photo.photo_id}` }, picture, libraryLabel(photo, result));
  const select = h("input", { type: "checkbox", value: photo.photo_id, "aria-label": t("library.select", { name: photo.filename }) });
  const checkbox = h("label", { class: "select" }, select);
  return h("li", { class: "gallery-item", "--ratio": ratio, "data-photo-id": photo.photo_id }, link, checkbox);
}

function libraryLabel(photo, result) {
  const count = photo.results.length;
  const look = result && publishedLook(result);
  const made = look && t("look.part", { style: mixName(look.styles), share: percent(look.strength) });
  const text = made && count > 1 ? t("library.and_more", { look: made, n: count - 1 }) : made;
  const number = photo.external_id ? ownName(photo.external_id, "span") : null;
  const state = h("span", {}, photo.status === "READY" ? text : stateName(photo.status));
  return h("span", { class: "gallery-label" }, ownName(photo.filename, "cite"), number, state);
}
