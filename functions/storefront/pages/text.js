// The page's texts, and the formats of its numbers.

const number = (value, options) => new Intl.NumberFormat("en", options).format(value);

export const percent = (fraction) => `${Math.round(fraction * 100)}%`;

export const pixels = ({ width, height }) => `${width} × ${height} px`;

export const seconds = (value) => `${number(value, { maximumFractionDigits: value < 10 ? 1 : 0 })} s`;

export const fileSize = (bytes) =>
  bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${number(bytes / 1e6, { maximumFractionDigits: 1 })} MB`;

export const formatName = (contentType) => contentType.replace("image/", "").toUpperCase();

export const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

// Measures in 1/255 of the full range of brightness, as a percentage of that range.
const percentOfRange = (value) => `${number(value / 2.55, { maximumFractionDigits: 1 })}% of full range`;

const METRICS = {
  ssim: ["Structure kept", percent],
  edge_keep: ["Edges kept", percent],
  background: ["Plain background", percent],
  frame: ["Frame, left alone", percent],
  flat_noise: ["Noise in plain areas", percentOfRange],
  mean_shift: ["Average change", percentOfRange],
  delta_e: ["Product's colour difference from the upload (ΔE)", (value) => number(value, { maximumFractionDigits: 1 })],
};

// [name, value], both as text.
export function metric([key, value]) {
  const [name, format] = METRICS[key] ?? [capital(key).replaceAll("_", " "), (raw) => number(raw)];
  return [name, format(value)];
}

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

export const gateValue = (value) => (value === null ? "not measurable" : number(value, { maximumFractionDigits: 2 }));

export function regionSentence({ found, confidence, product_share: product, text_share: text }) {
  if (!found) return "No product was found, so the whole photo was protected as if it were the product.";
  const textPart = text >= 0.005 ? `, text ${percent(text)}` : "";
  return `The product covers ${percent(product)} of the photo (${percent(confidence)} confidence)${textPart}.`;
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

// The look of a result, marked if `auto` chose it.
export const resultName = ({ look, chosen }) => (chosen ? `${styleName(AUTO)}: ${lookName(chosen.look)}` : lookName(look));

const ACCEPTED = ["image/jpeg", "image/png", "image/webp", "image/avif"];

// A warning, or null. A file without a declared type gets none: the service detects the type from the content.
export function unsupportedTypeWarning(file) {
  if (!file.type || ACCEPTED.includes(file.type)) return null;
  const kind = file.name.includes(".") ? `.${file.name.split(".").at(-1)}` : file.type;
  return `A ${kind} file will probably be refused. Limner takes JPEG, PNG, WebP and AVIF photos.`;
}
