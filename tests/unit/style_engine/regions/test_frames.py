"""Frames are found in every kind, width and colour; plain backgrounds and products are no frames."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw

from samples.product_photos import coffee, shop_photos
from style_engine.painting.framed_photo import FramedPhoto
from style_engine.regions.frames import find_frame

Colour = tuple[int, int, int]
BLACK, GREY, WHITE, RED = (0, 0, 0), (128, 128, 128), (255, 255, 255), (180, 30, 40)


@pytest.fixture(scope="module")
def studio_photo() -> Image.Image:
    """A violet mug on a studio background that darkens downwards, 380 × 300."""
    page = Image.new("RGB", (380, 300))
    draw = ImageDraw.Draw(page)
    for y in range(300):
        draw.line((0, y, 380, y), fill=(250 - y // 50,) * 3)
    draw.rounded_rectangle((130, 70, 250, 250), 14, fill=(90, 60, 140))
    draw.ellipse((130, 58, 250, 84), fill=(70, 45, 110))
    return page


@pytest.fixture(scope="module")
def scene_photo() -> Image.Image:
    return coffee().resize((420, 280), Image.Resampling.LANCZOS)


def framed(photo: Image.Image, widths: tuple[int, int, int, int], colour: Colour) -> Image.Image:
    left, top, right, bottom = widths
    page = Image.new("RGB", (photo.width + left + right, photo.height + top + bottom), colour)
    page.paste(photo, (left, top))
    return page


def widths_of(picture: Image.Image) -> tuple[int, int, int, int]:
    left, top, right, bottom = find_frame(picture).box
    return left, top, picture.width - right, picture.height - bottom


def compressed(picture: Image.Image, quality: int) -> Image.Image:
    with BytesIO() as file:
        picture.save(file, "JPEG", quality=quality)
        return Image.open(file).convert("RGB")


SIDES = {"all": (1, 1, 1, 1), "bars left and right": (1, 0, 1, 0), "bars above and below": (0, 1, 0, 1)}


@pytest.mark.parametrize("share", [0.03, 0.1, 0.25])
@pytest.mark.parametrize("colour", [BLACK, GREY, RED])
@pytest.mark.parametrize("sides", SIDES.values(), ids=SIDES)
def test_frame_of_any_width_colour_and_sides(studio_photo, scene_photo, sides, colour, share):
    for photo in (studio_photo, scene_photo):
        width = round(share * photo.height)
        widths = tuple(width * side for side in sides)
        assert widths_of(framed(photo, widths, colour)) == widths
        found = widths_of(compressed(framed(photo, widths, colour), 85))
        assert np.abs(np.subtract(found, widths)).max() <= 2


def test_white_frame_around_a_scene(scene_photo):
    assert widths_of(framed(scene_photo, (40,) * 4, WHITE)) == (40,) * 4


def test_double_frame(scene_photo, studio_photo):
    for photo in (scene_photo, studio_photo):
        inner = framed(photo, (12,) * 4, (90, 90, 90))
        assert widths_of(framed(inner, (20,) * 4, BLACK)) == (32,) * 4


def test_frame_that_is_wider_below(scene_photo):
    assert widths_of(framed(scene_photo, (20, 20, 20, 70), BLACK)) == (20, 20, 20, 70)


def test_black_bars_on_all_sides_of_two_widths(studio_photo):
    assert widths_of(framed(studio_photo, (20, 50, 20, 50), BLACK)) == (20, 50, 20, 50)


def test_blended_edge_of_a_frame_that_was_resized_belongs_to_it(studio_photo):
    picture = framed(studio_photo, (40,) * 4, BLACK)
    small = picture.resize(
        (round(picture.width * 0.9), round(picture.height * 0.9)), Image.Resampling.LANCZOS
    )
    assert np.asarray(small.crop(find_frame(small).box)).min(axis=(0, 2))[[0, -1]].min() > 200
    assert max(widths_of(small)) <= 39


def rounded(photo: Image.Image, radius: int, colour: Colour | None) -> Image.Image:
    """The photo with rounded corners of a colour, or transparent ones."""
    large = Image.new("L", (4 * photo.width, 4 * photo.height))
    ImageDraw.Draw(large).rounded_rectangle((0, 0, large.width - 1, large.height - 1), 4 * radius, fill=255)
    mask = large.resize(photo.size, Image.Resampling.BOX)
    if colour is None:
        result = photo.convert("RGBA")
        result.putalpha(mask)
        return result
    return Image.composite(photo, Image.new("RGB", photo.size, colour), mask)


@pytest.mark.parametrize("radius", [12, 40])
@pytest.mark.parametrize("colour", [BLACK, GREY, None])
def test_rounded_corners(studio_photo, scene_photo, radius, colour):
    for photo in (studio_photo, scene_photo):
        frame = find_frame(rounded(photo, radius, colour))
        assert frame.box == (0, 0, *photo.size)
        assert frame.corner_radius_px == pytest.approx(radius, abs=3)


def test_rounded_corners_inside_a_frame(studio_photo):
    frame = find_frame(framed(rounded(studio_photo, 40, BLACK), (20,) * 4, BLACK))
    assert frame.box == (20, 20, 400, 320)
    assert frame.corner_radius_px == pytest.approx(40, abs=3)


def test_transparent_margin_is_a_frame(scene_photo):
    page = Image.new("RGBA", (500, 360), (9, 99, 9, 0))
    page.paste(scene_photo, (40, 40))
    assert find_frame(page).box == (40, 40, 460, 320)


def on_page(colour: Colour, box: tuple[int, int, int, int], kind: str = "rectangle") -> Image.Image:
    """A red product on a page, 600 × 600, of one colour."""
    page = Image.new("RGB", (600, 600), colour)
    getattr(ImageDraw.Draw(page), kind)(box, fill=(200, 50, 40))
    return page


NO_FRAMES = {
    "box off the centre": on_page(WHITE, (180, 120, 460, 500)),
    "box in the centre": on_page(WHITE, (150, 150, 449, 449)),
    "tall box in the centre": on_page(WHITE, (200, 60, 399, 539)),
    "box that touches two sides": on_page(WHITE, (200, 0, 399, 599)),
    "disc": on_page(WHITE, (150, 150, 449, 449), "ellipse"),
    "box on grey": on_page(GREY, (150, 150, 449, 449)),
    "box on black": on_page(BLACK, (150, 150, 449, 449)),
    "one colour": Image.new("RGB", (300, 200), RED),
    "tiny": Image.new("RGB", (3, 200), RED),
}


@pytest.mark.parametrize("name", NO_FRAMES)
def test_product_on_a_plain_background_has_no_frame(name):
    frame = find_frame(NO_FRAMES[name])
    assert (frame.box, frame.corner_radius_px) == ((0, 0, *NO_FRAMES[name].size), 0)


def test_shop_photos_have_no_frame(studio_photo):
    for photo in (*shop_photos().values(), studio_photo):
        frame = find_frame(photo)
        assert (frame.box, frame.corner_radius_px) == ((0, 0, *photo.size), 0)


def test_carton_cut_out_and_padded_with_white_to_a_square_has_no_frame():
    page = Image.new("RGB", (400, 400), WHITE)
    pen = ImageDraw.Draw(page)
    pen.polygon([(130, 60), (180, 0), (270, 0), (270, 399), (130, 399)], fill=(40, 110, 70))
    for y in range(80, 399, 24):
        pen.rectangle((130, y, 270, y + 11), fill=(230 - y // 3, 200, 60 + y // 3))
    assert widths_of(page) == (0, 0, 0, 0)


@pytest.mark.parametrize("widths", [(30, 0, 30, 0), (0, 90, 0, 90)])
@pytest.mark.parametrize("level", [235, 255])
def test_light_bars_beside_a_scene(scene_photo, widths, level):
    picture = framed(scene_photo, widths, (level,) * 3)
    assert widths_of(picture) == widths
    assert np.abs(np.subtract(widths_of(compressed(picture, 85)), widths)).max() <= 2


DIRECTIONS = {"down": (0, 1), "across": (1, 0), "diagonal": (0.6, 0.8)}
ENDS = {"grey": ((24, 24, 30), (140, 150, 160)), "hues": ((190, 40, 40), (40, 60, 200))}


def gradient_page(size: tuple[int, int], direction: tuple[float, float] | None, ends) -> Image.Image:
    """A page with a linear gradient, or a radial one without a direction."""
    x, y = np.meshgrid(*(np.linspace(-1, 1, side) for side in size))
    along = np.hypot(x * size[0], y * size[1]) / np.hypot(*size) if direction is None else (
        (direction[0] * x + direction[1] * y) / sum(direction) + 1
    ) / 2  # fmt: skip
    first, last = (np.array(colour, float) for colour in ends)
    values = first + along[..., None] * (last - first)
    return Image.fromarray(np.rint(values).astype(np.uint8))


ALL_SIDES = [
    (widths, direction)
    for widths in ((24,) * 4, (70,) * 4)
    for direction in (*DIRECTIONS.values(), None)  # None: radial
]
BARS = [((40, 0, 40, 0), DIRECTIONS["down"]), ((0, 50, 0, 50), DIRECTIONS["across"])]


@pytest.mark.parametrize("ends", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize(("widths", "direction"), ALL_SIDES + BARS)
def test_frame_of_a_gradient(scene_photo, studio_photo, widths, direction, ends):
    left, top, right, bottom = widths
    for photo in (scene_photo, studio_photo):
        picture = gradient_page((photo.width + left + right, photo.height + top + bottom), direction, ends)
        picture.paste(photo, (left, top))
        assert widths_of(picture) == widths
        assert np.abs(np.subtract(widths_of(compressed(picture, 85)), widths)).max() <= 2


@pytest.mark.parametrize("direction", [*DIRECTIONS.values(), None], ids=[*DIRECTIONS, "radial"])
@pytest.mark.parametrize("kind", ["ellipse", "rectangle"])
def test_product_on_a_gradient_has_no_frame(direction, kind):
    page = gradient_page((400, 400), direction, ENDS["grey"])
    getattr(ImageDraw.Draw(page), kind)((90, 120, 300, 330), fill=(220, 180, 60))
    assert widths_of(page) == (0, 0, 0, 0)
    assert widths_of(gradient_page((400, 300), direction, ENDS["hues"])) == (0, 0, 0, 0)


def test_wall_and_table_of_a_photo_are_no_frame():
    y, x = np.mgrid[0:152, 0:200]
    room = np.stack([205 - y / 2, 196 - y / 2 + x / 10, 178 - x / 4], -1)
    room[110:] = (122, 88, 62)
    picture = Image.fromarray(np.clip(room, 0, 255).astype(np.uint8))
    ImageDraw.Draw(picture).ellipse((60, 50, 120, 130), fill=RED)
    assert widths_of(picture) == (0, 0, 0, 0)


def test_frame_of_a_gradient_keeps_its_pixels(scene_photo):
    page = gradient_page((500, 360), (1, 0), ENDS["hues"])
    page.paste(scene_photo, (40, 40))
    framed_photo = FramedPhoto.of(page)
    assert framed_photo.photo.tobytes() == scene_photo.tobytes()
    result = framed_photo.with_photo(Image.new("RGB", scene_photo.size, RED))
    outside = np.ones((360, 500), bool)
    outside[40:320, 40:460] = False
    assert (np.asarray(result)[outside] == np.asarray(page)[outside]).all()
