import { byId, h } from "./dom.js";
import { smallest } from "./responsive-image.js";
import { percent, stateName, t } from "./text.js";

// A row of thumbnails of the added photos: which one is selected, and each one's progress.
export class PhotoStrip {
  constructor(photos) {
    this.photos = photos;
    this.list = byId("photo-strip");
    this.items = new Map();
    this.addButtons = h(
      "li",
      { class: "add-buttons" },
      addButton("files", t("add.more"), ""),
      addButton("camera", t("add.camera_short"), " touch-only"),
    );
    this.list.append(this.addButtons);
  }

  update() {
    this.list.hidden = this.photos.list.length === 0;
    for (const [photo, item] of this.items) {
      if (!this.photos.list.includes(photo)) (item.remove(), this.items.delete(photo));
    }
    for (const photo of this.photos.list) this.updateItem(this.items.get(photo) ?? this.addItem(photo), photo);
  }

  addItem(photo) {
    const thumbnail = h("button", { type: "button", class: "thumbnail", onclick: () => this.photos.select(photo) });
    const remove = h("button", { type: "button", class: "remove", onclick: () => this.remove(photo) }, "×");
    const item = h("li", {}, thumbnail, remove);
    this.items.set(photo, item);
    this.addButtons.before(item);
    return item;
  }

  // The focused button is removed with its photo, so the focus moves to the photo selected next.
  remove(photo) {
    this.photos.remove(photo);
    this.focusSelected();
  }

  focusSelected() {
    const thumbnail = this.items.get(this.photos.selected)?.firstElementChild;
    (thumbnail ?? byId("empty-state").querySelector("button")).focus();
  }

  // With the new links of the photo's view.
  showAgain(photo) {
    const thumbnail = this.items.get(photo).firstElementChild;
    if (!photo.localUrl) (thumbnail.replaceChildren(), addImage(thumbnail, photo));
  }

  updateItem(item, photo) {
    const [thumbnail, remove] = item.children;
    if (photo.id) item.dataset.photoId = photo.id;
    const name = stateName(photo.state);
    const isUploading = photo.state === "UPLOADING";
    const state = isUploading ? t("state.with_progress", { state: name, share: percent(photo.progress) }) : name;
    thumbnail.setAttribute("aria-pressed", String(photo === this.photos.selected));
    thumbnail.setAttribute("aria-label", t("state.of_photo", { name: photo.name, state }));
    thumbnail.dataset.state = photo.state;
    thumbnail.dataset.label = name;
    thumbnail.style.setProperty("--progress", photo.progress);
    remove.setAttribute("aria-label", t("add.remove", { name: photo.name }));
    if (!thumbnail.dataset.hasImage) addImage(thumbnail, photo);
  }
}

function addImage(thumbnail, photo) {
  const src = photo.localUrl ?? smallest(photo.view?.original ?? [])?.url;
  if (!src) return;
  const showPlaceholder = ({ target }) => target.replaceWith(h("span", { class: "initial" }, "?"));
  thumbnail.dataset.hasImage = true;
  thumbnail.prepend(h("img", { src, alt: "", onerror: showPlaceholder }));
}

const addButton = (inputId, text, extraClass) =>
  h("button", { type: "button", class: `add-button${extraClass}`, "data-file-input": inputId }, text);
