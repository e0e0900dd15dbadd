import { h } from "./dom.js";

const MODERN = ["image/avif", "image/webp"];

// AVIF and WebP become sources where they come in full size too; otherwise they stand in one srcset with
// the rest, or the browser would never reach for the full size.
export function picture(renditions, { alt, sizes, eager = false }) {
  const { width: full } = byWidth(renditions).at(-1);
  const complete = MODERN.filter((type) => renditions.some((one) => one.content_type === type && one.width === full));
  const rest = renditions.filter((one) => !complete.includes(one.content_type));
  const plain = byWidth(rest.length ? rest : renditions);
  const sources = complete.map((type) => source(type, renditions, sizes));
  const largest = plain.at(-1);
  const image = h("img", {
    alt,
    sizes,
    srcset: srcset(plain),
    src: largest.url,
    width: largest.width,
    height: largest.height,
    loading: eager ? "eager" : "lazy",
    decoding: "async",
    draggable: "false",
  });
  return h("picture", {}, ...sources, image);
}

function source(type, renditions, sizes) {
  const matching = byWidth(renditions.filter((one) => one.content_type === type));
  return h("source", { type, sizes, srcset: srcset(matching) });
}

const byWidth = (renditions) => [...renditions].sort((one, other) => one.width - other.width);

const srcset = (renditions) => renditions.map(({ url, width }) => `${url} ${width}w`).join(", ");

export const ratioOf = ({ width, height }) => (width / height).toFixed(4);

export const loaded = (element) => {
  const image = element.querySelector("img");
  return image.decode().catch(() => undefined);
};

// The smallest rendition that is at least `width` wide, else the widest; AVIF is not shown everywhere.
export function smallest(renditions, width = 160) {
  const candidates = byWidth(renditions.filter((one) => one.content_type !== "image/avif"));
  return candidates.find((one) => one.width >= width) ?? candidates.at(-1);
}
