// Verdicts, figures and explanations in words.

import { englishTable, hasText, list, percent, resultName, t, textOf } from "./text.js";

// The first text whose bound is above the value.
const inWords = (...bounds) => (value) => t(`metric.${bounds.find(([bound]) => value < bound)[1]}`);
const ofPhoto = (share) => t("view.of_photo", { share: percent(share) });

// What people see of a colour difference, after Mokrzycki and Tatol, "Colour difference ∆E - A survey" (2011).
const METRICS = {
  ssim: inWords([0.4, "redrawn"], [0.75, "partly_redrawn"], [0.95, "mostly_kept"], [Infinity, "kept"]),
  edge_keep: inWords([0.5, "redrawn"], [0.8, "mostly_kept"], [Infinity, "kept"]),
  background: (share) => (share ? ofPhoto(share) : t("view.nothing")),
  frame: ofPhoto,
  flat_noise: (levels) => (levels < 0.5 ? t("view.nothing") : visibleGrain(levels)),
  mean_shift: inWords([5, "slight"], [20, "moderate"], [Infinity, "strong"]),
  delta_e: inWords([1, "as_in_photo"], [2, "hardly_different"], [3.5, "slightly_different"], [5, "different"], [Infinity, "changed"]),
};

const visibleGrain = inWords([1.5, "hardly_visible"], [4, "fine"], [Infinity, "visible"]);

// [name, value], both as text; null for a figure that says nothing to people who sell.
export const metric = ([key, value]) => (METRICS[key] ? [t(`metric.${key}`), METRICS[key](value)] : null);

export function stepInWords({ name, amount }) {
  if (name === "exposure") return t(amount < 0 ? "step.exposure_down" : "step.exposure_up");
  const key = hasText(`step.${name}`) ? name : "other";
  return t(`step.${key}`, { share: percent(amount) });
}

// A level of a style, or a kind of change.
export const nameOf = (key) => textOf("name", key);

export const gateName = (gate) => textOf("gate", gate);

export function gateResult({ value, passed }) {
  const result = t(passed ? "why.passed" : "why.failed");
  return value === null ? t("why.not_measurable", { result }) : result;
}

// "Strength lowered to 60%: to keep the text legible."
export function verdictSentence({ outcome, strength, refused_by: gates, gates: checked }) {
  if (outcome === "passed") return t(checked.length ? "verdict.passed" : "verdict.none");
  const reasons = gates.length ? gates.map((gate) => textOf("reason", gate)) : [t("reason.other")];
  return t(`verdict.${outcome}`, { strength: percent(strength), reasons: list([...new Set(reasons)]) });
}

// Two sentences at most; a share of text below half a percent is not worth one.
export function regionSentences({ found, confidence, product_share: product, text_share: text }) {
  if (!found) return [t("why.no_product")];
  const covered = t(confidence < 0.7 ? "why.product_probably" : "why.product", { product: percent(product) });
  return text >= 0.005 ? [covered, t("why.text", { text: percent(text) })] : [covered];
}

// Which kind of change is the largest.
export function mostOfTheChange(difference) {
  const [kind, share] = Object.entries(difference).reduce((one, other) => (other[1] > one[1] ? other : one));
  return t("why.most", { kind: nameOf(kind), share: percent(share) });
}

// What a person decides, or has decided, about a picture; "" where nobody is asked.
export const reviewText = ({ review }) => (review ? t(`review.${review}`) : "");

// With what a person decides, unless the picture was approved.
export function nameWithReview(result) {
  const open = result.review === "approved" ? "" : reviewText(result);
  return [resultName(result), open].filter(Boolean).join(t("look.list_separator"));
}

let keyOfEnglish = null;

// The reasons of `auto` are sentences without codes: the English table has them, and its key is that of the others.
export async function reasonsInLanguage(sentences) {
  if (!sentences.length) return [];
  keyOfEnglish ??= new Map(Object.entries(await englishTable()).map(([key, text]) => [text, key]));
  return sentences.filter((sentence) => keyOfEnglish.has(sentence)).map((sentence) => t(keyOfEnglish.get(sentence)));
}
