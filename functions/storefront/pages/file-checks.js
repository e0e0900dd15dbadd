// What the service would refuse of a file, found out before it is sent.

import { FileError, emptyFile, tooLarge } from "./api.js";
import { t } from "./text.js";

const HEAD_BYTES = 256;
const ACCEPTED = /^(\xff\xd8\xff|\x89PNG\r\n\x1a\n|RIFF[^]{4}WEBP|[^]{4}ftyp[^]*?avi[fs])/;

// The service's limits, which it writes into the page.
const limits = () => ({
  bytes: Number(document.body.dataset.maxBytes),
  megapixels: Number(document.body.dataset.maxMegapixels),
});

// Resolves to a FileError, or to null for a file that may be sent. A file of an accepted type that this browser cannot
// read is left to the service.
export async function refusalOf(file) {
  const { bytes, megapixels } = limits();
  if (!file.size) return emptyFile();
  if (file.size > bytes) return tooLarge(bytes);
  if (!ACCEPTED.test(await headOf(file))) return foreignType(file.name);
  const found = (await pixelsOf(file)) / 1e6;
  return found > megapixels ? tooManyPixels(found, megapixels) : null;
}

// A file that can be read no more, because it was moved, has an empty head.
async function headOf(file) {
  const bytes = await file.slice(0, HEAD_BYTES).arrayBuffer().catch(() => []);
  return String.fromCharCode(...new Uint8Array(bytes));
}

// Reads the header alone: a browser decodes an <img> when it paints it. 0 for a file that it cannot read.
async function pixelsOf(file) {
  const url = URL.createObjectURL(file);
  const image = new Image();
  const isRead = new Promise((resolve) => (image.onload = image.onerror = resolve));
  image.src = url;
  await isRead;
  URL.revokeObjectURL(url);
  return image.naturalWidth * image.naturalHeight;
}

function foreignType(name) {
  const kind = /\.\w+$/.exec(name)?.[0];
  return new FileError(kind ? t("problem.file_type", { kind }) : t("problem.file_type_unknown"), "file_type");
}

function tooManyPixels(found, allowed) {
  return new FileError(t("problem.file_pixels", { n: Math.ceil(found), allowed }), "file_pixels");
}
