import { getExplanation } from "./api.js";
import { h } from "./dom.js";
import { figure, nameOf, percent, regionWords, styleName } from "./words.js";

// Why a picture looks as it does. Asked for only when somebody wants to know.
export function why(work, result) {
  if (!result.verdict) return null;
  const answer = h("div", { class: "answer" });
  const ask = ({ target }) => target.open && !answer.hasChildNodes() && fill(answer, work.id, result.name);
  return h("details", { class: "why", ontoggle: ask }, h("summary", {}, "Why it looks like this"), answer);
}

async function fill(answer, id, name) {
  answer.replaceChildren(h("p", { class: "quiet", role: "status" }, "One moment."));
  try {
    const { pictures } = await getExplanation(id);
    answer.replaceChildren(...told(pictures.find((one) => one.name === name)));
  } catch (trouble) {
    const again = h("button", { type: "button", class: "button", onclick: () => fill(answer, id, name) }, "Try again");
    answer.replaceChildren(h("div", { class: "alert", role: "alert" }, h("p", {}, trouble.message), again));
  }
}

function told({ explanation, verdict, regions, steps, chosen, exhibits }) {
  return [
    explanation && h("p", {}, explanation.words),
    listed("Why this style", chosen?.reasons ?? []),
    listed("What lifted the photo", steps.map((step) => step.note)),
    regions && h("p", { class: "quiet" }, regionWords(regions)),
    ...(explanation ? shares(explanation) : []),
    ...differences(exhibits),
    explanation && strengths(explanation.strip, exhibits.strip),
    checks(verdict.gates),
  ].filter(Boolean);
}

const listed = (title, notes) =>
  notes.length ? part(title, h("ul", {}, ...notes.map((note) => h("li", {}, note)))) : null;

const part = (title, ...content) => h("section", {}, h("h3", {}, title), ...content);

function shares({ levels, styles, difference }) {
  const mixed = Object.keys(styles).length > 1;
  return [
    part("Where the style works", bars(levels, nameOf)),
    mixed ? part("What each style gives", bars(styles, styleName)) : null,
    part("What changed", bars(difference, nameOf)),
  ];
}

// Each bar has its number beside it: nothing is told by length alone.
function bars(parts, name) {
  const rows = Object.entries(parts).map(([key, share]) =>
    h("div", {}, h("dt", {}, name(key)), h("dd", { "--share": share }, percent(share))),
  );
  return h("dl", { class: "bars" }, ...rows);
}

function differences(exhibits) {
  const maps = Object.entries(exhibits).filter(([name]) => name.startsWith("difference-"));
  const pictures = maps.map(([name, exhibit]) => {
    const what = nameOf(name.replace("difference-", ""));
    return h("figure", {}, shown(exhibit, `Map of the change in ${what.toLowerCase()}`), h("figcaption", {}, what));
  });
  return maps.length ? [part("Where it changed", h("div", { class: "maps" }, ...pictures))] : [];
}

function strengths(strip, exhibit) {
  if (!strip.length) return null;
  const trials = strip.map(({ strength, passed }) =>
    h("li", { "data-passed": String(passed) }, `${percent(strength)} ${passed ? "passes" : "refused"}`),
  );
  const picture = exhibit ? [shown(exhibit, "The picture at each of these strengths, from left to right")] : [];
  return part("At other strengths", ...picture, h("ol", { class: "trials" }, ...trials));
}

function checks(gates) {
  if (!gates.length) return null;
  const head = h("tr", {}, ...["Check", "Measured", "Limit", ""].map((name) => h("th", { scope: "col" }, name)));
  const rows = gates.map(({ name, value, limit, passed }) =>
    h("tr", {}, h("th", { scope: "row" }, nameOf(name)), ...[figure(value), figure(limit), passed ? "kept" : "broken"].map((cell) => h("td", {}, cell))),
  );
  return part("Checks", h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows)));
}

const shown = ({ url, width, height }, alt) => h("img", { src: url, alt, width, height, loading: "lazy" });
