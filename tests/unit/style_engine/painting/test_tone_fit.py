"""Broad tones of learned styles follow the photo's colours; strokes, and catalogue styles, are left alone."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from style_engine import Look
from style_engine.network.styles import LEARNED_FAMILY, style_target
from style_engine.painting import tiled
from style_engine.painting.painter import paint_photo_unprotected
from style_engine.painting.tone_fit import KNEE, remove_tone_residual, tone_residual


@pytest.fixture
def photo() -> torch.Tensor:
    """(1, 3, 192, 240) soft fields of many colours."""
    spots = torch.rand(1, 3, 6, 8, generator=torch.Generator().manual_seed(1))
    return F.interpolate(spots, size=(192, 240), mode="bicubic").clamp(0, 1)


@pytest.fixture
def painted(photo: torch.Tensor) -> torch.Tensor:
    """Darker, browner, of less contrast: one colour becomes one colour."""
    red, green, blue = photo.split(1, 1)
    return torch.cat([0.2 + 0.5 * red, 0.15 + 0.3 * green + 0.1 * red, 0.1 + 0.2 * blue * green], 1)


def test_a_new_palette_is_no_departure(photo, painted):
    assert (remove_tone_residual(painted, photo) - painted).abs().max() < 0.01


def test_a_stain_goes_and_what_is_round_it_stays(photo, painted):
    stain = torch.zeros_like(painted)
    stain[:, 2, 60:100, 80:120] = 0.5
    left = remove_tone_residual(painted + stain, photo) - painted
    assert left[:, 2, 65:95, 85:115].max() < KNEE + 0.04
    assert left[..., :40, :].abs().max() < 0.02


def test_strokes_stay(photo, painted):
    strokes = 0.3 * (torch.arange(240) % 4 < 2).float().sub(0.5).expand_as(painted)
    kept = remove_tone_residual(painted + strokes, photo) - painted
    assert (kept - strokes).abs().max() < 0.04  # of 0.15


def test_tones_keep_their_size_and_are_finite_in_pictures_of_a_pixel_or_a_colour():
    for size in ((1, 1), (1, 300), (40, 30)):
        grey = torch.full((1, 3, *size), 0.5)
        assert remove_tone_residual(grey + 0.2, grey).shape == grey.shape
        assert (remove_tone_residual(grey + 0.2, grey) - grey - 0.2).abs().max() < 0.01


def test_only_what_was_learned_is_evened(stylizer, scene):
    oil = stylizer.styles["oil"]
    photo_style = replace(oil, id="own", family=LEARNED_FAMILY)
    styles = {"oil": oil, "own": photo_style}
    assert [style_target(look, styles).learned for look in (Look.of("oil"), Look({"own": 1, "oil": 3}))] == [
        0,
        0.25,
    ]
    drawn, learned = (
        paint_photo_unprotected(stylizer.model, style_target(Look.of(name), styles), scene) for name in styles
    )
    assert drawn.tobytes() != learned.tobytes()


@torch.inference_mode()
def test_tiles_are_evened_like_the_working_size(stylizer, scene):
    image = scene.resize((640, 480))
    photo_style = replace(stylizer.styles["oil"], id="own", family=LEARNED_FAMILY)
    target = style_target(Look.of("own"), {"own": photo_style})
    one = tiled.Tiled(stylizer.model, image, stylizer.device, tile_side=160).paint(target, 1.0)
    other = stylizer.with_style(photo_style).stylize(image, "own")
    difference = torch.frombuffer(bytearray(one.tobytes()), dtype=torch.uint8).int() - torch.frombuffer(
        bytearray(other.tobytes()), dtype=torch.uint8
    )
    assert difference.abs().max() <= 1


def test_nothing_is_added_where_nothing_departs(photo, painted):
    assert tone_residual(painted, photo).abs().max() < 0.01
