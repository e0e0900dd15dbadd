"""What a protection promises of the picture that is published, whatever the size of the photo."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from style_engine import Look, Stylizer
from style_engine.looks import Protection
from style_engine.regions.finder import Regions
from style_engine.safety.protection import protect, restore_white
from style_engine.safety.scene import Scene

SIZES = [256, 500, 700, 1100]  # px: brought up to working size, just so, and down to it
PROTECTED = [mode for mode in Protection if mode is not Protection.OFF]


def painted(stylizer: Stylizer, photo: Image.Image, mode: Protection, style: str = "oil") -> np.ndarray:
    result = stylizer.stylize_all(photo, [Look({style: 1.0}, 1.0, mode)])[0]
    assert result.verdict.strength > 0, result.verdict
    return np.asarray(result.image).astype(int)


@pytest.mark.parametrize("side", SIZES)
@pytest.mark.parametrize("mode", [Protection.STRICT, Protection.OFF])
def test_white_background_stays_white_to_the_rim(stylizer, product, side, mode):
    photo = product.resize((side, side), Image.Resampling.LANCZOS)
    pixels = np.asarray(photo).astype(int)
    y, x = np.mgrid[0:side, 0:side] / side
    outside = (x < 0.29) | (y < 0.20) | (y > 0.79)  # of the mug's body, its handle and its brim
    white = outside & (pixels.min(-1) >= 245)
    assert np.abs(painted(stylizer, photo, mode) - pixels).max(-1)[white].max() <= 3


def half_ground(tone: float) -> Scene:
    """100 px of one grey: clean ground on the left, goods on the right."""
    half = torch.zeros(1, 1, 100, 100)
    half[..., :50] = 1
    grey = torch.full((1, 3, 100, 100), tone)
    return Scene(grey, half, Regions(1 - half, torch.zeros_like(half), True, 1.0))


def test_white_product_on_a_darker_ground_are_painted_to_their_rim():
    photo = Image.new("RGB", (200, 200), (250, 250, 250))
    painted = Image.new("RGB", photo.size, (90, 20, 20))
    assert restore_white(photo, painted, half_ground(0.6)) is painted


@pytest.mark.parametrize("side", [90, 200, 650])
def test_white_product_on_white_background_are_painted_up_to_their_outline(side):
    scene, photo = half_ground(1.0), Image.new("RGB", (side, side), "white")
    outline = round(0.53 * side)
    photo.paste((180, 180, 180), (outline, 0, outline + max(1, side // 100), side))
    put_back = restore_white(photo, Image.new("RGB", photo.size, (90, 20, 20)), scene)
    kept = (np.asarray(put_back) == 255).all(-1)
    reach = -(-side // 100)  # the ground is looked for in cells of so many px
    assert kept[:, : outline - reach].all()
    assert not kept[:, outline + reach :].any()


def test_what_is_rather_text_than_not_keeps_its_strokes():
    scene = half_ground(0.6)
    change = torch.linspace(-0.2, 0.2, 100).expand(1, 3, 100, 100)
    kept = []
    for sure in (0.0, 0.6, 1.0):
        regions = replace(scene.regions, text=torch.full_like(scene.background, sure))
        kept.append(protect(Scene(scene.photo, scene.background, regions), change.clone(), Protection.SOFT))
    assert torch.equal(kept[1], kept[2])
    assert kept[1].abs().sum() < 0.5 * kept[0].abs().sum()


def test_specks_of_white_at_the_rim_stay_though_the_scene_shows_them_grey():
    scene, photo = half_ground(0.94), Image.new("RGB", (200, 200), (240, 240, 240))
    scene.photo[..., :4, :20] = 1  # some of the ground is white
    for x in (60, 110, 160):  # on the ground, at its rim, well inside the product
        photo.putpixel((x, 80), (250, 250, 250))
    put_back = restore_white(photo, Image.new("RGB", photo.size, (90, 20, 20)), scene)
    assert [put_back.getpixel((x, 80)) == (250, 250, 250) for x in (60, 110, 160)] == [True, True, False]
    assert put_back.getpixel((20, 20)) == (90, 20, 20)


def test_the_white_keeps_its_transparency(stylizer, product):
    photo = product.resize((700, 700))
    photo.putalpha(Image.linear_gradient("L").resize(photo.size))
    styled = stylizer.stylize_all(photo, [Look({"oil": 1.0}, 1.0, Protection.SOFT)])[0].image
    assert styled.getchannel("A").tobytes() == photo.getchannel("A").tobytes()


def test_the_tighter_the_protection_the_nearer_the_product_to_the_photo(stylizer, product):
    pixels = np.asarray(product).astype(int)
    inside = np.s_[70:195, 80:170]
    off, soft, strict = (
        np.abs(painted(stylizer, product, mode) - pixels)[inside].mean()
        for mode in (Protection.OFF, Protection.SOFT, Protection.STRICT)
    )
    assert off > soft > strict > 0
