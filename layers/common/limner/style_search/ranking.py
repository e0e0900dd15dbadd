"""From what a query asks for to ranked styles, and to a look that is ready to order."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from math import exp
from typing import Final

from limner.catalogue import catalogue
from limner.languages import LANGUAGES
from limner.looks import MAX_STYLES_IN_A_LOOK, Levels, Look, Protection, stands_alone
from limner.style_search.normal_form import is_character, ngrams, tokens_of
from limner.style_search.reading import Amount, Concept, Wish, read
from limner.style_search.words import Phrases, Sense, padded_ngrams, words

MOST_RANKED: Final = 12
NAMED: Final = 1.6
"""What a style gets that the query names; a mood gives at most 1."""
ARTIST: Final = 2.0
OWN: Final = 2.4
"""A tenant's own style named in full: its name may be made of words that mean moods and other styles."""
OWN_SIMILAR: Final = 1.5
OWN_SIMILAR_MIN: Final = 0.75
"""Share of the n-grams of a name that the query has, or of those of a shorter query that the name has."""
LEAST_TOTAL: Final = 0.3
LEAST_SHARE_OF_BEST: Final = 0.2
LEAST_SHARE: Final = 0.1
"""Of what shares leave to the other styles of a mix."""
_NOT_WANTED: Final = -1.0
_USUAL: Final = Amount(1.0)
_NONE: Final = Amount(0.0)
_STYLES: Final = frozenset({"style", "artist"})


@dataclass(frozen=True)
class RankedStyle:
    """`score` is above 0 and below 1; 0.8 is a style that the query names."""

    style_id: str
    score: float


@dataclass(frozen=True)
class Found:
    """`styles`, the best first; `suggestion` is None where nothing was found. `language` is that of the
    query's words, None where none is known."""

    language: str | None
    styles: tuple[RankedStyle, ...]
    suggestion: Look | None


def search(query: str, language: str | None = None, own: Mapping[str, str] | None = None) -> Found:
    """`language` is a tag such as `de` or `fr-CA`; without one of the six it is detected. `own` are names of
    a tenant's styles by id."""
    own = own or {}
    known = (language or "").partition("-")[0].lower()
    wish = read(query, words(), _own_phrases(own), known if known in LANGUAGES else None)
    wish = _with_moods_of_colour(wish)
    totals = _totals(wish)
    for style_id, total in _similar_own(query, own).items():
        totals[style_id] = max(totals.get(style_id, 0), total)
    ranked = _ranked(totals)
    return Found(
        language=wish.language,
        styles=tuple(RankedStyle(style_id, round(1 - exp(-totals[style_id]), 3)) for style_id in ranked),
        suggestion=_suggestion(wish, ranked),
    )


def _own_phrases(own: Mapping[str, str]) -> Phrases:
    phrases = Phrases()
    for style_id, name in own.items():
        phrases.add(tokens_of(name), Sense("style", style_id, None))
    phrases.sort()
    return phrases


def _similar_own(query: str, own: Mapping[str, str]) -> dict[str, float]:
    """Own styles of whose names the query has a part, or that have the query in their names."""
    asked = _name_parts(query)
    found = {}
    for style_id, name in own.items():
        parts = _name_parts(name)
        smaller = min(len(parts), len(asked))
        share = len(parts & asked) / smaller if smaller else 0.0
        if share >= OWN_SIMILAR_MIN:
            found[style_id] = OWN_SIMILAR * share * share
    return found


def _name_parts(text: str) -> set[str]:
    """Trigrams of each Latin word, and pairs of Chinese and Japanese characters."""
    parts: set[str] = set()
    for is_written_in_characters, tokens in groupby(tokens_of(text), is_character):
        if is_written_in_characters:
            parts |= ngrams("".join(tokens), 2)
        else:
            parts |= {part for token in tokens for part in padded_ngrams(token)}
    return parts


def _with_moods_of_colour(wish: Wish) -> Wish:
    """Where no style is named that could have less colour, a style of less colour is asked for."""
    if any(concept.sense.kind in _STYLES and concept.factor for concept in wish.concepts):
        return wish
    concepts = [
        Concept(replace(each.sense, kind="mood", name=_mood_of_colour(each.factor)), each.similarity)
        if each.sense.name == "colour"
        else each
        for each in wish.concepts
    ]
    return replace(wish, concepts=concepts)


def _mood_of_colour(factor: float) -> str:
    if factor == 0:
        return "black-white"
    return "faded" if factor < 1 else "vivid"


def _totals(wish: Wish) -> dict[str, float]:
    """What each style gets from all that the query names."""
    totals: dict[str, float] = defaultdict(float)
    for concept in wish.concepts:
        name, worth = concept.sense.name, _worth(concept)
        match concept.sense.kind:
            case "style":
                totals[name] += worth * (OWN if _is_own(name) else NAMED)
            case "artist":
                totals[name] += worth * ARTIST
            case "mood":
                for style_id, suits in words().styles_of_mood[name].items():
                    totals[style_id] += worth * suits
    return totals


def _worth(concept: Concept) -> float:
    """More of it counts more, but not as its factor: half of a style is wanted all the same."""
    if concept.factor == 0:
        return _NOT_WANTED
    return concept.similarity * (0.75 + min(concept.factor, 2) / 4)


def _is_own(style_id: str) -> bool:
    return style_id not in _places()


@cache
def _places() -> dict[str, int]:
    return {style.id: place for place, style in enumerate(catalogue().offered)}


def _ranked(totals: Mapping[str, float]) -> list[str]:
    best = max(totals.values(), default=0.0)
    least = max(LEAST_TOTAL, LEAST_SHARE_OF_BEST * best)
    places = _places()
    listed = [style_id for style_id, total in totals.items() if total >= least]
    return sorted(listed, key=lambda each: (-totals[each], places.get(each, -1)))[:MOST_RANKED]


def _suggestion(wish: Wish, ranked: Sequence[str]) -> Look | None:
    if not ranked:
        return None
    amounts = _amounts(wish)
    mixed = [
        style_id for style_id in ranked if amounts.get(style_id, _NONE).factor and not stands_alone(style_id)
    ]
    if len(mixed) > 1:
        styles, factor = _shares({each: amounts[each] for each in mixed[:MAX_STYLES_IN_A_LOOK]}), 1.0
    else:
        styles, factor = {ranked[0]: 1.0}, amounts.get(ranked[0], _USUAL).factor
    return Look(
        styles=styles,
        strength=min(1.0, factor) if wish.strength is None else wish.strength,
        protection=Protection(wish.protection) if wish.protection else Protection.SOFT,
        levels=Levels(**_levels(wish)),
    )


def _amounts(wish: Wish) -> dict[str, Amount]:
    """Of the styles that the query names; the largest of each."""
    amounts: dict[str, Amount] = {}
    for concept in wish.concepts:
        if concept.sense.kind in _STYLES:
            given = concept.amount or _USUAL
            known = amounts.get(concept.sense.name, given)
            amounts[concept.sense.name] = max(given, known, key=lambda each: each.factor)
    return amounts


def _shares(amounts: Mapping[str, Amount]) -> dict[str, float]:
    """Weights of the styles of a mix, in hundredths. Styles without a share divide what shares leave."""
    given = sum(amount.factor for amount in amounts.values() if amount.is_share)
    rest = sum(amount.factor for amount in amounts.values() if not amount.is_share)
    scale = max(LEAST_SHARE, 1 - given) / rest if given and rest else 1.0
    weights = {
        style_id: amount.factor if amount.is_share else amount.factor * scale
        for style_id, amount in amounts.items()
    }
    total = sum(weights.values())
    return {style_id: max(0.01, round(weight / total, 2)) for style_id, weight in weights.items()}


def _levels(wish: Wish) -> dict[str, float]:
    return {
        concept.sense.name: min(1.0, concept.factor)
        for concept in wish.concepts
        if concept.sense.kind == "level"
    }
