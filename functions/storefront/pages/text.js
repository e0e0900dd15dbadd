// The page's texts in the reader's language, and the formats of its numbers and dates. The texts of a language are in
// languages/{language}.json; nothing else of the page has words.

export const LANGUAGES = {
  en: "English",
  de: "Deutsch",
  es: "Español",
  fr: "Français",
  ja: "日本語",
  zh: "中文",
  ar: "العربية",
};

const STORED = "limner.language";
// Set while the page is loaded again in another language.
export const SWITCHED = "limner.language-switched";
const RIGHT_TO_LEFT = ["ar"];
// Around a value in a sentence that runs from right to left (U+2068, U+2069), so that a file's name stays together.
const ISOLATED = ["\u2068", "\u2069"];

export const language = chosenLanguage();
// Of dates and numbers: the browser's kind of the language, such as British English.
const locale = navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language;
export const direction = RIGHT_TO_LEFT.includes(language) ? "rtl" : "ltr";

// The one that was chosen here, else the first of the browser's that the page has.
function chosenLanguage() {
  const wanted = [localStorage.getItem(STORED), ...navigator.languages].map((tag) => tag?.split("-")[0]);
  return wanted.find((tag) => tag in LANGUAGES) ?? "en";
}

export const keepLanguage = (chosen) => localStorage.setItem(STORED, chosen);

async function loadTable(name) {
  const response = await fetch(new URL(`languages/${name}.json`, import.meta.url));
  return response.json();
}

const table = await loadTable(language);

export const englishTable = () => (language === "en" ? table : loadTable("en"));

const plurals = new Intl.PluralRules(language);

export const hasText = (key) => key in table;

// The text with this key. Values take the places of their names, such as {n}; of a text with plural forms, `n` chooses.
export function t(key, values = {}) {
  const entry = table[key];
  const text = typeof entry === "object" ? (entry[plurals.select(values.n)] ?? entry.other) : entry;
  return text.replaceAll(/\{(\w+)\}/g, (_, name) => inSentence(values[name]));
}

function inSentence(value) {
  if (typeof value === "number") return number(value);
  return direction === "rtl" ? ISOLATED.join(value) : value;
}

// The text of a code of the service's, else another.
export const textOf = (group, code, otherwise = "other") => t(hasText(`${group}.${code}`) ? `${group}.${code}` : `${group}.${otherwise}`);

export const number = (value, options) => new Intl.NumberFormat(locale, options).format(value);

export const percent = (fraction) => number(Math.round(fraction * 100) / 100, { style: "percent" });

export const money = (usd) => number(usd, { style: "currency", currency: "USD" });

export const date = (value, options) => new Intl.DateTimeFormat(locale, options).format(value);

export const list = (items) => new Intl.ListFormat(language, { type: "conjunction" }).format(items);

export const pixels = ({ width, height }) => t("view.pixels", { width: String(width), height: String(height) });

export const seconds = (value) => t("view.seconds", { n: number(value, { maximumFractionDigits: value < 10 ? 1 : 0 }) });

export const fileSize = (bytes) =>
  bytes < 1e6
    ? t("view.kilobytes", { n: Math.max(1, Math.round(bytes / 1e3)) })
    : t("view.megabytes", { n: number(bytes / 1e6, { maximumFractionDigits: 1 }) });

export const formatName = (contentType) => contentType.replace("image/", "").toUpperCase();

export const stateName = (state) => t(`state.${state}`);

// What went wrong with a photo, by the code of its failure.
export const failureText = ({ code }) => textOf("failure", code);

// Reasons of the service's own: another attempt may succeed.
export const RETRYABLE_FAILURES = ["stylization_failed", "deadline_passed", "quota_exceeded", "tenant_suspended", "cancelled"];

// Styles and looks

export const AUTO = "auto";

// Styles that cannot be mixed with another.
export const standsAlone = (id) => [AUTO, "enhance"].includes(id) || id.startsWith("grade-");

let catalogue = new Map();

export function useCatalogue(styles) {
  catalogue = new Map(styles.map((style) => [style.id, style]));
}

export const addToCatalogue = (style) => catalogue.set(style.id, style);

// The style's name in the page's language: its own words, else the page's, else the name that it was given.
export function localName({ id, name, words }) {
  const ofLanguage = language === "en" ? name : words?.[language];
  if (ofLanguage) return { lang: language, text: capital(ofLanguage) };
  return hasText(`style.${id}`) ? { lang: language, text: t(`style.${id}`) } : { lang: "", text: capital(name) };
}

export const capital = (text) => text[0].toLocaleUpperCase(language) + text.slice(1);

export const styleName = (id) => (catalogue.has(id) ? localName(catalogue.get(id)).text : id);

export const styleNames = (ids) => ids.map(styleName).join(t("look.list_separator"));

export function mixName(styles) {
  const entries = Object.entries(styles);
  if (entries.length === 1) return styleName(entries[0][0]);
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  const parts = entries.map(([id, weight]) => t("look.part", { style: styleName(id), share: percent(weight / total) }));
  return parts.reduce((first, second) => t("look.mixed", { first, second }));
}

export const lookName = (look) => t("look.with_strength", { look: mixName(look.styles), strength: percent(look.strength) });

// The look of a result as it was published: `auto` chooses one, and the checks may have lowered its strength.
export function publishedLook({ look, chosen, verdict }) {
  const published = chosen?.look ?? look;
  return verdict?.outcome === "lowered" ? { ...published, strength: verdict.strength } : published;
}

// The published look of a result, marked if `auto` chose it.
export function resultName(result) {
  const look = publishedLook(result);
  const isFallback = result.verdict?.outcome === "fallback";
  const name = isFallback ? t("look.without", { style: mixName(look.styles) }) : lookName(look);
  return result.chosen ? t("look.chosen_by", { chooser: styleName(AUTO), look: name }) : name;
}

// "3 of 5 photos are ready, 1 failed."
export function batchProgress(photos) {
  const count = (...states) => photos.filter(({ state }) => states.includes(state)).length;
  const failed = count("FAILED", "ERROR");
  return t(failed ? "count.progress_failed" : "count.progress", { ready: count("READY"), n: photos.length, failed });
}
