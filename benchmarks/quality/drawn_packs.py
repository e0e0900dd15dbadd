"""Product pictures drawn by code as sellers send them to marketplaces, with the rules that each breaks.

Ten products, each in seventeen ways: on exact white, on a white that is not, cut out, framed, with a badge.
Everything random comes from a seed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from photo_files.metadata.provenance import STYLED, UNKNOWN, Provenance
from samples.product_photos import BOTTLE, FLASK, KETTLE, MUG, Solid, render_solid

CANVAS_PX: Final = 640
WHITE_RGB: Final = (255, 255, 255)
FULL, BADGED, SMALL = 0.9, 0.86, 0.62  # of the canvas that the product spans
WHITE_MUG: Final = Solid(MUG.outline, ((0, (246, 246, 244)),), gloss=0.2)
JPEG_OPTIONS: Final = {"quality": 85}
Colour = tuple[int, int, int]
Plane = NDArray[np.float64]


@dataclass(frozen=True)
class DrawnPack:
    """`faults`: the kinds of rules of Amazon's main image that the picture breaks."""

    name: str
    image: Image.Image
    faults: frozenset[str]
    provenance: Provenance = UNKNOWN
    format: str = "PNG"

    def encoded(self) -> bytes:
        body = BytesIO()
        self.image.save(body, self.format, **(JPEG_OPTIONS if self.format == "JPEG" else {}))
        return body.getvalue()


def drawn_packs() -> Iterator[DrawnPack]:
    """Always the same, in the same order."""
    for number, (product, draw) in enumerate(PRODUCTS.items()):
        layer = draw()
        for way, treat in WAYS.items():
            picture = treat(layer, np.random.default_rng(number))
            yield DrawnPack(
                f"{product}, {way}", picture.image, picture.faults, picture.provenance, picture.format
            )


def _solid(solid: Solid, width: int, height: int) -> Callable[[], Image.Image]:
    def draw() -> Image.Image:
        colour, alpha = render_solid(solid, width, height, speckle=2)
        layer = colour.convert("RGBA")
        layer.putalpha(alpha)
        return layer.crop(alpha.getbbox())

    return draw


def _box_with_text() -> Image.Image:
    layer = Image.new("RGBA", (700, 860))
    pen = ImageDraw.Draw(layer)
    pen.rectangle((0, 0, 700, 860), fill=(32, 112, 126, 255))
    pen.rectangle((60, 90, 640, 430), fill=(246, 236, 210, 255))
    for line, (text, size) in enumerate([("GREEN", 130), ("OAT TEA", 110), ("20 bags", 60)]):
        pen.text((90, 100 + 115 * line), text, fill=(20, 60, 70), font_size=size)
    pen.ellipse((220, 500, 480, 760), fill=(232, 142, 52, 255))
    return layer


def _pencil() -> Image.Image:
    """Tall and thin."""
    layer = Image.new("RGBA", (60, 900))
    pen = ImageDraw.Draw(layer)
    for left, shade in ((0, 0.8), (20, 1.0), (40, 0.65)):
        colour = tuple(round(level * shade) for level in (236, 172, 40))
        pen.rectangle((left, 120, left + 20, 820), fill=(*colour, 255))
    pen.polygon([(0, 120), (60, 120), (30, 0)], fill=(222, 186, 140, 255))
    pen.polygon([(20, 40), (40, 40), (30, 0)], fill=(40, 40, 44, 255))
    pen.rectangle((0, 820, 60, 900), fill=(214, 90, 96, 255))
    return layer


def _bench() -> Image.Image:
    """Wide and low, of dark wood."""
    layer = Image.new("RGBA", (900, 260))
    pen = ImageDraw.Draw(layer)
    for leg in (40, 810):
        pen.rectangle((leg, 70, leg + 50, 260), fill=(62, 40, 30, 255))
    for board in range(3):
        pen.rectangle((0, 30 * board, 900, 30 * board + 26), fill=(96 - 12 * board, 62 - 8 * board, 40, 255))
    return layer


def _pair_of_balls() -> Image.Image:
    outline = tuple((t, float(np.sqrt(1 - (2 * t - 1) ** 2))) for t in np.linspace(0, 1, 33))
    layer = Image.new("RGBA", (900, 430))
    for left, colour in ((0, (40, 96, 160)), (470, (188, 60, 44))):
        ball = _solid(Solid(outline, ((0, colour),), gloss=0.4), 430, 430)()
        layer.paste(ball, (left, 0), ball)
    return layer


def _ring() -> Image.Image:
    """A thin ring that shows the background inside."""
    layer = Image.new("RGBA", (800, 800))
    pen = ImageDraw.Draw(layer)
    for inset, colour in ((4, (150, 112, 40)), (14, (226, 190, 96)), (34, (176, 134, 56))):
        pen.ellipse((inset, inset, 800 - inset, 800 - inset), fill=(*colour, 255))
    pen.ellipse((60, 60, 740, 740), fill=(0, 0, 0, 0))
    return layer.filter(ImageFilter.GaussianBlur(1))


PRODUCTS: Final[dict[str, Callable[[], Image.Image]]] = {
    "mug": _solid(MUG, 700, 860),
    "white mug": _solid(WHITE_MUG, 700, 860),
    "glass bottle": _solid(BOTTLE, 760, 900),
    "kettle": _solid(KETTLE, 860, 820),
    "dark flask": _solid(FLASK, 800, 880),
    "box with text": _box_with_text,
    "pencil": _pencil,
    "bench": _bench,
    "pair of balls": _pair_of_balls,
    "ring": _ring,
}


@dataclass(frozen=True)
class _Treated:
    image: Image.Image
    faults: frozenset[str] = frozenset()
    provenance: Provenance = UNKNOWN
    format: str = "PNG"


def _page(colour: Colour) -> Image.Image:
    return Image.new("RGB", (CANVAS_PX, CANVAS_PX), colour)


def _gradient(top: Colour, bottom: Colour) -> Image.Image:
    down = np.linspace(0, 1, CANVAS_PX)[:, None, None]
    levels = np.asarray(top) * (1 - down) + np.asarray(bottom) * down
    return Image.fromarray(np.broadcast_to(levels, (CANVAS_PX, CANVAS_PX, 3)).round().astype(np.uint8))


def _fitted(layer: Image.Image, fill: float) -> Image.Image:
    scale = fill * CANVAS_PX / max(layer.size)
    return layer.resize((round(layer.width * scale), round(layer.height * scale)), Image.Resampling.LANCZOS)


def _placed(page: Image.Image, layer: Image.Image, fill: float = FULL) -> Image.Image:
    fitted = _fitted(layer, fill)
    at = ((CANVAS_PX - fitted.width) // 2, (CANVAS_PX - fitted.height) // 2)
    page = page.copy()
    page.paste(fitted, at, fitted)
    return page


def _shadow(page: Image.Image, layer: Image.Image, fill: float, depth_px: int = 6) -> Image.Image:
    """A soft contact shadow below the product, `depth_px` long."""
    width, height = _fitted(layer, fill).size
    left, bottom = (CANVAS_PX - width) // 2, (CANVAS_PX + height) // 2
    shadow = Image.new("L", page.size)
    ImageDraw.Draw(shadow).ellipse((left + 6, bottom - 15, left + width - 6, bottom + depth_px), fill=120)
    darkened = Image.new("RGB", page.size, (40, 38, 36))
    return Image.composite(darkened, page, shadow.filter(ImageFilter.GaussianBlur(6)))


def _scene(rng: np.random.Generator) -> Image.Image:
    """Boards of wood behind the product."""
    y, x = np.mgrid[:CANVAS_PX, :CANVAS_PX]
    grain = 0.08 * np.sin(y / 3 + 4 * np.sin(x / 170)) + 0.04 * rng.normal(size=(CANVAS_PX, CANVAS_PX))
    boards = 0.85 + 0.1 * ((x // 91) % 2) - 0.4 * (x % 91 < 3)
    values = np.asarray((172, 128, 88)) * (boards + grain)[..., None]
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def _badge(layer: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A word above the product, in a corner, as large as there is room."""
    height = _fitted(layer, BADGED).height
    size = int(np.clip(0.6 * (CANVAS_PX - height) / 2, 26, 64))
    picture = _placed(_page(WHITE_RGB), layer, BADGED)
    pen = ImageDraw.Draw(picture)
    text = ("SALE", "NEW", "-30%", "TOP 10", "FREE")[int(rng.integers(5))]
    left = CANVAS_PX - 13 - 4 * size if rng.random() < 0.5 else 13
    if rng.random() < 0.5:
        pen.rectangle((left, 3, left + 3.6 * size, 5 + 1.2 * size), fill=(206, 30, 40))
        pen.text((left + 0.3 * size, 3), text, fill=WHITE_RGB, font_size=size)
    else:
        pen.text((left, 3), text, fill=(20, 20, 24), font_size=size)
    return picture


def _specks(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Dust on the backdrop that was not retouched, along the upper border."""
    pixels = np.array(picture)
    for _ in range(60):
        x, y = rng.integers(12, 610), rng.integers(4, 26)
        pixels[y : y + 5, x : x + 8] = np.minimum(pixels[y : y + 5, x : x + 8], 236)
    return Image.fromarray(pixels)


def _on_a_table(layer: Image.Image) -> Image.Image:
    """A table in front of a white wall."""
    page = _page(WHITE_RGB)
    ImageDraw.Draw(page).rectangle((0, 430, CANVAS_PX, CANVAS_PX), fill=(186, 150, 112))
    return _placed(page, layer)


def _with_shadow_cut_off(layer: Image.Image) -> Image.Image:
    """The photo ends at the product's foot, within its shadow."""
    picture = _placed(_shadow(_page(WHITE_RGB), layer, FULL, depth_px=40), layer)
    bottom = (CANVAS_PX + _fitted(layer, FULL).height) // 2 + 16
    return picture.crop((0, 0, CANVAS_PX, bottom))


def _cut_out(layer: Image.Image) -> Image.Image:
    page = Image.new("RGBA", (CANVAS_PX, CANVAS_PX))
    fitted = _fitted(layer, FULL)
    page.paste(fitted, ((CANVAS_PX - fitted.width) // 2, (CANVAS_PX - fitted.height) // 2))
    return page


def _on_canvas_of_white(layer: Image.Image) -> Image.Image:
    """A photo on nearly white, pasted on a larger canvas of exact white."""
    photo = _placed(_page((247, 247, 248)), layer).resize((576, 576), Image.Resampling.LANCZOS)
    page = _page(WHITE_RGB)
    page.paste(photo, (32, 32))
    return page


def _framed(picture: Image.Image, colour: Colour, width_px: int) -> Image.Image:
    inner = picture.resize((CANVAS_PX - 2 * width_px,) * 2, Image.Resampling.LANCZOS)
    page = _page(colour)
    page.paste(inner, (width_px, width_px))
    return page


Treat = Callable[[Image.Image, np.random.Generator], _Treated]
_NOT_WHITE: Final = frozenset({"background"})
WAYS: Final[dict[str, Treat]] = {
    "on white": lambda layer, _: _Treated(_placed(_page(WHITE_RGB), layer)),
    "on white, JPEG": lambda layer, _: _Treated(_placed(_page(WHITE_RGB), layer), format="JPEG"),
    "on white with a shadow": lambda layer, _: _Treated(
        _placed(_shadow(_page(WHITE_RGB), layer, 0.87), layer, 0.87)
    ),
    "small on white": lambda layer, _: _Treated(_placed(_page(WHITE_RGB), layer, SMALL), frozenset({"fill"})),
    "on 254": lambda layer, _: _Treated(_placed(_page((254, 254, 254)), layer), _NOT_WHITE),
    "on 248, JPEG": lambda layer, _: _Treated(
        _placed(_page((248, 248, 247)), layer), _NOT_WHITE, format="JPEG"
    ),
    "on a gradient": lambda layer, _: _Treated(
        _placed(_gradient(WHITE_RGB, (226, 228, 230)), layer), _NOT_WHITE
    ),
    "on pastel": lambda layer, _: _Treated(_placed(_page((214, 228, 246)), layer), _NOT_WHITE),
    "on wood": lambda layer, rng: _Treated(_placed(_scene(rng), layer), _NOT_WHITE),
    "on a table": lambda layer, _: _Treated(_on_a_table(layer), _NOT_WHITE),
    "shadow cut off": lambda layer, _: _Treated(_with_shadow_cut_off(layer), _NOT_WHITE),
    "nearly white on a white canvas": lambda layer, _: _Treated(
        _on_canvas_of_white(layer), frozenset({"background", "fill"})
    ),
    "with a badge": lambda layer, rng: _Treated(_badge(layer, rng), frozenset({"overlay"})),
    "framed": lambda layer, rng: _Treated(
        _framed(_placed(_page(WHITE_RGB), layer, 0.95), (30, 60, 120), 16),
        frozenset({"background", "border"}),
    ),
    "with dust": lambda layer, rng: _Treated(
        _specks(_placed(_page(WHITE_RGB), layer, 0.88), rng), _NOT_WHITE
    ),
    "cut out": lambda layer, _: _Treated(_cut_out(layer), _NOT_WHITE),
    "styled": lambda layer, _: _Treated(
        _placed(_page(WHITE_RGB), layer), frozenset({"illustration"}), Provenance(source=STYLED)
    ),
}
