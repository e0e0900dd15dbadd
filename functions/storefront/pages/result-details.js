import { h } from "./dom.js";
import { fileSize, formatName, pixels, seconds, t } from "./text.js";
import { metric } from "./verdict-text.js";

const OBJECT_URL_LIFETIME_MS = 60_000;

const facts = (...parts) => parts.join(t("look.list_separator"));

export function resultFacts(view, result) {
  const [full] = result.renditions;
  const rows = [
    [t("view.size"), pixels(full)],
    [t("view.file"), facts(formatName(full.content_type), fileSize(full.bytes))],
    view.timings?.total ? [t("view.made_in"), seconds(view.timings.total)] : null,
    ...Object.entries(result.metrics).map(metric),
    view.model ? [t("view.model"), view.model] : null,
  ];
  const cells = rows.filter(Boolean).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)));
  return h("dl", { class: "result-facts" }, ...cells);
}

// A download link for each rendition. `renewLinks` fetches the photo again, with links that have not expired.
export function downloadLinks(photo, result, renewLinks) {
  const [full, ...others] = result.renditions;
  const note = h("p", { class: "muted", role: "status" });
  const link = (rendition, text, className) =>
    h(
      "a",
      {
        class: className,
        href: rendition.url,
        download: fileName(photo.name, result, rendition),
        onclick: (event) => download(event, rendition, { photo, renewLinks, note }),
      },
      text,
    );
  const otherSizes = others.map((one) =>
    h("li", {}, link(one, facts(pixels(one), formatName(one.content_type), fileSize(one.bytes)))),
  );
  return h(
    "div",
    { class: "downloads" },
    link(full, t("view.download"), "button primary"),
    otherSizes.length ? h("details", {}, h("summary", {}, t("view.other_sizes")), h("ul", {}, ...otherSizes)) : null,
    note,
  );
}

export function fileName(name, result, { width, content_type: type }) {
  const stem = name.replace(/\.\w+$/, "");
  return `${stem}-${result.name}-${width}.${type.replace("image/", "").replace("jpeg", "jpg")}`;
}

// A browser ignores `download` on a link to another origin, so the picture is fetched first.
async function download(event, rendition, { photo, renewLinks, note }) {
  const name = event.currentTarget.download;
  event.preventDefault();
  note.textContent = "";
  try {
    saveBlob(await (await fetchRendition(rendition, photo, renewLinks)).blob(), name);
  } catch {
    note.textContent = t("view.download_failed");
  }
}

export function saveBlob(blob, name) {
  const objectUrl = URL.createObjectURL(blob);
  h("a", { href: objectUrl, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(objectUrl), OBJECT_URL_LIFETIME_MS);
}

// Resolves to the answer that has the file.
export async function fetchRendition(rendition, photo, renewLinks) {
  const response = await fetch(rendition.url);
  if (response.ok) return response;
  await renewLinks();
  const renewed = photo.view.results.flatMap((result) => result.renditions).find((one) => isSameObject(one, rendition));
  const secondResponse = await fetch(renewed.url);
  if (!secondResponse.ok) throw new Error(`download answered ${secondResponse.status}`);
  return secondResponse;
}

// Signed URLs of one S3 object differ in the query only.
const isSameObject = (one, other) => one.url.split("?")[0] === other.url.split("?")[0];
