// What the page says, and how it writes numbers.

const number = (value, options) => new Intl.NumberFormat("en", options).format(value);

export const percent = (fraction) => `${Math.round(fraction * 100)}%`;

export const pixels = ({ width, height }) => `${width} × ${height} px`;

export const seconds = (value) => `${number(value, { maximumFractionDigits: value < 10 ? 1 : 0 })} s`;

export const fileSize = (bytes) =>
  bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${number(bytes / 1e6, { maximumFractionDigits: 1 })} MB`;

export const formatName = (contentType) => contentType.replace("image/", "").toUpperCase();

export const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

const levels = (value) => `${number(value, { maximumFractionDigits: 1 })} of 255`;

const METRICS = {
  ssim: ["Structure kept", percent],
  edge_keep: ["Edges kept", percent],
  ground: ["Plain ground", percent],
  flat_noise: ["Noise on flat parts", levels],
  mean_shift: ["Mean change", levels],
};

export function metric([key, value]) {
  const [name, say] = METRICS[key] ?? [capital(key).replaceAll("_", " "), (raw) => number(raw)];
  return [name, say(value)];
}

const NAMES = {
  colour: "Colour",
  stroke: "Strokes",
  motif: "Forms",
  structure: "Structure",
  texture: "Texture",
  finite: "Whole picture",
  clipping: "Light and dark parts",
  style_gain: "The style shows",
  product_ssim: "The product’s shape",
  edge_keep: "The product’s edges",
  flat_noise: "Calm plain areas",
  halo: "Clean edge",
  white_background: "White background",
  background: "Background unchanged",
  delta_e: "The product’s colours",
  text: "Legible text",
};

export const nameOf = (key) => NAMES[key] ?? capital(key).replaceAll(/[_-]/g, " ");

export const figure = (value) => (value === null ? "not measurable" : number(value, { maximumFractionDigits: 2 }));

export function regionWords({ found, confidence, product_share: product, text_share: text }) {
  if (!found) return "No product stood out, so the whole photo was kept as if it were one.";
  const lettering = text >= 0.005 ? `, text on ${percent(text)}` : "";
  return `A product was found on ${percent(product)} of the photo (${percent(confidence)} sure)${lettering}.`;
}

export const STEPS = ["Uploading", "Uploaded", "Processing", "Ready"];

export const STATE = {
  FRESH: "Not sent yet",
  SENDING: "Uploading",
  AWAITING_UPLOAD: "Uploading",
  UPLOADED: "Uploaded",
  PROCESSING: "Processing",
  READY: "Ready",
  FAILED: "Failed",
  TROUBLE: "Failed",
};

export const AUTO = "auto";

export const standsAlone = (id) => [AUTO, "enhance"].includes(id) || id.startsWith("grade-");

let catalogue = new Map();

export function useCatalogue(styles) {
  catalogue = new Map(styles.map((style) => [style.id, style]));
}

// The style's name in the first of the reader's languages it is offered in; `name` is the English one.
export function styleWord({ name, words }) {
  const known = { ...words, en: name };
  const lang = navigator.languages.flatMap((tag) => [tag, tag.split("-")[0]]).find((tag) => known[tag]) ?? "en";
  return { lang, text: capital(known[lang]) };
}

export const capital = (text) => text[0].toLocaleUpperCase() + text.slice(1);

export const styleName = (id) => (catalogue.has(id) ? styleWord(catalogue.get(id)).text : id);

export function mixName(styles) {
  const entries = Object.entries(styles);
  if (entries.length === 1) return styleName(entries[0][0]);
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  return entries.map(([id, weight]) => `${styleName(id)} ${percent(weight / total)}`).join(" with ");
}

export const lookName = (look) => `${mixName(look.styles)}, strength ${percent(look.strength)}`;

// What was made, and that it was not chosen by hand.
export const resultName = ({ look, chosen }) => (chosen ? `${styleName(AUTO)}: ${lookName(chosen.look)}` : lookName(look));

const ACCEPTED = ["image/jpeg", "image/png", "image/webp", "image/avif"];

// Files without a declared type are given the benefit of the doubt: the service looks at the content.
export function doubtAbout(file) {
  if (!file.type || ACCEPTED.includes(file.type)) return null;
  const kind = file.name.includes(".") ? `.${file.name.split(".").at(-1)}` : file.type;
  return `A ${kind} file will probably be refused. Limner takes JPEG, PNG, WebP and AVIF photos.`;
}
