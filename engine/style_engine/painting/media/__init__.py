"""Media: the marks and the material of each catalogue style, painted over the tones of the network."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Final

from torch import Tensor

from . import (
    brushes,
    comics,
    dots,
    engraved,
    glass,
    graphics,
    linocut,
    pastels,
    pencils,
    prints,
    tiles,
    washes,
)
from .separation import in_greys, set_off
from .subject import Subject

Medium = Callable[[Subject], Tensor]
"""A toned photo with its regions → the painting (1, 3, H, W)."""
COLOUR_LETTER_SPAN: Final = 0.30  # contrast of tone that lettering needs in a medium of many colours
INK_LETTER_SPAN: Final = 0.50  # and of one ink


def in_colours(medium: Medium) -> Medium:
    """The medium, with lettering and silhouette of the subject set off."""

    @wraps(medium)
    def painted(subject: Subject) -> Tensor:
        return medium(set_off(subject, COLOUR_LETTER_SPAN))

    return painted


def in_one_ink(medium: Medium) -> Medium:
    """As `in_colours`, with different tones for neighbouring colours of like luminance."""

    @wraps(medium)
    def painted(subject: Subject) -> Tensor:
        return medium(in_greys(set_off(subject, INK_LETTER_SPAN)))

    return painted


MEDIA: Final[Mapping[str, Medium]] = {
    "oil": in_colours(brushes.oil),
    "impressionist": in_colours(brushes.impressionist),
    "post-impressionist": in_colours(brushes.post_impressionist),
    "pointillist": in_colours(dots.pointillist),
    "old-master": in_colours(brushes.old_master),
    "fauvist": in_colours(brushes.fauvist),
    "pastel": in_colours(pastels.pastel),
    "watercolour": in_colours(washes.watercolour),
    "gouache": in_colours(brushes.gouache),
    "ink-wash": in_one_ink(washes.ink_wash),
    "pencil": in_one_ink(pencils.pencil),
    "coloured-pencil": in_colours(pencils.coloured_pencil),
    "charcoal": in_one_ink(pencils.charcoal),
    "red-chalk": in_one_ink(pencils.red_chalk),
    "line-and-wash": in_colours(washes.line_and_wash),
    "engraving": in_one_ink(engraved.engraving),
    "linocut": in_one_ink(linocut.linocut),
    "ukiyo-e": in_colours(prints.ukiyo_e),
    "risograph": in_colours(prints.risograph),
    "cyanotype": in_one_ink(prints.cyanotype),
    "cartoon": graphics.cartoon,
    "comic-ink": comics.comic_ink,
    "pop-art": graphics.pop_art,
    "flat": graphics.flat,
    "art-deco": graphics.art_deco,
    "mosaic": in_colours(tiles.mosaic),
    "stained-glass": in_colours(glass.stained_glass),
}
