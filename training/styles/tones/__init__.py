"""Tones: the tones and palette of each catalogue style without its marks, which the network reproduces.

Each function maps photos (B, 3, H, W) in [0, 1] to pictures (B, 3, H, W); it works pixel by pixel.
"""

from collections.abc import Callable
from typing import Final

from torch import Tensor

from . import brushes, dots, engraved, graphics, pencils, prints, tiles, washes

Tone = Callable[[Tensor], Tensor]

TONES: Final[dict[str, Tone]] = {
    "oil": brushes.oil,
    "impressionist": brushes.impressionist,
    "post-impressionist": brushes.post_impressionist,
    "pointillist": dots.pointillist,
    "old-master": brushes.old_master,
    "fauvist": brushes.fauvist,
    "pastel": pencils.pastel,
    "watercolour": washes.watercolour,
    "gouache": brushes.gouache,
    "ink-wash": washes.ink_wash,
    "pencil": pencils.pencil,
    "coloured-pencil": pencils.coloured_pencil,
    "charcoal": pencils.charcoal,
    "red-chalk": pencils.red_chalk,
    "line-and-wash": washes.line_and_wash,
    "engraving": engraved.engraving,
    "linocut": engraved.linocut,
    "ukiyo-e": prints.ukiyo_e,
    "risograph": prints.risograph,
    "cyanotype": prints.cyanotype,
    "cartoon": graphics.cartoon,
    "comic-ink": graphics.comic_ink,
    "pop-art": graphics.pop_art,
    "flat": graphics.flat,
    "art-deco": graphics.art_deco,
    "mosaic": tiles.mosaic,
    "stained-glass": tiles.stained_glass,
}
