import { getExplanation } from "./api.js";
import { h } from "./dom.js";
import { gateResult, nameOf, percent, regionSentence, stepInWords, styleName } from "./text.js";

// The <details> "Why it looks like this"; the explanation is fetched when it is opened.
export function explanationDetails(photo, result) {
  if (!result.verdict) return null;
  const body = h("div", { class: "explanation-body" });
  const onToggle = ({ target }) => target.open && !body.hasChildNodes() && load(body, photo.id, result.name);
  return h("details", { class: "explanation", ontoggle: onToggle }, h("summary", {}, "Why it looks like this"), body);
}

async function load(body, id, name) {
  body.replaceChildren(h("p", { class: "muted", role: "status" }, "Loading."));
  try {
    const { pictures } = await getExplanation(id);
    body.replaceChildren(...sections(pictures.find((one) => one.name === name)));
  } catch (error) {
    const retry = h("button", { type: "button", class: "button", onclick: () => load(body, id, name) }, "Try again");
    body.replaceChildren(h("div", { class: "alert", role: "alert" }, h("p", {}, error.message), retry));
  }
}

function sections({ explanation, verdict, regions, steps, chosen, exhibits }) {
  return [
    explanation && h("p", {}, explanation.words),
    listSection("Why this style", chosen?.reasons ?? []),
    listSection("How the photo was enhanced", steps.map(stepInWords)),
    regions && h("p", { class: "muted" }, regionSentence(regions)),
    ...(explanation ? shareSections(explanation) : []),
    ...differenceMaps(exhibits),
    explanation && strengthSection(explanation.strip, exhibits.strip),
    gateSection(verdict.gates),
  ].filter(Boolean);
}

const section = (title, ...content) => h("section", {}, h("h3", {}, title), ...content);

const listSection = (title, items) =>
  items.length ? section(title, h("ul", {}, ...items.map((item) => h("li", {}, item)))) : null;

function shareSections({ levels, styles, difference }) {
  const mixed = Object.keys(styles).length > 1;
  return [
    section("Change by level", bars(levels, nameOf)),
    mixed ? section("Change by style", bars(styles, styleName)) : null,
    section("Change by kind", bars(difference, nameOf)),
  ];
}

// Each bar has its number beside it: length alone is not readable by everyone.
function bars(shares, labelOf) {
  const rows = Object.entries(shares).map(([key, share]) =>
    h("div", {}, h("dt", {}, labelOf(key)), h("dd", { "--share": share }, percent(share))),
  );
  return h("dl", { class: "bars" }, ...rows);
}

function differenceMaps(exhibits) {
  const maps = Object.entries(exhibits).filter(([name]) => name.startsWith("difference-"));
  const figures = maps.map(([name, exhibit]) => {
    const kind = nameOf(name.replace("difference-", ""));
    const image = exhibitImage(exhibit, `Map of the change in ${kind.toLowerCase()}`);
    return h("figure", {}, image, h("figcaption", {}, kind));
  });
  return maps.length ? [section("Where it changed", h("div", { class: "maps" }, ...figures))] : [];
}

function strengthSection(strip, exhibit) {
  if (!strip.length) return null;
  const items = strip.map(({ strength, passed }) =>
    h("li", { "data-passed": String(passed) }, `${percent(strength)} ${passed ? "passed" : "failed"}`),
  );
  const image = exhibit ? [exhibitImage(exhibit, "The picture at each of these strengths, from left to right")] : [];
  return section("Checks at other strengths", ...image, h("ol", { class: "strength-results" }, ...items));
}

function gateSection(gates) {
  if (!gates.length) return null;
  const head = h("tr", {}, ...["Check", "Result"].map((name) => h("th", { scope: "col" }, name)));
  const rows = gates.map((gate) =>
    h("tr", {}, h("th", { scope: "row" }, nameOf(gate.name)), h("td", {}, gateResult(gate))),
  );
  return section("Checks", h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows)));
}

const exhibitImage = ({ url, width, height }, alt) => h("img", { src: url, alt, width, height, loading: "lazy" });
