"""Measures agree with scikit-image and with common sense."""

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from style_engine import measures, pictures


def test_ssim_agrees_with_scikit_image(scene):
    photo = pictures.to_tensor(scene)
    noisy = (photo + 0.05 * torch.randn(photo.shape, generator=torch.Generator().manual_seed(1))).clamp(0, 1)
    a, b = (measures.luminance(x)[0, 0].numpy() for x in (photo, noisy))
    reference = structural_similarity(a, b, win_size=7, data_range=255)
    assert measures.ssim(photo, noisy) == pytest.approx(reference, abs=0.01)


def test_flat_noise_sees_grain_on_an_even_ground_only():
    even = torch.full((1, 3, 64, 64), 0.9)
    grain = even + 0.1 * torch.randn(even.shape, generator=torch.Generator().manual_seed(1))
    assert measures.flat_noise(even, even) == pytest.approx(0, abs=1e-3)
    assert measures.flat_noise(even, grain) > 5
    assert measures.flat_noise(grain, even) == 0


def test_edge_keep_falls_when_edges_move(scene):
    photo = pictures.to_tensor(scene)
    assert measures.edge_keep(photo, photo) == pytest.approx(1, abs=1e-4)
    assert measures.edge_keep(photo, photo.roll(9, 3)) < 0.6


def test_plain_pictures_give_finite_numbers():
    even = torch.full((1, 3, 9, 9), 0.5)
    assert all(np.isfinite(value) for value in measures.report(even, even).values())
