"""Catalogue styles drawn by image filters: the target pictures that the network is trained on.

Each function takes photos (B, 3, H, W) in [0, 1] and patterns (B, patterns + 1, H, W), whose last channel is
the number of each pixel's mosaic tile, and returns pictures (B, 3, H, W). White paper stays white.
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
