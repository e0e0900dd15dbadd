import { findStyles } from "./api.js";
import { byId } from "./dom.js";
import { lookName, t } from "./text.js";

const TYPING_PAUSE_MS = 250;
const MAX_MIXED_STYLES = 2;

// Finds styles by words. Dispatches `found` with the answer, null without words, and `use` with the look it suggests.
export class StyleSearch extends EventTarget {
  constructor() {
    super();
    this.input = byId("style-search");
    this.note = byId("style-search-note");
    this.button = byId("use-suggestion");
    this.input.addEventListener("input", () => this.searchIn(TYPING_PAUSE_MS));
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault(); // the form would be sent
      if (!event.isComposing) this.searchIn(0);
    });
    this.button.addEventListener("click", () => this.dispatch("use", this.suggestion));
  }

  searchIn(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.search(), ms);
  }

  async search() {
    this.request?.abort();
    this.request = new AbortController();
    const words = this.input.value.trim();
    try {
      this.show(words ? await findStyles(words, this.request.signal) : null);
    } catch (error) {
      if (error.name !== "AbortError") this.note.textContent = error.message;
    }
  }

  show(answer) {
    this.dispatch("found", answer);
    const count = answer?.styles.length;
    this.note.textContent = answer ? (count ? t("count.found", { n: count }) : t("look.none_found")) : "";
    this.suggestion = answer?.suggestion;
    this.button.hidden = !this.suggestion || Object.keys(this.suggestion.styles).length > MAX_MIXED_STYLES;
    if (!this.button.hidden) this.button.textContent = t("look.use", { look: lookName(this.suggestion) });
  }

  dispatch(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
