import { h, ownName } from "./dom.js";
import { responsiveImage } from "./responsive-image.js";
import { fetchRendition, fileName, saveBlob } from "./result-details.js";
import { resultName, t } from "./text.js";
import { nameWithReview } from "./verdict-text.js";
import { zip } from "./zip.js";

const IMAGE_SIZES = "(min-width: 60rem) 30vw, 90vw";

// All pictures of a photo side by side, beside the photo itself, to choose some of and download them together.
export class LooksSheet {
  // `renewLinks` fetches the photo again, with links that have not expired.
  constructor(photo, renewLinks) {
    Object.assign(this, { photo, renewLinks });
    this.note = h("p", { class: "muted", role: "status" });
    this.download = h("button", { type: "button", class: "button primary", onclick: () => this.downloadChosen() });
    const close = h("button", { type: "button", class: "button", onclick: () => this.element.close() }, t("view.close"));
    this.choices = photo.results.map((result) => choice(result));
    const original = h("figure", {}, picture(photo.view.original, t("view.alt_photo")), h("figcaption", {}, t("add.photo")));
    this.element = h(
      "dialog",
      { class: "looks-sheet", "aria-labelledby": "looks-sheet-title", "data-photo-id": photo.id },
      h("h2", { id: "looks-sheet-title" }, t("view.all_looks")),
      ownName(photo.name, "p"),
      h("div", { class: "looks-grid" }, original, ...this.choices),
      this.note,
      h("p", { class: "dialog-buttons" }, close, this.download),
    );
    this.element.addEventListener("change", () => this.update());
    this.element.addEventListener("close", () => this.element.remove());
    this.update();
  }

  show() {
    document.body.append(this.element);
    this.element.showModal();
  }

  get chosen() {
    return this.photo.results.filter((_, index) => this.choices[index].querySelector("input").checked);
  }

  update() {
    this.download.textContent = t("count.download", { n: this.chosen.length });
    this.download.setAttribute("aria-disabled", String(!this.chosen.length));
  }

  async downloadChosen() {
    const { chosen } = this;
    if (!chosen.length || this.isLoading) return;
    this.isLoading = true;
    try {
      saveBlob(await zip(this.files(chosen)), `${this.photo.name.replace(/\.\w+$/, "")}.zip`);
      this.note.textContent = t("view.zip_progress", { done: chosen.length, n: chosen.length });
    } catch {
      this.note.textContent = t("view.zip_failed");
    }
    this.isLoading = false;
  }

  // One after the other, each in full size.
  async *files(results) {
    for (const [done, result] of results.entries()) {
      this.note.textContent = t("view.zip_progress", { done, n: results.length });
      const [full] = result.renditions;
      const { body } = await fetchRendition(full, this.photo, this.renewLinks);
      yield { name: fileName(this.photo.name, result, full), body };
    }
  }
}

// Chosen at first, but for those that a person has decided against.
function choice(result) {
  const name = nameWithReview(result);
  const checked = !["rejected", "redone"].includes(result.review);
  const checkbox = h("input", { type: "checkbox", checked, "aria-label": t("view.choose_look", { look: name }) });
  const image = picture(result.renditions, t("view.alt_picture", { look: resultName(result) }));
  return h("figure", {}, h("label", {}, image, checkbox), h("figcaption", {}, name));
}

const picture = (renditions, alt) => responsiveImage(renditions, { alt, sizes: IMAGE_SIZES });
