import { getExplanation } from "./api.js";
import { h } from "./dom.js";
import { percent, styleName, t } from "./text.js";
import { gateName, gateResult, mostOfTheChange, nameOf, reasonsInLanguage, regionSentences, stepInWords } from "./verdict-text.js";

// The <details> "Why it looks like this"; the explanation is fetched when it is opened.
export function explanationDetails(photo, result) {
  if (!result.verdict) return null;
  const body = h("div", { class: "explanation-body" });
  const onToggle = ({ target }) => target.open && !body.hasChildNodes() && load(body, photo.id, result.name);
  return h("details", { class: "explanation", ontoggle: onToggle }, h("summary", {}, t("why.title")), body);
}

async function load(body, id, name) {
  body.replaceChildren(h("p", { class: "muted", role: "status" }, t("why.loading")));
  try {
    const { pictures } = await getExplanation(id);
    body.replaceChildren(...(await sections(pictures.find((one) => one.name === name))));
  } catch (error) {
    const retry = h("button", { type: "button", class: "button", onclick: () => load(body, id, name) }, t("library.again"));
    body.replaceChildren(h("div", { class: "alert", role: "alert" }, h("p", {}, error.message), retry));
  }
}

async function sections({ explanation, verdict, regions, steps, chosen, exhibits }) {
  return [
    explanation && h("p", {}, mostOfTheChange(explanation.difference)),
    listSection(t("why.style"), await reasonsInLanguage(chosen?.reasons ?? [])),
    listSection(t("why.enhanced"), steps.map(stepInWords)),
    ...(regions ? regionSentences(regions).map((text) => h("p", { class: "muted" }, text)) : []),
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
    section(t("why.by_level"), bars(levels, nameOf)),
    mixed ? section(t("why.by_style"), bars(styles, styleName)) : null,
    section(t("why.by_kind"), bars(difference, nameOf)),
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
    const image = exhibitImage(exhibit, t("why.map", { kind }));
    return h("figure", {}, image, h("figcaption", {}, kind));
  });
  return maps.length ? [section(t("why.where"), h("div", { class: "maps" }, ...figures))] : [];
}

function strengthSection(strip, exhibit) {
  if (!strip.length) return null;
  const items = strip.map(({ strength, passed }) =>
    h("li", { "data-passed": String(passed) }, t("look.part", { style: percent(strength), share: t(passed ? "why.passed" : "why.failed") })),
  );
  const image = exhibit ? [exhibitImage(exhibit, t("why.strip"))] : [];
  return section(t("why.strengths"), ...image, h("ol", { class: "strength-results" }, ...items));
}

function gateSection(gates) {
  if (!gates.length) return null;
  const head = h("tr", {}, ...[t("why.check"), t("why.result")].map((name) => h("th", { scope: "col" }, name)));
  const rows = gates.map((gate) =>
    h("tr", {}, h("th", { scope: "row" }, gateName(gate.name)), h("td", {}, gateResult(gate))),
  );
  return section(t("why.checks"), h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows)));
}

const exhibitImage = ({ url, width, height }, alt) => h("img", { src: url, alt, width, height, loading: "lazy" });
