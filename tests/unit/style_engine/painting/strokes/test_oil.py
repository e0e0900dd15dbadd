"""Oil: the painting keeps tones and print, leaves plain backgrounds, and does not depend on the resolution."""

import numpy as np
import torch
from PIL import Image

from style_engine.imaging import tensors
from style_engine.painting.strokes.directions import stroke_directions
from style_engine.painting.strokes.oil import paint_oil, paint_photo_in_oil, simplify
from style_engine.safety import metrics


def shown(image: Image.Image) -> torch.Tensor:
    return tensors.to_tensor(image)


def test_strokes_run_along_the_forms():
    stripes = torch.sin(torch.arange(96) / 3).view(1, 1, 1, 96).expand(1, 3, 96, 96) / 2 + 0.5
    angle, _ = stroke_directions(stripes.contiguous(), 96)
    middle = angle[0, 0, 32:64, 32:64]
    assert (torch.cos(2 * middle) < -0.9).all(), "vertical stripes, vertical strokes"


def test_simplifying_removes_texture_and_keeps_edges():
    generator = torch.Generator().manual_seed(0)
    photo = torch.full((1, 3, 64, 64), 0.3)
    photo[..., 32:] = 0.8
    textured = photo + 0.02 * torch.randn(photo.shape, generator=generator)
    simple = simplify(textured, 3)
    assert (simple - photo)[..., 8:24].std() < 0.25 * (textured - photo)[..., 8:24].std()
    assert (simple[..., 36].mean() - simple[..., 27].mean()) > 0.45


def test_the_painting_keeps_the_tones_of_the_photo(product):
    photo = shown(product)
    painted = paint_oil(photo, 256.0)
    assert torch.isfinite(painted).all()
    assert 0 <= painted.min() <= painted.max() <= 1
    tones = [torch.nn.functional.avg_pool2d(picture, 32) for picture in (photo, painted)]
    assert (tones[0] - tones[1]).abs().mean() < 0.05


def test_lettering_keeps_its_edges(product):
    assert metrics.edge_keep(shown(product), paint_oil(shown(product), 256.0)) > 0.6


def test_the_plain_background_of_a_photo_is_unchanged(product):
    painted = np.asarray(paint_photo_in_oil(product, 600_000))
    white = np.asarray(product).min(2) == 255
    corner = (slice(0, 40), slice(0, 40))
    assert white[corner].all()
    assert (painted[corner] == 255).all()
    assert not np.array_equal(painted, np.asarray(product))


def test_the_same_painting_at_twice_the_resolution(product):
    """Strokes are relative to the size, so both paintings agree but for the finest marks."""
    large = product.resize((512, 512), Image.Resampling.LANCZOS)
    paintings = [paint_oil(shown(large), 512.0), paint_oil(shown(product), 256.0)]
    small = [torch.nn.functional.interpolate(p, size=(64, 64), mode="area") for p in paintings]
    assert (small[0] - small[1]).abs().mean() < 0.02
