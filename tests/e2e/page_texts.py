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
        self._separator = table["look.list_separator"]
        self._long_names = sorted((name for name in names if " " in name), key=len, reverse=True)

    @staticmethod
    def _pattern(entry: str) -> re.Pattern[str]:
        parts = re.split(r"\{\w+\}", entry)
        return re.compile("(.+?)".join(map(re.escape, parts)), re.DOTALL)

    def have(self, text: str) -> bool:
        text = text.translate(ISOLATES).strip()
        for name in self._long_names:  # a pattern would end its value at the first space
            text = text.replace(name, NAME)
        return self._covers(text, MAX_DEPTH)

    def _covers(self, text: str, depth: int) -> bool:
        text = text.strip()
        if text in self._plain or text in self._names or NO_WORD.fullmatch(text) or MEASURES.fullmatch(text):
            return True
        if depth > 0 and self._separator in text:
            parts = text.split(self._separator)
            if all(self._covers(part, depth - 1) for part in parts):
                return True
        return depth > 0 and any(
            all(self._covers(value, depth - 1) for value in found.groups())
            for pattern in self._patterns
            if (found := pattern.fullmatch(text))
        )

    def foreign(self, page: Page) -> list[str]:
        """Texts that the page shows, or says to those who listen to it, and that are not the language's."""
        return sorted({text for text in page.evaluate(TEXTS) if not self.have(text)})


@cache
def table(language: str) -> dict[str, str]:
    texts: dict[str, str] = json.loads((LANGUAGES / f"{language}.json").read_text("utf-8"))
    return texts
