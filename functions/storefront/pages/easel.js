import { announce, byId, h } from "./dom.js";
import { Compare } from "./compare.js";
import { figures, saver } from "./label.js";
import { loaded, picture, ratioOf, smallest } from "./picture.js";
import { why } from "./why.js";
import { STATE, STEPS, doubtAbout, mixName, percent, resultName } from "./words.js";

const STAGE_SIZES = "(min-width: 60rem) 56vw, 94vw";
const SLOW_AFTER = 15_000;
const LINK_RENEWAL_PAUSE = 60_000;
const STEP_OF = { FRESH: -1, SENDING: 0, AWAITING_UPLOAD: 0, UPLOADED: 1, PROCESSING: 2, READY: 3 };

// The one photo being looked at: before sending, on its way, and beside its styled pictures.
export class Easel {
  constructor(works) {
    this.works = works;
    this.stage = byId("stage");
    this.mount = byId("mount");
    this.caption = byId("caption");
  }

  update() {
    const work = this.works.open;
    const scene = work ? `${work.key} ${sceneOf(work)}` : "empty";
    if (scene !== this.scene) this.setStage(work);
    this.scene = scene;
    if (work && sceneOf(work) !== "ready") this.sayProgress(work);
  }

  setStage(work) {
    const watched = this.scene?.startsWith(`${work?.key} `);
    this.said = null;
    if (!work) return this.showMount();
    if (sceneOf(work) === "ready") return this.showReady(work, watched);
    this.stage.replaceChildren(stillOf(work));
  }

  showMount() {
    this.stage.replaceChildren(this.mount);
    this.caption.replaceChildren();
  }

  async showReady(work, watched) {
    const { original } = work.view;
    const before = picture(original, { alt: "The photo", sizes: STAGE_SIZES, eager: true });
    const [full] = work.view.results[0].renditions;
    const compare = (this.compare = new Compare(before, ratioOf(full), full.width));
    const after = this.showLook(work, compare);
    this.caption.replaceChildren(...this.looks(work, compare), this.plate(work));
    if (!watched) return this.stage.replaceChildren(compare.element);
    announce(`${work.name} is ready`);
    await Promise.all([loaded(before), loaded(after)]);
    if (this.works.open !== work || this.compare !== compare) return;
    this.stage.replaceChildren(compare.element);
    compare.reveal();
  }

  showLook(work, compare) {
    const result = work.view.results[work.look];
    const name = mixName((result.chosen?.look ?? result.look).styles);
    const after = picture(result.renditions, { alt: `The photo as ${name}`, sizes: STAGE_SIZES, eager: true });
    after.querySelector("img").addEventListener("error", () => this.renewLinks(work), { once: true });
    compare.showAfter(after, name);
    return after;
  }

  // Result links expire; a page left open asks for new ones, but not again and again for a lost picture.
  async renewLinks(work) {
    if (Date.now() - (work.renewed ?? 0) < LINK_RENEWAL_PAUSE) return;
    work.renewed = Date.now();
    await this.works.refresh(work).catch(() => undefined);
    this.redraw();
  }

  redraw() {
    this.scene = null;
    this.update();
  }

  looks(work, compare) {
    if (work.view.results.length < 2) return [];
    const buttons = work.view.results.map((result, place) => lookButton(result, place === work.look));
    buttons.forEach((button, place) =>
      button.addEventListener("click", () => {
        work.look = place;
        this.showLook(work, compare);
        buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
        this.caption.lastElementChild.replaceWith(this.plate(work));
      }),
    );
    return [h("div", { class: "looks", role: "group", "aria-label": "Styles made" }, ...buttons)];
  }

  plate(work) {
    const result = work.view.results[work.look];
    return h(
      "div",
      { class: "plate" },
      h("div", {}, h("h2", {}, h("cite", {}, work.name)), h("p", { class: "medium" }, resultName(result)), verdict(result)),
      saver(work, result, () => this.works.refresh(work)),
      why(work, result),
      figures(work.view, result),
    );
  }

  sayProgress(work) {
    const now = progressKey(work);
    if (now !== this.said) this.caption.replaceChildren(...this.progress(work));
    this.said = now;
    this.caption.style.setProperty("--progress", work.progress);
    const uploading = this.caption.querySelector(".steps [data-step='0'] b");
    if (uploading && work.state === "SENDING") uploading.textContent = percent(work.progress);
  }

  progress(work) {
    if (work.state !== "FRESH") announce(`${work.name}: ${STATE[work.state]}`);
    return [
      h("h2", {}, h("cite", {}, work.name)),
      STEP_OF[work.state] >= 0 ? steps(work) : null,
      this.note(work),
    ].filter(Boolean);
  }

  note(work) {
    const { state, trouble, view } = work;
    if (state === "FAILED") return this.alert(`This photo could not be styled. ${view.failure.message}`, this.again(work, view.failure));
    if (state === "TROUBLE") return this.alert(trouble.message, this.again(work, trouble), trouble.requestId);
    if (trouble) return h("p", { class: "quiet" }, "The connection is lost. Still trying.");
    if (state === "FRESH") return h("p", { class: "quiet" }, doubtAbout(work.file) ?? "Choose a style, then make the pictures.");
    if (isSlow(work)) return h("p", { class: "quiet" }, "Still working: the first photo after a quiet spell takes longer. This page's address brings you back to it.");
    return null;
  }

  alert(words, action, requestId) {
    const reference = requestId ? h("small", {}, `Reference ${requestId}`) : null;
    return h("div", { class: "alert", role: "alert" }, h("p", {}, words), reference, action);
  }

  // The same file again helps only where the file was not the reason.
  again(work, { code, passing }) {
    const blamed = work.state === "FAILED" ? code !== "stylization_failed" : code === "EntityTooLarge";
    if (!passing && (blamed || !work.file)) return chooseAnother();
    return h("button", { type: "button", class: "button strong", onclick: () => this.works.retry(work) }, "Try again");
  }
}

const sceneOf = (work) => (work.state === "READY" ? "ready" : work.local || work.view?.original.length ? "still" : "blank");

const isSlow = (work) => ["UPLOADED", "PROCESSING"].includes(work.state) && Date.now() - work.since > SLOW_AFTER;

const progressKey = (work) => [work.key, work.state, Boolean(work.trouble), isSlow(work), work.name].join();

const chooseAnother = () => h("button", { type: "button", class: "button", "data-pick": "files" }, "Choose another photo");

function stillOf(work) {
  const blank = () => h("p", { class: "initial" }, [...work.name][0]);
  const source = work.local ?? smallest(work.view?.original ?? [], 1200)?.url;
  if (!source) return blank();
  const image = h("img", { src: source, alt: work.name, class: "framed", draggable: "false" });
  image.addEventListener("load", () => {
    image.style.setProperty("--ratio", (image.naturalWidth / image.naturalHeight).toFixed(4));
    image.style.setProperty("--natural", `${image.naturalWidth}px`);
  });
  image.addEventListener("error", () => image.replaceWith(blank()));
  return image;
}

function steps(work) {
  const current = STEP_OF[work.state];
  const items = STEPS.map((word, place) => {
    const state = place < current || current === 3 ? "done" : place === current ? "now" : "todo";
    return h("li", { "data-step": place, "data-state": state, "aria-current": state === "now" && "step" }, h("span", {}, word, " "), h("b", {}));
  });
  return h("ol", { class: "steps" }, ...items);
}

const verdict = ({ verdict: said }) => said && h("p", { class: "verdict", "data-outcome": said.outcome }, said.words);

function lookButton(result, pressed) {
  return h(
    "button",
    { type: "button", "aria-pressed": String(pressed), title: resultName(result) },
    h("img", { src: smallest(result.renditions).url, alt: "" }),
    h("span", {}, mixName(result.look.styles)),
  );
}
