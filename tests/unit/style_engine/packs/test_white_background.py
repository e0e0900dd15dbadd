"""Which backgrounds count as exactly white."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from style_engine.packs.white_background import Background, find_white_background

SIDE_PX = 500
PRODUCT_BOX = (100, 100, 400, 400)


def picture(level=255, colour=(30, 60, 120)):
    image = Image.new("RGB", (SIDE_PX, SIDE_PX), (level,) * 3)
    ImageDraw.Draw(image).rectangle(PRODUCT_BOX, fill=colour)
    return image


def kind(image, product=None):
    return find_white_background(np.asarray(image), product).kind


def test_exact_white():
    assert kind(picture()) is Background.WHITE


@pytest.mark.parametrize("level", [254, 250, 230])
def test_a_white_that_is_not_exact_is_nearly_white_and_its_colour_named(level):
    found = find_white_background(np.asarray(picture(level)), None)
    assert (found.kind, found.rgb) == (Background.NEARLY_WHITE, (level,) * 3)


@pytest.mark.parametrize("level", [20, 128])
def test_another_colour(level):
    assert kind(picture(level)) is Background.OTHER


def test_traces_of_jpeg_beside_the_product_are_no_background(tmp_path):
    picture(colour=(200, 20, 20)).save(tmp_path / "a.jpg", quality=70)
    with Image.open(tmp_path / "a.jpg") as image:
        assert (np.asarray(image) != 255).any(-1).mean() > 0.37
        assert kind(image) is Background.WHITE


def test_a_soft_shadow_that_fades_to_white_is_the_products():
    page = Image.new("RGB", (SIDE_PX, SIDE_PX), "white")
    ImageDraw.Draw(page).ellipse((80, 370, 420, 430), fill=(120, 120, 124))
    page = page.filter(ImageFilter.GaussianBlur(12))
    ImageDraw.Draw(page).rectangle(PRODUCT_BOX, fill=(30, 60, 120))
    assert kind(page) is Background.WHITE


def test_a_shadow_that_reaches_the_border_is_not():
    page = picture()
    ImageDraw.Draw(page).rectangle((200, 400, 300, SIDE_PX), fill=(236, 236, 236))
    assert kind(page) is Background.NEARLY_WHITE


def test_dust_apart_from_the_product_is_not_white():
    page = picture()
    for x in range(40, 460, 20):
        ImageDraw.Draw(page).rectangle((x, 30, x + 8, 38), fill=(240, 240, 240))
    assert kind(page) is Background.NEARLY_WHITE


def test_a_photo_on_nearly_white_pasted_on_white_is_not_white():
    page = Image.new("RGB", (SIDE_PX, SIDE_PX), "white")
    page.paste(picture(250).resize((440, 440)), (30, 30))
    assert kind(page) is Background.NEARLY_WHITE


def test_a_pale_product_is_told_from_its_background_by_its_mask():
    page = picture(colour=(244, 244, 242))
    mask = np.zeros((SIDE_PX, SIDE_PX), np.float32)
    mask[100:401, 100:401] = 1
    assert kind(page, mask) is Background.WHITE


def test_a_product_that_the_border_cuts_off_may_reach_it():
    page = picture()
    ImageDraw.Draw(page).rectangle((100, 100, 400, SIDE_PX), fill=(30, 60, 120))
    assert kind(page) is Background.WHITE


def test_a_shadow_that_the_lower_border_cuts_off_is_not_white():
    page = picture().crop((0, 0, SIDE_PX, 420))
    ImageDraw.Draw(page).rectangle((120, 402, 380, 420), fill=(230, 230, 230))
    mask = np.zeros((420, SIDE_PX), np.float32)
    mask[100:401, 100:401] = 1
    assert kind(page, mask) is Background.NEARLY_WHITE


def test_a_flat_halo_around_the_product_is_not_white():
    page = Image.new("RGB", (SIDE_PX, SIDE_PX), "white")
    ImageDraw.Draw(page).ellipse((40, 40, 460, 460), fill=(254, 254, 254))
    ImageDraw.Draw(page).rectangle((150, 150, 350, 350), fill=(30, 60, 120))
    assert kind(page) is Background.NEARLY_WHITE
