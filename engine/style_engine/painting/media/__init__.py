"""Media: the marks and the material of each catalogue style, painted over the tones of the network."""

from collections.abc import Callable, Mapping
from typing import Final

from torch import Tensor

from . import (
    brushes,
    cels,
    comics,
    deco,
    dots,
    engraved,
    glass,
    linocut,
    pastels,
    pencils,
    prints,
    stencil,
    tiles,
    washes,
)
from .subject import Subject

Medium = Callable[[Subject], Tensor]
"""A toned photo with its regions → the painting (1, 3, H, W)."""

MEDIA: Final[Mapping[str, Medium]] = {
    "oil": brushes.oil,
    "impressionist": brushes.impressionist,
    "post-impressionist": brushes.post_impressionist,
    "pointillist": dots.pointillist,
    "old-master": brushes.old_master,
    "fauvist": brushes.fauvist,
    "pastel": pastels.pastel,
    "watercolour": washes.watercolour,
    "gouache": brushes.gouache,
    "ink-wash": washes.ink_wash,
    "pencil": pencils.pencil,
    "coloured-pencil": pencils.coloured_pencil,
    "charcoal": pencils.charcoal,
    "red-chalk": pencils.red_chalk,
    "line-and-wash": washes.line_and_wash,
    "engraving": engraved.engraving,
    "linocut": linocut.linocut,
    "ukiyo-e": prints.ukiyo_e,
    "risograph": stencil.risograph,
    "cyanotype": prints.cyanotype,
    "cartoon": cels.cartoon,
    "comic-ink": comics.comic_ink,
    "pop-art": comics.pop_art,
    "flat": cels.flat,
    "art-deco": deco.art_deco,
    "mosaic": tiles.mosaic,
    "stained-glass": glass.stained_glass,
}
