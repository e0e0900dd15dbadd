"""Skin keeps its colours in every protection but `off`, inside and outside the product."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from style_engine.imaging import tensors
from style_engine.imaging.colour import delta_e2000, lab
from style_engine.looks import Protection
from style_engine.regions.finder import Regions
from style_engine.safety.protection import protect, unprotected_area
from style_engine.safety.scene import Scene, measure
from style_engine.safety.skin import limit_skin_pixels, skin_cover, skin_delta_e, skin_pixels

LIMITS = {Protection.SOFT: 7, Protection.STRICT: 2, Protection.BACKGROUND_ONLY: 7, Protection.PRODUCT_ONLY: 7}


def scene_with_arm(*, upload: bool = False) -> Scene:
    """Noise on a tan ground, 120 x 120: the product on the right, an arm from the left into the product."""
    generator = torch.Generator().manual_seed(3)
    tan = torch.tensor([0.78, 0.6, 0.5]).view(1, 3, 1, 1)
    photo = (tan + 0.05 * torch.randn(1, 3, 120, 120, generator=generator)).clamp(0, 1)
    product, skin = torch.zeros(2, 1, 1, 120, 120)
    product[..., 60:] = 1
    skin[:, :, 40:80, :90] = 1
    nothing = torch.zeros_like(skin)
    regions = Regions(product, nothing, found=True, confidence=1.0, skin=skin)
    return Scene(photo, nothing, regions, photo * 0.97 if upload else None)


def orange(scene: Scene) -> torch.Tensor:
    """A change towards orange, of another size at each pixel."""
    generator = torch.Generator().manual_seed(4)
    towards = torch.tensor([0.25, -0.05, -0.45]).view(1, 3, 1, 1)
    return towards * torch.rand(scene.background.shape, generator=generator)


@pytest.mark.parametrize("upload", [False, True], ids=["as uploaded", "enhanced"])
@pytest.mark.parametrize("mode", LIMITS)
def test_every_pixel_of_skin_stays_within_the_limit(mode, upload):
    scene = scene_with_arm(upload=upload)
    result = (scene.photo + protect(scene, orange(scene), mode)).clamp(0, 1)
    delta_e = delta_e2000(lab(scene.reference.picture), lab(result))
    assert delta_e[skin_cover(scene) == 1].max() <= LIMITS[mode]
    assert skin_delta_e(scene, measure(result)) <= LIMITS[mode]


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("max_delta_e", [7.0, 2.0])
def test_single_pixels_of_a_larger_photo_stay_within_the_limit_too(mode, max_delta_e):
    scene, generator = scene_with_arm(), np.random.default_rng(5)
    upload = Image.fromarray(generator.integers(0, 256, (480, 480, 4), np.uint8)).convert(mode)
    result = Image.fromarray(generator.integers(0, 256, (480, 480, 4), np.uint8)).convert(mode)
    limited = limit_skin_pixels(upload, result.copy(), skin_pixels(scene, upload.size), max_delta_e)
    before, after = (tensors.to_tensor(image.convert("RGB")) for image in (upload, limited))
    delta_e = delta_e2000(lab(before), lab(after))
    assert delta_e[..., 165:315, 5:355].max() <= max_delta_e
    elsewhere = (slice(0, 155), slice(0, 480))
    assert np.array_equal(np.asarray(limited)[elsewhere], np.asarray(result)[elsewhere])
    assert np.array_equal(np.asarray(limited)[..., 3:], np.asarray(result)[..., 3:])


def test_rounding_at_working_size_moves_no_dark_skin_beyond_the_limit():
    scene = scene_with_arm()
    dark = tensors.to_image(0.25 * scene.photo)
    scene = replace(scene, photo=tensors.to_tensor(dark))
    change = protect(scene, 0.25 * orange(scene), Protection.STRICT)
    rounded = tensors.to_image(scene.photo + change)
    skin = skin_pixels(scene, dark.size)
    limited = limit_skin_pixels(dark, rounded.copy(), skin, LIMITS[Protection.STRICT])
    moved = [
        float(delta_e2000(lab(scene.photo), lab(tensors.to_tensor(image)))[..., 40:80, :90].max())
        for image in (rounded, limited)
    ]
    assert moved[1] <= LIMITS[Protection.STRICT] < moved[0]


def test_off_paints_skin_as_everything_else():
    scene = scene_with_arm()
    assert torch.equal(protect(scene, orange(scene), Protection.OFF), orange(scene))


def test_what_is_no_skin_is_painted_as_without_people():
    scene = scene_with_arm()
    without = replace(scene, regions=replace(scene.regions, skin=None))
    changes = [protect(s, orange(s), Protection.SOFT) for s in (scene, without)]
    elsewhere = (skin_cover(scene) == 0).expand_as(changes[0])
    assert torch.equal(changes[0][elsewhere], changes[1][elsewhere])
    assert skin_delta_e(without, measure(without.photo * 0.5)) == 0


def test_the_limit_fades_out_at_the_edge_of_the_mask():
    scene = scene_with_arm()
    soft = torch.linspace(0, 1, 120).expand(1, 1, 120, 120)
    scene = replace(scene, regions=replace(scene.regions, skin=soft))
    change = protect(scene, torch.full_like(scene.photo, -0.3), Protection.BACKGROUND_ONLY)
    steps = change[..., :55].mean((0, 1, 2)).diff().abs()
    assert steps.max() < 0.02


def test_marks_do_not_replace_the_detail_of_skin():
    scene = scene_with_arm()
    assert unprotected_area(scene, Protection.SOFT)[skin_cover(scene) == 1].max() == 0
    assert unprotected_area(scene, Protection.OFF).min() == 1
