import { h } from "./dom.js";

const MODERN_TYPES = ["image/avif", "image/webp"];

// A <picture> of all renditions. AVIF and WebP get a <source> of their own only if they exist in full size: a browser
// that accepts a <source> ignores the <img>, and would never load the full size. Otherwise WebP shares its srcset; AVIF
// does not, for which an <img> has no fallback. `colour` is shown until the picture is loaded.
export function responsiveImage(renditions, { alt, sizes, colour, eager = false }) {
  const { width: fullWidth } = byWidth(renditions).at(-1);
  const isComplete = (type) => renditions.some((one) => one.content_type === type && one.width === fullWidth);
  const sourceTypes = MODERN_TYPES.filter(isComplete);
  const rest = renditions.filter(({ content_type: type }) => !sourceTypes.includes(type) && type !== "image/avif");
  const fallbacks = smallestOfEachWidth(rest.length ? rest : renditions);
  const sources = sourceTypes.map((type) => source(type, renditions, sizes));
  const largest = fallbacks.at(-1);
  const image = h("img", {
    alt,
    sizes,
    srcset: srcset(fallbacks),
    src: largest.url,
    width: largest.width,
    height: largest.height,
    loading: eager ? "eager" : "lazy",
    decoding: "async",
    draggable: "false",
  });
  if (colour) showUntilLoaded(image, colour);
  return h("picture", {}, ...sources, image);
}

// Taken away afterwards, because a cut-out would show it through its transparent parts.
function showUntilLoaded(image, colour) {
  image.style.backgroundColor = colour;
  image.addEventListener("load", () => image.style.removeProperty("background-color"), { once: true });
}

function smallestOfEachWidth(renditions) {
  const largestFirst = [...renditions].sort((one, other) => other.bytes - one.bytes);
  return byWidth(new Map(largestFirst.map((one) => [one.width, one])).values());
}

function source(type, renditions, sizes) {
  const ofType = byWidth(renditions.filter((one) => one.content_type === type));
  return h("source", { type, sizes, srcset: srcset(ofType) });
}

const byWidth = (renditions) => [...renditions].sort((one, other) => one.width - other.width);

const srcset = (renditions) => renditions.map(({ url, width }) => `${url} ${width}w`).join(", ");

export const ratioOf = ({ width, height }) => (width / height).toFixed(4);

// Resolves when the image is decoded, and also if that fails.
export const decoded = (picture) => picture.querySelector("img").decode().catch(() => undefined);

// The smallest rendition that is at least `width` px wide, else the widest. Never AVIF: a plain <img> has no fallback.
export function smallest(renditions, width = 160) {
  const candidates = byWidth(renditions.filter((one) => one.content_type !== "image/avif"));
  return candidates.find((one) => one.width >= width) ?? candidates.at(-1);
}
