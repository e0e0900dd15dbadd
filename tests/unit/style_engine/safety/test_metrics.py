"""Metrics agree with scikit-image, nearly agree at larger strides, and give the expected extreme values."""

import gc
import math
import time
import weakref

import numpy as np
import pytest
import torch
from skimage import color
from skimage.data import coffee
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from style_engine.imaging import tensors
from style_engine.imaging.colour import delta_e2000, lab
from style_engine.safety import metrics
from style_engine.safety.metrics import MeasuredImage


def noisy(picture: torch.Tensor, amount: float = 0.05) -> torch.Tensor:
    noise = torch.randn(picture.shape, generator=torch.Generator().manual_seed(1))
    return (picture + amount * noise).clamp(0, 1)


def left_half(picture: torch.Tensor) -> torch.Tensor:
    mask = torch.zeros_like(picture[:, :1])
    mask[..., : picture.shape[3] // 2] = 1
    return mask


def channels_last(picture: torch.Tensor) -> np.ndarray:
    return picture[0].permute(1, 2, 0).double().numpy()


@pytest.fixture(scope="module")
def cup() -> torch.Tensor:
    return torch.from_numpy(coffee()).permute(2, 0, 1).unsqueeze(0).float() / 255


@pytest.fixture(scope="module")
def changed(cup) -> torch.Tensor:
    return noisy(0.85 * cup + 0.1)


@pytest.fixture
def tones(cup, changed) -> list[np.ndarray]:
    return [metrics.luminance(x)[0, 0].double().numpy() for x in (cup, changed)]


def test_ssim_equals_scikit_image(cup, changed, tones):
    reference = structural_similarity(*tones, win_size=7, data_range=255)
    assert metrics.ssim(cup, changed) == pytest.approx(reference, abs=1e-4)


def test_masked_ssim_is_the_masked_mean_of_scikit_images_map(cup, changed, tones):
    _, ssim_map = structural_similarity(*tones, win_size=7, data_range=255, full=True)
    mask = left_half(cup)
    inside = ssim_map[3:-3, 3:-3][mask[0, 0, 3:-3, 3:-3].bool().numpy()]
    assert metrics.masked_ssim(cup, changed, mask) == pytest.approx(inside.mean(), abs=1e-4)


def test_psnr_equals_scikit_image(cup, changed, tones):
    reference = peak_signal_noise_ratio(*tones, data_range=255)
    assert metrics.psnr(cup, changed) == pytest.approx(reference, abs=1e-3)
    assert metrics.psnr(cup, cup) == math.inf


def test_lab_and_delta_e_equal_scikit_image(cup, changed):
    first, second = (color.rgb2lab(channels_last(x)) for x in (cup, changed))
    assert np.abs(channels_last(lab(cup)) - first).max() < 1e-3
    shift = metrics.delta_e_map(cup, changed)[0, 0].numpy()
    assert np.abs(shift - color.deltaE_ciede2000(first, second)).max() < 1e-3


def test_delta_e_equals_scikit_image_over_the_whole_lab_space():
    span = torch.tensor([100.0, 256.0, 256.0]).view(1, 3, 1, 1)
    first = torch.rand(1, 3, 100, 100, generator=torch.Generator().manual_seed(2)) * span
    first[:, 1:] -= 128
    second = first.flip(2)
    second[..., :5] = torch.tensor([50.0, 0, 0]).view(1, 3, 1, 1)  # greys have no hue
    reference = color.deltaE_ciede2000(channels_last(first), channels_last(second))
    assert np.abs(delta_e2000(first, second)[0, 0].numpy() - reference).max() < 1e-3


def test_delta_e_gives_the_published_values():
    """Sharma, Wu, Dalal 2005, table 1: pairs 1, 7, 14, 17, 25."""
    first = [
        (50, 2.6772, -79.7751),
        (50, 0, 0),
        (50, 2.49, -0.001),
        (50, 2.5, 0),
        (60.2574, -34.0099, 36.2677),
    ]
    second = [
        (50, 0, -82.7485),
        (50, -1, 2),
        (50, -2.49, 0.0011),
        (73, 25, -18),
        (60.4626, -34.1751, 39.4387),
    ]
    a, b = (torch.tensor(rows).T.reshape(1, 3, 1, -1).float() for rows in (first, second))
    assert delta_e2000(a, b).flatten().tolist() == pytest.approx(
        [2.0425, 2.3669, 7.2195, 27.1492, 1.2644], abs=2e-3
    )


def test_delta_e_is_measured_inside_the_mask(cup, changed):
    mask = left_half(cup)
    half = torch.where(mask.bool(), cup, changed)
    reference = color.deltaE_ciede2000(*(color.rgb2lab(channels_last(x)) for x in (cup, changed)))
    right = reference[:, cup.shape[3] // 2 :]
    assert metrics.weighted_mean(metrics.delta_e_map(cup, half), mask) == 0
    assert metrics.weighted_mean(metrics.delta_e_map(cup, half), 1 - mask) == pytest.approx(
        right.mean(), abs=1e-2
    )


def test_larger_strides_give_nearly_the_same_values(cup, changed):
    mask, sparse = left_half(cup), (MeasuredImage(cup, 4, 6), MeasuredImage(changed, 4, 6))
    for measure in (metrics.masked_ssim, metrics.text_keep, metrics.edge_keep):
        assert measure(*sparse, mask) == pytest.approx(measure(cup, changed, mask), abs=0.02)
    assert metrics.flat_noise(*sparse, mask) == pytest.approx(
        metrics.flat_noise(cup, changed, mask), rel=0.03
    )


def test_flat_noise_is_measured_only_where_the_photo_is_flat():
    even = torch.full((1, 3, 64, 64), 0.9)
    grain = noisy(even, 0.1)
    assert metrics.flat_noise(even, even) == pytest.approx(0, abs=1e-2)
    assert metrics.flat_noise(even, grain) > 5
    assert metrics.flat_noise(grain, even) == 0


def test_edge_keep_falls_when_edges_move(scene):
    photo = tensors.to_tensor(scene)
    assert metrics.edge_keep(photo, photo) == pytest.approx(1, abs=1e-4)
    assert metrics.edge_keep(photo, photo.roll(9, 3)) < 0.6


def test_text_keep_is_high_for_other_colours_and_low_for_blurred_letters(product):
    photo = tensors.to_tensor(product)
    text = torch.zeros_like(photo[:, :1])
    text[..., 120:145, 98:156] = 1
    blurred = torch.nn.functional.avg_pool2d(photo, 9, 1, 4, count_include_pad=False)
    assert metrics.text_keep(photo, 0.9 * photo + 0.08, text) > 0.98
    assert metrics.text_keep(photo, blurred, text) < 0.6
    assert metrics.text_keep(photo, blurred, torch.zeros_like(text)) == 1


def test_clipping_ignores_pixels_that_were_white_before():
    photo = torch.full((1, 3, 40, 40), 0.6)
    photo[..., :10] = 1
    clipped = photo.clone()
    clipped[..., 30:] = 1
    assert metrics.clipping(photo, photo) == 0
    assert metrics.clipping(photo, clipped) == pytest.approx(1 / 3)
    assert metrics.clipping(photo, clipped, left_half(photo)) == 0


def test_a_pure_colour_counts_as_clipped():
    photo = torch.full((1, 3, 40, 40), 0.6)
    red = torch.zeros_like(photo)
    red[:, 0] = 1
    assert metrics.clipping(photo, red) == 1
    red[:, 2] = 0.2
    assert metrics.clipping(photo, red) == 0


def test_halo_is_measured_from_3_to_12_px_outside_the_product():
    product = torch.zeros(1, 1, 80, 80)
    product[..., 30:50, 30:50] = 1
    photo = torch.ones(1, 3, 80, 80)
    with_halo, far_change = photo.clone(), photo.clone()
    with_halo[..., 24:56, 24:56] -= 0.2
    far_change[..., :10, :] = 0
    ring = metrics.halo_ring(product)
    assert ring[0, 0, 40].nonzero().flatten().tolist() == [*range(18, 27), *range(53, 62)]
    assert metrics.halo(photo, with_halo, ring) > 10
    assert metrics.halo(photo, far_change, ring) == 0


def test_max_change_is_the_largest_change_of_any_pixel(cup):
    stained = cup.clone()
    stained[0, 2, 200, 301] += 5 / 255
    everywhere = torch.ones_like(cup[:, :1])
    assert metrics.max_change(cup, stained, everywhere) == pytest.approx(5, abs=1e-3)
    assert metrics.max_change(cup, stained, left_half(cup)) == 0


@pytest.mark.parametrize("size", [(9, 9), (3, 40), (1, 1)])
def test_uniform_and_tiny_pictures_give_finite_values(size):
    even = torch.full((1, 3, *size), 0.5)
    assert all(np.isfinite(value) for value in metrics.report(even, even).values())


def test_all_metrics_of_a_working_picture_take_little_time():
    """The budget is 60 ms of one thread at 0.6 MP; the test allows three times that."""
    photo = torch.rand(1, 3, 770, 770, generator=torch.Generator().manual_seed(3))
    mask, measured = left_half(photo), MeasuredImage(photo, 4, 6)
    ring = metrics.halo_ring(mask, 4)
    compute_all(measured, photo, mask, ring)
    start = time.process_time()
    compute_all(measured, noisy(photo), mask, ring)
    assert time.process_time() - start < 0.18


def compute_all(photo: MeasuredImage, result: torch.Tensor, mask: torch.Tensor, ring: torch.Tensor) -> None:
    styled = MeasuredImage(result, 4, 6)
    for measure in (metrics.masked_ssim, metrics.text_keep, metrics.edge_keep, metrics.flat_noise):
        measure(photo, styled, mask)
    metrics.clipping(photo, styled)
    metrics.halo(photo, styled, ring)
    metrics.max_change(photo, styled, mask)


def test_an_image_compared_with_itself_is_freed_without_garbage_collection(cup):
    measured = metrics.MeasuredImage(cup)
    metrics.ssim(measured, measured)
    metrics.delta_e_map(measured, measured)
    reference = weakref.ref(measured)
    gc.disable()
    try:
        del measured
        assert reference() is None
    finally:
        gc.enable()


EVERYWHERE = torch.ones(1, 1, 120, 160)


def bars(offset_px: int = 0, contrast: float = 0.4, every_px: int = 40) -> torch.Tensor:
    """(1, 3, 120, 160) dark upright bars, 12 px wide, on a light surface."""
    picture = torch.full((1, 3, 120, 160), 0.8)
    for left in range(10 + offset_px, 160 - 12, every_px):
        picture[..., left : left + 12] -= contrast
    return picture


def hatching() -> torch.Tensor:
    """Thin lines across the bars, as a pen draws them on the surface."""
    change = torch.zeros(1, 3, 120, 160)
    change[..., ::5, :] = -0.08
    return change


def test_edges_in_place_are_kept_whatever_is_drawn_beside_them():
    assert metrics.kept_edges(bars(), bars(), EVERYWHERE) == pytest.approx(1)
    assert metrics.kept_edges(bars(), bars() + hatching(), EVERYWHERE) > 0.97
    assert metrics.kept_edges(bars(), bars(contrast=0.6), EVERYWHERE) == pytest.approx(1)
    assert metrics.edge_keep(bars(), bars() + hatching()) < 0.97


@pytest.mark.parametrize("share", [0.2, 0.4, 0.6])
def test_a_double_image_loses_its_share_of_the_edges(share):
    ghost = torch.lerp(bars(), bars(offset_px=5), share)
    assert metrics.kept_edges(bars(), ghost, EVERYWHERE) == pytest.approx(1 - share, abs=0.05)


def test_edges_that_are_blurred_moved_or_reversed_are_lost():
    blurred = torch.nn.functional.avg_pool2d(bars(), 9, 1, 4, count_include_pad=False)
    assert metrics.kept_edges(bars(), blurred, EVERYWHERE) < 0.3
    assert abs(metrics.kept_edges(bars(), bars(offset_px=5), EVERYWHERE)) < 0.1
    assert metrics.kept_edges(bars(), 1 - bars(), EVERYWHERE) == pytest.approx(-1)


def test_a_picture_without_edges_has_lost_none():
    flat = torch.full((1, 3, 120, 160), 0.5)
    assert metrics.kept_edges(flat, flat + hatching(), EVERYWHERE) == 1
    assert metrics.kept_edges(bars(), flat, 0 * EVERYWHERE) == 1
