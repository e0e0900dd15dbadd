"""Phrases found in a query: the longest at each place; unknown Latin words by their n-grams and parts."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from limner.style_search.normal_form import BREAK, is_character
from limner.style_search.words import (
    COMPOUND_PART_MIN_CHARACTERS,
    Phrase,
    Phrases,
    Sense,
    Words,
    padded_ngrams,
    padded_pairs,
)

SHARED_MIN: Final = 0.55
"""Dice coefficient of trigrams from which two words are compared further."""
SIMILAR_MIN: Final = 0.7
"""Dice coefficient of bigrams from which an unknown word is taken for a known one: `watercoler` has 0.82."""
ANOTHER_FORM_MIN: Final = 0.78
"""From here on it is another form of the known word, also where it could be a compound of others."""
SIMILAR_MIN_CHARACTERS: Final = 5
SMALL_WORDS: Final = frozenset({"amount", "join", "filler"})
KINDS_IN_COMPOUNDS: Final = frozenset({"style", "artist", "mood"})
COMPOUND_SIMILARITY: Final = 0.85
"""Of a compound (`Retroplakat`) to each word that it begins or ends with."""
FOREIGN_SIMILARITY: Final = 0.6
"""Of a phrase that is known in other languages than the query's alone: it may mean nothing here."""
MOST_OPTIONS: Final = 3
_KANA_FIRST, _KANA_LAST = "\u3041", "\u309f"


@dataclass(frozen=True)
class Match:
    """Tokens `start` up to `end` of a query, and what they mean; without senses, one unknown token."""

    start: int
    end: int
    senses: tuple[Sense, ...] = ()
    similarity: float = 1.0


def matches_in(
    tokens: Sequence[str], words: Words, own: Phrases, language: str | None
) -> Iterator[list[Match]]:
    """At each place the matches of the longest phrase: several where a compound has two known parts.

    Of a phrase with meanings in several languages, only those in `language` and those of names count; where
    there are none, the others count less."""
    options = [_options(token, words, own, language) for token in tokens]
    at = 0
    while at < len(tokens):
        found = _longest(options, at, words.phrases, own)
        yield [
            _match(at, phrase, similarity, _senses(phrase, words.phrases, own), language)
            for phrase, similarity in found
        ] or [Match(at, at + 1)]
        at += len(found[0][0]) if found else 1


def language_of(tokens: Sequence[str], words: Words) -> str | None:
    """The language with most tokens in known phrases; None if there is none."""
    if any(_KANA_FIRST <= token <= _KANA_LAST for token in tokens):
        return "ja"
    counts: dict[str, float] = defaultdict(float)
    for matches in matches_in(tokens, words, Phrases(), None):
        for match in matches:
            known = {sense.language for sense in match.senses if sense.language}
            for language in known:
                counts[language] += (match.end - match.start) * match.similarity / len(known)
    if not counts:
        return None
    return max(counts, key=lambda language: (counts[language], language == "zh", language == "en"))


Option = tuple[str, float]
"""A known word that a token stands for, and how similar they are."""


def _options(token: str, words: Words, own: Phrases, language: str | None) -> list[Option]:
    if token == BREAK:
        return []
    is_known = token in words.languages_of or any(token in phrase for phrase in own.senses)
    as_written = [(token, 1.0)] if is_known else []
    is_phrase = (token,) in words.phrases.senses
    if is_phrase or is_character(token) or len(token) < SIMILAR_MIN_CHARACTERS:
        return as_written
    return as_written + _other_options(token, words, language)


def _other_options(token: str, words: Words, language: str | None) -> list[Option]:
    similar = _similar(token, words, language)
    if similar and similar[0][1] >= ANOTHER_FORM_MIN:
        return similar
    return _parts_of_compound(token, words, language) or similar


def _similar(token: str, words: Words, language: str | None) -> list[Option]:
    """Words that share enough trigrams, by the bigrams that they share: a letter that is missing, added or
    wrong costs two of those, and three trigrams."""
    shared = Counter(word for part in padded_ngrams(token) for word in words.by_ngram.get(part, ()))
    pairs = padded_pairs(token)
    found = []
    for word, count in shared.items():
        if 2 * count < SHARED_MIN * (len(token) + len(word)) or not _is_in(word, words, language):
            continue
        other = padded_pairs(word)
        similarity = 2 * len(pairs & other) / (len(pairs) + len(other))
        if similarity >= SIMILAR_MIN:
            found.append((word, similarity))
    return sorted(found, key=lambda option: (-option[1], option[0]))[:MOST_OPTIONS]


def _is_in(word: str, words: Words, language: str | None) -> bool:
    return language is None or bool({language, ""} & words.languages_of[word])


def _parts_of_compound(token: str, words: Words, language: str | None) -> list[Option]:
    """The longest German styles and moods of one word that the token begins and ends with."""
    if language not in {None, "de"}:
        return []
    lengths = range(len(token) - 1, COMPOUND_PART_MIN_CHARACTERS - 1, -1)
    starts, ends = ([token[:length] for length in lengths], [token[-length:] for length in lengths])
    parts = [next((part for part in each if _is_part(part, words)), "") for each in (starts, ends)]
    return [(part, COMPOUND_SIMILARITY) for part in dict.fromkeys(parts) if part]


def _is_part(word: str, words: Words) -> bool:
    senses = words.phrases.senses.get((word,), ())
    return any(sense.language in {"de", None} and sense.kind in KINDS_IN_COMPOUNDS for sense in senses)


def _longest(
    options: Sequence[Sequence[Option]], at: int, phrases: Phrases, own: Phrases
) -> list[tuple[Phrase, float]]:
    found: list[tuple[Phrase, float]] = []
    for known, (first, similarity) in product((own, phrases), options[at]):
        for phrase in known.by_first.get(first, ()):
            if found and len(phrase) < len(found[0][0]):
                break
            rest = _similarity_of_rest(phrase, options, at)
            if rest is not None:
                if found and len(phrase) > len(found[0][0]):
                    found.clear()
                found.append((phrase, similarity * rest))
    return _most_similar(found)


def _similarity_of_rest(phrase: Phrase, options: Sequence[Sequence[Option]], at: int) -> float | None:
    """Of the tokens after the first; None where one of them is another word."""
    if at + len(phrase) > len(options):
        return None
    similarity = 1.0
    for place, word in enumerate(phrase[1:], start=at + 1):
        option = dict(options[place]).get(word)
        if option is None:
            return None
        similarity *= option
    return similarity


def _most_similar(found: list[tuple[Phrase, float]]) -> list[tuple[Phrase, float]]:
    """Each phrase once; of unequal ones those that are most similar."""
    best = max((similarity for _, similarity in found), default=0.0)
    return list({phrase: (phrase, similarity) for phrase, similarity in found if similarity == best}.values())


def _senses(phrase: Phrase, phrases: Phrases, own: Phrases) -> list[Sense]:
    return [*own.senses.get(phrase, ()), *phrases.senses.get(phrase, ())]


def _match(at: int, phrase: Phrase, similarity: float, senses: list[Sense], language: str | None) -> Match:
    """Small words are meant as they are written: `kleinen` is not `keinen`."""
    meant = [sense for sense in senses if similarity == 1 or sense.kind not in SMALL_WORDS]
    expected = tuple(sense for sense in meant if sense.language in {language, None})
    if expected or language is None:
        return Match(at, at + len(phrase), expected or tuple(meant), similarity)
    return Match(at, at + len(phrase), tuple(meant), FOREIGN_SIMILARITY * similarity)
