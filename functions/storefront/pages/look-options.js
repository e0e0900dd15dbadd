import { byId, h, replaceChildren } from "./dom.js";
import { getStyles } from "./api.js";
import { AUTO, addToCatalogue, localName, mixName, percent, standsAlone, styleName, styleNames, t, textOf, useCatalogue } from "./text.js";

const MAX_LOOKS = 8;
const MAX_MIXED_STYLES = 2;
const EXPECTED_STYLES = 35;

// The controls that set the looks to make: styles, made one by one or two mixed, at one strength and one protection.
// `chosen` holds style ids in the order of choice; `levels` are those of a look found by words.
export class LookOptions extends EventTarget {
  chosen = [];
  levels = null;
  family = "all";

  constructor() {
    super();
    byId("style-search").addEventListener("focus", () => this.loadSearch(), { once: true });
    this.tiles = byId("tiles");
    // Room for the styles that are being loaded, so that what is below does not move when they come.
    this.tiles.append(...Array.from({ length: EXPECTED_STYLES }, () => h("span", { class: "tile-placeholder" })));
    this.families = byId("families");
    this.mix = byId("mix");
    this.strength = byId("strength");
    this.mixShare = byId("mix-share");
    this.protection = byId("protection");
    this.enhance = byId("enhance");
    this.note = byId("choice-note");
    this.tiles.addEventListener("change", ({ target }) => this.toggle(target));
    this.mix.addEventListener("change", () => this.dropTooMany());
    byId("look-options").addEventListener("keydown", chooseWithEnter);
    for (const control of [this.strength, this.mixShare, this.protection, this.enhance]) {
      control.addEventListener("input", () => this.update());
    }
    this.update();
  }

  get looks() {
    if (this.missingInput) return [];
    const common = {
      strength: this.strength.valueAsNumber / 100,
      protection: this.protection.value,
      enhance: this.enhance.checked,
      ...(this.levels && { levels: this.levels }),
    };
    if (!this.mixing) return this.chosen.map((id) => ({ styles: { [id]: 1 }, ...common }));
    const share = this.mixShare.valueAsNumber / 100;
    const [first, second] = this.chosen;
    return [{ styles: { [first]: 1 - share, [second]: share }, ...common }];
  }

  // What the user has to choose before there are looks; "" if nothing.
  get missingInput() {
    if (!this.chosen.length) return t("look.choose");
    return this.mix.checked && !this.mixing ? t("look.choose_second") : "";
  }

  get mixing() {
    return this.mix.checked && this.chosen.length === MAX_MIXED_STYLES;
  }

  async load() {
    try {
      const { styles, model } = await getStyles();
      useCatalogue(styles);
      const onSheet = styles.filter((style) => style.preview).map((style) => style.id).sort();
      replaceChildren(this.tiles, ...styles.map((style) => styleTile(style, previewOf(style, onSheet))));
      this.listed = new Map(styles.map((style, index) => [style.id, this.tiles.children[index]]));
      this.showFamilies(styles);
      byId("model").textContent = t("page.model", { name: `${model.name} ${model.version}` });
      this.dispatchEvent(new Event("catalogue"));
    } catch (error) {
      replaceChildren(this.tiles, this.loadError(error));
    }
  }

  async loadSearch() {
    const { StyleSearch } = await import("./style-search.js");
    const search = new StyleSearch();
    search.addEventListener("found", ({ detail }) => this.showFound(detail?.styles));
    search.addEventListener("use", ({ detail }) => this.use(detail));
    search.searchIn(0); // for what was typed meanwhile
  }

  loadError(error) {
    const retry = h("button", { type: "button", class: "button", onclick: () => this.load() }, t("library.again"));
    return h("div", { class: "alert", role: "alert" }, h("p", {}, t("look.not_loaded", { reason: error.message })), retry);
  }

  showFamilies(styles) {
    const names = [...new Set(styles.map((style) => style.family))].filter((name) => name !== AUTO);
    this.families.hidden = names.length < 2;
    const buttons = ["all", ...names].map((name) => {
      const pressed = String(name === "all");
      const attributes = { type: "button", "data-family": name, "aria-pressed": pressed, onclick: () => this.filter(name) };
      return h("button", attributes, textOf("family", name, "own"));
    });
    this.families.replaceChildren(...buttons);
  }

  filter(family) {
    this.family = family;
    for (const button of this.families.children) {
      button.setAttribute("aria-pressed", String(button.dataset.family === family));
    }
    for (const tile of this.tiles.children) {
      tile.hidden = family !== "all" && ![family, AUTO].includes(tile.dataset.family);
    }
  }

  // The styles found, the best first; without them those of the chosen family.
  showFound(styles) {
    if (!this.listed) return;
    this.families.hidden = Boolean(styles);
    this.tiles.replaceChildren(...(styles?.map((style) => this.tile(style)) ?? this.listed.values()));
    if (!styles) this.filter(this.family);
    this.update();
  }

  // An own style gets its tile when it is found first.
  tile(style) {
    addToCatalogue(style);
    if (!this.listed.has(style.id)) this.listed.set(style.id, styleTile(style));
    const tile = this.listed.get(style.id);
    tile.hidden = false;
    return tile;
  }

  use({ styles, strength, protection, levels }) {
    this.chosen = Object.keys(styles);
    this.mix.checked = this.chosen.length > 1;
    if (this.mix.checked) this.mixShare.value = 100 * styles[this.chosen[1]];
    this.strength.value = 100 * strength;
    this.protection.value = protection;
    this.levels = levels;
    this.update();
    this.tiles.querySelector(":checked").focus();
  }

  toggle({ value, checked }) {
    this.levels = null;
    this.note.textContent = "";
    this.chosen = this.chosen.filter((id) => id !== value);
    if (checked && this.chosen.length < this.maxChosen) this.chosen.push(value);
    else if (checked) this.note.textContent = this.limitText(styleName(value));
    this.update();
  }

  get maxChosen() {
    return this.mix.checked ? MAX_MIXED_STYLES : MAX_LOOKS;
  }

  limitText(style) {
    return this.mix.checked ? t("look.two_mixed", { style }) : t("look.at_most", { n: MAX_LOOKS, style });
  }

  // When mixing begins, the styles chosen last are mixed.
  dropTooMany() {
    const before = this.chosen;
    this.update();
    const dropped = before.filter((id) => !this.chosen.includes(id));
    this.note.textContent = dropped.length ? t("look.dropped", { styles: styleNames(dropped) }) : "";
  }

  isAvailable(id) {
    return !(this.mix.checked && standsAlone(id));
  }

  update() {
    this.chosen = this.chosen.filter((id) => this.isAvailable(id)).slice(-this.maxChosen);
    for (const checkbox of this.tiles.querySelectorAll("input")) {
      checkbox.checked = this.chosen.includes(checkbox.value);
      checkbox.disabled = !this.isAvailable(checkbox.value);
    }
    this.protection.disabled = this.chosen.length > 0 && this.chosen.every((id) => id === AUTO);
    for (const slider of [this.strength, this.mixShare]) fillTrack(slider);
    const strength = percent(this.strength.valueAsNumber / 100);
    byId("strength-value").value = strength;
    this.strength.setAttribute("aria-valuetext", strength);
    this.updateMix();
    this.dispatchEvent(new Event("change"));
  }

  updateMix() {
    byId("mix-options").hidden = !this.mixing;
    if (!this.mixing) return;
    const text = mixName(this.looks[0].styles);
    byId("mix-share-value").value = text;
    this.mixShare.setAttribute("aria-valuetext", text);
  }

  get summary() {
    if (this.mixing) return mixName(this.looks[0].styles);
    return this.chosen.length > 3 ? t("count.styles", { n: this.chosen.length }) : styleNames(this.chosen);
  }
}

// Enter in a field sends a form: on a tile it chooses the style instead, elsewhere it does nothing.
function chooseWithEnter(event) {
  const { key, target } = event;
  if (key !== "Enter" || !target.matches("input") || event.defaultPrevented) return;
  event.preventDefault();
  if (target.type === "checkbox") target.click();
}

function fillTrack(slider) {
  const { min, max, valueAsNumber } = slider;
  slider.style.setProperty("--fill", `${((valueAsNumber - min) / (max - min)) * 100}%`);
}

function styleTile(style, preview = null) {
  const { lang, text } = localName(style);
  const initial = h("span", { class: "initial", lang, "aria-hidden": "true" }, [...text][0]);
  return h(
    "label",
    { class: "tile", "data-family": style.family },
    h("input", { type: "checkbox", name: "style", value: style.id }),
    h("span", { class: "style-preview" }, initial, preview),
    h("span", { class: "name", lang }, text),
  );
}

// A part of previews.webp, which has all previews one below the other in the order of their ids.
function previewOf({ id, preview }, onSheet) {
  return preview && h("span", { class: "preview", "--index": onSheet.indexOf(id), "--count": onSheet.length });
}
