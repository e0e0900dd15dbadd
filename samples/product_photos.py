"""Eight kinds of product photo, free to publish: drawn here, or from scikit-image (licences: NOTICE).

Drawn products are solids of revolution, shaded by a soft light from the upper left, with a highlight.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from skimage import data

Plane = NDArray[np.float64]
Colour = tuple[int, int, int]
SIDE_PX: Final = 640
WHITE_RGB: Final = (255, 255, 255)


@dataclass(frozen=True)
class Solid:
    """`outline`: (height, radius) knots in 0..1 from top to bottom; `bands`: (height it starts at, colour).

    `gloss`, `metal` and `clear` (transparency) are shares in 0..1.
    """

    outline: tuple[tuple[float, float], ...]
    bands: tuple[tuple[float, Colour], ...]
    gloss: float = 0.5
    metal: float = 0.0
    clear: float = 0.0


MUG: Final = Solid(
    ((0, 0.96), (0.03, 1.0), (0.9, 0.96), (1, 0.84)),
    ((0, (196, 44, 40)), (0.30, (240, 234, 220)), (0.62, (196, 44, 40))),
)
BOTTLE: Final = Solid(
    ((0, 0.15), (0.3, 0.15), (0.42, 0.34), (0.97, 0.36), (1, 0.3)),
    ((0, (40, 44, 40)), (0.10, (70, 130, 92)), (0.55, (238, 228, 198)), (0.80, (70, 130, 92))),
    gloss=1.0, clear=0.55,
)  # fmt: skip
KETTLE: Final = Solid(
    ((0, 0.04), (0.05, 0.09), (0.1, 0.06), (0.14, 0.3), (0.5, 0.58), (0.95, 0.66), (1, 0.6)),
    ((0, (40, 36, 36)), (0.12, (190, 192, 198))),
    gloss=1.0, metal=1.0,
)  # fmt: skip
FLASK: Final = Solid(
    ((0, 0.17), (0.2, 0.17), (0.21, 0.09), (0.28, 0.09), (0.34, 0.42), (0.97, 0.42), (1, 0.36)),
    ((0, (214, 178, 92)), (0.21, (150, 60, 36)), (0.52, (30, 24, 30)), (0.74, (150, 60, 36))),
    gloss=1.0, clear=0.25,
)  # fmt: skip


def shop_photos() -> dict[str, Image.Image]:
    """Name of the kind → RGB picture, short side 400 px or more."""
    return {name: draw() for name, draw in PHOTO_KINDS.items()}


def mug_on_white() -> Image.Image:
    page = gradient_page(WHITE_RGB, WHITE_RGB)
    handle = Image.new("L", page.size)
    ImageDraw.Draw(handle).arc((370, 230, 560, 450), -110, 110, fill=255, width=34)
    page.paste((172, 36, 34), (0, 0), handle.filter(ImageFilter.GaussianBlur(0.8)))
    return add_text(place_solid(page, MUG, (280, 335), (300, 390)), "LIMNER", (172, 284), 62, (150, 30, 30))


def carton_with_text() -> Image.Image:
    page = gradient_page((252, 250, 246), (236, 232, 224))
    pen = ImageDraw.Draw(page)
    pen.polygon([(400, 150), (500, 120), (500, 500), (400, 560)], fill=(20, 78, 92))
    pen.polygon([(150, 150), (250, 122), (500, 120), (400, 150)], fill=(60, 140, 150))
    pen.rectangle((150, 150, 400, 560), fill=(32, 112, 126))
    pen.rectangle((170, 190, 380, 330), fill=(246, 236, 210))
    pen.ellipse((210, 390, 340, 520), fill=(232, 142, 52))
    for line, (text, size) in enumerate([("GREEN", 50), ("OAT TEA", 40), ("20 bags · 40 g", 22)]):
        pen.text((184, 196 + 48 * line), text, fill=(20, 60, 70), font_size=size)
    pen.text((176, 530), "Best before 05/2031", fill=(240, 240, 230), font_size=18)
    return page.filter(ImageFilter.GaussianBlur(0.6))


def glass_bottle() -> Image.Image:
    page = gradient_page((228, 232, 236), (196, 202, 210))
    return add_text(place_solid(page, BOTTLE, (320, 320), (460, 540)), "Olio", (270, 372), 50, (70, 80, 40))


def metal_kettle() -> Image.Image:
    page = gradient_page((246, 244, 240), (214, 208, 200))
    pen = ImageDraw.Draw(page)
    pen.arc((210, 90, 430, 420), 178, 362, fill=(44, 40, 40), width=22)
    pen.polygon([(395, 330), (560, 230), (580, 262), (430, 440)], fill=(150, 152, 160))
    return place_solid(page.filter(ImageFilter.GaussianBlur(0.8)), KETTLE, (320, 360), (400, 380))


def fruit_on_plate() -> Image.Image:
    page = gradient_page((232, 214, 188), (176, 140, 104))
    pen = ImageDraw.Draw(page)
    pen.ellipse((70, 340, 570, 560), fill=(206, 206, 210))
    pen.ellipse((78, 334, 562, 546), fill=(244, 244, 242))
    pen.ellipse((130, 360, 510, 510), fill=(230, 230, 230))
    page = page.filter(ImageFilter.GaussianBlur(1.2))
    fruits: list[tuple[int, int, int, Colour]] = [
        (230, 300, 95, (226, 120, 30)), (390, 290, 100, (176, 30, 34)), (310, 390, 105, (132, 158, 40)),
        (190, 410, 78, (230, 180, 50)), (440, 410, 80, (92, 34, 84)),
    ]  # fmt: skip
    for x, y, radius, colour in fruits:
        outline = tuple((t, float(np.sqrt(1 - (2 * t - 1) ** 2))) for t in np.linspace(0, 1, 33))
        fruit = Solid(outline, ((0, colour),), gloss=0.12)
        page = place_solid(page, fruit, (x, y), (2 * radius, 2 * radius), speckle=7)
    return page


def flask_on_dark() -> Image.Image:
    page = gradient_page((52, 50, 62), (14, 13, 18))
    return add_text(place_solid(page, FLASK, (320, 330), (400, 440)), "NOIR", (258, 362), 48, (226, 190, 110))


def astronaut() -> Image.Image:
    return Image.fromarray(data.astronaut())


def coffee() -> Image.Image:
    return Image.fromarray(data.coffee()[:, 110:510])


PHOTO_KINDS: Final[dict[str, Callable[[], Image.Image]]] = {
    "white background": mug_on_white,
    "lifestyle": coffee,
    "text on a pack": carton_with_text,
    "glass": glass_bottle,
    "metal": metal_kettle,
    "cloth on a person": astronaut,
    "food": fruit_on_plate,
    "dark background": flask_on_dark,
}


def gradient_page(top: Colour, bottom: Colour) -> Image.Image:
    """A vertical gradient, as of a sheet lit from above."""
    down = np.linspace(0, 1, SIDE_PX)[:, None, None]
    sheet = np.array(top) * (1 - down) + np.array(bottom) * down
    return Image.fromarray(np.broadcast_to(sheet, (SIDE_PX, SIDE_PX, 3)).round().astype(np.uint8))


def place_solid(
    page: Image.Image, solid: Solid, centre: tuple[int, int], size: tuple[int, int], speckle: float = 2
) -> Image.Image:
    """The solid on the page, with a soft shadow unless the page is white."""
    width, height = size
    left, top = centre[0] - width // 2, centre[1] - height // 2
    colour, alpha = render_solid(solid, width, height, speckle)
    page = page.copy()
    if page.getpixel((0, SIDE_PX - 1)) != WHITE_RGB:
        shadow = Image.new("L", page.size)
        box = (left + width // 8, top + height - 26, left + width, top + height + 22)
        ImageDraw.Draw(shadow).ellipse(box, fill=110)
        page.paste((20, 16, 14), (0, 0), shadow.filter(ImageFilter.GaussianBlur(14)))
    page.paste(colour, (left, top), alpha)
    return page


def render_solid(solid: Solid, width: int, height: int, speckle: float) -> tuple[Image.Image, Image.Image]:
    """The shaded solid and its alpha mask; radius 1 is half the width."""
    down = (np.arange(height) + 0.5) / height
    heights, radii = (np.array(values) for values in zip(*solid.outline, strict=True))
    radius = np.interp(down, heights, radii)[:, None]
    across = (np.arange(width) + 0.5 - width / 2)[None] / (width / 2)
    x = np.clip(across / np.maximum(radius, 1e-3), -1, 1)
    slope = np.clip(np.gradient(radius[:, 0]) * height / 2, -1.5, 1.5)[:, None]
    shade = _shade(x, -slope, solid.metal)
    starts, colours = zip(*solid.bands, strict=True)
    body = np.array(colours, float)[np.searchsorted(np.array(starts), down, side="right") - 1][:, None]
    noise = np.random.default_rng(1).normal(0, speckle, (height, width, 1))
    gloss = 255 * solid.gloss * np.exp(-(((x + 0.45) / 0.13) ** 2))[..., None] * 0.55
    colour = np.clip(body * shade[..., None] + gloss + noise, 0, 255)
    edge = np.clip((radius - np.abs(across)) * width / 2 + 0.5, 0, 1)
    alpha = edge * (1 - solid.clear * (1 - np.abs(x) ** 3) * (solid.clear > 0))
    return Image.fromarray(colour.astype(np.uint8)), Image.fromarray((255 * alpha).astype(np.uint8))


def _shade(x: Plane, up: Plane, metal: float) -> Plane:
    """Brightness under a light from the upper left, x in -1..1 across the solid; metal reflects bands."""
    facing = np.sqrt(1 - np.clip(x, -1, 1) ** 2)
    matt = 0.38 + 0.75 * np.clip(0.8 * facing - 0.45 * x + 0.12 * up, 0, 1)
    bands = 0.72 + 0.42 * np.cos(7.5 * x + 0.6) * facing
    return (1 - metal) * matt + metal * bands


def add_text(page: Image.Image, text: str, at: tuple[int, int], size: int, ink: Colour) -> Image.Image:
    ImageDraw.Draw(page).text(at, text, fill=ink, font_size=size)
    return page
