import { getPhotos } from "./api.js";
import { byId, h } from "./dom.js";
import { ratioOf, responsiveImage } from "./responsive-image.js";
import { STATE, mixName, percent } from "./text.js";

// The shop's earlier photos, newest first, in rows, each at its own aspect ratio. `items`: list items by photo id.
export class Gallery {
  items = new Map();
  cursor = null;

  constructor() {
    this.list = byId("gallery-list");
    this.note = byId("gallery-note");
    this.more = byId("more");
    this.more.addEventListener("click", () => this.load());
  }

  async load() {
    this.more.disabled = true;
    try {
      const { photos, next_cursor: next } = await getPhotos(this.cursor);
      for (const photo of photos) this.add(photo);
      this.cursor = next;
      this.more.textContent = "Show more";
      this.more.hidden = !next;
      this.note.textContent = this.items.size ? "" : "Photos you style will appear here.";
    } catch (error) {
      this.note.textContent = `Earlier photos did not load. ${error.message}`;
      this.more.textContent = "Try again";
      this.more.hidden = false;
    }
    this.more.disabled = false;
  }

  add(photo, { first = false } = {}) {
    const item = galleryItem(photo);
    const former = this.items.get(photo.photo_id);
    if (former) former.replaceWith(item);
    else if (first) this.list.prepend(item);
    else this.list.append(item);
    this.items.set(photo.photo_id, item);
    this.note.textContent = "";
  }
}

function galleryItem(photo) {
  const result = photo.status === "READY" ? photo.results[0] : null;
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
  const link = h("a", { href: `#photo=${photo.photo_id}` }, picture, galleryLabel(photo, result));
  return h("li", { class: "gallery-item", "--ratio": ratio }, link);
}

function galleryLabel(photo, result) {
  const count = photo.results.length;
  const others = count > 1 ? ` and ${count - 1} more` : "";
  const look = result?.chosen?.look ?? result?.look;
  const text = result ? `${mixName(look.styles)} ${percent(look.strength)}${others}` : STATE[photo.status];
  return h("span", { class: "gallery-label" }, h("cite", {}, photo.filename), h("span", {}, text));
}
