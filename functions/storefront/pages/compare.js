import { h } from "./dom.js";
import { percent, t } from "./text.js";

const SMALL_STEP_PERCENT = 2;
const LARGE_STEP_PERCENT = 10;
const REVEAL_MS = 1100;

// The photo and a styled picture on top of each other: left of a movable divider the photo, right of it the picture.
// `position` is the divider's, in percent of the width from the left.
export class Compare {
  position = 50;

  constructor(before, ratio, width) {
    this.after = h("div", { class: "after" });
    this.handle = h("div", {
      class: "handle",
      role: "slider",
      tabindex: "0",
      "aria-orientation": "horizontal",
      "aria-valuemin": "0",
      "aria-valuemax": "100",
      onkeydown: (event) => this.moveByKey(event),
    });
    this.element = h(
      "div",
      { class: "compare fitted", "--ratio": ratio, "--natural-width": `${width}px` },
      before,
      tag(t("add.photo")),
      this.after,
      this.handle,
    );
    this.listen();
  }

  listen() {
    const { element } = this;
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      this.handle.focus({ preventScroll: true });
      this.moveToPointer(event);
    });
    element.addEventListener("pointermove", (event) => {
      if (element.hasPointerCapture(event.pointerId)) this.moveToPointer(event);
    });
  }

  showAfter(image, name) {
    this.name = name;
    this.after.replaceChildren(image, tag(name));
    this.handle.setAttribute("aria-label", t("view.divider", { look: name }));
    this.move(this.position);
  }

  moveToPointer({ clientX }) {
    const { left, width } = this.element.getBoundingClientRect();
    this.stopReveal();
    this.move(((clientX - left) / width) * 100);
  }

  moveByKey(event) {
    const step = event.shiftKey ? LARGE_STEP_PERCENT : SMALL_STEP_PERCENT;
    const position = {
      ArrowLeft: this.position - step,
      ArrowDown: this.position - step,
      ArrowRight: this.position + step,
      ArrowUp: this.position + step,
      PageDown: this.position - LARGE_STEP_PERCENT,
      PageUp: this.position + LARGE_STEP_PERCENT,
      Home: 0,
      End: 100,
    }[event.key];
    if (position === undefined) return;
    event.preventDefault();
    this.stopReveal();
    this.move(position);
  }

  move(position) {
    this.position = Math.min(100, Math.max(0, position));
    this.element.style.setProperty("--position", `${this.position}%`);
    this.handle.setAttribute("aria-valuenow", Math.round(this.position));
    this.handle.setAttribute("aria-valuetext", t("view.divider_value", { share: percent(this.position / 100), look: this.name }));
  }

  // Move the divider once from the right edge to the middle, with cubic ease-out.
  reveal() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const start = performance.now();
    const frame = (now) => {
      const t = Math.min(1, (now - start) / REVEAL_MS);
      this.move(100 - 50 * (1 - (1 - t) ** 3));
      this.animationFrame = t < 1 ? requestAnimationFrame(frame) : 0;
    };
    this.move(100);
    this.animationFrame = requestAnimationFrame(frame);
  }

  stopReveal() {
    cancelAnimationFrame(this.animationFrame);
  }
}

const tag = (text) => h("span", { class: "tag", "aria-hidden": "true" }, text);
