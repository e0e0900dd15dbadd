"""Blocks of the product: colour and structure are judged and limited in each place, not only in each colour."""

import numpy as np
import pytest
import torch

from style_engine.imaging.colour import delta_e2000, lab
from style_engine.regions.finder import Regions
from style_engine.safety import metrics
from style_engine.safety.blocks import ProductBlocks
from style_engine.safety.change_limits import ChangeLimits, block_shares, limit_change
from style_engine.safety.edges import least_kept_edges, limit_edge_loss
from style_engine.safety.gates import worst_part_delta_e
from style_engine.safety.metrics import MeasuredImage
from style_engine.safety.scene import Scene, measure
from style_engine.safety.structure import StructureBudget, block_ssim, least_ssim

SIDE_PX, STRIDE_PX = 400, 6
PLACE = (slice(80, 160), slice(200, 280))  # a twenty-fifth of the picture
SOFT = ChangeLimits(min_ssim=0.88, max_delta_e=6.0)


def scene_of(picture: torch.Tensor, product: torch.Tensor | None = None) -> Scene:
    product = torch.ones_like(picture[:, :1]) if product is None else product
    nothing = torch.zeros_like(product)
    return Scene(picture, nothing, Regions(product, nothing, found=True, confidence=1.0))


@pytest.fixture
def noise() -> torch.Tensor:
    """A photo with colours of every kind everywhere, so that no colour part is in one place."""
    return 0.2 + 0.6 * torch.rand((1, 3, SIDE_PX, SIDE_PX), generator=torch.Generator().manual_seed(1))


def change_in_place(amount: float) -> torch.Tensor:
    change = torch.zeros((1, 3, SIDE_PX, SIDE_PX))
    change[:, 0, *PLACE] = amount
    return change


def test_a_place_that_moves_is_found_whatever_its_colours(noise):
    scene = scene_of(noise)
    moved = measure((noise + change_in_place(0.2)).clamp(0, 1))
    worst_colour = scene.parts.quantiles(_delta_es(scene, scene.parts, moved)).max()
    assert worst_colour < 3
    assert worst_part_delta_e(scene, moved) > 8


def _delta_es(scene, areas, moved):
    return delta_e2000(*(lab(areas.pixels(image.picture)) for image in (scene.reference, moved)))


def test_a_place_that_moves_too_far_is_limited_and_the_rest_is_not(noise):
    scene, tone = scene_of(noise), change_in_place(0.2) + 0.02
    shares = block_shares(scene, torch.zeros_like(tone), tone, SOFT.max_delta_e)
    assert float(shares[..., 110:130, 230:250].max()) < 0.8
    assert float(shares[..., 300:, :].min()) > 0.99
    limited = measure(noise + limit_change(scene, torch.zeros_like(tone), tone, SOFT))
    assert worst_part_delta_e(scene, limited) <= 6.5


def test_a_change_within_the_limits_is_kept_whole(noise):
    scene, tone = scene_of(noise), torch.full_like(noise, 0.01)
    assert block_shares(scene, torch.zeros_like(tone), tone, SOFT.max_delta_e) is None
    assert torch.allclose(limit_change(scene, torch.zeros_like(tone), tone.clone(), SOFT), tone)


@pytest.fixture
def texture() -> torch.Tensor:
    y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX]
    waves = 0.5 + 0.1 * np.sin(x / 2) * np.sin(y / 2)
    return torch.from_numpy(waves).float().expand(1, 3, -1, -1).contiguous()


def without_texture_in_place(texture: torch.Tensor) -> torch.Tensor:
    """The change that wipes the texture out in one place."""
    detail = torch.zeros_like(texture)
    detail[..., *PLACE] = 0.5 - texture[..., *PLACE]
    return detail


def test_structure_is_kept_in_each_block(texture):
    scene, detail, nothing = scene_of(texture), without_texture_in_place(texture), torch.zeros_like(texture)
    whole = StructureBudget(scene, detail, nothing)
    assert whole.ssim(1.0) > SOFT.min_ssim > whole.block_ssim().min()
    limited = limit_change(scene, detail, nothing, SOFT)
    assert block_ssim(scene, measure(texture + limited)).min() >= SOFT.min_ssim
    assert limited.abs().max() > 0


def test_the_gate_finds_the_place_in_which_structure_is_lost(texture):
    scene, result = scene_of(texture), measure(texture + without_texture_in_place(texture))
    assert metrics.masked_ssim(scene.reference, result, scene.regions.product) > 0.9
    assert least_ssim(scene, result) < 0.4


def test_background_beside_the_product_does_not_count(texture):
    product = torch.zeros_like(texture[:, :1])
    product[..., 40:360, 40:360] = 1
    scene = scene_of(texture, product)
    painted_background = torch.where(product > 0, texture, 0.5)
    assert block_ssim(scene, measure(painted_background)) == pytest.approx(1.0)
    assert least_ssim(scene, measure(painted_background)) == pytest.approx(1.0)


def test_a_product_without_blocks_is_judged_by_its_mean(texture):
    product = torch.zeros_like(texture[:, :1])
    product[..., 100:104, :] = 1
    scene, wiped_out = scene_of(texture, product), torch.full_like(texture, 0.5)
    assert len(scene.blocks) == 0
    assert least_ssim(scene, measure(wiped_out)) < SOFT.min_ssim  # half of each window is background


def test_ssim_of_a_block_is_that_of_the_finished_picture(noise):
    scene = scene_of(noise)
    tone = 0.1 * torch.rand(noise.shape, generator=torch.Generator().manual_seed(2))
    budget = StructureBudget(scene, torch.zeros_like(tone), tone)
    halves = np.full(len(scene.blocks), 0.5, np.float32)
    halved = StructureBudget(scene, torch.zeros_like(tone), 0.5 * tone)
    assert budget.block_ssim(halves) == pytest.approx(halved.block_ssim(), abs=1e-4)


def test_shares_at_pixels_are_those_of_the_map(noise):
    blocks = scene_of(noise).blocks
    shares = np.random.default_rng(3).random(len(blocks)).astype(np.float32)
    rows, columns = np.mgrid[3:SIDE_PX:7, 2:SIDE_PX:9]
    expected = blocks.share_map(shares, noise)[0, 0, rows, columns]
    found = blocks.shares_at(shares, blocks.positions(rows, columns, noise))[0, 0]
    assert torch.allclose(found, expected, atol=1e-4)


def test_blocks_are_a_hundredth_of_the_product_and_cover_it():
    product = torch.zeros((1, 1, SIDE_PX, SIDE_PX))
    product[..., 40:360, 100:300] = 1
    blocks = ProductBlocks.of(MeasuredImage(torch.zeros(1, 3, SIDE_PX, SIDE_PX), 4, STRIDE_PX), product)
    assert 70 <= len(blocks) <= 130
    rows, columns = np.divmod(blocks.samples, SIDE_PX)
    assert (rows.min() >= 40, rows.max() < 360, columns.min() >= 100, columns.max() < 300) == (True,) * 4
    assert blocks.share_map(np.full(len(blocks), 0.5, np.float32), product)[..., 60:340, 120:280].max() < 0.51


def test_a_product_of_a_few_pixels_and_none_at_all_have_no_blocks():
    for size in (0, 5):
        product = torch.zeros((1, 1, 64, 64))
        product[..., :size, :size] = 1
        blocks = ProductBlocks.of(MeasuredImage(torch.zeros(1, 3, 64, 64), 4, STRIDE_PX), product)
        assert len(blocks) == 0
        assert float(blocks.share_map(np.zeros(0, np.float32), product).min()) == 1


def test_a_weave_that_a_medium_paints_away_is_kept(texture):
    weave = 0.03 * torch.sin(torch.arange(SIDE_PX) * 1.2).expand_as(texture)
    fabric, tone = scene_of(0.5 + weave), torch.full_like(weave, 0.02)
    limits = ChangeLimits(min_ssim=0.5, max_delta_e=6.0, min_kept_edges=0.8)
    smoothed = limit_change(fabric, -weave, tone, limits)
    kept = metrics.kept_edges(fabric.photo, fabric.photo + smoothed, fabric.regions.product)
    assert 0.8 <= kept < 0.85
    assert float(smoothed.mean()) == pytest.approx(0.02, abs=0.002)


def test_a_weave_that_is_painted_away_in_one_place_is_found_and_kept_there(texture):
    scene, detail, nothing = scene_of(texture), without_texture_in_place(texture), torch.zeros_like(texture)
    result = measure(texture + detail)
    assert metrics.kept_edges(scene.reference, result, scene.regions.product) > 0.9
    assert least_kept_edges(scene, result) < 0.1
    limit_edge_loss(scene, detail, nothing, 0.8)
    assert least_kept_edges(scene, measure(texture + detail)) >= 0.78


def test_a_block_with_few_edges_for_the_product_is_not_judged(texture):
    faint = texture.clone()
    faint[..., *PLACE] = 0.5 + 0.1 * (texture[..., *PLACE] - 0.5)
    smooth = faint.clone()
    smooth[..., *PLACE] = 0.5
    assert least_kept_edges(scene_of(faint), measure(smooth)) > 0.9


def test_detail_that_costs_no_edges_is_not_reduced(texture):
    stronger = 0.2 * (texture - 0.5)
    detail = stronger.clone()
    limit_edge_loss(scene_of(texture), detail, torch.zeros_like(texture), 0.8)
    assert torch.equal(detail, stronger)
