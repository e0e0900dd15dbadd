import { getPhotos } from "./api.js";
import { byId, h } from "./dom.js";
import { picture, ratioOf } from "./picture.js";
import { STATE, mixName, percent } from "./words.js";

// The shop's earlier photos, newest first, hung in rows at their own proportions.
export class Gallery {
  hung = new Map();
  cursor = null;

  constructor() {
    this.wall = byId("wall");
    this.note = byId("gallery-note");
    this.more = byId("more");
    this.more.addEventListener("click", () => this.load());
  }

  async load() {
    this.more.disabled = true;
    try {
      const { photos, next_cursor: next } = await getPhotos(this.cursor);
      for (const photo of photos) this.hang(photo);
      this.cursor = next;
      this.more.textContent = "Show more";
      this.more.hidden = !next;
      this.note.textContent = this.hung.size ? "" : "Photos you style will hang here.";
    } catch (trouble) {
      this.note.textContent = `Earlier photos did not load. ${trouble.message}`;
      this.more.textContent = "Try again";
      this.more.hidden = false;
    }
    this.more.disabled = false;
  }

  hang(photo, { first = false } = {}) {
    const frame = tile(photo);
    const old = this.hung.get(photo.photo_id);
    if (old) old.replaceWith(frame);
    else if (first) this.wall.prepend(frame);
    else this.wall.append(frame);
    this.hung.set(photo.photo_id, frame);
    this.note.textContent = "";
  }
}

function tile(photo) {
  const result = photo.status === "READY" ? photo.results[0] : null;
  const renditions = result?.renditions ?? photo.original;
  const ratio = renditions.length ? ratioOf(renditions[0]) : "1";
  const shown = renditions.length
    ? picture(renditions, { alt: "", sizes: "(min-width: 40rem) 20rem, 50vw" })
    : h("span", { class: "initial", "aria-hidden": "true" }, photo.filename[0] ?? "?");
  return h(
    "li",
    { class: "hung", "--ratio": ratio },
    h("a", { href: `#photo=${photo.photo_id}` }, h("span", { class: "pane" }, shown), label(photo, result)),
  );
}

function label(photo, result) {
  const count = photo.results.length;
  const others = count > 1 ? ` and ${count - 1} more` : "";
  const look = result?.chosen?.look ?? result?.look;
  const line = result ? `${mixName(look.styles)} ${percent(look.strength)}${others}` : STATE[photo.status];
  return h("span", { class: "label" }, h("cite", {}, photo.filename), h("span", {}, line));
}
