import { getPhoto, session } from "./api.js";
import { credential, forgetCredential, hasKeptFiles, isTestKey, takeKeyFromAddress } from "./credential.js";
import { byId, fillTexts } from "./dom.js";
import { Library } from "./library.js";
import { LookOptions } from "./look-options.js";
import { Photos } from "./photos.js";
import { SWITCHED, batchProgress, t } from "./text.js";

const MAX_OTHER_PHOTOS_IN_URL = 49;
const LINK_RENEWAL_INTERVAL_MS = 60_000;

fillTexts();

const photos = new Photos();
const lookOptions = new LookOptions();
const library = new Library();

// Modules that a visit needs only for a photo, for files that were kept, or to sign in.
let photoView = null;
let campaigns = null;
let photoStrip = null;
const unsentFiles = () => import("./unsent-files.js");

photos.addEventListener("change", () => {
  updatePhotoViews();
  updateSubmitBar();
  updateBatchProgress();
  if (view === "shop") updateUrl();
  photos.list.filter((photo) => photo.done).forEach(showInLibrary);
});

function updatePhotoViews() {
  byId("photo-view").dataset.photoId = photos.selected?.id ?? "";
  if (!photoView) return photos.selected ? loadPhotoViews() : undefined;
  photoStrip.update();
  photoView.update();
}

async function loadPhotoViews() {
  const [{ PhotoStrip }, { PhotoView }] = await Promise.all([import("./photo-strip.js"), import("./photo-view.js")]);
  photoStrip ??= new PhotoStrip(photos);
  photoView ??= new PhotoView(photos);
  updatePhotoViews();
}

const viewsInLibrary = new WeakSet();

// The photos that were uploaded here, and what is new of those that the library shows.
function showInLibrary({ id, file, view }) {
  if (viewsInLibrary.has(view)) return;
  viewsInLibrary.add(view);
  if (library.views.has(id) || (file && !library.isFiltered)) library.add(view, { first: true });
}

function updateBatchProgress() {
  const { ordered } = photos;
  const text = ordered.length > 1 ? batchProgress(ordered) : "";
  if (text !== byId("batch-progress").textContent) byId("batch-progress").textContent = text;
}

lookOptions.addEventListener("change", updateSubmitBar);
lookOptions.addEventListener("catalogue", () => photoView?.redraw());
byId("all-photos").addEventListener("change", updateSubmitBar);

// The photos not sent yet; else the selected one, or all that are ready, of which more pictures are to be made.
function photosToSubmit() {
  if (photos.notSent.length) return photos.notSent;
  return photos.ready.filter((photo) => byId("all-photos").checked || photo === photos.selected);
}

// How many pictures the button makes.
function pictureCount() {
  return photosToSubmit().reduce((count, photo) => count + photo.missing(lookOptions.looks).length, 0);
}

// What the user has to do before pictures can be made; "" if nothing.
function missingInput() {
  if (!photosToSubmit().length) return t(photos.selected?.inProgress ? "make.being_made" : "make.add_photo");
  if (lookOptions.missingInput) return lookOptions.missingInput;
  return pictureCount() ? "" : t("make.change");
}

// The button is never disabled, which would take the focus from it. Without the input it does nothing.
function updateSubmitBar() {
  const button = byId("make");
  const missing = missingInput();
  const isFirst = photos.notSent.length > 0;
  byId("all-photos-option").hidden = isFirst || photos.ready.length < 2;
  byId("all-photos-label").textContent = t("make.all_photos", { n: photos.ready.length });
  button.setAttribute("aria-disabled", String(Boolean(missing)));
  button.classList.toggle("repeat", !isFirst);
  button.textContent = missing || t(isFirst ? "count.make" : "count.make_more", { n: pictureCount() });
  const submitted = t("count.photos", { n: photosToSubmit().length });
  const values = { photos: submitted, looks: lookOptions.summary, strength: byId("strength-value").value };
  byId("make-summary").textContent = missing ? "" : t("make.summary", values);
}

byId("upload-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (missingInput()) return;
  const submitted = photosToSubmit();
  if (photos.notSent.length) {
    photos.select(submitted[0]);
    photos.uploadAll(submitted, lookOptions.looks);
  } else photos.orderMore(submitted, lookOptions.looks);
  byId("photo-view").scrollIntoView({ block: "nearest" });
});

// Links to pictures expire. An image that does not load gets new ones; the interval prevents a loop of requests for a
// picture that no longer exists.

const renewedAt = new Map();

document.addEventListener("error", ({ target }) => renewLinks(target), { capture: true });

async function renewLinks(image) {
  const id = image.closest?.("[data-photo-id]")?.dataset.photoId;
  if (!id || !image.src?.startsWith("http") || Date.now() - (renewedAt.get(id) ?? 0) < LINK_RENEWAL_INTERVAL_MS) return;
  renewedAt.set(id, Date.now());
  const view = await getPhoto(id).catch(() => null);
  if (!view) return;
  if (library.views.has(id)) library.add(view);
  const photo = photos.list.find((one) => one.id === id);
  if (!photo) return;
  photo.view = view;
  photoStrip?.showAgain(photo);
  if (photo === photos.selected) photoView?.redraw();
}

// The library's photos

library.addEventListener("photos", ({ detail }) => detail.some(({ livemode }) => livemode === false) && showTestMode());

library.addEventListener("open", ({ detail: ids }) => {
  for (const id of ids) photos.addById(id);
  openPhoto(ids[0]);
  byId("all-photos").checked = ids.length > 1;
  updateSubmitBar();
});

library.addEventListener("deleted", ({ detail: ids }) => {
  for (const photo of photos.list.filter(({ id }) => ids.includes(id))) photos.remove(photo);
});

library.addEventListener("collect", async ({ detail: numbers }) => {
  location.hash = "campaigns";
  await showCampaigns();
  campaigns.collect(numbers);
});

function openPhoto(id) {
  photos.select(photos.addById(id));
  byId("upload-form").scrollIntoView({ block: "start" });
}

// Adding photos: file dialogs, drag and drop, paste

document.addEventListener("click", ({ target }) => {
  const inputId = target.closest("[data-file-input]")?.dataset.fileInput;
  if (inputId) byId(inputId).click();
});

for (const inputId of ["files", "camera"]) {
  byId(inputId).addEventListener("change", ({ target }) => {
    addFiles(target.files);
    target.value = "";
  });
}

// The button that had the focus is replaced by the photo: it moves to the first photo added.
async function addFiles(files) {
  const { activeElement: focused } = document;
  const wasOnButton = focused === document.body || Boolean(focused.closest("#empty-state"));
  const added = photos.addFiles(files);
  if (!added.length || !wasOnButton) return;
  if (!photoStrip) await loadPhotoViews();
  photoStrip.focusSelected();
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
  addFiles(event.dataTransfer.files);
});

document.addEventListener("paste", ({ clipboardData }) => addFiles(clipboardData.files));

// The URL's fragment holds the photo ids, so that the photos are shown again after a reload

function updateUrl() {
  const selectedId = photos.ids.find((id) => id === photos.selected?.id);
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
  if (selectedId) openPhoto(selectedId);
}

addEventListener("hashchange", () => (takeKeyFromAddress() ? location.reload() : showView()));

// The views: the shop's photos, and its campaigns. The address has which one is shown; "" before a sign-in.

let view = "";

function showView() {
  view = location.hash === "#campaigns" ? "campaigns" : "shop";
  for (const name of ["shop", "campaigns"]) byId(name).hidden = name !== view;
  for (const link of byId("views").children) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (view === "campaigns") return showCampaigns();
  showPhotosInUrl();
  updateUrl();
}

async function showCampaigns() {
  const { CampaignsView } = await import("./campaigns.js");
  campaigns ??= new CampaignsView(lookOptions);
  await campaigns.show();
}

addEventListener("beforeunload", (event) => {
  if (photos.list.some((photo) => photo.uploading)) event.preventDefault();
});

// Signing in and out. Nothing of one shop is left on the page for the next: it is loaded again.

byId("sign-out").addEventListener("click", async () => {
  forgetCredential();
  await (await unsentFiles()).dropFiles();
  location.replace(location.pathname);
});

session.addEventListener("signed-out", ({ detail: error }) => {
  if (!view) return;
  hideViews();
  if (error.code !== "expired_credentials") unsentFiles().then(({ dropFiles }) => dropFiles());
  showSignIn(error.message);
});

async function showSignIn(message) {
  const { SignIn } = await import("./sign-in.js");
  const signIn = new SignIn();
  signIn.addEventListener("signed-in", () => location.reload());
  signIn.show(message);
}

// A sentence for the person if signing in at an issuer has failed; the issuer's answer is in the query.
async function takeIssuersAnswer() {
  if (!location.search) return "";
  const { takeAnswerFromAddress } = await import("./oauth.js");
  return takeAnswerFromAddress().catch((error) => error.message);
}

function hideViews() {
  view = "";
  for (const id of ["shop", "campaigns", "views", "sign-out"]) byId(id).hidden = true;
}

function showTestMode() {
  byId("test-mode").hidden = false;
}

const loadLanguageSwitch = () => import("./language-switch.js");

byId("languages").addEventListener("toggle", loadLanguageSwitch, { once: true });

async function showKeptFiles() {
  const kept = await (await unsentFiles()).keptFiles();
  const selected = photos.selected;
  photos.addChosen(kept.map(({ key, file }) => ({ file, fileKey: key })));
  if (selected) photos.select(selected);
}

async function start() {
  takeKeyFromAddress();
  if (sessionStorage.getItem(SWITCHED)) loadLanguageSwitch();
  byId("page-footer").hidden = false;
  const message = await takeIssuersAnswer();
  if (message || !credential()) return showSignIn(message);
  byId("formats").textContent = t("add.formats", { n: Math.floor(document.body.dataset.maxBytes / 2 ** 20) });
  byId("views").hidden = byId("sign-out").hidden = false;
  if (isTestKey()) showTestMode();
  showView();
  if (hasKeptFiles()) showKeptFiles();
  await lookOptions.load();
  await library.load();
}

start();
