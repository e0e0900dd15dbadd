"""Each protection's guarantees for the published picture, at any size of photo."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from style_engine import Look, Stylizer
from style_engine.looks import Protection
from style_engine.regions.finder import Regions
from style_engine.safety.protection import protect, white_to_restore
from style_engine.safety.scene import Scene

SIZES = [256, 500, 700, 1100]  # px: enlarged to, equal to and reduced to working size
PROTECTED = [mode for mode in Protection if mode is not Protection.OFF]


def painted(stylizer: Stylizer, photo: Image.Image, mode: Protection, style: str = "oil") -> np.ndarray:
    result = stylizer.stylize_all(photo, [Look({style: 1.0}, 1.0, mode)])[0]
    assert result.verdict.strength > 0, result.verdict
    return np.asarray(result.image).astype(int)


@pytest.mark.parametrize("side", SIZES)
@pytest.mark.parametrize("mode", [Protection.STRICT, Protection.OFF])
def test_white_background_stays_white_up_to_the_product_edge(stylizer, product, side, mode):
    photo = product.resize((side, side), Image.Resampling.LANCZOS)
    pixels = np.asarray(photo).astype(int)
    y, x = np.mgrid[0:side, 0:side] / side
    off_product = (x < 0.29) | (y < 0.20) | (y > 0.79)
    white = off_product & (pixels.min(-1) >= 245)
    assert np.abs(painted(stylizer, photo, mode) - pixels).max(-1)[white].max() <= 3


def half_background(tone: float) -> Scene:
    """100 × 100 px of one grey: background on the left, product on the right."""
    half = torch.zeros(1, 1, 100, 100)
    half[..., :50] = 1
    grey = torch.full((1, 3, 100, 100), tone)
    return Scene(grey, half, Regions(1 - half, torch.zeros_like(half), True, 1.0))


def test_white_product_on_a_darker_background_is_painted_up_to_its_edge():
    assert white_to_restore(Image.new("RGB", (200, 200), (250, 250, 250)), half_background(0.6)) is None


@pytest.mark.parametrize("side", [90, 200, 650])
def test_white_product_on_white_background_is_painted_up_to_its_outline(side):
    scene, photo = half_background(1.0), Image.new("RGB", (side, side), "white")
    outline = round(0.53 * side)
    photo.paste((180, 180, 180), (outline, 0, outline + max(1, side // 100), side))
    white = np.asarray(white_to_restore(photo, scene))
    cell = -(-side // 100)  # px, resolution of the restored area
    assert white[:, : outline - cell].all()
    assert not white[:, outline + cell :].any()


def test_probable_text_keeps_its_detail():
    scene = half_background(0.6)
    change = torch.linspace(-0.2, 0.2, 100).expand(1, 3, 100, 100)
    changes = []
    for probability in (0.0, 0.6, 1.0):
        regions = replace(scene.regions, text=torch.full_like(scene.background, probability))
        with_text = Scene(scene.photo, scene.background, regions)
        changes.append(protect(with_text, change.clone(), Protection.SOFT))
    assert torch.equal(changes[1], changes[2])
    assert changes[1].abs().sum() < 0.5 * changes[0].abs().sum()


def test_white_pixels_at_the_product_edge_are_restored_though_grey_in_the_scene():
    scene, photo = half_background(0.94), Image.new("RGB", (200, 200), (240, 240, 240))
    scene.photo[..., :4, :20] = 1  # part of the background is white
    for x in (60, 110, 160):  # on the background, at the edge, well inside the product
        photo.putpixel((x, 80), (250, 250, 250))
    white = np.asarray(white_to_restore(photo, scene))
    assert [bool(white[80, x]) for x in (60, 110, 160)] == [True, True, False]
    assert not white[20, 20]


def test_transparency_is_kept_on_white(stylizer, product):
    photo = product.resize((700, 700))
    photo.putalpha(Image.linear_gradient("L").resize(photo.size))
    styled = stylizer.stylize_all(photo, [Look({"oil": 1.0}, 1.0, Protection.SOFT)])[0].image
    assert styled.getchannel("A").tobytes() == photo.getchannel("A").tobytes()


def test_stricter_protection_changes_the_product_less(stylizer, product):
    pixels = np.asarray(product).astype(int)
    inside = np.s_[70:195, 80:170]
    off, soft, strict = (
        np.abs(painted(stylizer, product, mode) - pixels)[inside].mean()
        for mode in (Protection.OFF, Protection.SOFT, Protection.STRICT)
    )
    assert off > soft > strict > 0


@pytest.mark.parametrize("mode", [Protection.SOFT, Protection.STRICT])
def test_what_is_painted_around_a_slender_product_does_not_weaken_the_change_on_it(mode):
    random = torch.Generator().manual_seed(4)
    photo = 0.3 + 0.4 * torch.rand((1, 3, 256, 256), generator=random)
    product = (torch.arange(256) // 16 % 2).float().expand(1, 1, 256, 256)  # bars, 16 px wide
    nothing, inside = torch.zeros_like(product), product.expand_as(photo) > 0
    change = 0.05 * torch.rand(photo.shape, generator=random)

    def mean_change(background_factor: float) -> float:
        scene = Scene(photo, nothing, Regions(product, nothing, found=True, confidence=1.0))
        painted = torch.where(inside, change, background_factor * change)
        return float(protect(scene, painted, mode).abs()[inside].mean())

    assert mean_change(12.0) >= 0.98 * mean_change(1.0)
