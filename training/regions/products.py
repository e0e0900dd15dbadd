"""Products drawn by code, each with its exact mask: vessels, boxes, wavy shapes, thick lines."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .surfaces import Floats, Rng, print_text, random_surface


@dataclass(frozen=True)
class ProductLayer:
    """Three images of one size. colour: RGBA; mask: L, the product, transparent parts included; text: L.

    text_confidence: weight of there being no other text.
    """

    colour: Image.Image
    mask: Image.Image
    text: Image.Image
    text_confidence: float = 1.0

    def apply(self, change: Callable[[Image.Image], Image.Image]) -> "ProductLayer":
        """The same change of all three images."""
        return ProductLayer(change(self.colour), change(self.mask), change(self.text), self.text_confidence)


def vessel(side: int, rng: Rng, textures: list[Image.Image]) -> ProductLayer:
    """Bottle, jar, can, vase: a solid of revolution, mostly with a label; sometimes of glass or metal."""
    height, width = side, max(24, round(side * rng.uniform(0.25, 0.9)))
    y = np.linspace(0, 1, height, dtype=np.float32)
    knots = np.sort(np.concatenate([[0, 1], rng.uniform(0.05, 0.95, rng.integers(1, 4))]))
    radius = np.interp(y, knots, rng.uniform(0.25, 1.0, len(knots)))
    if rng.random() < 0.5:  # rounded shoulders
        radius = np.convolve(np.pad(radius, 8, "edge"), np.ones(17) / 17, "valid")
    radius = np.maximum(radius.astype(np.float32), 0.12)[:, None] * (width / 2 - 1)
    x = np.arange(width, dtype=np.float32)[None] - (width - 1) / 2
    mask = (radius - np.abs(x) + 0.5).clip(0, 1)
    across = (x / radius).clip(-1, 1)
    surface = _banded_surface((width, height), rng, textures)
    text = None
    if rng.random() < 0.75:
        surface, text = print_text(surface, _text_box(width, height, rng), rng)
    lit = np.asarray(surface, np.float32) * _shade_cylinder(across, rng)[..., None]
    opacity = 0.25 + 0.75 * np.abs(across) ** 3 if rng.random() < 0.15 else np.ones_like(across)
    return _make_layer(lit + _gloss(across, rng)[..., None], mask, mask * opacity, text)


def box(side: int, rng: Rng, textures: list[Image.Image]) -> ProductLayer:
    """A carton from a corner: printed front, darker side, top."""
    width, height = round(side * rng.uniform(0.35, 0.8)), round(side * rng.uniform(0.6, 0.9))
    depth, rise = round(side * rng.uniform(0, 0.25)), round(side * rng.uniform(0, 0.1))
    size = (width + depth, height + rise)
    front = random_surface((width, height), rng, textures)
    front_text = None
    for _ in range(int(rng.integers(1, 4))):
        front, lines = print_text(front, _text_box(width, height, rng), rng)
        front_text = ImageChops.lighter(front_text, lines) if front_text else lines
    base = front.resize((1, 1)).getpixel((0, 0))
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    top = [(0, rise), (depth, 0), (size[0], 0), (width, rise)]
    pen.polygon(top, fill=_scale_brightness(base, rng.uniform(0.9, 1.25)))
    right = [(width, rise), (size[0], 0), (size[0], height), (width, size[1])]
    pen.polygon(right, fill=_scale_brightness(base, rng.uniform(0.45, 0.85)))
    picture.paste(front, (0, rise))
    text = Image.new("L", size)
    text.paste(front_text or Image.new("L", (width, height)), (0, rise))
    return ProductLayer(picture, picture.getchannel("A"), text)


def wavy_shape(side: int, rng: Rng, textures: list[Image.Image]) -> ProductLayer:
    """Fruit, stones, garments, bags: a closed wavy outline, sometimes with a hole or with text."""
    angles = np.linspace(0, 2 * np.pi, 160, endpoint=False)
    radius = np.ones_like(angles)
    for wave in range(1, 7):
        radius += rng.normal(0, 0.28 / wave) * np.cos(wave * angles + rng.uniform(0, 6.3))
    if rng.random() < 0.25:  # leaves, stars, fringes
        radius += rng.uniform(0.1, 0.3) * np.cos(rng.integers(5, 14) * angles)
    radius = radius.clip(0.2, None)
    x, y = radius * np.cos(angles) * rng.uniform(0.5, 1), radius * np.sin(angles)
    points = np.stack([x - x.min(), y - y.min()], 1) / max(np.ptp(x), np.ptp(y)) * (side - 3) + 1
    size = (int(points[:, 0].max()) + 3, int(points[:, 1].max()) + 3)
    mask = _polygon(points, size)
    if rng.random() < 0.15:
        mask = ImageChops.subtract(mask, _polygon(points * 0.45 + points.mean(0) * 0.55, size))
    return _shade_relief(mask, rng, textures)


def thick_line(side: int, rng: Rng, textures: list[Image.Image]) -> ProductLayer:
    """Cables, straps, glasses, cutlery, jewellery: a thick line along a random smooth path."""
    count = int(rng.integers(3, 7))
    knots = rng.uniform(0.12, 0.88, (count, 2)) * side
    if rng.random() < 0.5:
        knots = np.concatenate([knots, knots[:1]])
    path = _smooth_path(knots)
    double_size = Image.new("L", (2 * side, 2 * side))
    ImageDraw.Draw(double_size).line(
        [(2 * x, 2 * y) for x, y in path],
        fill=255,
        width=max(6, round(side * rng.uniform(0.04, 0.2))),
        joint="curve",
    )
    return _shade_relief(double_size.resize((side, side), Image.Resampling.BOX), rng, textures)


PRODUCTS: Final = (vessel, vessel, box, box, wavy_shape, wavy_shape, thick_line)


def _shade_relief(mask: Image.Image, rng: Rng, textures: list[Image.Image]) -> ProductLayer:
    """A flat shape, shaded like a relief with soft edges; sometimes with text."""
    surface, text = random_surface(mask.size, rng, textures), None
    if rng.random() < 0.35:
        surface, text = print_text(surface, _text_box(*mask.size, rng), rng)
        text = ImageChops.multiply(text, mask)
    inside = np.asarray(mask, np.float32) / 255
    relief = np.asarray(mask.filter(ImageFilter.GaussianBlur(min(mask.size) / 8)), np.float32) / 255
    slope = relief - np.roll(relief, (3, 3), (0, 1))
    light = 0.55 + 0.45 * relief + rng.uniform(2, 7) * slope
    return _make_layer(np.asarray(surface, np.float32) * light[..., None], inside, inside, text)


def _make_layer(colour: Floats, mask: Floats, alpha: Floats, text: Image.Image | None) -> ProductLayer:
    """From colour (H, W, 3) in 0..255, mask and alpha (H, W) in [0, 1]."""
    rgba = np.concatenate([colour.clip(0, 255), alpha[..., None] * 255], -1)
    mask_image = Image.fromarray((mask * 255).astype(np.uint8))
    text = ImageChops.multiply(text, mask_image) if text else Image.new("L", mask_image.size)
    return ProductLayer(Image.fromarray(rgba.astype(np.uint8)), mask_image, text)


def _banded_surface(size: tuple[int, int], rng: Rng, textures: list[Image.Image]) -> Image.Image:
    """A surface with up to two horizontal bands, such as cap and label."""
    surface = random_surface(size, rng, textures)
    for _ in range(int(rng.integers(0, 3))):
        top, bottom = sorted(rng.integers(0, size[1], 2).tolist())
        if bottom > top:
            surface.paste(random_surface((size[0], bottom - top), rng, textures), (0, top))
    return surface


def _text_box(width: int, height: int, rng: Rng) -> tuple[int, int, int, int]:
    """(left, top, right, bottom): most of the width, some of the height."""
    left, right = round(width * rng.uniform(0.05, 0.3)), round(width * rng.uniform(0.7, 0.95))
    top = round(height * rng.uniform(0.1, 0.75))
    return left, top, right, min(height, top + max(8, round(height * rng.uniform(0.07, 0.4))))


def _shade_cylinder(across: Floats, rng: Rng) -> Floats:
    """Brightness of a surface of revolution at `across`, -1 (left edge) to 1; metal has reflected bands."""
    light = 0.4 + 0.6 * np.sqrt(1 - 0.92 * (across - rng.uniform(-0.4, 0.4)).clip(-1, 1) ** 2)
    if rng.random() < 0.2:
        light = light * (0.75 + 0.25 * np.cos(across * rng.uniform(4, 14) + rng.uniform(0, 6.3)))
    shade: Floats = light.astype(np.float32)
    return shade


def _gloss(across: Floats, rng: Rng) -> Floats:
    """A highlight along the axis, in 0..255, to be added."""
    centre, width = rng.uniform(-0.7, 0.7), rng.uniform(0.03, 0.15)
    gloss: Floats = (rng.uniform(0, 130) * np.exp(-(((across - centre) / width) ** 2))).astype(np.float32)
    return gloss


def _polygon(points: NDArray[np.float64], size: tuple[int, int]) -> Image.Image:
    """Mask (L), antialiased by drawing at double size."""
    double_size = Image.new("L", (2 * size[0], 2 * size[1]))
    ImageDraw.Draw(double_size).polygon([(2 * x, 2 * y) for x, y in points], fill=255)
    return double_size.resize(size, Image.Resampling.BOX)


def _smooth_path(knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Three rounds of Chaikin's corner cutting."""
    for _ in range(3):
        first = 0.75 * knots[:-1] + 0.25 * knots[1:]
        second = 0.25 * knots[:-1] + 0.75 * knots[1:]
        knots = np.stack([first, second], 1).reshape(-1, 2)
    return knots


def _scale_brightness(colour: object, factor: float) -> tuple[int, int, int]:
    channels = np.atleast_1d(np.asarray(colour)).tolist()
    red, green, blue = (min(255, round(channel * factor)) for channel in channels)
    return red, green, blue
