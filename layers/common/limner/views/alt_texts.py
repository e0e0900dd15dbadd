"""Texts for the attribute `alt` in six languages: what a picture shows, in which style, its main colour.

They are made by rule from what is known: the product's name where the shop has given one, the look that was
published, the dominant colour. Nothing is said about what the photo shows.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from limner.colour_names import Lab, name_of_colour, oklab
from limner.languages import Language
from limner.looks import Look, Protection, is_own
from limner.orders import NAME_KEY
from limner.photos import Photo
from limner.report import StyledPicture


def alt_of_photo(photo: Photo, colour: str | None, languages: Sequence[Language]) -> dict[str, str]:
    """Of the photo itself, by language; `colour` is `#rrggbb`."""
    return {language: _coloured(_product(photo, language), colour, language) for language in languages}


def alt_of_picture(photo: Photo, picture: StyledPicture, languages: Sequence[Language]) -> dict[str, str]:
    """Of a styled picture, by language. One that shows the photo, after its look was refused, is a photo."""
    look = picture.chosen.look if picture.chosen else picture.look
    is_photo = look.strength == 0 or (picture.verdict is not None and picture.verdict.strength == 0)
    styled = (
        _product if is_photo else lambda photo, language: _styled(_product(photo, language), look, language)
    )
    return {
        language: _coloured(styled(photo, language), picture.dominant_colour, language)
        for language in languages
    }


def _product(photo: Photo, language: str) -> str:
    names = (photo.metadata.get(f"{NAME_KEY}.{language}"), photo.metadata.get(NAME_KEY), photo.external_id)
    return next((name.strip() for name in names if name and name.strip()), _texts(language)["unnamed"])


def _styled(product: str, look: Look, language: str) -> str:
    texts = _texts(language)
    ids = sorted(look.styles, key=lambda style_id: (-look.styles[style_id], style_id))
    if ids[0] in texts["grades"]:
        return str(texts["graded"]).format(product=product, grade=texts["grades"][ids[0]])
    nouns = [texts["own_noun"] if is_own(each) else texts["styles"].get(each) for each in ids]
    if None in nouns:  # `enhance`, or a style that the catalogue no longer has
        return product
    kind = "mixed" if len(ids) > 1 else "own" if is_own(ids[0]) else "styled"
    if look.protection is Protection.BACKGROUND_ONLY:
        kind = {"styled": "background"}.get(kind, f"{kind}_background")
    return str(texts[kind]).format(product=product, style=nouns[0], styles=_listed(nouns, language))


def _listed(nouns: Sequence[str], language: str) -> str:
    """`a, b and c`. In Spanish the word for "and" is `e` before the sound i."""
    texts = _texts(language)
    *others, last = nouns
    joint = " e " if language == "es" and last.startswith(("i", "hi")) else texts["and"]
    return f"{texts['comma'].join(others)}{joint}{last}" if others else last


def _coloured(text: str, colour: str | None, language: str) -> str:
    if colour is None:
        return text
    name = _content()["colours"][_colour_named(colour)]["names"][language]
    return str(_texts(language)["coloured"]).format(text=text, colour=name)


@lru_cache(maxsize=1024)
def _colour_named(colour: str) -> str:
    return name_of_colour(colour, _samples()).partition(" ")[0]


@cache
def _samples() -> Mapping[str, Lab]:
    """Samples of all colours; a name is that of the colour and the number of the sample."""
    return {
        f"{name} {number}": oklab(sample)
        for name, colour in _content()["colours"].items()
        for number, sample in enumerate(colour["samples"])
    }


def _texts(language: str) -> dict[str, Any]:
    texts: dict[str, Any] = _content()["languages"][language]
    return texts


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(files("limner").joinpath("alt_texts.json").read_bytes())
    return content
