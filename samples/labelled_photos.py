"""Pictures with known traits, free to publish: drawn here, or photos of scikit-image (licences: NOTICE).

`benchmarks/quality/reason_labels.json` has their traits. Drawn products come in colours and forms that are
easily taken for something else: red and brown for skin, highlights and patterns for text.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from skimage import data

from .product_photos import (
    PHOTO_KINDS,
    SIDE_PX,
    WHITE_RGB,
    Colour,
    Plane,
    Solid,
    add_text,
    gradient_page,
    place_solid,
)

MUG_OUTLINE: Final = ((0.0, 0.96), (0.03, 1.0), (0.9, 0.96), (1.0, 0.84))
POT_OUTLINE: Final = ((0.0, 1.0), (0.18, 1.0), (0.19, 0.9), (1.0, 0.62))
BOTTLE_OUTLINE: Final = ((0.0, 0.15), (0.25, 0.15), (0.4, 0.5), (0.97, 0.5), (1.0, 0.45))
BOWL_OUTLINE: Final = ((0.0, 1.0), (0.5, 0.86), (0.8, 0.6), (0.9, 0.35), (1.0, 0.35))
RED, TERRACOTTA, BROWN, TAN = (196, 40, 36), (186, 98, 66), (112, 66, 40), (206, 160, 120)
BLUE, GREEN, YELLOW, BLACK, GREY, CREAM = (
    (30, 80, 190), (40, 140, 70), (244, 196, 30), (26, 26, 30), (128, 128, 130), (238, 230, 214),
)  # fmt: skip
DOT_RADIUS_PX: Final = 17
Ink = tuple[str, tuple[int, int], int, Colour]
"""Words, place, size in px, colour."""


def solid_photo(
    outline: tuple[tuple[float, float], ...],
    colour: Colour,
    *,
    page: tuple[Colour, Colour] = (WHITE_RGB, WHITE_RGB),
    gloss: float = 0.3,
    metal: float = 0.0,
    clear: float = 0.0,
    size: tuple[int, int] = (320, 400),
    inks: tuple[Ink, ...] = (),
) -> Image.Image:
    """A solid of revolution of one colour on a page, with words printed on it."""
    solid = Solid(outline, ((0.0, colour),), gloss=gloss, metal=metal, clear=clear)
    photo = place_solid(gradient_page(*page), solid, (SIDE_PX // 2, 330), size)
    for ink in inks:
        photo = add_text(photo, *ink)
    return photo


def textured_photo(
    texture: Callable[[], Plane], light: Colour, dark: Colour, *, fills: bool = False, gloss: float = 0.0
) -> Image.Image:
    """A rounded board of a texture between two colours on white, or filling the frame."""
    share = texture()[..., None]
    surface = np.array(light) * share + np.array(dark) * (1 - share)
    surface = surface + gloss * 255 * np.linspace(1, 0, SIDE_PX)[:, None, None] ** 6
    board = Image.fromarray(surface.clip(0, 255).astype(np.uint8))
    if fills:
        return board
    mask = Image.new("L", board.size)
    ImageDraw.Draw(mask).rounded_rectangle((90, 150, 550, 490), 50, fill=255)
    photo = Image.new("RGB", board.size, "white")
    photo.paste(board, (0, 0), mask.filter(ImageFilter.GaussianBlur(0.8)))
    return photo


def wood() -> Plane:
    """Grain: rings that are cut lengthwise."""
    y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX] / SIDE_PX
    bend = 0.03 * np.sin(5 * x + 2) + 0.015 * np.sin(17 * x)
    return _blend(0.5 + 0.5 * np.sin(2 * np.pi * 14 * (y + bend)), _noise(3, 40), 0.45)


def leather() -> Plane:
    """Grain of small cells."""
    grain: Plane = 0.5 + 1.6 * (_noise(5, 3) - 0.5) + 0.8 * (_noise(6, 30) - 0.5)
    return grain.clip(0, 1)


def knit() -> Plane:
    y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX]
    loops: Plane = 0.5 + 0.5 * np.sin(x / 3.2) * np.sin(y / 2.3 + np.sin(x / 3.2))
    return loops


def plain_cloth() -> Plane:
    """Wide soft folds."""
    return (0.6 + 0.8 * (_noise(9, 60) - 0.5)).clip(0, 1)


def dots() -> Plane:
    y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX] % 64 - 32
    inside: Plane = (np.hypot(x, y) < DOT_RADIUS_PX).astype(float)
    return inside


def stripes() -> Plane:
    return np.broadcast_to((np.arange(SIDE_PX) // 32 % 2).astype(float), (SIDE_PX, SIDE_PX))


def crumb() -> Plane:
    """The crust of bread."""
    return (0.55 + 0.9 * (_noise(12, 12) - 0.5) + 0.5 * (_noise(13, 2) - 0.5)).clip(0, 1)


def highlights_without_text() -> Image.Image:
    """A black glossy block with rows of short highlights, as keys or ribs have them."""
    photo = gradient_page((250, 250, 250), (236, 236, 238))
    pen = ImageDraw.Draw(photo)
    pen.rounded_rectangle((150, 140, 490, 520), 40, fill=(24, 24, 28))
    for row in range(6):
        pen.rounded_rectangle((190, 190 + 50 * row, 450, 202 + 50 * row), 6, fill=(120 + 12 * row,) * 3)
    return photo.filter(ImageFilter.GaussianBlur(3))


def toy_blocks() -> Image.Image:
    photo = Image.new("RGB", (SIDE_PX, SIDE_PX), "white")
    pen = ImageDraw.Draw(photo)
    for box, colour in (
        ((120, 330, 310, 520), RED),
        ((330, 330, 520, 520), BLUE),
        ((225, 130, 415, 320), YELLOW),
    ):
        pen.rounded_rectangle(box, 14, fill=colour)
    return photo.filter(ImageFilter.GaussianBlur(0.8))


def text_page() -> Image.Image:
    """A book cover: large letters."""
    photo = gradient_page((252, 252, 250), (240, 240, 236))
    ImageDraw.Draw(photo).rectangle((140, 80, 500, 560), fill=(24, 60, 110))
    for ink in (
        ("ATLAS", (175, 140), 84, CREAM),
        ("OF WINDS", (175, 240), 58, CREAM),
        ("J. Moreno", (190, 480), 44, YELLOW),
    ):
        photo = add_text(photo, *ink)
    return photo


def ring() -> Image.Image:
    photo = gradient_page((250, 249, 247), (238, 236, 232))
    pen = ImageDraw.Draw(photo)
    pen.ellipse((200, 220, 440, 460), outline=(198, 150, 60), width=26)
    pen.ellipse((206, 226, 434, 454), outline=(244, 214, 140), width=6)
    pen.polygon([(285, 215), (355, 215), (372, 180), (320, 150), (268, 180)], fill=(214, 236, 244))
    return photo.filter(ImageFilter.GaussianBlur(0.7))


def crop(name: str, box: tuple[int, int, int, int]) -> Image.Image:
    """A window (left, top, right, bottom) of a photo of scikit-image, in colour."""
    return _free_photo(name).crop(box).resize((480, 480), Image.Resampling.LANCZOS)


def _free_photo(name: str) -> Image.Image:
    return Image.fromarray(getattr(data, name)()).convert("RGB")


def _noise(seed: int, size_px: int) -> Plane:
    """Smooth noise in 0..1 with features of about `size_px`."""
    cells = np.random.default_rng(seed).random((SIDE_PX // size_px + 2,) * 2)
    image = Image.fromarray((255 * cells).astype(np.uint8)).resize(
        (SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC
    )
    return np.asarray(image, float) / 255


def _blend(first: Plane, second: Plane, share: float) -> Plane:
    return (1 - share) * first + share * second


WHOLE_PHOTOS: Final = (
    "chelsea", "rocket", "camera", "page", "text", "coins", "brick", "grass", "gravel", "retina",
)  # fmt: skip
DARK_PAGE: Final = ((52, 50, 62), (14, 13, 18))
GREY_PAGE: Final = ((216, 218, 222), (176, 180, 188))
BROWN_PAGE: Final = ((206, 180, 150), (150, 112, 80))

DRAWN: Final[dict[str, Callable[[], Image.Image]]] = {
    "red mug": partial(solid_photo, MUG_OUTLINE, RED),
    "red mug on grey": partial(solid_photo, MUG_OUTLINE, RED, page=GREY_PAGE),
    "tan mug": partial(solid_photo, MUG_OUTLINE, TAN),
    "terracotta pot": partial(solid_photo, POT_OUTLINE, TERRACOTTA, gloss=0.0),
    "terracotta pot on brown": partial(solid_photo, POT_OUTLINE, TERRACOTTA, gloss=0.0, page=BROWN_PAGE),
    "wooden bowl": partial(solid_photo, BOWL_OUTLINE, BROWN, gloss=0.1, size=(420, 260)),
    "cream bowl on brown": partial(solid_photo, BOWL_OUTLINE, CREAM, size=(420, 260), page=BROWN_PAGE),
    "white cup": partial(solid_photo, MUG_OUTLINE, (246, 246, 244), gloss=0.1),
    "grey vase": partial(solid_photo, BOTTLE_OUTLINE, GREY, gloss=0.1),
    "steel can": partial(solid_photo, MUG_OUTLINE, (190, 192, 198), metal=1.0, gloss=1.0),
    "black bottle": partial(solid_photo, BOTTLE_OUTLINE, BLACK, gloss=0.9),
    "black bottle on dark": partial(solid_photo, BOTTLE_OUTLINE, (60, 58, 66), gloss=0.9, page=DARK_PAGE),
    "blue bottle": partial(solid_photo, BOTTLE_OUTLINE, BLUE),
    "yellow pot on grey": partial(solid_photo, POT_OUTLINE, YELLOW, page=GREY_PAGE),
    "amber bottle": partial(solid_photo, BOTTLE_OUTLINE, (150, 70, 20), gloss=1.0, clear=0.3, page=GREY_PAGE),
    "green bottle with text": partial(
        solid_photo, BOTTLE_OUTLINE, GREEN,
        inks=(("VERDE", (262, 340), 44, CREAM), ("750 ml", (284, 400), 26, CREAM)),
    ),
    "cream jar with text": partial(
        solid_photo, MUG_OUTLINE, CREAM, page=GREY_PAGE,
        inks=(("HONEY", (240, 300), 56, BROWN), ("500 g", (284, 372), 30, BROWN)),
    ),
    "wooden board": partial(textured_photo, wood, (214, 168, 120), (150, 100, 60)),
    "wood filling the frame": partial(textured_photo, wood, (196, 150, 104), (120, 78, 46), fills=True),
    "leather wallet": partial(textured_photo, leather, (168, 104, 62), (104, 58, 34)),
    "leather filling the frame": partial(textured_photo, leather, (150, 88, 52), (100, 56, 34), fills=True),
    "bread": partial(textured_photo, crumb, (222, 164, 100), (150, 84, 40)),
    "peach cloth": partial(textured_photo, plain_cloth, (240, 196, 172), (206, 150, 124)),
    "navy cloth filling the frame": partial(
        textured_photo, plain_cloth, (40, 58, 120), (22, 30, 70), fills=True
    ),
    "grey knit": partial(textured_photo, knit, (170, 170, 172), (96, 96, 100)),
    "green knit": partial(textured_photo, knit, (80, 170, 110), (20, 90, 50)),
    "dotted cloth": partial(textured_photo, dots, (250, 248, 244), (206, 40, 60)),
    "striped towel": partial(textured_photo, stripes, (246, 246, 246), (40, 90, 170)),
    "ribs with highlights": highlights_without_text,
    "toy blocks": toy_blocks,
    "book cover": text_page,
    "gold ring": ring,
}  # fmt: skip

FREE: Final[dict[str, Callable[[], Image.Image]]] = {
    **{name: partial(_free_photo, name) for name in WHOLE_PHOTOS},
    "astronaut's face": partial(crop, "astronaut", (150, 0, 300, 150)),
    "astronaut's head and shoulders": partial(crop, "astronaut", (90, 0, 390, 300)),
    "astronaut's suit": partial(crop, "astronaut", (20, 300, 232, 512)),
    "space shuttle": partial(crop, "astronaut", (330, 20, 512, 202)),
    "coffee cup": partial(crop, "coffee", (190, 40, 500, 350)),
    "cat's face": partial(crop, "chelsea", (80, 0, 330, 250)),
}  # fmt: skip

LABELLED_PHOTOS: Final = {**PHOTO_KINDS, **DRAWN, **FREE}
