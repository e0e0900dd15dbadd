"""Goods drawn by code, each with its exact mask: turned ware, boxes, soft shapes, loops."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .lettering import letter

Floats = NDArray[np.floating[Any]]
Rng = np.random.Generator
NOTHING: Final = (0, 0, 0, 0)


@dataclass(frozen=True)
class Layer:
    """colour RGBA; mask L, what is product (glass too, though one sees through it); text L; all of one size.

    text_trust: weight of there being no other text than that.
    """

    colour: Image.Image
    mask: Image.Image
    text: Image.Image
    text_confidence: float = 1.0

    def each(self, change: Callable[[Image.Image], Image.Image]) -> "Layer":
        return Layer(change(self.colour), change(self.mask), change(self.text), self.text_confidence)


def any_colour(rng: Rng) -> tuple[int, int, int]:
    """Mostly quiet colours, some loud, some nearly white or black."""
    kind = rng.random()
    if kind < 0.2:
        tone = int(rng.integers(225, 256) if rng.random() < 0.6 else rng.integers(0, 40))
        return tone, tone, tone
    loud = rng.integers(0, 256, 3)
    share = 1.0 if kind > 0.6 else rng.uniform(0.1, 0.6)
    red, green, blue = (int(value) for value in loud * share + loud.mean() * (1 - share))
    return red, green, blue


def fill(size: tuple[int, int], rng: Rng, textures: list[Image.Image]) -> Image.Image:
    """A plain, graded, striped or textured surface."""
    kind = rng.random()
    if kind < 0.3 and textures:
        return crop(textures[rng.integers(len(textures))], size, rng)
    if kind < 0.5:
        return gradient(size, any_colour(rng), any_colour(rng), rng)
    if kind < 0.62:
        return _stripes(size, rng)
    return Image.new("RGB", size, any_colour(rng))


def crop(picture: Image.Image, size: tuple[int, int], rng: Rng) -> Image.Image:
    """A random window of a picture at a random scale, brought to `size`."""
    scale = rng.uniform(0.45, 1.0) * min(picture.width / size[0], picture.height / size[1])
    width, height = size[0] * scale, size[1] * scale
    left, top = rng.uniform(0, picture.width - width), rng.uniform(0, picture.height - height)
    return picture.resize(size, Image.Resampling.BILINEAR, (left, top, left + width, top + height))


def gradient(
    size: tuple[int, int], first: tuple[int, int, int], last: tuple[int, int, int], rng: Rng
) -> Image.Image:
    """From one colour to another, straight or round."""
    y, x = np.mgrid[0 : 1 : size[1] * 1j, 0 : 1 : size[0] * 1j].astype(np.float32)
    if rng.random() < 0.5:
        centre = rng.uniform(0.2, 0.8, 2)
        share = np.hypot(x - centre[0], y - centre[1]) * rng.uniform(0.7, 1.6)
    else:
        turn = rng.uniform(0, 2 * np.pi)
        share = (x - 0.5) * np.cos(turn) + (y - 0.5) * np.sin(turn) + 0.5
    share = share.clip(0, 1)[..., None]
    return Image.fromarray(
        (np.array(first, np.float32) * (1 - share) + np.array(last, np.float32) * share).astype(np.uint8)
    )


def turned(side: int, rng: Rng, textures: list[Image.Image]) -> Layer:
    """Bottle, jar, can, vase: a profile turned about its axis, with a label; sometimes of glass or metal."""
    height, width = side, max(24, round(side * rng.uniform(0.25, 0.9)))
    y = np.linspace(0, 1, height, dtype=np.float32)
    knots = np.sort(np.concatenate([[0, 1], rng.uniform(0.05, 0.95, rng.integers(1, 4))]))
    radius = np.interp(y, knots, rng.uniform(0.25, 1.0, len(knots)))
    if rng.random() < 0.5:  # rounded shoulders
        radius = np.convolve(np.pad(radius, 8, "edge"), np.ones(17) / 17, "valid")
    radius = np.maximum(radius.astype(np.float32), 0.12)[:, None] * (width / 2 - 1)
    x = np.arange(width, dtype=np.float32)[None] - (width - 1) / 2
    solid = (radius - np.abs(x) + 0.5).clip(0, 1)
    across = (x / radius).clip(-1, 1)
    surface = _banded((width, height), rng, textures)
    surface, text = (
        lettered(surface, _band(width, height, rng), rng) if rng.random() < 0.75 else (surface, None)
    )
    lit = np.asarray(surface, np.float32) * _shade(across, rng)[..., None]
    see_through = 0.25 + 0.75 * np.abs(across) ** 3 if rng.random() < 0.15 else np.ones_like(across)
    return _layer(lit + _gloss(across, rng)[..., None], solid, solid * see_through, text)


def box(side: int, rng: Rng, textures: list[Image.Image]) -> Layer:
    """A carton seen from a corner: printed front, shaded flank, top."""
    width, height = round(side * rng.uniform(0.35, 0.8)), round(side * rng.uniform(0.6, 0.9))
    depth, rise = round(side * rng.uniform(0, 0.25)), round(side * rng.uniform(0, 0.1))
    size = (width + depth, height + rise)
    front = fill((width, height), rng, textures)
    text = None
    for _ in range(int(rng.integers(1, 4))):
        front, words = lettered(front, _band(width, height, rng), rng)
        text = ImageChops.lighter(text, words) if text else words
    base = front.resize((1, 1)).getpixel((0, 0))
    painter = Image.new("RGBA", size, NOTHING)
    pen = ImageDraw.Draw(painter)
    far = [(width, rise), (size[0], 0), (size[0], height), (width, size[1])]
    pen.polygon(
        [(0, rise), (depth, 0), (size[0], 0), (width, rise)], fill=_toned(base, rng.uniform(0.9, 1.25))
    )
    pen.polygon(far, fill=_toned(base, rng.uniform(0.45, 0.85)))
    painter.paste(front, (0, rise))
    words = Image.new("L", size)
    words.paste(text or Image.new("L", (width, height)), (0, rise))
    return Layer(painter, painter.getchannel("A"), words)


def soft_shape(side: int, rng: Rng, textures: list[Image.Image]) -> Layer:
    """Fruit, stones, garments, bags: a closed wavy outline, sometimes with a hole or print on it."""
    turns = np.linspace(0, 2 * np.pi, 160, endpoint=False)
    radius = np.ones_like(turns)
    for wave in range(1, 7):
        radius += rng.normal(0, 0.28 / wave) * np.cos(wave * turns + rng.uniform(0, 6.3))
    if rng.random() < 0.25:  # leaves, stars, fringes
        radius += rng.uniform(0.1, 0.3) * np.cos(rng.integers(5, 14) * turns)
    radius = radius.clip(0.2, None)
    x, y = radius * np.cos(turns) * rng.uniform(0.5, 1), radius * np.sin(turns)
    points = np.stack([x - x.min(), y - y.min()], 1) / max(np.ptp(x), np.ptp(y)) * (side - 3) + 1
    size = (int(points[:, 0].max()) + 3, int(points[:, 1].max()) + 3)
    solid = _polygon(points, size)
    if rng.random() < 0.15:
        solid = ImageChops.subtract(solid, _polygon(points * 0.45 + points.mean(0) * 0.55, size))
    return _printed(solid, rng, textures)


def loop(side: int, rng: Rng, textures: list[Image.Image]) -> Layer:
    """Cables, straps, glasses, cutlery, jewellery: thick lines along a wandering path."""
    count = int(rng.integers(3, 7))
    knots = rng.uniform(0.12, 0.88, (count, 2)) * side
    if rng.random() < 0.5:
        knots = np.concatenate([knots, knots[:1]])
    path = _smooth(knots)
    solid = Image.new("L", (2 * side, 2 * side))
    ImageDraw.Draw(solid).line(
        [(2 * x, 2 * y) for x, y in path],
        fill=255,
        width=max(6, round(side * rng.uniform(0.04, 0.2))),
        joint="curve",
    )
    small = solid.resize((side, side), Image.Resampling.BOX)
    return _printed(small, rng, textures)


PRODUCTS: Final = (turned, turned, box, box, soft_shape, soft_shape, loop)


def lettered(
    surface: Image.Image,
    place: tuple[int, int, int, int],
    rng: Rng,
    held_out: bool = False,
    *,
    panels: float = 0.3,
) -> tuple[Image.Image, Image.Image]:
    """The surface (RGB) with words printed in a box (left, top, right, bottom), and their lines as a mask.

    `panels`: share of the boxes that are painted over before.
    """
    left, top, right, bottom = place
    size = (right - left, bottom - top)
    lines = Image.new("L", surface.size)
    if min(size) < 8:
        return surface, lines
    printed = surface.copy()
    below = surface.crop(place)
    if rng.random() < panels:
        below = Image.new("RGB", size, any_colour(rng))
        printed.paste(below, place)
    words = letter(size, rng, held_out)
    printed.paste(Image.new("RGB", size, ink_on(below, rng)), (left, top), words.ink)
    lines.paste(words.lines, (left, top))
    return printed, lines


def ink_on(below: Image.Image, rng: Rng) -> tuple[int, int, int]:
    """A colour that can be read on this surface."""
    tone = float(np.asarray(below.convert("L"), np.float32).mean())
    for _ in range(12):
        ink = any_colour(rng)
        if abs(0.3 * ink[0] + 0.59 * ink[1] + 0.11 * ink[2] - tone) > 60:
            return ink
    return (255, 255, 255) if tone < 128 else (0, 0, 0)


def _printed(solid: Image.Image, rng: Rng, textures: list[Image.Image]) -> Layer:
    surface, text = fill(solid.size, rng, textures), None
    if rng.random() < 0.35:
        surface, text = lettered(surface, _band(*solid.size, rng), rng)
        text = ImageChops.multiply(text, solid)
    inside = np.asarray(solid, np.float32) / 255
    relief = np.asarray(solid.filter(ImageFilter.GaussianBlur(min(solid.size) / 8)), np.float32) / 255
    slope = relief - np.roll(relief, (3, 3), (0, 1))
    light = 0.55 + 0.45 * relief + rng.uniform(2, 7) * slope
    return _layer(np.asarray(surface, np.float32) * light[..., None], inside, inside, text)


def _layer(lit: Floats, solid: Floats, alpha: Floats, text: Image.Image | None) -> Layer:
    colour = np.concatenate([lit.clip(0, 255), alpha[..., None] * 255], -1)
    mask = Image.fromarray((solid * 255).astype(np.uint8))
    words = ImageChops.multiply(text, mask) if text else Image.new("L", mask.size)
    return Layer(Image.fromarray(colour.astype(np.uint8)), mask, words)


def _banded(size: tuple[int, int], rng: Rng, textures: list[Image.Image]) -> Image.Image:
    """Body, cap and label, one below the other."""
    surface = fill(size, rng, textures)
    for _ in range(int(rng.integers(0, 3))):
        top, bottom = sorted(rng.integers(0, size[1], 2).tolist())
        if bottom > top:
            surface.paste(fill((size[0], bottom - top), rng, textures), (0, top))
    return surface


def _band(width: int, height: int, rng: Rng) -> tuple[int, int, int, int]:
    """A box for words: most of the width, some of the height."""
    left, right = round(width * rng.uniform(0.05, 0.3)), round(width * rng.uniform(0.7, 0.95))
    top = round(height * rng.uniform(0.1, 0.75))
    return left, top, right, min(height, top + max(8, round(height * rng.uniform(0.07, 0.4))))


def _shade(across: Floats, rng: Rng) -> Floats:
    """Light on a turned surface: one side brighter, rims darker; metal has bands."""
    lit = 0.4 + 0.6 * np.sqrt(1 - 0.92 * (across - rng.uniform(-0.4, 0.4)).clip(-1, 1) ** 2)
    if rng.random() < 0.2:
        lit = lit * (0.75 + 0.25 * np.cos(across * rng.uniform(4, 14) + rng.uniform(0, 6.3)))
    shaded: Floats = lit.astype(np.float32)
    return shaded


def _gloss(across: Floats, rng: Rng) -> Floats:
    place, width = rng.uniform(-0.7, 0.7), rng.uniform(0.03, 0.15)
    gloss: Floats = (rng.uniform(0, 130) * np.exp(-(((across - place) / width) ** 2))).astype(np.float32)
    return gloss


def _stripes(size: tuple[int, int], rng: Rng) -> Image.Image:
    """Stripes or checks: what a text finder must not take for text."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    turn, period = rng.uniform(0, np.pi), rng.uniform(4, 30)
    wave = np.sin((x * np.cos(turn) + y * np.sin(turn)) * 2 * np.pi / period)
    if rng.random() < 0.5:
        wave = wave * np.sin((y * np.cos(turn) - x * np.sin(turn)) * 2 * np.pi / period)
    share = (wave * rng.uniform(1, 6) / 2 + 0.5).clip(0, 1)[..., None]
    first, last = np.array(any_colour(rng), np.float32), np.array(any_colour(rng), np.float32)
    return Image.fromarray((first * share + last * (1 - share)).astype(np.uint8))


def _polygon(points: NDArray[np.float64], size: tuple[int, int]) -> Image.Image:
    large = Image.new("L", (2 * size[0], 2 * size[1]))
    ImageDraw.Draw(large).polygon([(2 * x, 2 * y) for x, y in points], fill=255)
    return large.resize(size, Image.Resampling.BOX)


def _smooth(knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corners cut three times (Chaikin)."""
    for _ in range(3):
        first = 0.75 * knots[:-1] + 0.25 * knots[1:]
        second = 0.25 * knots[:-1] + 0.75 * knots[1:]
        knots = np.stack([first, second], 1).reshape(-1, 2)
    return knots


def _toned(colour: object, light: float) -> tuple[int, int, int]:
    red, green, blue = (min(255, round(band * light)) for band in np.atleast_1d(np.asarray(colour)).tolist())
    return red, green, blue
