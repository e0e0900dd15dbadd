"""A framed photo is treated as without its frame, and the frame and transparent pixels stay exactly."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from style_engine import Look, Protection, StyledPicture, Stylizer
from style_engine.painting.framed_photo import FramedPhoto


@pytest.fixture(scope="module")
def photo(product) -> Image.Image:
    """The red mug on a light studio background, 240 × 200."""
    page = Image.new("RGB", (240, 200), (246, 246, 246))
    page.paste(product.crop((60, 45, 230, 210)).resize((170, 165)), (40, 20))
    return page


def framed(photo: Image.Image, width: int, colour: tuple[int, int, int]) -> Image.Image:
    page = Image.new("RGB", (photo.width + 2 * width, photo.height + 2 * width), colour)
    page.paste(photo, (width, width))
    return page


def stylized(stylizer: Stylizer, picture: Image.Image, mode: Protection = Protection.SOFT) -> StyledPicture:
    return stylizer.stylize_all(picture, [Look({"cartoon": 1.0}, 1.0, mode)])[0]


@pytest.mark.parametrize("mode", [Protection.SOFT, Protection.STRICT])
@pytest.mark.parametrize(("width", "colour"), [(20, (0, 0, 0)), (7, (128, 128, 128)), (50, (20, 60, 150))])
def test_photo_in_a_frame_is_judged_and_painted_as_without_it(stylizer, photo, width, colour, mode):
    alone, inside = stylized(stylizer, photo, mode), stylized(stylizer, framed(photo, width, colour), mode)
    assert (inside.verdict, inside.regions) == (alone.verdict, alone.regions)
    assert inside.image.tobytes() == framed(alone.image, width, colour).tobytes()
    assert inside.metrics["frame"] > alone.metrics["frame"] == 0


def test_rounded_corners_stay_and_the_verdict_is_that_of_the_photo(stylizer, photo):
    mask = Image.new("L", (960, 800))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, 959, 799), 100, fill=255)
    cornered = Image.composite(photo, Image.new("RGB", photo.size), mask.resize(photo.size))
    alone, inside = stylized(stylizer, photo), stylized(stylizer, cornered)
    corners = np.asarray(cornered).max(-1) == 0
    assert corners.sum() > 300
    assert np.asarray(inside.image)[corners].max() == 0
    assert inside.regions.product_share == pytest.approx(alone.regions.product_share, rel=0.02)
    for first, second in zip(inside.verdict.gates, alone.verdict.gates, strict=True):
        assert first.value == pytest.approx(second.value, rel=0.05, abs=0.05), first.name


def test_filled_corners_have_the_colours_beside_them():
    page = Image.new("RGB", (120, 90), (246, 240, 230))
    ImageDraw.Draw(page).ellipse((30, 20, 90, 70), fill=(40, 90, 160))
    mask = Image.new("L", (480, 360))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, 479, 359), 80, fill=255)
    framed_photo = FramedPhoto.of(Image.composite(page, Image.new("RGB", page.size), mask.resize(page.size)))
    assert framed_photo.frame.corner_radius_px > 0
    assert framed_photo.photo.tobytes() == page.tobytes()


def cut_out(photo: Image.Image, product: tuple[int, int, int]) -> Image.Image:
    """The mug cut out, with hidden colours in the transparent pixels."""
    outside = np.abs(np.asarray(photo).astype(int) - 246).max(-1) < 12
    pixels = np.dstack([np.asarray(photo), np.where(outside, 0, 255).astype(np.uint8)])
    pixels[outside, :3] = product
    return Image.fromarray(pixels)


@pytest.mark.parametrize("mode", list(Protection))
def test_transparent_pixels_of_a_cut_out_stay_exactly(stylizer, photo, mode):
    picture = cut_out(photo, (9, 200, 99))
    before, after = np.asarray(picture), np.asarray(stylized(stylizer, picture, mode).image)
    transparent = before[..., 3] == 0
    assert np.array_equal(after[transparent], before[transparent])
    assert np.array_equal(after[..., 3], before[..., 3])


def test_what_is_cut_out_is_the_product(stylizer, photo):
    picture = cut_out(photo, (0, 0, 0))
    regions = stylized(stylizer, picture).regions
    opaque = (np.asarray(picture)[..., 3] > 0).mean()
    assert regions.found
    assert regions.product_share == pytest.approx(opaque, abs=0.01)


def test_white_product_that_is_cut_out_is_product(stylizer):
    page = Image.new("RGBA", (300, 300), (255, 255, 255, 0))
    ImageDraw.Draw(page).rounded_rectangle((70, 60, 220, 250), 30, fill=(252, 252, 250, 255))
    ImageDraw.Draw(page).rectangle((100, 120, 190, 180), fill=(90, 120, 180, 255))
    regions = stylized(stylizer, page).regions
    assert regions.product_share == pytest.approx((np.asarray(page)[..., 3] > 0).mean(), abs=0.01)


def test_strength_zero_gives_the_bytes_of_a_framed_picture(stylizer, photo):
    picture = framed(photo, 20, (0, 0, 0))
    assert stylizer.stylize(picture, "oil", strength=0).tobytes() == picture.tobytes()
    transparent = cut_out(photo, (9, 200, 99))
    assert stylizer.stylize(transparent, "oil", strength=0).tobytes() == transparent.tobytes()
