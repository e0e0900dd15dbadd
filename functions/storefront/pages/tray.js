import { byId, h } from "./dom.js";
import { smallest } from "./picture.js";
import { STATE, percent } from "./words.js";

// The photos on the easel, small, in a row: which is open, and how far each has come.
export class Tray {
  constructor(works) {
    this.works = works;
    this.list = byId("tray");
    this.rows = new Map();
    this.adder = h("li", { class: "adders" }, picker("files", "Add photos", ""), picker("camera", "Camera", " touch-only"));
    this.list.append(this.adder);
  }

  update() {
    this.list.hidden = this.works.list.length === 0;
    for (const [work, row] of this.rows) {
      if (!this.works.list.includes(work)) (row.remove(), this.rows.delete(work));
    }
    for (const work of this.works.list) this.fill(this.rows.get(work) ?? this.hang(work), work);
  }

  hang(work) {
    const open = h("button", { type: "button", class: "chip", onclick: () => this.works.show(work) });
    const cross = h("button", { type: "button", class: "cross", onclick: () => this.takeOff(work) }, "×");
    const row = h("li", {}, open, cross);
    this.rows.set(work, row);
    this.adder.before(row);
    return row;
  }

  // The focused button goes with its photo, so the focus moves to what is looked at next.
  takeOff(work) {
    this.works.remove(work);
    const next = this.rows.get(this.works.open)?.firstElementChild ?? byId("mount").querySelector("button");
    next.focus();
  }

  fill(row, work) {
    const [chip, cross] = row.children;
    const state = work.state === "SENDING" ? `${STATE.SENDING} ${percent(work.progress)}` : STATE[work.state];
    chip.setAttribute("aria-pressed", String(work === this.works.open));
    chip.setAttribute("aria-label", `${work.name}, ${state}`);
    chip.dataset.state = work.state;
    chip.style.setProperty("--progress", work.progress);
    cross.setAttribute("aria-label", `Take ${work.name} off the easel`);
    if (!chip.dataset.pictured) thumbnail(chip, work);
  }
}

function thumbnail(chip, work) {
  const src = work.local ?? smallest(work.view?.original ?? [])?.url;
  if (!src) return;
  chip.dataset.pictured = true;
  chip.prepend(h("img", { src, alt: "", onerror: ({ target }) => target.replaceWith(h("span", { class: "initial" }, "?")) }));
}

const picker = (kind, words, extra) =>
  h("button", { type: "button", class: `adder${extra}`, "data-pick": kind }, words);
