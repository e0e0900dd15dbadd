// The page's texts, and the formats of its numbers.

import { publishedLook } from "./photos.js";


const number = (value, options) => new Intl.NumberFormat("en", options).format(value);

export const percent = (fraction) => `${Math.round(fraction * 100)}%`;

export const pixels = ({ width, height }) => `${width} × ${height} px`;

export const seconds = (value) => `${number(value, { maximumFractionDigits: value < 10 ? 1 : 0 })} s`;

export const fileSize = (bytes) =>
  bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${number(bytes / 1e6, { maximumFractionDigits: 1 })} MB`;

export const formatName = (contentType) => contentType.replace("image/", "").toUpperCase();

export const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

// The first text whose bound is above the value.
const inWords = (...bounds) => (value) => bounds.find(([bound]) => value < bound)[1];

// What people see of a colour difference, after Mokrzycki and Tatol, "Colour difference ∆E - A survey" (2011).
const METRICS = {
  ssim: ["Shapes", inWords([0.4, "redrawn"], [0.75, "partly redrawn"], [0.95, "mostly kept"], [Infinity, "kept"])],
  edge_keep: ["Outlines", inWords([0.5, "redrawn"], [0.8, "mostly kept"], [Infinity, "kept"])],
  background: ["Plain background", (share) => (share ? `${percent(share)} of the photo` : "none")],
  frame: ["Frame, left alone", (share) => `${percent(share)} of the photo`],
  flat_noise: ["Grain in plain areas", inWords([0.5, "none"], [1.5, "hardly visible"], [4, "fine"], [Infinity, "visible"])],
  mean_shift: ["Change of colours", inWords([5, "slight"], [20, "moderate"], [Infinity, "strong"])],
  delta_e: [
    "Product's colours",
    inWords([1, "as in the photo"], [2, "hardly different"], [3.5, "slightly different"], [5, "different"], [Infinity, "changed"]),
  ],
};

// [name, value], both as text; null for a figure that says nothing to people who sell.
export function metric([key, value]) {
  if (!METRICS[key]) return null;
  const [name, format] = METRICS[key];
  return [name, format(value)];
}

const STEP_NAMES = {
  exposure: (amount) => (amount < 0 ? "The photo was made darker" : "The photo was made brighter"),
  "white-balance": () => "The tint of its light was taken out",
  denoise: () => "Its noise was smoothed",
  deblock: () => "The blocks of its compression were smoothed",
  "local-contrast": () => "Contrast was raised where it was flat",
  sharpen: () => "Fine detail was made crisper",
  "enhancement-share": (share) => `Of all that, ${percent(share)} was applied: its protection allows no more`,
};

export const stepInWords = ({ name, amount, note }) => `${STEP_NAMES[name]?.(amount) ?? capital(note)}.`;

// Levels of a style, kinds of change, and gates.
const NAMES = {
  colour: "Colour",
  stroke: "Strokes",
  motif: "Shapes",
  structure: "Structure",
  texture: "Texture",
  finite: "No invalid pixels",
  clipping: "Detail in light and dark parts",
  style_gain: "Visible style",
  product_ssim: "Product shape kept",
  edge_keep: "Product edges kept",
  flat_noise: "No noise added to plain areas",
  halo: "Clean edge around the product",
  white_background: "White background kept",
  background: "Background unchanged",
  delta_e: "Product colours kept",
  text: "Legible text",
  skin: "Skin colours kept",
};

export const nameOf = (key) => NAMES[key] ?? capital(key).replaceAll(/[_-]/g, " ");

export const gateResult = ({ value, passed }) =>
  `${passed ? "passed" : "failed"}${value === null ? ", not measurable" : ""}`;

export function regionSentence({ found, confidence, product_share: product, text_share: text }) {
  if (!found) return "No product was found, so the whole photo was protected as if it were the product.";
  const textPart = text >= 0.005 ? `, text ${percent(text)}` : "";
  const doubt = confidence < 0.7 ? ", probably" : "";
  return `The product covers ${percent(product)} of the photo${doubt}${textPart}.`;
}

export const STEPS = ["Uploading", "Uploaded", "Processing", "Ready"];

export const STATE = {
  NOT_SENT: "Not sent yet",
  UPLOADING: "Uploading",
  AWAITING_UPLOAD: "Uploading",
  UPLOADED: "Uploaded",
  PROCESSING: "Processing",
  READY: "Ready",
  FAILED: "Failed",
  ERROR: "Failed",
};

// Reasons of the service's own: another attempt may succeed.
export const RETRYABLE_FAILURES = ["stylization_failed", "deadline_passed", "quota_exceeded", "tenant_suspended", "cancelled"];

export const AUTO = "auto";

// Styles that cannot be mixed with another.
export const standsAlone = (id) => [AUTO, "enhance"].includes(id) || id.startsWith("grade-");

let catalogue = new Map();

export function useCatalogue(styles) {
  catalogue = new Map(styles.map((style) => [style.id, style]));
}

export const addToCatalogue = (style) => catalogue.set(style.id, style);

// The style's name in the first of the browser's languages that it has one in, else in English (`name`).
export function localName({ name, words }) {
  const names = { ...words, en: name };
  const lang = navigator.languages.flatMap((tag) => [tag, tag.split("-")[0]]).find((tag) => names[tag]) ?? "en";
  return { lang, text: capital(names[lang]) };
}

export const capital = (text) => text[0].toLocaleUpperCase() + text.slice(1);

export const styleName = (id) => (catalogue.has(id) ? localName(catalogue.get(id)).text : id);

export function mixName(styles) {
  const entries = Object.entries(styles);
  if (entries.length === 1) return styleName(entries[0][0]);
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  return entries.map(([id, weight]) => `${styleName(id)} ${percent(weight / total)}`).join(" with ");
}

export const lookName = (look) => `${mixName(look.styles)}, strength ${percent(look.strength)}`;

// The published look of a result, marked if `auto` chose it.
export function resultName(result) {
  const look = publishedLook(result);
  const name = result.verdict?.outcome === "fallback" ? `Photo without ${mixName(look.styles)}` : lookName(look);
  return result.chosen ? `${styleName(AUTO)}: ${name}` : name;
}

// "3 of 5 photos are ready, 1 failed."
export function batchProgress(photos) {
  const count = (...states) => photos.filter(({ state }) => states.includes(state)).length;
  const failed = count("FAILED", "ERROR");
  return `${count("READY")} of ${photos.length} photos are ready${failed ? `, ${failed} failed` : ""}.`;
}
