"""What a query asks for: its styles and moods, each with an amount, and the options of a look.

A query is read in parts, which punctuation and words such as "and" separate. An amount belongs to the style,
mood or level beside it in its part: the next one ("less colour"), or the one before where the part ends with
an amount ("colour less") or is Japanese.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from limner.style_search.matching import Match, language_of, matches_in
from limner.style_search.normal_form import BREAK, tokens_of
from limner.style_search.words import Phrases, Sense, Words

_CONCEPTS: Final = frozenset({"style", "artist", "mood", "level"})
_PERCENT: Final = frozenset({"%", "percent", "prozent", "pourcent"})
_TENTHS: Final = frozenset({"割", "成"})
_DIGITS: Final = {character: number for number, character in enumerate("一二三四五六七八九", start=1)}
AMOUNTS: Final = {"none": 0.0, "hint": 0.3, "less": 0.5, "half": 0.5, "more": 1.5, "mostly": 2.0}
"""Factors of the amounts that the words know; `half` is a share of the whole, as a percentage is."""

LEAST_PART: Final = 0.01
"""Of a style that is not left out. Looks with parts below a thousandth are refused."""


@dataclass(frozen=True)
class Concept:
    """A style, mood or level that the query names. `amount` is None where none is given."""

    sense: Sense
    similarity: float
    amount: "Amount | None" = None

    @property
    def factor(self) -> float:
        return 1.0 if self.amount is None else self.amount.factor


@dataclass(frozen=True)
class Amount:
    """`factor` is 0 for none of it, 1 for all or as usual. A share is a part of the whole look."""

    factor: float
    is_share: bool = False
    language: str | None = None


@dataclass
class Wish:
    """What a query asks for. `strength` and `protection` are None where nothing says so; `language` is that
    of most of its words."""

    language: str | None
    concepts: list[Concept] = field(default_factory=list)
    strength: float | None = None
    protection: str | None = None


_Item = Match | Amount


def read(query: str, words: Words, own: Phrases, language: str | None) -> Wish:
    """`own` are the names of a tenant's styles. Without `language` it is detected."""
    tokens = tokens_of(query)
    wish = Wish(language or language_of(tokens, words))
    for part in _parts(tokens, words, own, wish.language):
        _read_part(part, wish)
    return wish


def _parts(
    tokens: Sequence[str], words: Words, own: Phrases, language: str | None
) -> Iterator[list[list[_Item]]]:
    """Each part as places with one item or more; fillers are left out."""
    places = [_items(matches, tokens) for matches in matches_in(tokens, words, own, language)]
    places = _with_numbers(places, tokens)
    for separates, part in groupby(places, lambda place: _separates(place, tokens)):
        if not separates:
            yield [place for place in part if not _is(place, "filler")]


def _items(matches: list[Match], tokens: Sequence[str]) -> list[_Item]:
    amount = next((sense for sense in matches[0].senses if sense.kind == "amount"), None)
    if amount:
        return [Amount(AMOUNTS[amount.name], amount.name == "half", amount.language)]
    fraction = tokens[matches[0].start].partition("/")
    if fraction[0].isdecimal() and fraction[2].isdecimal() and int(fraction[2]):
        return [_share(int(fraction[0]), int(fraction[2]))]
    return [*matches]


def _share(part: int, whole: int) -> Amount:
    return Amount(max(LEAST_PART, min(1.0, part / whole)) if part else 0.0, is_share=True)


def _with_numbers(places: list[list[_Item]], tokens: Sequence[str]) -> list[list[_Item]]:
    """A number and the unit behind it are one amount."""
    found: list[list[_Item]] = []
    for place in places:
        number = _number(found[-1], tokens) if found else None
        unit = _word(place, tokens)
        if number is not None and unit in _PERCENT | _TENTHS:
            found[-1] = [_share(number, 100 if unit in _PERCENT else 10)]
        else:
            found.append(place)
    return found


def _number(place: list[_Item], tokens: Sequence[str]) -> int | None:
    word = _word(place, tokens)
    if word in _DIGITS:
        return _DIGITS[word]
    return int(word) if word and word.isdecimal() and len(word) <= len("100") else None


def _word(place: list[_Item], tokens: Sequence[str]) -> str | None:
    item = place[0]
    return tokens[item.start] if isinstance(item, Match) and item.end - item.start == 1 else None


def _separates(place: list[_Item], tokens: Sequence[str]) -> bool:
    return _word(place, tokens) == BREAK or _is(place, "join")


def _is(place: list[_Item], kind: str) -> bool:
    """Whether a place has this meaning and none of a concept."""
    item = place[0]
    return (
        isinstance(item, Match)
        and any(sense.kind == kind for sense in item.senses)
        and not any(sense.kind in _CONCEPTS for sense in item.senses)
    )


def _read_part(part: list[list[_Item]], wish: Wish) -> None:
    amounts = dict(_attached(part))
    for at, place in enumerate(part):
        for item in place:
            if isinstance(item, Match):
                _read_match(item, amounts.get(at), wish)
    if not any(_is_concept(place) for place in part):
        _read_lone_amounts(part, wish)


def _read_match(match: Match, amount: Amount | None, wish: Wish) -> None:
    for sense in match.senses:
        if sense.kind == "strength":
            wish.strength = float(sense.name)
        elif sense.kind == "protection":
            wish.protection = sense.name
    named = {(sense.kind, sense.name): sense for sense in match.senses if sense.kind in _CONCEPTS}
    levels = [sense for sense in named.values() if sense.kind == "level"]
    others = [sense for sense in named.values() if sense.kind != "level"]
    # "Colour" alone says little; with an amount it is a level of the look.
    chosen = levels if levels and amount is not None else others
    wish.concepts += [Concept(sense, match.similarity, amount) for sense in chosen]


def _attached(part: list[list[_Item]]) -> Iterator[tuple[int, Amount]]:
    """Places of concepts with their amounts."""
    ends_with_amount = bool(part) and isinstance(part[-1][0], Amount)
    taken: set[int] = set()
    for at, place in enumerate(part):
        amount = place[0]
        if not isinstance(amount, Amount):
            continue
        before, after = at - 1, at + 1
        if amount.language == "ja" and at > 0:
            order: tuple[int, ...] = (before,)
        else:
            order = (before, after) if ends_with_amount else (after, before)
        for beside in order:
            if 0 <= beside < len(part) and beside not in taken and _is_concept(part[beside]):
                taken.add(beside)
                yield beside, amount
                break


def _is_concept(place: list[_Item]) -> bool:
    return any(
        isinstance(item, Match) and any(sense.kind in _CONCEPTS for sense in item.senses) for item in place
    )


def _read_lone_amounts(part: list[list[_Item]], wish: Wish) -> None:
    """ "…, just a little": an amount that stands alone is that of the whole look."""
    factors = [item.factor for place in part for item in place if isinstance(item, Amount)]
    if factors and len(factors) == len(part) and factors[0] > 0 and wish.concepts:
        wish.strength = min(1.0, factors[0])
