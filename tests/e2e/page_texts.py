"""Which of the texts on the page are not in its language.

A text is of a language if it is one of the language's table, with values that are numbers, names, or such texts again.
"""

import json
import re
from functools import cache
from pathlib import Path

from playwright.sync_api import Page

LANGUAGES = Path(__file__).parents[2] / "functions/storefront/pages/languages"
MAX_DEPTH = 4
"""Of texts within texts: "1 of 3 photos are ready" has two numbers, "Use oil with pencil, strength 80%" a look with two
styles and their shares."""
ISOLATES = str.maketrans("", "", "\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
NAME = "0"
"""In place of a name, as something that is no word."""
NO_WORD = re.compile(r"[\W\d_]*")
MEASURES = re.compile(r"(px|JPEG|PNG|WebP|WEBP|AVIF|US|\$|€|\d|\W)*")
TEXTS = """() => {
    const root = document.documentElement;
    const isOther = (element) => {
        const closest = element.closest("[lang]");
        return closest !== root && closest.lang !== root.lang;
    };
    const texts = [document.title === "Limner" ? "" : document.title];
    for (const element of document.body.querySelectorAll("*")) {
        if (!element.checkVisibility() && element.tagName !== "OPTION") continue;
        if (element.tagName === "OPTION" && !element.closest("select").checkVisibility()) continue;
        if (isOther(element) || element.matches(".initial")) continue;
        for (const name of ["aria-label", "placeholder", "title", "alt", "aria-valuetext"]) {
            texts.push(element.getAttribute(name) ?? "");
        }
        for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) texts.push(node.data);
    }
    return texts.map((text) => text.trim()).filter(Boolean);
}"""

INTL_PARTS = """(language) => {
    const locale = navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language;
    const instants = [...Array(84).keys()].map((n) => new Date(2026, n % 12, 1 + (n % 28), n % 24));
    const parts = (options) => instants.map((one) => new Intl.DateTimeFormat(locale, options).formatToParts(one));
    const time = { dateStyle: "medium", timeStyle: "short" };
    return {
        dates: [time, { dateStyle: "medium" }, { month: "long", year: "numeric" }].map(parts),
        weekdays: [{ weekday: "short" }, { weekday: "long" }].map(parts).flat(2),
        lists: new Intl.ListFormat(language, { type: "conjunction" }).formatToParts(["0", "1", "2", "3"]),
        pair: new Intl.ListFormat(language, { type: "conjunction" }).formatToParts(["0", "1"]),
    };
}"""
"""How the browser writes dates and lists in the page's language."""
Parts = list[dict[str, str]]


def date_pattern(examples: list[Parts]) -> str:
    """Of dates in the form of these examples, whose names of months and halves of the day are all there are."""
    words: dict[str, set[str]] = {}
    for part in (part for example in examples for part in example):
        words.setdefault(part["type"], set()).add(part["value"].translate(ISOLATES))

    def pattern(part: dict[str, str]) -> str:
        if part["type"] in {"month", "dayPeriod"}:
            return "(?:" + "|".join(map(re.escape, sorted(words[part["type"]], key=len, reverse=True))) + ")"
        return re.escape(part["value"].translate(ISOLATES)) if part["type"] == "literal" else r"\d+"

    return "".join(map(pattern, examples[0]))


class LanguageTexts:
    """`names` are the texts that are no language's: those of files and styles."""

    def __init__(self, language: str, names: set[str]) -> None:
        table = json.loads((LANGUAGES / f"{language}.json").read_text("utf-8"))
        entries = [
            form
            for entry in table.values()
            for form in ([entry] if isinstance(entry, str) else entry.values())
        ]
        self._plain = {entry.strip() for entry in entries if "{" not in entry}
        self._patterns = [self._pattern(entry) for entry in entries if "{" in entry]
        self._names = names
        self._separators = {table["look.list_separator"]}
        self._weekdays: set[str] = set()
        self._dates: list[str] = []
        self._language = language
        self._long_names = sorted((name for name in names if " " in name), key=len, reverse=True)

    @staticmethod
    def _pattern(entry: str) -> re.Pattern[str]:
        parts = re.split(r"\{\w+\}", entry)
        return re.compile("(.+?)".join(map(re.escape, parts)), re.DOTALL)

    def have(self, text: str) -> bool:
        text = text.translate(ISOLATES).strip()
        for name in self._long_names:  # a pattern would end its value at the first space
            text = text.replace(name, NAME)
        for pattern in self._dates:
            text = re.sub(pattern, NAME, text)
        return text in self._weekdays or self._covers(text, MAX_DEPTH)

    def _read_intl(self, page: Page) -> None:
        intl = page.evaluate(INTL_PARTS, self._language)
        self._dates = [date_pattern(examples) for examples in intl["dates"]]
        self._weekdays = {part["value"].translate(ISOLATES) for part in intl["weekdays"]}
        literals = (part["value"] for part in intl["lists"] + intl["pair"] if part["type"] == "literal")
        self._separators.update(literals)

    def _covers(self, text: str, depth: int) -> bool:
        text = text.strip()
        if text in self._plain or text in self._names or NO_WORD.fullmatch(text) or MEASURES.fullmatch(text):
            return True
        for separator in self._separators if depth > 0 else ():
            parts = text.split(separator)
            if len(parts) > 1 and all(self._covers(part, depth - 1) for part in parts):
                return True
        return depth > 0 and any(
            all(self._covers(value, depth - 1) for value in found.groups())
            for pattern in self._patterns
            if (found := pattern.fullmatch(text))
        )

    def foreign(self, page: Page) -> list[str]:
        """Texts that the page shows, or says to those who listen to it, and that are not the language's."""
        self._read_intl(page)
        return sorted({text for text in page.evaluate(TEXTS) if not self.have(text)})


@cache
def table(language: str) -> dict[str, str]:
    texts: dict[str, str] = json.loads((LANGUAGES / f"{language}.json").read_text("utf-8"))
    return texts
