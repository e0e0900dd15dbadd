"""From what a query asks for to ranked styles, and to a look that is ready to order."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from typing import Final

from limner.catalogue import catalogue
from limner.looks import MAX_STYLES_IN_A_LOOK, Levels, Look, Protection, stands_alone
from limner.style_search.normal_form import ngrams, normalised
from limner.style_search.reading import Concept, Wish, read
from limner.style_search.words import LANGUAGES, Phrases, Sense, words

MOST_RANKED: Final = 12
NAMED: Final = 1.6
"""What a style gets that the query names; a mood gives at most 1."""
ARTIST: Final = 2.0
OWN: Final = 2.4
"""A tenant's own style named in full: its name may be made of words that mean moods and other styles."""
OWN_SIMILAR: Final = 1.5
OWN_SIMILAR_MIN: Final = 0.5
"""Share of a name's two-character parts that the query has."""
LEAST_TOTAL: Final = 0.3
LEAST_SHARE_OF_BEST: Final = 0.2
_NOT_WANTED: Final = -1.0
_MOOD_WHERE_COLOUR_IS: Final = {"none": "black-white", "less": "faded", "more": "vivid"}
"""Where a query says how much colour, and names no style that could have it."""


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
    _add_moods_of_colour(wish)
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
        phrases.add(name, Sense("style", style_id, None))
    phrases.sort()
    return phrases


def _similar_own(query: str, own: Mapping[str, str]) -> dict[str, float]:
    """Own styles of whose names the query has a part, or that have the query in their names."""
    asked = ngrams(normalised(query).replace(" ", ""), 2)
    found = {}
    for style_id, name in own.items():
        parts = ngrams(normalised(name).replace(" ", ""), 2)
        smaller = min(len(parts), len(asked))
        share = len(parts & asked) / smaller if smaller else 0.0
        if share >= OWN_SIMILAR_MIN:
            found[style_id] = OWN_SIMILAR * share * share
    return found


def _add_moods_of_colour(wish: Wish) -> None:
    if any(concept.sense.kind in {"style", "artist"} and concept.factor != 0 for concept in wish.concepts):
        return
    for concept in [each for each in wish.concepts if each.sense.name == "colour"]:
        factor = 1.0 if concept.factor is None else concept.factor
        asked = "none" if factor == 0 else "less" if factor < 1 else "more"
        sense = Sense("mood", _MOOD_WHERE_COLOUR_IS[asked], concept.sense.language)
        wish.concepts.append(Concept(sense, concept.similarity))


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
    return concept.similarity * (1 if concept.factor is None else 0.75 + min(concept.factor, 2) / 4)


def _is_own(style_id: str) -> bool:
    return style_id not in _places()


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
    weights = _weights(wish, ranked)
    factor = weights[ranked[0]] if len(weights) == 1 else None
    strength = wish.strength if wish.strength is not None else min(1.0, factor or 1.0)
    return Look(
        styles={style_id: 1.0 for style_id in weights} if factor is not None else _shares(weights),
        strength=strength,
        protection=Protection(wish.protection) if wish.protection else Protection.SOFT,
        levels=Levels(**_levels(wish)),
    )


def _weights(wish: Wish, ranked: Sequence[str]) -> dict[str, float]:
    """The named styles that can be mixed, with their factors; the best alone where there are fewer than two."""
    factors: dict[str, float] = {}
    for concept in wish.concepts:
        if concept.sense.kind in {"style", "artist"}:
            given = 1.0 if concept.factor is None else concept.factor
            factors[concept.sense.name] = max(given, factors.get(concept.sense.name, 0.0))
    named = [style_id for style_id in ranked if factors.get(style_id)]
    mixed = [style_id for style_id in named if not stands_alone(style_id)][:MAX_STYLES_IN_A_LOOK]
    chosen = mixed if len(mixed) > 1 else [ranked[0]]
    return {style_id: factors.get(style_id, 1.0) for style_id in chosen}


def _shares(weights: Mapping[str, float]) -> dict[str, float]:
    """Parts of 1, in hundredths."""
    total = sum(weights.values())
    return {style_id: max(0.01, round(weight / total, 2)) for style_id, weight in weights.items()}


def _levels(wish: Wish) -> dict[str, float]:
    levels = {}
    for concept in wish.concepts:
        if concept.sense.kind == "level" and concept.factor is not None:
            levels[concept.sense.name] = min(1.0, concept.factor)
    return levels
