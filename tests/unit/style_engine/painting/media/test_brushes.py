"""Brush painting: tones and lettering survive, the result does not depend on the resolution."""

import pytest
import torch
from PIL import Image

from style_engine.imaging import tensors
from style_engine.painting.media import brushes
from style_engine.painting.media.subject import Subject
from style_engine.painting.strokes.layers import LayerSettings, paint_layer, paint_layer_reduced
from style_engine.safety import metrics

STYLES = ("oil", "impressionist", "post_impressionist", "old_master", "fauvist", "gouache")

MAX_TONE_CHANGES = {"old_master": 0.2, "fauvist": 0.12}  # which choose their own light and colours


def subject_of(image: Image.Image) -> Subject:
    photo = tensors.to_tensor(image)
    everywhere = torch.ones_like(photo[:, :1])
    return Subject(photo, photo, everywhere, torch.zeros_like(everywhere))


@pytest.mark.parametrize("style", STYLES)
def test_painting_keeps_the_tones(product, style):
    subject = subject_of(product)
    painted = getattr(brushes, style)(subject)
    assert torch.isfinite(painted).all()
    assert 0 <= painted.min() <= painted.max() <= 1
    tones = [torch.nn.functional.avg_pool2d(picture, 32) for picture in (subject.toned, painted)]
    assert (tones[0] - tones[1]).abs().mean() < MAX_TONE_CHANGES.get(style, 0.08)


@pytest.mark.parametrize("size", [(8, 8), (33, 47), (9, 200)])
def test_any_size_is_painted(size):
    photo = torch.full((1, 3, *size), 0.4)
    painted = brushes.oil(Subject(photo, photo, photo[:, :1], 0 * photo[:, :1]))
    assert painted.shape == photo.shape
    assert torch.isfinite(painted).all()


def test_lettering_keeps_its_edges(product):
    subject = subject_of(product.resize((512, 512), Image.Resampling.LANCZOS))
    assert metrics.edge_keep(subject.photo, brushes.oil(subject)) > 0.6


def test_the_same_painting_twice(product):
    assert torch.equal(brushes.oil(subject_of(product)), brushes.oil(subject_of(product)))


def test_the_same_painting_at_twice_the_resolution(product):
    sizes = [product.resize((side, side), Image.Resampling.LANCZOS) for side in (1024, 512)]
    paintings = [brushes.oil(subject_of(image)) for image in sizes]
    small = [torch.nn.functional.interpolate(p, size=(64, 64), mode="area") for p in paintings]
    assert (small[0] - small[1]).abs().mean() < 0.03


def test_marks_replace_the_texture_of_the_photo(product):
    """Fine noise of the photo is not in the painting: it is simplified first."""
    noise = 0.03 * torch.randn(1, 3, 256, 256, generator=torch.Generator().manual_seed(0))
    clean = subject_of(product)
    everywhere = torch.ones_like(clean.product)
    noisy = Subject(
        (clean.photo + noise).clamp(0, 1), (clean.photo + noise).clamp(0, 1), everywhere, 0 * everywhere
    )
    difference = (brushes.gouache(noisy) - brushes.gouache(clean)).abs().median()
    assert difference < 0.5 * noise.abs().median()


def test_wide_strokes_on_a_reduced_copy_cover_the_same_colours():
    photo = torch.full((1, 3, 128, 128), 0.2)
    photo[..., 64:] = 0.8
    settings = LayerSettings(spacing_px=14, length_px=60, width_px=40, max_difference=0.2, colour_noise=0.0)
    still = torch.zeros(1, 1, 128, 128)
    full, reduced = (paint(photo, still, still, settings) for paint in (paint_layer, paint_layer_reduced))
    for layer in (full, reduced):
        sure = layer.covered[0, 0] > 0.99
        assert sure.float().mean() > 0.8
        assert (layer.colour - photo)[0, :, sure].abs().mean() < 0.02


def square_before(background: float) -> Subject:
    """A light grey product before an even background."""
    photo = torch.full((1, 3, 160, 160), background)
    product = torch.zeros(1, 1, 160, 160)
    photo[..., 50:110, 50:110], product[..., 50:110, 50:110] = 0.65, 1
    return Subject(photo, photo, product, 0 * product)


def test_an_old_master_darkens_a_scene_and_no_plain_background():
    corner = (..., slice(0, 20), slice(0, 20))
    assert brushes.old_master(square_before(0.55))[corner].mean() < 0.40
    assert brushes.old_master(square_before(1.0))[corner].mean() > 0.95


def test_fauvist_shade_is_cold_and_light_warm():
    for grey, warm in ((0.25, False), (0.85, True)):
        photo = torch.full((1, 3, 160, 160), grey)
        everywhere = torch.ones_like(photo[:, :1])
        red, _, blue = brushes.fauvist(Subject(photo, photo, everywhere, 0 * everywhere)).mean((0, 2, 3))
        assert (red > blue + 0.03) if warm else (blue > red + 0.03)


def test_white_beside_the_product_is_smooth():
    subject = square_before(1.0)
    assert brushes.oil(subject)[..., :20, :20].std() < 0.01
