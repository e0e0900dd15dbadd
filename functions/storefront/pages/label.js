import { h } from "./dom.js";
import { fileSize, formatName, metric, pixels, seconds } from "./words.js";

// What a gallery writes beside a picture: its size, its making, and a way to take it home.

export function figures(view, result) {
  const [full] = result.renditions;
  const rows = [
    ["Size", pixels(full)],
    ["File", `${formatName(full.content_type)}, ${fileSize(full.bytes)}`],
    view.timings?.total ? ["Made in", seconds(view.timings.total)] : null,
    ...Object.entries(result.metrics).map(metric),
    view.model ? ["Model", view.model] : null,
  ];
  const cells = rows.filter(Boolean).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)));
  return h("dl", { class: "figures" }, ...cells);
}

export function saver(work, result, renew) {
  const [full, ...others] = result.renditions;
  const note = h("p", { class: "quiet", role: "status" });
  const link = (rendition, words, extra) =>
    h(
      "a",
      {
        class: extra,
        href: rendition.url,
        download: fileName(work.name, result, rendition),
        onclick: (event) => save(event, rendition, { work, renew, note }),
      },
      words,
    );
  const rest = others.map((one) => h("li", {}, link(one, `${pixels(one)}, ${formatName(one.content_type)}, ${fileSize(one.bytes)}`)));
  return h(
    "div",
    { class: "saver" },
    link(full, "Download", "button strong"),
    rest.length ? h("details", {}, h("summary", {}, "Other sizes"), h("ul", {}, ...rest)) : null,
    note,
  );
}

function fileName(name, result, { width, content_type: type }) {
  const stem = name.replace(/\.\w+$/, "");
  return `${stem}-${result.name}-${width}.${type.replace("image/", "").replace("jpeg", "jpg")}`;
}

// A browser ignores `download` on another origin, so the picture is fetched first.
async function save(event, rendition, { work, renew, note }) {
  const { href, download } = event.currentTarget;
  event.preventDefault();
  note.textContent = "";
  try {
    const local = URL.createObjectURL(await bytesOf(rendition, work, renew));
    h("a", { href: local, download }).click();
    setTimeout(() => URL.revokeObjectURL(local), 60_000);
  } catch {
    note.textContent = "The picture could not be fetched. Check the network and try again.";
  }
}

async function bytesOf(rendition, work, renew) {
  const answer = await fetch(rendition.url);
  if (answer.ok) return answer.blob();
  await renew();
  const fresh = work.view.results.flatMap((result) => result.renditions).find((one) => sameObject(one, rendition));
  const second = await fetch(fresh.url);
  if (!second.ok) throw new Error(`download answered ${second.status}`);
  return second.blob();
}

const sameObject = (one, other) => one.url.split("?")[0] === other.url.split("?")[0];
