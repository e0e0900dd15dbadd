import { h } from "./dom.js";

const MODERN = ["image/avif", "image/webp"];

// One <picture> from a list of renditions in any order: AVIF and WebP as sources, the rest as the <img>.
export function picture(renditions, { alt, sizes, eager = false }) {
  const fallback = renditions.filter((one) => !MODERN.includes(one.content_type));
  const plain = byWidth(fallback.length ? fallback : renditions);
  const sources = MODERN.map((type) => source(type, renditions, sizes));
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
  return matching.length ? h("source", { type, sizes, srcset: srcset(matching) }) : null;
}

const byWidth = (renditions) => [...renditions].sort((one, other) => one.width - other.width);

const srcset = (renditions) => renditions.map(({ url, width }) => `${url} ${width}w`).join(", ");

export const ratioOf = ({ width, height }) => (width / height).toFixed(4);

export const loaded = (element) => {
  const image = element.querySelector("img");
  return image.decode().catch(() => undefined);
};

// The smallest rendition that is at least `width` wide and that every browser shows, else the widest.
export function smallest(renditions, width = 160) {
  const plain = byWidth(renditions.filter((one) => !MODERN.includes(one.content_type)));
  const candidates = plain.length ? plain : byWidth(renditions);
  return candidates.find((one) => one.width >= width) ?? candidates.at(-1);
}
