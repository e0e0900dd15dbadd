import { session } from "./api.js";
import { credential, forgetCredential, takeKeyFromAddress } from "./credential.js";
import { byId } from "./dom.js";
import { Gallery } from "./gallery.js";
import { LookOptions } from "./look-options.js";
import { takeAnswerFromAddress } from "./oauth.js";
import { PhotoStrip } from "./photo-strip.js";
import { PhotoView } from "./photo-view.js";
import { Photos } from "./photos.js";
import { SignIn } from "./sign-in.js";
import { plural } from "./text.js";

const MAX_OTHER_PHOTOS_IN_URL = 12;

const photos = new Photos();
const lookOptions = new LookOptions();
const photoView = new PhotoView(photos);
const photoStrip = new PhotoStrip(photos);
const gallery = new Gallery();
const signIn = new SignIn();
const finishedIds = new Set();

photos.addEventListener("change", ({ detail: photo }) => {
  photoStrip.update();
  photoView.update();
  updateSubmitBar();
  updateUrl();
  if (photo.done && !finishedIds.has(photo.id)) {
    finishedIds.add(photo.id);
    if (photo.file || gallery.items.has(photo.id)) gallery.add(photo.view, { first: true });
  }
});

lookOptions.addEventListener("change", updateSubmitBar);
lookOptions.addEventListener("catalogue", () => photoView.redraw());

// The photos not sent yet; else the selected one, to be sent again with other looks.
function photosToSubmit() {
  if (photos.notSent.length) return photos.notSent;
  return photos.selected?.file && !["FAILED", "ERROR"].includes(photos.selected.state) ? [photos.selected] : [];
}

// What the user has to do before pictures can be made; "" if nothing.
function missingInput(photoCount) {
  if (!photoCount) return "Add a photo to begin";
  if (lookOptions.missingInput) return lookOptions.missingInput;
  const looks = JSON.stringify(lookOptions.looks);
  const unchanged = !photos.notSent.length && JSON.stringify(photos.selected.looks) === looks;
  return unchanged ? "Change the style to make more" : "";
}

function updateSubmitBar() {
  const button = byId("make");
  const photoCount = photosToSubmit().length;
  const lookCount = lookOptions.looks.length;
  const missing = missingInput(photoCount);
  const noun = photos.notSent.length ? "picture" : "more picture";
  button.disabled = Boolean(missing);
  button.classList.toggle("repeat", !photos.notSent.length);
  button.textContent = missing || `Make ${plural(photoCount * lookCount, noun)}`;
  const summary = `${plural(photoCount, "photo")}: ${lookOptions.summary}, strength ${byId("strength-value").value}`;
  byId("make-summary").textContent = missing ? "" : summary;
}

byId("upload-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const submitted = photos.notSent.length ? photos.notSent : photos.addFiles([photos.selected.file]);
  photos.select(submitted[0]);
  photos.uploadAll(submitted, lookOptions.looks);
  byId("photo-view").scrollIntoView({ block: "nearest" });
});

// Adding photos: file dialogs, drag and drop, paste

document.addEventListener("click", ({ target }) => {
  const inputId = target.closest("[data-file-input]")?.dataset.fileInput;
  if (inputId) byId(inputId).click();
});

for (const inputId of ["files", "camera"]) {
  byId(inputId).addEventListener("change", ({ target }) => {
    photos.addFiles(target.files);
    target.value = "";
  });
}

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
const highlightDropTarget = (on) => document.body.classList.toggle("dragging-files", on);

document.addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  highlightDropTarget(true);
});

document.addEventListener("dragleave", (event) => event.relatedTarget ?? highlightDropTarget(false));

document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  highlightDropTarget(false);
  photos.addFiles(event.dataTransfer.files);
});

document.addEventListener("paste", ({ clipboardData }) => photos.addFiles(clipboardData.files));

// The URL's fragment holds the photo ids, so that the photos are shown again after a reload

function updateUrl() {
  const selectedId = photos.selected?.id;
  const otherIds = photos.ids.filter((id) => id !== selectedId).slice(-MAX_OTHER_PHOTOS_IN_URL);
  const parts = [selectedId && `photo=${selectedId}`, otherIds.length && `with=${otherIds.join(".")}`].filter(Boolean);
  const url = parts.length ? `#${parts.join("&")}` : location.pathname + location.search;
  if (parts.join("&") !== location.hash.slice(1)) history.replaceState(null, "", url);
}

function showPhotosInUrl() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const otherIds = fragment.get("with")?.split(".") ?? [];
  const selectedId = fragment.get("photo");
  for (const id of otherIds) photos.addById(id);
  if (!selectedId) return;
  photos.select(photos.addById(selectedId));
  byId("photo-view").scrollIntoView({ block: "start" });
}

addEventListener("hashchange", () => (takeKeyFromAddress() ? location.reload() : showPhotosInUrl()));
addEventListener("beforeunload", (event) => {
  if (photos.list.some((photo) => photo.uploading)) event.preventDefault();
});

// Signing in and out. Nothing of one shop is left on the page for the next: it is loaded again.

byId("sign-out").addEventListener("click", () => {
  forgetCredential();
  location.replace(location.pathname);
});

session.addEventListener("signed-out", ({ detail: message }) => {
  if (byId("shop").hidden) return;
  showShop(false);
  signIn.show(message);
});

signIn.addEventListener("signed-in", () => location.reload());

function showShop(isShown) {
  byId("shop").hidden = byId("sign-out").hidden = !isShown;
}

async function start() {
  takeKeyFromAddress();
  const message = await takeAnswerFromAddress().catch((error) => error.message);
  if (message || !credential()) return signIn.show(message);
  showShop(true);
  showPhotosInUrl();
  await lookOptions.load();
  await gallery.load();
}

start();
