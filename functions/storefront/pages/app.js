import { byId } from "./dom.js";
import { Easel } from "./easel.js";
import { Gallery } from "./gallery.js";
import { Palette } from "./palette.js";
import { Tray } from "./tray.js";
import { Works } from "./works.js";
import { plural } from "./words.js";

const MOST_REMEMBERED = 12;

const works = new Works();
const palette = new Palette();
const easel = new Easel(works);
const tray = new Tray(works);
const gallery = new Gallery();
const finished = new Set();

works.addEventListener("change", ({ detail: work }) => {
  tray.update();
  easel.update();
  sayPlan();
  writeAddress();
  if (work.done && !finished.has(work.id)) {
    finished.add(work.id);
    if (work.file || gallery.hung.has(work.id)) gallery.hang(work.view, { first: true });
  }
});

palette.addEventListener("change", sayPlan);
palette.addEventListener("catalogue", () => easel.redraw());

function toMake() {
  if (works.fresh.length) return works.fresh;
  return works.open?.file && !["FAILED", "TROUBLE"].includes(works.open.state) ? [works.open] : [];
}

function lacking(photos) {
  if (!photos) return "Add a photo to begin";
  if (palette.lack) return palette.lack;
  const asked = JSON.stringify(palette.looks);
  const same = !works.fresh.length && JSON.stringify(works.open.looks) === asked;
  return same ? "Change the style to make more" : "";
}

function sayPlan() {
  const make = byId("make");
  const photos = toMake().length;
  const looks = palette.looks.length;
  const lack = lacking(photos);
  make.disabled = Boolean(lack);
  make.classList.toggle("again", !works.fresh.length);
  make.textContent = lack || `Make ${plural(photos * looks, works.fresh.length ? "picture" : "more picture")}`;
  byId("plan").textContent = lack ? "" : `${plural(photos, "photo")}: ${palette.plan}, strength ${byId("strength-said").value}`;
}

byId("bench").addEventListener("submit", (event) => {
  event.preventDefault();
  const photos = works.fresh.length ? works.fresh : works.addFiles([works.open.file]);
  works.show(photos[0]);
  works.sendAll(photos, palette.looks);
  byId("easel").scrollIntoView({ block: "nearest" });
});

// Photos come in

document.addEventListener("click", ({ target }) => {
  const kind = target.closest("[data-pick]")?.dataset.pick;
  if (kind) byId(kind).click();
});

for (const kind of ["files", "camera"]) {
  byId(kind).addEventListener("change", ({ target }) => {
    works.addFiles(target.files);
    target.value = "";
  });
}

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
const overPage = (over) => document.body.classList.toggle("carrying", over);

document.addEventListener("dragover", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  overPage(true);
});

document.addEventListener("dragleave", (event) => event.relatedTarget ?? overPage(false));

document.addEventListener("drop", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  overPage(false);
  works.addFiles(event.dataTransfer.files);
});

document.addEventListener("paste", ({ clipboardData }) => works.addFiles(clipboardData.files));

// The address remembers, so that a reload comes back to the photos

function writeAddress() {
  const open = works.open?.id;
  const others = works.ids.filter((id) => id !== open).slice(-MOST_REMEMBERED);
  const parts = [open && `photo=${open}`, others.length && `with=${others.join(".")}`].filter(Boolean);
  const address = parts.length ? `#${parts.join("&")}` : location.pathname + location.search;
  if (parts.join("&") !== location.hash.slice(1)) history.replaceState(null, "", address);
}

function followAddress() {
  const address = new URLSearchParams(location.hash.slice(1));
  const others = address.get("with")?.split(".") ?? [];
  const open = address.get("photo");
  for (const id of others) works.recall(id);
  if (!open) return;
  works.show(works.recall(open));
  byId("easel").scrollIntoView({ block: "start" });
}

addEventListener("hashchange", followAddress);
addEventListener("beforeunload", (event) => {
  if (works.list.some((work) => work.sending)) event.preventDefault();
});

followAddress();
palette.load().then(() => gallery.load());
