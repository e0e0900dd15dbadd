import { h } from "./dom.js";
import { percent } from "./words.js";

const SMALL_STEP = 2;
const LARGE_STEP = 10;
const REVEAL_MS = 1100;

// Two pictures in one frame and a divider: the photo on its left, the styled picture on its right.
export class Compare {
  at = 50;

  constructor(before, ratio, width) {
    this.after = h("div", { class: "after" });
    this.handle = h("div", {
      class: "handle",
      role: "slider",
      tabindex: "0",
      "aria-orientation": "horizontal",
      "aria-valuemin": "0",
      "aria-valuemax": "100",
      onkeydown: (event) => this.press(event),
    });
    this.element = h(
      "div",
      { class: "compare framed", "--ratio": ratio, "--natural": `${width}px` },
      before,
      tag("Photo"),
      this.after,
      this.handle,
    );
    this.listen();
  }

  listen() {
    const frame = this.element;
    frame.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      frame.setPointerCapture(event.pointerId);
      this.handle.focus({ preventScroll: true });
      this.follow(event);
    });
    frame.addEventListener("pointermove", (event) => frame.hasPointerCapture(event.pointerId) && this.follow(event));
  }

  showAfter(picture, name) {
    this.name = name;
    this.after.replaceChildren(picture, tag(name));
    this.handle.setAttribute("aria-label", `Divider between the photo and ${name}`);
    this.move(this.at);
  }

  follow({ clientX }) {
    const { left, width } = this.element.getBoundingClientRect();
    this.stopReveal();
    this.move(((clientX - left) / width) * 100);
  }

  press(event) {
    const step = event.shiftKey ? LARGE_STEP : SMALL_STEP;
    const goal = {
      ArrowLeft: this.at - step,
      ArrowDown: this.at - step,
      ArrowRight: this.at + step,
      ArrowUp: this.at + step,
      PageDown: this.at - LARGE_STEP,
      PageUp: this.at + LARGE_STEP,
      Home: 0,
      End: 100,
    }[event.key];
    if (goal === undefined) return;
    event.preventDefault();
    this.stopReveal();
    this.move(goal);
  }

  move(at) {
    this.at = Math.min(100, Math.max(0, at));
    this.element.style.setProperty("--at", `${this.at}%`);
    this.handle.setAttribute("aria-valuenow", Math.round(this.at));
    this.handle.setAttribute("aria-valuetext", `${percent(this.at / 100)} photo, the rest ${this.name}`);
  }

  // The picture is unveiled once, from the right, and stops half way.
  reveal() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const start = performance.now();
    const frame = (now) => {
      const t = Math.min(1, (now - start) / REVEAL_MS);
      this.move(100 - 50 * (1 - (1 - t) ** 3));
      this.revealing = t < 1 ? requestAnimationFrame(frame) : 0;
    };
    this.move(100);
    this.revealing = requestAnimationFrame(frame);
  }

  stopReveal() {
    cancelAnimationFrame(this.revealing);
  }
}

const tag = (words) => h("span", { class: "tag", "aria-hidden": "true" }, words);
