"""Media: the marks and the material of each catalogue style, painted over the tones of the network."""

from collections.abc import Callable, Mapping
from typing import Final

from torch import Tensor

from . import brushes, dots, engraved, glass, graphics, linocut, pastels, pencils, prints, tiles, washes
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
    "risograph": prints.risograph,
    "cyanotype": prints.cyanotype,
    "cartoon": graphics.cartoon,
    "comic-ink": graphics.comic_ink,
    "pop-art": graphics.pop_art,
    "flat": graphics.flat,
    "art-deco": graphics.art_deco,
    "mosaic": tiles.mosaic,
    "stained-glass": glass.stained_glass,
}
