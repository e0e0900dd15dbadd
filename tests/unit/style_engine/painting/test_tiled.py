"""Tiled painting equals painting the whole frame, at any size."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from style_engine.imaging import tensors
from style_engine.looks import Look
from style_engine.network.conditioning import conditioning_maps
from style_engine.network.fusenet import FuseNet, vector_size
from style_engine.network.modulation import FrozenModulation, RecordingModulation, Statistics
from style_engine.network.patterns import half_size_patterns
from style_engine.network.styles import style_target
from style_engine.painting import tiled
from style_engine.painting.painter import paint_photo_unprotected

SIZES = [(512, 384), (333, 257), (96, 700), (1, 1), (3, 200), (2500, 9)]


@pytest.fixture
def target(stylizer):
    """Of the network alone, as a learned style's."""
    return replace(style_target(Look({"oil": 0.6, "pencil": 0.4}), stylizer.styles), media=())


def assembled_change(stylizer, image, target, strength, tile_side):
    """(3, H, W) the changes of all windows."""
    painter = tiled.TiledPainter(stylizer.model, image, stylizer.device, tile_side)
    change_of = painter._change_function(target, strength)
    assembled = torch.full((3, image.height, image.width), torch.nan)
    for window in painter._windows:
        assembled[:, *window] = change_of(window)
    return assembled


@pytest.mark.parametrize("strength", [0.5, 1.0])
@pytest.mark.parametrize("size", SIZES)
@torch.inference_mode()
def test_tiles_equal_the_full_frame(stylizer, scene, target, size, strength):
    image = scene.resize(size)
    whole = assembled_change(stylizer, image, target, strength, tile_side=4096)
    pieces = assembled_change(stylizer, image, target, strength, tile_side=96)
    assert float((whole - pieces).abs().max()) < 1e-4


@torch.inference_mode()
def test_a_smaller_margin_changes_the_result(stylizer, scene, target, monkeypatch):
    whole = assembled_change(stylizer, scene, target, 1.0, tile_side=4096)
    monkeypatch.setattr(tiled, "receptive_margin_px", lambda: 16)
    assert float((whole - assembled_change(stylizer, scene, target, 1.0, tile_side=96)).abs().max()) > 1e-3


def test_margin_equals_the_receptive_field_to_within_a_stride():
    torch.manual_seed(3)
    net, side = FuseNet((8, 12, 16)).eval().double(), 352
    photo = torch.rand(1, 3, side, side, dtype=torch.float64)
    conditioning = conditioning_maps(photo.float(), half_size_patterns(side, side)).double()
    style = net.modulation(torch.randn(1, vector_size((8, 12, 16)), dtype=torch.float64))
    statistics = Statistics()
    with torch.no_grad():
        net(photo, RecordingModulation(style, statistics), conditioning)
        before = net(photo, FrozenModulation(style, statistics), conditioning)
        photo[:, :, 176, 176] += 0.5
        after = net(photo, FrozenModulation(style, statistics), conditioning)
    rows = torch.nonzero((after - before).abs().amax((0, 1, 3))).flatten() - 176
    distance, margin = int(rows.abs().max()), tiled.receptive_margin_px()
    assert margin - tensors.PAINTING_STRIDE_PX <= distance < margin + tensors.PAINTING_STRIDE_PX


@torch.inference_mode()
def test_tiles_equal_untiled_painting_at_working_size(stylizer, scene, target):
    image = scene.resize((640, 480))
    in_tiles = tiled.TiledPainter(stylizer.model, image, stylizer.device, tile_side=160).paint(target, 1.0)
    untiled = paint_photo_unprotected(stylizer.model, target, image)
    assert np.abs(np.asarray(in_tiles, int) - np.asarray(untiled, int)).max() <= 1


@torch.inference_mode()
def test_alpha_and_size_are_kept_and_strength_zero_is_the_photo(stylizer, scene, target):
    image = scene.resize((130, 70))
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    painter = tiled.TiledPainter(stylizer.model, image, stylizer.device, tile_side=64)
    painted = painter.paint(target, 0.8)
    assert (painted.mode, painted.size) == (image.mode, image.size)
    assert painted.getchannel("A").tobytes() == image.getchannel("A").tobytes()
    assert painter.paint(target, 0).tobytes() == image.tobytes()


def test_padding_equals_that_of_the_working_picture(stylizer, scene):
    image = scene.resize((45, 9))
    painter = tiled.TiledPainter(stylizer.model, image, stylizer.device)
    rows, columns = painter._axes
    expected = tensors.padded(tensors.to_tensor(image))[0].permute(1, 2, 0).numpy() * 255
    np.testing.assert_allclose(np.asarray(image)[rows][:, columns], expected, atol=1e-3)
