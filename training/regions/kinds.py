"""Composites by kind with exact masks, drawn by code: ordinary, glass, white on white, fur, lace.

The training samples have few of the last four; each has its own figure in the model card.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .backgrounds import studio_background
from .composites import composite, draw_product, simulate_camera
from .held_out_set import to_mask
from .measures import LabelledPicture
from .photos import RegionPools
from .products import ProductLayer, box, vessel, wavy_shape
from .surfaces import Floats, Rng, random_colour

COMPOSITE_SIDE_PX: Final = 512
DRAWN_AT: Final = 2  # times the size, for antialiased strands and threads
NOTHING: Final = RegionPools([], [], [], [])
WHITE_PAGES: Final = ((255, 255, 255), (250, 250, 250), (243, 243, 241), (235, 235, 238))


def ordinary(rng: Rng) -> LabelledPicture:
    """A drawn product on a studio background."""
    return _on_page(draw_product(NOTHING, _side(rng), rng), rng)


def glass(rng: Rng) -> LabelledPicture:
    """A clear vessel: opaque at its outline and in a highlight, elsewhere what is behind it shows."""
    solid = vessel(_side(rng), rng, [])
    inside = np.asarray(solid.mask, np.float32) / 255
    depth = np.asarray(solid.mask.filter(ImageFilter.GaussianBlur(solid.mask.width / 14)), np.float32) / 255
    outline = inside * (2 - 2 * depth).clip(0, 1)
    tint = np.array(random_colour(rng), np.float32) * rng.uniform(0.3, 0.8)
    highlight = (np.arange(solid.mask.width) / solid.mask.width - rng.uniform(0.2, 0.4)) / 0.03
    light = inside * np.exp(-(highlight**2)) * rng.uniform(0.3, 0.8)
    alpha = inside * (rng.uniform(0.04, 0.15) + 0.6 * outline**2 + light).clip(0, 0.9)
    share = (light / alpha.clip(1e-3, None))[..., None].clip(0, 1)
    colour = tint * (1 - share) + 255 * share
    return _on_page(_layer(colour, solid.mask, alpha), rng)


def white_on_white(rng: Rng) -> LabelledPicture:
    """A white or nearly white product on white paper."""
    draw = (vessel, box, wavy_shape)[rng.integers(3)]
    shape = draw(_side(rng), rng, [])
    height = np.asarray(shape.mask.filter(ImageFilter.GaussianBlur(shape.mask.width / 10)), np.float32) / 255
    shade = 228 + 26 * height + 60 * (height - np.roll(height, (4, 4), (0, 1)))
    colour = shade[..., None] * np.array([1, 1, rng.uniform(0.96, 1.0)])
    layer = _layer(colour, shape.mask, np.asarray(shape.mask, np.float32) / 255)
    page = Image.new("RGB", (COMPOSITE_SIDE_PX,) * 2, WHITE_PAGES[rng.integers(len(WHITE_PAGES))])
    return _picture(page, layer, rng)


def fur(rng: Rng) -> LabelledPicture:
    """A round body with strands of hair all round its outline."""
    side = DRAWN_AT * _side(rng)
    body = wavy_shape(round(0.75 * side), rng, []).mask
    mask = Image.new("L", (side, side))
    mask.paste(body, ((side - body.width) // 2, (side - body.height) // 2))
    colour = Image.new("RGB", mask.size, random_colour(rng))
    pens = ImageDraw.Draw(mask), ImageDraw.Draw(colour)
    rows, columns = np.nonzero(np.asarray(mask.filter(ImageFilter.FIND_EDGES)) > 100)
    base = np.array(colour.getpixel((0, 0)), float)
    for _ in range(1400):
        at = rng.integers(len(rows))
        start = np.array([columns[at], rows[at]], float)
        outwards = start - side / 2
        angle = np.arctan2(outwards[1], outwards[0]) + rng.normal(0, 0.5)
        tip = start + rng.uniform(0.03, 0.11) * side * np.array([np.cos(angle), np.sin(angle)])
        width = int(rng.integers(1, 4))
        tone = tuple(int(v) for v in (base * rng.uniform(0.7, 1.25)).clip(0, 255))
        pens[0].line([*start, *tip], fill=255, width=width)
        pens[1].line([*start, *tip], fill=tone, width=width + 1)
    return _on_page(_reduced(colour, mask, rng), rng)


def lace(rng: Rng) -> LabelledPicture:
    """A cloth with a grid of holes through which the background shows, and straps."""
    side = DRAWN_AT * _side(rng)
    mask = Image.new("L", (side, side))
    pen = ImageDraw.Draw(mask)
    top = round(0.3 * side)
    for left in (0.2, 0.7):
        pen.arc(
            (left * side - 0.12 * side, 0.05 * side, left * side + 0.22 * side, 2 * top),
            180,
            360,
            255,
            round(0.02 * side),
        )
    pen.rounded_rectangle((0.08 * side, top, 0.92 * side, 0.95 * side), 0.08 * side, fill=255)
    pitch = rng.uniform(0.05, 0.09) * side
    hole = rng.uniform(0.28, 0.4) * pitch
    for row in np.arange(top + pitch, 0.9 * side, pitch):
        for column in np.arange(0.14 * side, 0.88 * side, pitch):
            pen.ellipse((column - hole, row - hole, column + hole, row + hole), fill=0)
    return _on_page(_reduced(Image.new("RGB", mask.size, random_colour(rng)), mask, rng), rng)


KINDS: Final[dict[str, Callable[[Rng], LabelledPicture]]] = {
    "ordinary": ordinary,
    "glass": glass,
    "white on white": white_on_white,
    "fur": fur,
    "lace and straps": lace,
}


def draw_kind(kind: str, count: int, seed: int = 5) -> list[LabelledPicture]:
    """`count` composites of a kind; the same for the same seed."""
    draw = KINDS[kind]
    return [draw(np.random.default_rng([seed, number])) for number in range(count)]


def _side(rng: Rng) -> int:
    return round(COMPOSITE_SIDE_PX * rng.uniform(0.55, 0.85))


def _reduced(colour: Image.Image, mask: Image.Image, rng: Rng) -> ProductLayer:
    """A layer drawn at twice its size, turned a little."""
    size = (mask.width // DRAWN_AT, mask.height // DRAWN_AT)
    small, shade = mask.resize(size, Image.Resampling.BOX), colour.resize(size, Image.Resampling.BOX)
    pixels = np.asarray(shade, np.float32) * rng.uniform(0.85, 1.0)
    layer = _layer(pixels, small, np.asarray(small, np.float32) / 255)
    angle = rng.normal(0, 10)
    return layer.apply(lambda plane: plane.rotate(angle, Image.Resampling.BILINEAR, expand=True))


def _layer(colour: Floats, mask: Image.Image, alpha: Floats) -> ProductLayer:
    rgba = np.concatenate([colour.clip(0, 255), 255 * alpha[..., None]], -1).astype(np.uint8)
    return ProductLayer(Image.fromarray(rgba), mask, Image.new("L", mask.size))


def _on_page(layer: ProductLayer, rng: Rng) -> LabelledPicture:
    return _picture(studio_background((COMPOSITE_SIDE_PX,) * 2, rng, [])[0], layer, rng)


def _picture(page: Image.Image, layer: ProductLayer, rng: Rng) -> LabelledPicture:
    sample = composite((page, 1.0), [layer], rng)
    empty = Image.new("L", sample.image.size)
    planes = (to_mask(plane) for plane in (sample.product, empty, ImageChops.invert(empty)))
    return LabelledPicture("", simulate_camera(sample.image, rng), *planes)
