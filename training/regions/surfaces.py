"""Surfaces of drawn products and backgrounds: colours, gradients, stripes, textures, printed text."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .lettering import draw_text

Floats = NDArray[np.floating[Any]]
Rng = np.random.Generator
Colour = tuple[int, int, int]
TEXT_BOX_MIN_SIDE_PX: Final = 8
PANEL_SHARE: Final = 0.3  # of text boxes that are filled with a colour first
TEXT_MIN_CONTRAST_8BIT: Final = 60  # of luminance, text to surface
INK_TRIES: Final = 12


def random_colour(rng: Rng) -> Colour:
    """A fifth is nearly white or nearly black, two fifths are muted, two fifths are saturated."""
    kind = rng.random()
    if kind < 0.2:
        grey = int(rng.integers(225, 256) if rng.random() < 0.6 else rng.integers(0, 40))
        return grey, grey, grey
    saturated = rng.integers(0, 256, 3)
    share = 1.0 if kind > 0.6 else rng.uniform(0.1, 0.6)
    red, green, blue = (int(value) for value in saturated * share + saturated.mean() * (1 - share))
    return red, green, blue


def random_surface(size: tuple[int, int], rng: Rng, textures: list[Image.Image]) -> Image.Image:
    """A plain, graded, striped or textured surface of `size` (width, height) px."""
    kind = rng.random()
    if kind < 0.3 and textures:
        return random_window(textures[rng.integers(len(textures))], size, rng)
    if kind < 0.5:
        return gradient(size, random_colour(rng), random_colour(rng), rng)
    if kind < 0.62:
        return _stripes(size, rng)
    return Image.new("RGB", size, random_colour(rng))


def random_window(picture: Image.Image, size: tuple[int, int], rng: Rng) -> Image.Image:
    """A random window of a picture at a random scale, resized to `size`."""
    scale = rng.uniform(0.45, 1.0) * min(picture.width / size[0], picture.height / size[1])
    width, height = size[0] * scale, size[1] * scale
    left, top = rng.uniform(0, picture.width - width), rng.uniform(0, picture.height - height)
    return picture.resize(size, Image.Resampling.BILINEAR, (left, top, left + width, top + height))


def gradient(size: tuple[int, int], first: Colour, last: Colour, rng: Rng) -> Image.Image:
    """A linear or radial gradient between two colours."""
    y, x = np.mgrid[0 : 1 : size[1] * 1j, 0 : 1 : size[0] * 1j].astype(np.float32)
    if rng.random() < 0.5:
        centre = rng.uniform(0.2, 0.8, 2)
        share = np.hypot(x - centre[0], y - centre[1]) * rng.uniform(0.7, 1.6)
    else:
        angle = rng.uniform(0, 2 * np.pi)
        share = (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle) + 0.5
    share = share.clip(0, 1)[..., None]
    return Image.fromarray(
        (np.array(first, np.float32) * (1 - share) + np.array(last, np.float32) * share).astype(np.uint8)
    )


def print_text(
    surface: Image.Image,
    box: tuple[int, int, int, int],
    rng: Rng,
    held_out: bool = False,
    *,
    panel_share: float = PANEL_SHARE,
) -> tuple[Image.Image, Image.Image]:
    """The surface (RGB) with text in a box (left, top, right, bottom), and the mask of its lines (L).

    `panel_share`: probability that the box is filled with a colour first.
    """
    left, top, right, bottom = box
    size = (right - left, bottom - top)
    lines = Image.new("L", surface.size)
    if min(size) < TEXT_BOX_MIN_SIDE_PX:
        return surface, lines
    printed = surface.copy()
    below = surface.crop(box)
    if rng.random() < panel_share:
        below = Image.new("RGB", size, random_colour(rng))
        printed.paste(below, box)
    text = draw_text(size, rng, held_out)
    printed.paste(Image.new("RGB", size, readable_colour(below, rng)), (left, top), text.ink)
    lines.paste(text.lines, (left, top))
    return printed, lines


def readable_colour(below: Image.Image, rng: Rng) -> Colour:
    """A random colour with enough contrast to the mean of this surface; else black or white."""
    luminance = float(np.asarray(below.convert("L"), np.float32).mean())
    for _ in range(INK_TRIES):
        ink = random_colour(rng)
        ink_luminance = 0.3 * ink[0] + 0.59 * ink[1] + 0.11 * ink[2]
        if abs(ink_luminance - luminance) > TEXT_MIN_CONTRAST_8BIT:
            return ink
    return (255, 255, 255) if luminance < 128 else (0, 0, 0)


def _stripes(size: tuple[int, int], rng: Rng) -> Image.Image:
    """Stripes or checks: hard negatives for text."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    angle, period = rng.uniform(0, np.pi), rng.uniform(4, 30)
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period)
    if rng.random() < 0.5:
        wave = wave * np.sin((y * np.cos(angle) - x * np.sin(angle)) * 2 * np.pi / period)
    share = (wave * rng.uniform(1, 6) / 2 + 0.5).clip(0, 1)[..., None]
    first, last = np.array(random_colour(rng), np.float32), np.array(random_colour(rng), np.float32)
    return Image.fromarray((first * share + last * (1 - share)).astype(np.uint8))
