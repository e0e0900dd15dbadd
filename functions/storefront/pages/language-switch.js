import { byId, h } from "./dom.js";
import { LANGUAGES, SWITCHED, keepLanguage, language } from "./text.js";

const menu = byId("languages");
const summary = menu.querySelector("summary");

// Buttons and no list: who chooses in a list by keyboard passes each language, and would load the page in each. It is
// loaded again in the other language: its address has the photos, and the browser keeps the files not sent yet.
const buttons = Object.entries(LANGUAGES).map(([lang, name]) =>
  h("li", {}, h("button", { type: "button", lang, "aria-current": lang === language && "true", onclick: () => use(lang) }, name)),
);
menu.querySelector("ul").replaceChildren(...buttons);
menu.addEventListener("keydown", ({ key }) => key === "Escape" && ((menu.open = false), summary.focus()));

if (sessionStorage.getItem(SWITCHED)) {
  sessionStorage.removeItem(SWITCHED);
  summary.focus();
}

function use(lang) {
  keepLanguage(lang);
  sessionStorage.setItem(SWITCHED, "true");
  location.reload();
}
