"""Subject, lines and materials: sizes, directions, contours and noise that all media use."""

import torch

from style_engine.painting.media.lines import contours, flow_mean
from style_engine.painting.media.materials import fractal_noise, light_relief, value_noise
from style_engine.painting.media.subject import Subject, simplify


def striped(side: int) -> torch.Tensor:
    stripes = torch.sin(torch.arange(side) / 3).view(1, 1, 1, side).expand(1, 3, side, side) / 2 + 0.5
    return stripes.contiguous()


def subject_of(photo: torch.Tensor, product: torch.Tensor | None = None) -> Subject:
    everywhere = torch.ones_like(photo[:, :1])
    return Subject(photo, photo, everywhere if product is None else product, 0 * everywhere)


def test_sizes_are_shares_of_the_product():
    photo = torch.rand(1, 3, 100, 80)
    product = torch.zeros(1, 1, 100, 80)
    product[..., 10:80, 20:40] = 1
    assert subject_of(photo, product).size_px == 70
    assert subject_of(photo).size_px == 100
    product[..., 40:, :] = 0
    product[..., :30, :] = 0
    assert subject_of(photo, product).size_px == 50, "at least half of the picture"
    assert subject_of(photo).px(0.01, least=3.0) == 3.0


def test_strokes_run_along_the_forms():
    angle, _ = subject_of(striped(96)).directions
    assert (torch.cos(2 * angle[0, 0, 32:64, 32:64]) < -0.9).all(), "vertical stripes, vertical strokes"


def test_simplifying_removes_texture_and_keeps_edges():
    generator = torch.Generator().manual_seed(0)
    photo = torch.full((1, 3, 64, 64), 0.3)
    photo[..., 32:] = 0.8
    textured = photo + 0.02 * torch.randn(photo.shape, generator=generator)
    simple = simplify(textured, 3, 0.04, 3)
    assert (simple - photo)[..., 8:24].std() < 0.25 * (textured - photo)[..., 8:24].std()
    assert (simple[..., 36].mean() - simple[..., 27].mean()) > 0.45


def test_flow_mean_smooths_along_the_forms_alone():
    photo = striped(96)
    subject = subject_of(photo)
    rough = photo[:, :1] + 0.2 * torch.randn(1, 1, 96, 96, generator=torch.Generator().manual_seed(1))
    smooth = flow_mean(rough, *subject.directions, length_px=15)
    inner = (slice(None), slice(None), slice(16, 80), slice(16, 80))
    assert (smooth - photo[:, :1])[inner].std() < 0.6 * (rough - photo[:, :1])[inner].std()


def test_contours_are_dark_beside_edges_and_empty_elsewhere():
    photo = torch.full((1, 3, 64, 64), 0.9)
    photo[..., 32:] = 0.2
    line = contours(photo[:, :1], *subject_of(photo).directions, width_px=3.0, contrast=150)
    assert line[..., 28:36].amax() > 0.8
    assert line[..., :20].amax() < 0.01
    assert line[..., 48:].amax() < 0.01


def test_noise_has_unit_spread_and_repeats():
    noise = value_noise(200, 300, 7.0, seed=3)
    assert noise.shape == (1, 1, 200, 300)
    assert abs(float(noise.mean())) < 0.1
    assert 0.8 < float(noise.std()) < 1.2
    assert torch.equal(noise, value_noise(200, 300, 7.0, seed=3))
    assert not torch.equal(noise, value_noise(200, 300, 7.0, seed=4))
    assert 0.8 < float(fractal_noise(200, 300, 12.0, seed=1).std()) < 1.2


def test_light_comes_from_the_upper_left():
    height = torch.zeros(1, 1, 40, 40)
    height[..., 12:28, 12:28] = 2.0
    lit = light_relief(torch.full((1, 3, 40, 40), 0.5), height, relief=1.0, gloss=0.0)
    assert lit[0, 0, 12, 20] > 0.5 > lit[0, 0, 28, 20]
    assert lit[0, 0, 20, 12] > 0.5 > lit[0, 0, 20, 28]
    assert torch.allclose(lit[..., :6], torch.tensor(0.5), atol=1e-4)
