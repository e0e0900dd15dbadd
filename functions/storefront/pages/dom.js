import { direction, language, t } from "./text.js";

// Elements are built without HTML strings, so that a filename is never parsed as HTML.

export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) setProperty(element, name, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function setProperty(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name.startsWith("--")) element.style.setProperty(name, value);
  else element.setAttribute(name, value === true ? "" : value);
}

export const byId = (id) => document.getElementById(id);

// The page's HTML has the keys of its texts: data-text of an element's content, data-label, data-placeholder and
// data-content of its attributes.
export function fillTexts() {
  Object.assign(document.documentElement, { lang: language, dir: direction });
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = t(element.dataset.text);
  for (const [data, attribute] of Object.entries({ label: "aria-label", placeholder: "placeholder", content: "content" })) {
    for (const element of document.querySelectorAll(`[data-${data}]`)) element.setAttribute(attribute, t(element.dataset[data]));
  }
}

// A name that a person gave, such as that of a file: in its own direction, and in no known language.
export const ownName = (text, tag = "bdi") => h(tag, { dir: "auto", lang: "" }, text);

// Replaces the children. If the focused element goes with them, the element itself gets the focus: without that it
// falls to the body, and the next Tab begins at the top of the page.
export function replaceChildren(element, ...children) {
  const hadFocus = element !== document.activeElement && element.contains(document.activeElement);
  element.replaceChildren(...children.filter(Boolean));
  if (!hadFocus || element.contains(document.activeElement)) return;
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

export function announce(text) {
  byId("announcer").textContent = text;
}
