"""Backgrounds of composites: studio backgrounds drawn by code, and windows of photos."""

from typing import Final

import numpy as np
from PIL import Image, ImageFilter

from .photos import RegionPools, random_window
from .surfaces import Rng, gradient, random_colour, random_surface

STUDIO_SHARE: Final = 0.5  # of backgrounds; the others are windows of photos
OUT_OF_FOCUS_SHARE: Final = 0.35  # of windows of photos
PLAIN_BELOW, PAPER_BELOW = 0.24, 0.68  # kinds of studio background by a uniform number; above: tables
EMPTY_WINDOW_MAX_MASK_MEAN: Final = 0.12  # a window with a lower mean of the mask has no product
WINDOW_TRIES: Final = 4
Background = tuple[Image.Image, float]
"""RGB, and the weight of there being no text on it."""


def draw_background(pools: RegionPools, size: tuple[int, int], rng: Rng) -> Background:
    """A studio background or a window of a photo, of `size` (width, height) px."""
    if rng.random() < STUDIO_SHARE or not pools.backgrounds:
        return studio_background(size, rng, pools.textures)
    image, text_confidence = photo_background(pools, size, rng)
    blurred = rng.random() < OUT_OF_FOCUS_SHARE
    return (blur(image, rng.uniform(1, 8)) if blurred else image), text_confidence


def blur(image: Image.Image, radius_px: float) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(radius_px))


def studio_background(size: tuple[int, int], rng: Rng, textures: list[Image.Image]) -> Background:
    """White or coloured paper, evenly lit or with a gradient, or a table in front of a wall."""
    kind = rng.random()
    if kind < PLAIN_BELOW:
        return Image.new("RGB", size, (255, 255, 255) if rng.random() < 0.4 else random_colour(rng)), 1.0
    return (_paper(size, rng) if kind < PAPER_BELOW else _table(size, rng, textures)), 1.0


def photo_background(pools: RegionPools, size: tuple[int, int], rng: Rng) -> Background:
    """A window of a photo without a product; paper where a few tries find none."""
    for _ in range(WINDOW_TRIES):
        photo = pools.backgrounds[rng.integers(len(pools.backgrounds))]
        background, mask = random_window(photo, size, rng.uniform(0.35, 1.0), rng)
        if np.asarray(mask).mean() < 255 * EMPTY_WINDOW_MAX_MASK_MEAN:
            return background, photo.text_confidence
    return _paper(size, rng), 1.0


def _paper(size: tuple[int, int], rng: Rng) -> Image.Image:
    """Studio paper: a gradient between a lighter and a darker tone of one colour."""
    base = np.array(random_colour(rng), np.float32)
    light, dark = (
        tuple(int(v) for v in (base * scale).clip(0, 255))
        for scale in (rng.uniform(1, 1.15), rng.uniform(0.6, 0.95))
    )
    return gradient(size, (light[0], light[1], light[2]), (dark[0], dark[1], dark[2]), rng)


def _table(size: tuple[int, int], rng: Rng, textures: list[Image.Image]) -> Image.Image:
    """A surface below, a wall above."""
    wall = _paper(size, rng) if rng.random() < 0.6 else random_surface(size, rng, textures)
    edge = round(size[1] * rng.uniform(0.35, 0.85))
    wall.paste(random_surface((size[0], size[1] - edge), rng, textures), (0, edge))
    return blur(wall, rng.uniform(0, 3))
