"""Tone fit: removes large-area colour errors of learned styles; keeps strokes and catalogue styles."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from style_engine import Look
from style_engine.network.styles import LEARNED_FAMILY, style_target
from style_engine.painting import tiled
from style_engine.painting.painter import paint_photo_unprotected
from style_engine.painting.tone_fit import RESIDUAL_KNEE_RGB, remove_tone_residual, tone_residual


@pytest.fixture
def photo() -> torch.Tensor:
    """(1, 3, 192, 240) a smooth pattern of many colours."""
    spots = torch.rand(1, 3, 6, 8, generator=torch.Generator().manual_seed(1))
    return F.interpolate(spots, size=(192, 240), mode="bicubic").clamp(0, 1)


@pytest.fixture
def painted(photo: torch.Tensor) -> torch.Tensor:
    """A global colour map of the photo: darker, browner, with less contrast."""
    red, green, blue = photo.split(1, 1)
    return torch.cat([0.2 + 0.5 * red, 0.15 + 0.3 * green + 0.1 * red, 0.1 + 0.2 * blue * green], 1)


def test_a_global_colour_map_is_kept(photo, painted):
    assert (remove_tone_residual(painted, photo) - painted).abs().max() < 0.01


def test_a_stain_is_removed_and_its_surroundings_are_kept(photo, painted):
    stain = torch.zeros_like(painted)
    stain[:, 2, 60:100, 80:120] = 0.5
    residual = remove_tone_residual(painted + stain, photo) - painted
    assert residual[:, 2, 65:95, 85:115].max() < RESIDUAL_KNEE_RGB + 0.04
    assert residual[..., :40, :].abs().max() < 0.02


def test_strokes_are_kept(photo, painted):
    strokes = 0.3 * (torch.arange(240) % 4 < 2).float().sub(0.5).expand_as(painted)
    corrected = remove_tone_residual(painted + strokes, photo) - painted
    assert (corrected - strokes).abs().max() < 0.04  # of 0.15


def test_tiny_and_uniform_pictures_give_finite_results_of_their_size():
    for size in ((1, 1), (1, 300), (40, 30)):
        grey = torch.full((1, 3, *size), 0.5)
        assert remove_tone_residual(grey + 0.2, grey).shape == grey.shape
        assert (remove_tone_residual(grey + 0.2, grey) - grey - 0.2).abs().max() < 0.01


def test_only_learned_styles_are_corrected(stylizer, scene):
    oil = stylizer.styles["oil"]
    own_style = replace(oil, id="own", family=LEARNED_FAMILY, medium="")
    styles = {"oil": replace(oil, medium=""), "own": own_style}
    assert [style_target(look, styles).learned for look in (Look.of("oil"), Look({"own": 1, "oil": 3}))] == [
        0,
        0.25,
    ]
    drawn, learned = (
        paint_photo_unprotected(stylizer.model, style_target(Look.of(name), styles), scene) for name in styles
    )
    assert drawn.tobytes() != learned.tobytes()


@torch.inference_mode()
def test_tiles_are_corrected_like_untiled_painting(stylizer, scene):
    image = scene.resize((640, 480))
    own_style = replace(stylizer.styles["oil"], id="own", family=LEARNED_FAMILY, medium="")
    target = style_target(Look.of("own"), {"own": own_style})
    in_tiles = tiled.TiledPainter(stylizer.model, image, stylizer.device, tile_side=160).paint(target, 1.0)
    untiled = stylizer.with_style(own_style).stylize(image, "own")
    difference = torch.frombuffer(bytearray(in_tiles.tobytes()), dtype=torch.uint8).int() - torch.frombuffer(
        bytearray(untiled.tobytes()), dtype=torch.uint8
    )
    assert difference.abs().max() <= 1


def test_a_global_colour_map_has_no_residual(photo, painted):
    assert tone_residual(painted, photo).abs().max() < 0.01
