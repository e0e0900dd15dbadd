"""The words of the search, read once, and what each of them means."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from limner.catalogue import catalogue
from limner.languages import LANGUAGES
from limner.style_search.normal_form import BREAK, is_character, ngrams, normalised, tokens_of_normalised

Kind = Literal["style", "artist", "mood", "level", "amount", "strength", "protection", "join", "filler"]
NGRAM_CHARACTERS: Final = 3
"""Of Latin words, compared where a word is unknown as it is written."""
COMPOUND_PART_MIN_CHARACTERS: Final = 4
_KIND_OF: Final[Mapping[str, Kind]] = {
    "styles": "style",
    "moods": "mood",
    "levels": "level",
    "amounts": "amount",
    "strengths": "strength",
    "protections": "protection",
    "joins": "join",
    "fillers": "filler",
}
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Sense:
    """One meaning of a phrase. `name` is a style, a mood, a level, a protection, or a number: the factor of
    an amount or a strength. `language` is None for names, which belong to all."""

    kind: Kind
    name: str
    language: str | None


@dataclass
class Phrases:
    """Phrases by their first token, the longest first."""

    senses: dict[Phrase, list[Sense]] = field(default_factory=dict)
    by_first: dict[str, list[Phrase]] = field(default_factory=dict)

    def add(self, tokens: Iterable[str], sense: Sense) -> None:
        phrase = tuple(token for token in tokens if token != BREAK)
        if not phrase:
            return
        senses = self.senses.setdefault(phrase, [])
        if sense not in senses:
            senses.append(sense)
        if len(senses) == 1:
            self.by_first.setdefault(phrase[0], []).append(phrase)

    def sort(self) -> None:
        for phrases in self.by_first.values():
            phrases.sort(key=len, reverse=True)


@dataclass(frozen=True)
class Words:
    """`styles_of_mood`: style → how well it suits the mood, above 0 to 1. `languages_of`: those in which a
    token begins or continues a phrase. `by_ngram`: Latin words by their parts."""

    phrases: Phrases
    styles_of_mood: Mapping[str, Mapping[str, float]]
    languages_of: Mapping[str, frozenset[str]]
    by_ngram: Mapping[str, tuple[str, ...]]


@cache
def words() -> Words:
    phrases = Phrases()
    named = list(_all_senses())
    # One call for all: most of the time of a call for each phrase would go into the call.
    texts = normalised("\n".join(text for text, _ in named)).split("\n")
    for text, (_, sense) in zip(texts, named, strict=True):
        phrases.add(tokens_of_normalised(text), sense)
    phrases.sort()
    languages: dict[str, set[str]] = {}
    for phrase, senses in phrases.senses.items():
        for token in phrase:
            languages.setdefault(token, set()).update(sense.language or "" for sense in senses)
    return Words(
        phrases=phrases,
        styles_of_mood=_read("moods"),
        languages_of={token: frozenset(found) for token, found in languages.items()},
        by_ngram=_by_ngram(languages),
    )


def _all_senses() -> Iterator[tuple[str, Sense]]:
    for style in catalogue().offered:
        for language, name in style.words.items():
            yield name, Sense("style", style.id, language)
        yield style.id, Sense("style", style.id, "en")  # ids are English: `auto` is a car elsewhere
    for style_id, names in _read("artists").items():
        for name in names:
            yield name, Sense("artist", style_id, None)
    for language in LANGUAGES:
        for part, by_name in _read(language).items():
            for name, texts in by_name.items() if isinstance(by_name, dict) else [("", by_name)]:
                for text in _spellings(texts, language):
                    yield text, Sense(_KIND_OF[part], name, language)


def _spellings(texts: Iterable[str], language: str) -> Iterator[str]:
    """German umlauts are also written as two letters."""
    for text in texts:
        yield text
        if language == "de" and (spelled := text.casefold().translate(_UMLAUTS)) != text.casefold():
            yield spelled


def _by_ngram(tokens: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for token in tokens:
        if len(token) > NGRAM_CHARACTERS and not is_character(token):
            for part in padded_ngrams(token):
                found.setdefault(part, []).append(token)
    return {part: tuple(words_with_it) for part, words_with_it in found.items()}


def padded_ngrams(word: str) -> set[str]:
    """Parts of a Latin word, about as many as its letters: the first and the last part have the margin."""
    return ngrams(f"_{word}_", NGRAM_CHARACTERS)


def padded_pairs(word: str) -> set[str]:
    """Its parts of two characters, with the margins."""
    return ngrams(f"_{word}_", 2)


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        files("limner").joinpath("style_search", "words", f"{name}.json").read_bytes()
    )
    return content
