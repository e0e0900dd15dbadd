"""Settings of washes and of the glazes over them."""

from typing import NamedTuple


class Glaze(NamedTuple):
    """One layer of flat shapes, painted where the picture is lighter or darker than the target.

    `size`: smoothness of the shapes, in shares of the product's size; `difference`: optical density from
    which a shape is painted; `strength`: of the missing density that it adds; `wet`: share of soft edges.
    """

    size: float
    difference: float
    strength: float
    wet: float
    blend: float


class Washes(NamedTuple):
    """`paper`: density left out for open paper; `first`: share of the density in the first wash; `form`:
    exaggeration of lights and shadows; `warmth`: range of warmer and cooler pigment in one wash; `wobble`: of
    boundaries, in shares of the product's size; `flow`: relative variation of the density; `fade`: share by
    which a wash fades towards the light, over `fade_reach`; `background`: share of the density that is
    painted around the product; `tint`: density of the palest parts of the product; `edge`: of its dried edge;
    `steps`: strengths of wash up to a density of one; `stepping`: share, 0..1, by which tones keep to them;
    `fine`: share of fine shapes on the product, outside small features and lettering.
    """

    glazes: tuple[Glaze, ...]
    paper: float
    first: float
    form: float
    warmth: float
    wobble: float
    flow: float
    fade: float
    fade_reach: float
    background: float
    tint: float
    edge: float
    steps: float
    stepping: float
    fine: float = 1.0
