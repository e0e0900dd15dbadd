import { byId, h } from "./dom.js";
import { getStyles } from "./api.js";
import { AUTO, capital, mixName, percent, plural, standsAlone, styleName, styleWord, useCatalogue } from "./words.js";

const MOST_LOOKS = 8;

// Which pictures to make: the chosen styles, one by one or two mixed, at one strength and one protection.
export class Palette extends EventTarget {
  chosen = [];

  constructor() {
    super();
    this.tiles = byId("tiles");
    this.families = byId("families");
    this.mix = byId("mix");
    this.strength = byId("strength");
    this.share = byId("share");
    this.protection = byId("protection");
    this.enhance = byId("enhance");
    this.tiles.addEventListener("change", ({ target }) => this.toggle(target));
    for (const control of [this.mix, this.strength, this.share, this.protection, this.enhance]) {
      control.addEventListener("input", () => this.settle());
    }
    this.settle();
  }

  get looks() {
    if (this.lack) return [];
    const alike = {
      strength: this.strength.valueAsNumber / 100,
      protection: this.protection.value,
      enhance: this.enhance.checked,
    };
    if (!this.mixing) return this.chosen.map((id) => ({ styles: { [id]: 1 }, ...alike }));
    const share = this.share.valueAsNumber / 100;
    const [one, other] = this.chosen;
    return [{ styles: { [one]: 1 - share, [other]: share }, ...alike }];
  }

  get lack() {
    if (!this.chosen.length) return "Choose a style";
    return this.mix.checked && !this.mixing ? "Choose a second style" : "";
  }

  get mixing() {
    return this.mix.checked && this.chosen.length === 2;
  }

  async load() {
    try {
      const { styles, model } = await getStyles();
      useCatalogue(styles);
      this.tiles.replaceChildren(...styles.map(tile));
      this.fillFamilies(styles);
      byId("model").textContent = `Painted by ${model.name} ${model.version}`;
      this.dispatchEvent(new Event("catalogue"));
    } catch (trouble) {
      this.tiles.replaceChildren(this.apology(trouble));
    }
  }

  apology(trouble) {
    const again = h("button", { type: "button", class: "button", onclick: () => this.load() }, "Try again");
    return h("div", { class: "alert", role: "alert" }, h("p", {}, "The styles did not load. ", trouble.message), again);
  }

  fillFamilies(styles) {
    const names = [...new Set(styles.map((style) => style.family))].filter((name) => name !== AUTO);
    this.families.hidden = names.length < 2;
    const buttons = ["all", ...names].map((name) => {
      const pressed = String(name === "all");
      return h("button", { type: "button", "aria-pressed": pressed, onclick: () => this.filter(name) }, capital(name));
    });
    this.families.replaceChildren(...buttons);
  }

  filter(family) {
    for (const button of this.families.children) {
      button.setAttribute("aria-pressed", String(button.textContent === capital(family)));
    }
    for (const one of this.tiles.children) one.hidden = family !== "all" && ![family, AUTO].includes(one.dataset.family);
  }

  toggle({ value, checked }) {
    this.chosen = this.chosen.filter((id) => id !== value);
    if (checked) this.chosen.push(value);
    this.settle();
  }

  // Two can be mixed, eight made one by one; beyond that the earliest choice gives way.
  settle() {
    const offered = (id) => !(this.mix.checked && standsAlone(id));
    this.chosen = this.chosen.filter(offered).slice(-(this.mix.checked ? 2 : MOST_LOOKS));
    for (const box of this.tiles.querySelectorAll("input")) {
      box.checked = this.chosen.includes(box.value);
      box.disabled = !offered(box.value);
    }
    this.protection.disabled = this.chosen.length > 0 && this.chosen.every((id) => id === AUTO);
    for (const range of [this.strength, this.share]) fillTrack(range);
    const strength = percent(this.strength.valueAsNumber / 100);
    byId("strength-said").value = strength;
    this.strength.setAttribute("aria-valuetext", strength);
    this.sayMix();
    this.dispatchEvent(new Event("change"));
  }

  sayMix() {
    byId("mixing").hidden = !this.mixing;
    if (!this.mixing) return;
    const words = mixName(this.looks[0].styles);
    byId("share-said").value = words;
    this.share.setAttribute("aria-valuetext", words);
  }

  get plan() {
    if (this.mixing) return mixName(this.looks[0].styles);
    return this.chosen.length > 3 ? plural(this.chosen.length, "style") : this.chosen.map(styleName).join(", ");
  }
}

function fillTrack(range) {
  const { min, max, valueAsNumber } = range;
  range.style.setProperty("--fill", `${((valueAsNumber - min) / (max - min)) * 100}%`);
}

function tile(style) {
  const { lang, text } = styleWord(style);
  return h(
    "label",
    { class: "tile", "data-family": style.family },
    h("input", { type: "checkbox", name: "style", value: style.id, class: "unseen" }),
    h("span", { class: "swatch" }, h("span", { class: "initial", lang, "aria-hidden": "true" }, [...text][0]), preview(style)),
    h("span", { class: "name", lang }, text),
  );
}

function preview({ preview: src }) {
  if (!src) return null;
  return h("img", { src, alt: "", loading: "lazy", decoding: "async", onerror: ({ target }) => target.remove() });
}
