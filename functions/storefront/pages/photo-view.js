import { FileError } from "./api.js";
import { announce, byId, h, ownName, replaceChildren } from "./dom.js";
import { Compare } from "./compare.js";
import { explanationDetails } from "./explanation.js";
import { decoded, ratioOf, responsiveImage, smallest } from "./responsive-image.js";
import { downloadLinks, resultFacts } from "./result-details.js";
import { RETRYABLE_FAILURES, failureText, mixName, percent, publishedLook, resultName, stateName, t } from "./text.js";
import { nameWithReview, reviewText, verdictSentence } from "./verdict-text.js";

const IMAGE_SIZES = "(min-width: 60rem) 56vw, 94vw";
const UNSTYLED_IMAGE_WIDTH_PX = 1200;
const SLOW_AFTER_MS = 15_000;
const STEPS = ["UPLOADING", "UPLOADED", "PROCESSING", "READY"];
const STEP_OF = { NOT_SENT: -1, UPLOADING: 0, AWAITING_UPLOAD: 0, UPLOADED: 1, PROCESSING: 2, READY: 3 };

// The selected photo in large: before it is sent, in progress, and compared with its styled pictures. While more
// pictures are made of it, those that it has are shown.
export class PhotoView {
  constructor(photos) {
    this.photos = photos;
    this.frame = byId("photo-frame");
    this.emptyState = byId("empty-state");
    this.progress = byId("progress");
    this.result = byId("result");
    const view = byId("photo-view");
    // The stylesheet keeps the lower end of a view that is higher than the window in reach.
    const setHeight = () => view.style.setProperty("--view-height", `${view.offsetHeight}px`);
    new ResizeObserver(setHeight).observe(view);
  }

  // Rebuilds the frame only if its content changes; progress is written each time.
  update() {
    const photo = this.photos.selected;
    const contentKey = photo ? `${photo.key} ${contentOf(photo)}` : "empty";
    if (contentKey !== this.contentKey) this.updateFrame(photo);
    this.contentKey = contentKey;
    if (photo) this.updateProgress(photo);
  }

  updateFrame(photo) {
    const wasShown = this.contentKey?.startsWith(`${photo?.key} `);
    const hadResults = this.contentKey?.includes("results");
    this.progressKey = null;
    if (photo?.results.length) return this.showReady(photo, wasShown && !hadResults);
    replaceChildren(this.frame, photo ? unstyledImage(photo) : this.emptyState);
    replaceChildren(this.progress);
    replaceChildren(this.result);
  }

  async showReady(photo, isNew) {
    const { original } = photo.view;
    const before = responsiveImage(original, {
      alt: t("view.alt_photo"),
      sizes: IMAGE_SIZES,
      colour: photo.view.dominant_colour,
      eager: true,
    });
    const [full] = photo.results[0].renditions;
    const compare = (this.compare = new Compare(before, ratioOf(full), full.width));
    const after = this.showResult(photo, compare);
    replaceChildren(this.result, ...this.lookButtons(photo, compare), this.resultDetails(photo));
    if (!isNew) return replaceChildren(this.frame, compare.element);
    await Promise.all([decoded(before), decoded(after)]);
    if (this.photos.selected !== photo || this.compare !== compare) return;
    replaceChildren(this.frame, compare.element);
    compare.reveal();
  }

  showResult(photo, compare) {
    const result = photo.results[photo.lookIndex];
    const name = mixName(publishedLook(result).styles);
    const after = responsiveImage(result.renditions, {
      alt: t("view.alt_picture", { look: name }),
      sizes: IMAGE_SIZES,
      colour: result.dominant_colour,
      eager: true,
    });
    compare.showAfter(after, name);
    return after;
  }

  // With the names of styles, or the links, that have come since.
  redraw() {
    if (!this.photos.selected?.results.length) return;
    const wasOpen = this.result.querySelector(".explanation[open]") !== null;
    this.contentKey = null;
    this.update();
    const explanation = this.result.querySelector(".explanation");
    if (explanation) explanation.open = wasOpen;
  }

  lookButtons(photo, compare) {
    if (photo.results.length < 2) return [];
    const buttons = photo.results.map((result, index) => lookButton(result, index === photo.lookIndex));
    buttons.forEach((button, index) =>
      button.addEventListener("click", () => {
        photo.lookIndex = index;
        this.showResult(photo, compare);
        buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
        this.result.lastElementChild.replaceWith(this.resultDetails(photo));
      }),
    );
    const looks = h("div", { class: "looks", role: "group", "aria-label": t("view.made") }, ...buttons);
    const openSheet = h("button", { type: "button", class: "button all-looks", onclick: () => this.openSheet(photo) }, t("view.all_looks"));
    return [looks, openSheet];
  }

  async openSheet(photo) {
    const { LooksSheet } = await import("./looks-sheet.js");
    new LooksSheet(photo, () => this.photos.refresh(photo)).show();
  }

  resultDetails(photo) {
    const result = photo.results[photo.lookIndex];
    const name = h("p", { class: "result-name" }, resultName(result));
    return h(
      "div",
      { class: "result-details" },
      h("div", {}, title(photo), name, verdictText(result), reviewNote(result)),
      downloadLinks(photo, result, () => this.photos.refresh(photo)),
      explanationDetails(photo, result),
      resultFacts(photo.view, result),
    );
  }

  updateProgress(photo) {
    const progressKey = progressKeyOf(photo);
    if (progressKey !== this.progressKey) {
      this.announceState(photo);
      replaceChildren(this.progress, ...this.progressOf(photo));
    }
    this.progressKey = progressKey;
    this.progress.style.setProperty("--progress", photo.progress);
    const uploadPercent = this.progress.querySelector(".steps [data-step='0'] b");
    if (uploadPercent && photo.state === "UPLOADING") uploadPercent.textContent = percent(photo.progress);
  }

  // Of several photos the number that is ready is announced instead.
  announceState(photo) {
    const isNews = this.announced && this.announced !== `${photo.key} ${photo.state}`;
    this.announced = `${photo.key} ${photo.state}`;
    if (isNews && photo.state !== "NOT_SENT" && this.photos.ordered.length < 2) {
      announce(t("state.announced", { name: photo.name, state: stateName(photo.state) }));
    }
  }

  progressOf(photo) {
    const heading = photo.results.length ? null : title(photo);
    if (photo.state === "READY") return [];
    return [heading, STEP_OF[photo.state] >= 0 ? stepList(photo) : null, this.note(photo)];
  }

  note(photo) {
    const { state, error, view } = photo;
    const hint = (text) => h("p", { class: "muted" }, text);
    if (state === "FAILED") {
      const { failure } = view;
      return alertBox(t("view.failed", { reason: failureText(failure) }), this.retryButton(photo));
    }
    if (state === "ERROR") return alertBox(error.message, this.retryButton(photo), error.requestId);
    if (error) return hint(t("view.offline"));
    if (state === "NOT_SENT") return hint(t("view.choose"));
    if (isSlow(photo)) return hint(t("view.slow"));
    return null;
  }

  // Sending the same file again helps only if the file was not the cause.
  retryButton(photo) {
    const { error, view } = photo;
    const helps = error
      ? error.retryable || !(error instanceof FileError || (!photo.file && !photo.results.length))
      : RETRYABLE_FAILURES.includes(view.failure.code);
    if (!helps) return chooseAnotherButton();
    const onclick = () => this.photos.retry(photo);
    return h("button", { type: "button", class: "button primary", onclick }, t("library.again"));
  }
}

const contentOf = (photo) => {
  if (photo.results.length) return `results ${photo.results.map(({ name }) => name)}`;
  return photo.localUrl || photo.view?.original.length ? "image" : "placeholder";
};

const isSlow = (photo) =>
  ["UPLOADED", "PROCESSING"].includes(photo.state) && Date.now() - photo.followedSince > SLOW_AFTER_MS;

const progressKeyOf = (photo) => [photo.key, photo.state, Boolean(photo.error), isSlow(photo), photo.name].join();

const title = (photo) => h("h2", {}, ownName(photo.name, "cite"));

function alertBox(text, action, requestId) {
  const reference = requestId ? h("small", {}, t("view.reference", { id: requestId })) : null;
  return h("div", { class: "alert", role: "alert" }, h("p", {}, text), reference, action);
}

const chooseAnotherButton = () =>
  h("button", { type: "button", class: "button", "data-file-input": "files" }, t("add.another"));

function unstyledImage(photo) {
  const placeholder = () => h("p", { class: "initial", lang: "" }, [...photo.name][0]);
  const src = photo.localUrl ?? smallest(photo.view?.original ?? [], UNSTYLED_IMAGE_WIDTH_PX)?.url;
  if (!src) return placeholder();
  const image = h("img", { src, alt: photo.name, class: "fitted", draggable: "false" });
  image.addEventListener("load", () => {
    image.style.setProperty("--ratio", (image.naturalWidth / image.naturalHeight).toFixed(4));
    image.style.setProperty("--natural-width", `${image.naturalWidth}px`);
  });
  if (photo.localUrl) image.addEventListener("error", () => image.replaceWith(placeholder()));
  return image;
}

function stepList(photo) {
  const current = STEP_OF[photo.state];
  const items = STEPS.map((name, index) => {
    const state = index < current || current === 3 ? "done" : index === current ? "now" : "todo";
    const attributes = { "data-step": index, "data-state": state, "aria-current": state === "now" && "step" };
    return h("li", attributes, h("span", {}, stateName(name), " "), h("b", {}));
  });
  return h("ol", { class: "steps" }, ...items);
}

const verdictText = ({ verdict }) =>
  verdict && h("p", { class: "verdict", "data-outcome": verdict.outcome }, verdictSentence(verdict));

const reviewNote = (result) =>
  result.review ? h("p", { class: "verdict review", "data-review": result.review }, reviewText(result)) : null;

function lookButton(result, pressed) {
  return h(
    "button",
    { type: "button", "aria-pressed": String(pressed), title: nameWithReview(result) },
    h("img", { src: smallest(result.renditions).url, alt: "" }),
    h("span", {}, mixName(result.look.styles)),
    result.review && result.review !== "approved" ? h("small", {}, reviewText(result)) : null,
  );
}
