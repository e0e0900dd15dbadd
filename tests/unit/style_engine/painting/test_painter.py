"""Painter: network tones, then the marks of media; mixes, strength, levels, protection, large photos."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from style_engine import InvalidLook
from style_engine.imaging import tensors
from style_engine.imaging.filters import gaussian
from style_engine.looks import Levels, Look, Protection
from style_engine.network.styles import style_target
from style_engine.painting.media import MEDIA
from style_engine.painting.network_pass import PaintRequest
from style_engine.painting.painter import Painter


@pytest.fixture
def painter(stylizer, scene):
    return Painter(stylizer.model, tensors.to_tensor(scene))


def request_of(stylizer, styles, levels=None, strength=1.0, mask=None):
    target = style_target(Look.of(styles), stylizer.styles)
    mask = torch.ones(1, 1, 1, 1) if mask is None else mask
    return PaintRequest(target, mask, levels or Levels(), inside=strength, outside=strength)


def test_every_catalogue_style_has_a_medium(stylizer):
    assert {style.medium for style in stylizer.styles.values()} <= set(MEDIA)


@torch.inference_mode()
def test_marks_are_painted_over_the_tones(stylizer, painter):
    request = request_of(stylizer, "engraving")
    toned, painted = painter.tone(request), painter.paint(request)
    assert (painted - toned).abs().mean() > 0.05
    averages = [gaussian(picture, 12.0) for picture in (toned, painted)]
    assert (averages[0] - averages[1]).abs().mean() < 0.15


@torch.inference_mode()
def test_without_strokes_only_the_tones_change(stylizer, painter):
    request = request_of(stylizer, "oil", Levels(stroke=0))
    assert torch.equal(painter.paint(request), painter.tone(request))


@torch.inference_mode()
def test_media_of_a_mix_are_blended_by_weight(stylizer, painter):
    """All on the tones of one mix, so the blend is linear in the weights of the media."""
    request = request_of(stylizer, {"oil": 0.5, "pencil": 0.5})
    halves = [
        replace(request, target=replace(request.target, media=((medium, 1.0),)))
        for medium in ("oil", "pencil")
    ]
    mean = (painter.paint(halves[0]) + painter.paint(halves[1])) / 2
    torch.testing.assert_close(painter.paint(request), mean, atol=2e-3, rtol=0)


@torch.inference_mode()
def test_marks_fade_with_the_strength(stylizer, painter):
    photo = painter.photo
    changes = [
        float((painter.paint(request_of(stylizer, "mosaic", strength=s)) - photo).abs().mean())
        for s in (0.01, 0.25, 0.5, 0.75, 1.0)
    ]
    assert changes == sorted(changes)
    assert changes[0] < 0.02 * changes[-1] + 1e-3


@torch.inference_mode()
def test_a_style_without_a_medium_is_painted_by_the_network_alone(stylizer, painter):
    request = request_of(stylizer, "oil")
    plain = replace(request, target=replace(request.target, media=()))
    assert torch.equal(painter.paint(plain), painter.full.paint(plain))


def test_no_texture_of_a_large_photo_is_left_between_the_marks(stylizer, scene):
    """The photo is larger than the working size: its finest detail is replaced, except in a protected area."""
    grain = np.random.default_rng(1).normal(0, 14, (1400, 1200, 3))
    large = np.asarray(scene.resize((1200, 1400), Image.Resampling.LANCZOS), np.float64)
    photo = Image.fromarray(np.clip(large + grain, 0, 255).astype(np.uint8))
    off, soft = stylizer.stylize_all(photo, [Look.of("gouache"), Look({"gouache": 1}, 1.0, Protection.SOFT)])
    fine = [finest_detail(picture) for picture in (photo, off.image, soft.image)]
    assert fine[1] < 0.35 * fine[0]
    assert fine[2] > fine[1]


def finest_detail(image: Image.Image) -> float:
    picture = tensors.to_tensor(image)
    return float((picture - gaussian(picture, 1.0)).std())


def test_tiles_are_refused_for_styles_with_marks(stylizer, scene):
    with pytest.raises(InvalidLook, match="learned styles only"):
        stylizer.stylize_tiled(scene, Look.of("oil"))
