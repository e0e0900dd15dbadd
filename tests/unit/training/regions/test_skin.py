"""Skin samples and a step of training, the kinds of composites, and the boundary measures."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from style_engine.regions.segmentation_net import RegionNet
from training.regions.kinds import KINDS, draw_kind
from training.regions.loop import take_step
from training.regions.measures import boundary_iou, mean_boundary_accuracy
from training.regions.skin.evaluate import SkinResult, measure_skin
from training.regions.skin.labels import LIST, WITH_SKIN, LabelledSkin
from training.regions.skin.samples import darken, draw_batch, make_pools, recolour
from training.regions.skin.train import batch_loss, begin_run


def person() -> LabelledSkin:
    """A tan square with a blue garment on white; its upper half is skin."""
    image, mask = Image.new("RGB", (120, 120), "white"), Image.new("L", (120, 120))
    image.paste((40, 60, 160), (30, 60, 90, 120))
    image.paste((214, 160, 130), (30, 10, 90, 60))
    mask.paste(255, (30, 10, 90, 60))
    return LabelledSkin("drawn", "person", image, mask)


def empty() -> LabelledSkin:
    return LabelledSkin(
        "noise", "texture", Image.effect_noise((120, 120), 60).convert("RGB"), Image.new("L", (120, 120))
    )


def test_only_the_skin_decoder_is_trained():
    released = {name: v for name, v in RegionNet().state_dict().items() if not name.startswith("skin.")}
    run = begin_run(released, rate=3e-3, seed=1)
    before = {name: v.clone() for name, v in run.net.state_dict().items()}
    batch = draw_batch(make_pools([person(), empty()]), 4, np.random.default_rng(2))
    losses = [take_step(run, lambda batch: batch_loss(run.net, batch), batch, 3e-3)["loss"] for _ in range(8)]
    assert losses[-1] < losses[0]
    changed = {name for name, v in run.net.state_dict().items() if not torch.equal(v, before[name])}
    assert changed
    assert all(name.startswith("skin.") for name in changed)


def test_recolouring_leaves_skin_and_white_and_darkening_only_changes_skin():
    picture = person()
    shifted = np.asarray(recolour(picture.image, picture.mask, np.random.default_rng(3))).astype(int)
    darker, plain = (
        np.asarray(darken(picture.image, picture.mask, 2.0)).astype(int),
        np.asarray(picture.image),
    )
    assert (shifted[20:50, 40:80] == plain[20:50, 40:80]).all()
    assert (shifted[:, :20] == 255).all()
    assert (shifted[70:110, 40:80, 0] > shifted[70:110, 40:80, 2]).all()  # blue became a colour of skin
    assert darker[20:50, 40:80].mean() < plain[20:50, 40:80].mean()
    assert (darker[70:110] == plain[70:110]).all()


def test_figures_count_known_pixels_and_pictures_without_skin():
    truth = person()
    half = truth.truth.copy()
    half[:, :60] = 0
    figures = measure_skin([SkinResult(truth, half), SkinResult(empty(), np.zeros((120, 120), np.float32))])
    assert figures["person"]["precision"] == 1
    assert figures["person"]["recall"] == pytest.approx(0.5)
    assert figures["texture"]["found"] == 0


def test_every_label_has_a_kind_and_a_set():
    rows = [line.split("\t") for line in LIST.read_text("utf-8").splitlines()[1:]]
    assert len(rows) == len({row[0] for row in rows})
    assert {row[2] for row in rows} == {"0", "1"}
    assert {row[1] for row in rows} > WITH_SKIN
    assert all(Path(row[0]).suffix == ".webp" for row in rows)


@pytest.mark.parametrize("kind", KINDS)
def test_composites_of_a_kind_are_repeatable_and_have_a_product(kind):
    first, second = (draw_kind(kind, 2) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one.product, other.product)
        assert np.array_equal(np.asarray(one.image), np.asarray(other.image))
        assert 0.02 < one.product.mean() < 0.9


def square_mask(left: int) -> np.ndarray:
    mask = np.zeros((200, 200), np.float32)
    mask[50:150, left : left + 100] = 1
    return mask


def test_boundary_measures_fall_with_the_distance_of_the_edge():
    truth = square_mask(50)
    for measure in (boundary_iou, mean_boundary_accuracy):
        values = [measure(square_mask(50 + shift), truth) for shift in (0, 1, 3, 8)]
        assert values[0] == 1
        assert values == sorted(values, reverse=True)
        assert values[3] < 0.75


def test_boundary_iou_of_one_px_is_the_share_of_the_ring_that_agrees():
    width = round(0.02 * np.hypot(200, 200))
    truth, shifted = square_mask(50), square_mask(51)
    ring = 100 * 100 - (100 - 2 * width) ** 2
    lost = (100 - 2 * width) + 2 * width  # columns at the left edge, and at the right
    assert boundary_iou(shifted, truth) == pytest.approx(
        (ring - 2 * lost + 2 * width) / (ring + 2 * lost), abs=0.03
    )
