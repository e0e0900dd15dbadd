"""Styles drawn by code: what each drawn catalogue style should look like on a given photo.

These are teachers, not products: the net learns to draw them, mixes them and dials them like any other style.
Every function takes photos (B, 3, H, W) in [0, 1] and drawn fields with the tile numbers
last (B, fields + 1, H, W), and returns pictures alike. White paper stays white in all of them.
"""

from collections.abc import Callable
from typing import Final

from torch import Tensor

from . import graphics, paintings, pens, prints

Drawing = Callable[[Tensor, Tensor], Tensor]

DRAWINGS: Final[dict[str, Drawing]] = {
    "oil": paintings.oil,
    "impressionist": paintings.impressionist,
    "post-impressionist": paintings.post_impressionist,
    "pointillist": paintings.pointillist,
    "old-master": paintings.old_master,
    "fauvist": paintings.fauvist,
    "pastel": paintings.pastel,
    "watercolour": paintings.watercolour,
    "gouache": paintings.gouache,
    "ink-wash": pens.ink_wash,
    "pencil": pens.pencil,
    "coloured-pencil": pens.coloured_pencil,
    "charcoal": pens.charcoal,
    "red-chalk": pens.red_chalk,
    "line-and-wash": pens.line_and_wash,
    "engraving": prints.engraving,
    "linocut": prints.linocut,
    "ukiyo-e": prints.ukiyo_e,
    "risograph": prints.risograph,
    "cyanotype": prints.cyanotype,
    "cartoon": graphics.cartoon,
    "comic-ink": graphics.comic_ink,
    "pop-art": graphics.pop_art,
    "flat": graphics.flat,
    "art-deco": graphics.art_deco,
    "mosaic": graphics.mosaic,
    "stained-glass": graphics.stained_glass,
}
