"""Correctly exposed products drawn by code: flat colours, dark and white products, textures, skin, swatches.

Every picture is what a correct photo of the product would show, so enhancement has nothing to correct in it.
Most fill the frame, as detail shots do. Values are sRGB, 0..255; everything random comes from a seed.
"""

import colorsys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.filters import gaussian

Plane = NDArray[np.float64]  # (SIDE_PX, SIDE_PX)
Colour = tuple[int, int, int]
SIDE_PX: Final = 288
FOLD_PX: Final = 40.0  # scale of the folds of a fabric

DENIM, OXBLOOD, OLIVE, CAMEL, CHARCOAL = (
    (64, 84, 124),
    (96, 30, 34),
    (92, 92, 52),
    (176, 138, 96),
    (48, 48, 52),
)
GOLD, SILVER, TEAL, ROSE, PLUM = (
    (198, 160, 82),
    (170, 172, 176),
    (28, 112, 116),
    (206, 120, 132),
    (84, 40, 92),
)
FABRIC_COLOURS: Final = (DENIM, OXBLOOD, OLIVE, CAMEL, CHARCOAL, TEAL)
GLITTER_COLOURS: Final = (GOLD, SILVER, TEAL, ROSE, PLUM)
DARK_COLOURS: Final = ((24, 24, 28), (22, 28, 52), (44, 26, 22), (18, 40, 32))
WHITE_COLOURS: Final = ((238, 238, 238), (228, 226, 222), (243, 242, 240), (214, 216, 220))
WOOD_COLOURS: Final = ((150, 104, 64), (92, 58, 38), (204, 170, 128), (58, 40, 32))
METAL_COLOURS: Final = ((150, 152, 156), (196, 164, 104), (92, 94, 100), (182, 130, 104))
SKIN_COLOURS: Final = (
    (232, 190, 170), (214, 164, 136), (188, 134, 102), (150, 100, 72), (108, 68, 48), (72, 46, 36),
)  # fmt: skip
PASTEL_BACKGROUNDS: Final = (
    (250, 222, 226), (214, 228, 246), (250, 240, 216), (222, 240, 222), (205, 205, 205), (60, 60, 66),
)  # fmt: skip


@dataclass(frozen=True)
class DrawnProduct:
    """A picture, the kind of product it shows, and whether its fine contrast is the product's own."""

    kind: str
    image: Image.Image
    is_texture: bool = False


def drawn_products() -> Iterator[DrawnProduct]:
    """All drawn products, always the same and in the same order."""
    for kind, image in _smooth_products():
        yield DrawnProduct(kind, image)
    for kind, draw, colours in TEXTURES:
        for number, colour in enumerate(colours):
            yield DrawnProduct(kind, draw(colour, np.random.default_rng(number)), is_texture=True)


def _smooth_products() -> Iterator[tuple[str, Image.Image]]:
    hues = np.arange(12) / 12
    for hue in hues:
        yield "flat colour", _flat(_saturated(hue, 0.70))
        yield "fabric of one colour", _folded(_saturated(hue, 0.56), np.random.default_rng(round(12 * hue)))
    for number, colour in enumerate(DARK_COLOURS + WHITE_COLOURS):
        kind = "dark product" if colour in DARK_COLOURS else "white product"
        yield f"{kind}, flat", _flat(colour)
        yield f"{kind}, folded", _folded(colour, np.random.default_rng(number))
        yield f"{kind} on white", _on_background(colour, (255, 255, 255))
    for number, colour in enumerate(SKIN_COLOURS):
        yield "skin", _skin(colour, np.random.default_rng(number))
    for colour in PASTEL_BACKGROUNDS:
        yield "product on a coloured background", _on_background((168, 40, 44), colour, highlight=True)
    for count in (2, 3, 4, 6):
        yield (
            "swatches",
            _swatches([_saturated(index / count, 0.45 + 0.05 * count) for index in range(count)]),
        )
        yield "swatches", _swatches([CHARCOAL, CAMEL, OLIVE, PLUM, DENIM, OXBLOOD][:count])
    for colour in ((120, 150, 90), (180, 40, 60), (33, 58, 142), (70, 70, 70)):
        yield "two nearly equal colours", _swatches([colour, (colour[0] + 1, colour[1] + 1, colour[2] + 1)])


def _saturated(hue: float, value: float) -> Colour:
    red, green, blue = (round(255 * channel) for channel in colorsys.hsv_to_rgb(float(hue), 0.78, value))
    return red, green, blue


def _flat(colour: Colour) -> Image.Image:
    return Image.new("RGB", (SIDE_PX, SIDE_PX), colour)


def _shaded(colour: Colour, shade: Plane) -> Image.Image:
    """One colour under a shade: factors of the colour's values, about 1."""
    values = np.asarray(colour, dtype=np.float64) * shade[..., None]
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def _smooth_noise(rng: np.random.Generator, sigma_px: float | tuple[float, float]) -> Plane:
    """Gaussian noise of std 1 that is smooth over `sigma_px`."""
    noise = gaussian(rng.normal(size=(SIDE_PX, SIDE_PX)), sigma_px, mode="wrap")
    return np.asarray(noise / noise.std())


def _folds(rng: np.random.Generator, depth: float = 0.10) -> Plane:
    return 1 + depth * np.clip(_smooth_noise(rng, FOLD_PX), -2, 2)


def _folded(colour: Colour, rng: np.random.Generator) -> Image.Image:
    return _shaded(colour, _folds(rng))


def _on_background(colour: Colour, background: Colour, highlight: bool = False) -> Image.Image:
    """A round product, shaded from the upper left, on an even background; the highlight is white."""
    y, x = np.mgrid[-1 : 1 : SIDE_PX * 1j, -1 : 1 : SIDE_PX * 1j] / 0.7
    radius = np.hypot(x, y)
    shade = 0.62 + 0.42 * np.sqrt(np.clip(1 - radius**2, 0, 1)) - 0.16 * (x + y)
    glint = 235 * np.exp(-((x + 0.35) ** 2 + (y + 0.4) ** 2) / 0.02) * highlight
    body = np.asarray(colour, dtype=np.float64) * shade[..., None] + glint[..., None]
    alpha = np.clip((1 - radius) * SIDE_PX / 4, 0, 1)[..., None]
    values = np.clip(body, 0, 255) * alpha + np.asarray(background) * (1 - alpha)
    return Image.fromarray(np.rint(values).astype(np.uint8))


def _swatches(colours: list[Colour]) -> Image.Image:
    """Vertical stripes of even colours."""
    stripe = np.arange(SIDE_PX) * len(colours) // SIDE_PX
    row = np.asarray(colours, dtype=np.uint8)[stripe]
    return Image.fromarray(np.repeat(row[None], SIDE_PX, axis=0))


def _skin(colour: Colour, rng: np.random.Generator) -> Image.Image:
    pores = 0.012 * _smooth_noise(rng, 1.2)
    return _shaded(colour, _folds(rng, 0.07) + pores)


def _twill(colour: Colour, rng: np.random.Generator) -> Image.Image:
    """Denim: diagonal ribs of 6 px of blue and white yarn, uneven along the yarn."""
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX]
    ribs = np.sin(2 * np.pi * (x + y) / 6) + 0.6 * np.sin(2 * np.pi * (x - 2 * y) / 4)
    yarn = 0.05 * _smooth_noise(rng, (6.0, 0.5))
    return _shaded(colour, 1 + 0.13 * ribs + yarn)


def _plain_weave(colour: Colour, rng: np.random.Generator) -> Image.Image:
    """FullSizePhoto: warp and weft of 4 px."""
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX]
    weave = np.sign(np.sin(2 * np.pi * x / 4 + 0.3) * np.sin(2 * np.pi * y / 4 + 0.3))
    return _shaded(colour, _folds(rng, 0.04) + 0.09 * weave + 0.03 * _smooth_noise(rng, 0.7))


def _corduroy(colour: Colour, rng: np.random.Generator) -> Image.Image:
    """Ribs of 8 px, the pitch of JPEG's blocks."""
    _, x = np.mgrid[:SIDE_PX, :SIDE_PX]
    return _shaded(colour, 1 + 0.18 * np.abs(np.sin(np.pi * x / 8)) + 0.05 * _smooth_noise(rng, (2.0, 0.6)))


def _checked_weave(colour: Colour, rng: np.random.Generator) -> Image.Image:
    """Checks of 8 px, the pitch of JPEG's blocks, in two shades of yarn."""
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX]
    checks = (x // 4 + y // 4) % 2
    return _shaded(colour, 0.9 + 0.16 * checks + 0.02 * _smooth_noise(rng, 0.6))


def _leather(colour: Colour, rng: np.random.Generator) -> Image.Image:
    return _shaded(colour, _folds(rng, 0.05) + 0.09 * _smooth_noise(rng, 0.8))


def _grained(colour: Colour, rng: np.random.Generator) -> Image.Image:
    """Felt, sand, suede: grains of one pixel that vary in lightness only."""
    return _shaded(colour, 1 + 0.10 * rng.normal(size=(SIDE_PX, SIDE_PX)))


def _glitter(colour: Colour, rng: np.random.Generator) -> Image.Image:
    """Flakes of one pixel, a few of which reflect the light; each has its own hue."""
    values = np.asarray(colour) * (0.75 + 0.12 * rng.normal(size=(SIDE_PX, SIDE_PX, 3)))
    flakes = rng.random((SIDE_PX, SIDE_PX, 1)) < 0.06
    return _image(np.where(flakes, values + rng.uniform(60, 150, values.shape), values))


def _coloured_grains(colour: Colour, rng: np.random.Generator) -> Image.Image:
    """Confetti yarn or terrazzo: grains of one pixel, each with a hue of its own, like noise of 14 levels."""
    return _image(np.asarray(colour) + 14 * rng.normal(size=(SIDE_PX, SIDE_PX, 3)))


def _image(values: NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def _knit(colour: Colour, rng: np.random.Generator) -> Image.Image:
    """Columns of V-shaped stitches, 12 px wide and 8 px high."""
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX]
    stitches = np.sin(2 * np.pi * (y - np.abs(x % 12 - 6)) / 8) * np.sin(np.pi * (x % 12) / 12)
    return _shaded(colour, _folds(rng, 0.04) + 0.20 * stitches + 0.04 * _smooth_noise(rng, 0.6))


def _wood(colour: Colour, rng: np.random.Generator) -> Image.Image:
    y, _ = np.mgrid[:SIDE_PX, :SIDE_PX]
    rings = np.sin(2 * np.pi * (y + 10 * _smooth_noise(rng, 30.0)) / 22)
    return _shaded(colour, 1 + 0.10 * rings + 0.05 * _smooth_noise(rng, (0.6, 12.0)))


def _brushed_metal(colour: Colour, rng: np.random.Generator) -> Image.Image:
    """Streaks along the rows under a broad reflection."""
    streaks = _smooth_noise(rng, (0.0, 24.0))
    reflection = 0.25 * np.cos(np.linspace(-2.5, 2.5, SIDE_PX))[None]
    return _shaded(colour, 0.95 + reflection + 0.06 * streaks)


def _striped_leather(colour: Colour, rng: np.random.Generator) -> Image.Image:
    """Two colours of the same grained material side by side."""
    stripes = np.asarray(_swatches([colour, CAMEL, CHARCOAL]), dtype=np.float64)
    return _image(stripes * (1 + 0.08 * _smooth_noise(rng, 0.7))[..., None])


Draw = Callable[[Colour, np.random.Generator], Image.Image]
TEXTURES: Final[tuple[tuple[str, Draw, tuple[Colour, ...]], ...]] = (
    ("denim", _twill, FABRIC_COLOURS),
    ("canvas", _plain_weave, FABRIC_COLOURS),
    ("corduroy", _corduroy, FABRIC_COLOURS[:4]),
    ("checked weave", _checked_weave, FABRIC_COLOURS[:4]),
    ("leather", _leather, FABRIC_COLOURS + DARK_COLOURS[:2]),
    ("felt", _grained, FABRIC_COLOURS),
    ("glitter", _glitter, GLITTER_COLOURS),
    ("coloured grains", _coloured_grains, GLITTER_COLOURS),
    ("knit", _knit, FABRIC_COLOURS + WHITE_COLOURS[:2]),
    ("wood", _wood, WOOD_COLOURS),
    ("brushed metal", _brushed_metal, METAL_COLOURS),
    ("two leathers", _striped_leather, (OXBLOOD, TEAL, GOLD)),
)
