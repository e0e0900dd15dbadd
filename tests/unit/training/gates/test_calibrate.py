"""A calibrated limit parts the good from the bad, and the file the engine reads is the calibrated one."""

import json

import numpy as np
import pytest
import torch

from style_engine.imaging import tensors
from style_engine.regions.background import plain_background
from style_engine.regions.finder import Regions
from style_engine.safety.gates import LIMITS_FILE, LOWER_LIMIT_GATES, MEASURES
from style_engine.safety.scene import Scene, measure
from training.gates.calibrate import (
    ASKED,
    CORRUPTED,
    DOCS,
    PROMISED,
    Sample,
    chart,
    limit_between,
    limits_of,
    table,
)


def test_a_limit_lies_midway_between_the_good_and_the_bad():
    assert limit_between("halo", [1.0, 2.0], [4.0, 9.0]) == pytest.approx((1.97 + 4.5) / 2)
    assert limit_between("text", [0.9, 0.8], [0.2, 0.5]) == pytest.approx((0.803 + 0.47) / 2)


def test_too_little_style_is_refused_only_where_it_is_as_little_as_in_the_bad():
    assert limit_between("style_gain", [5.0, 9.0], [0.5, 1.5]) == pytest.approx(1.4)


def test_where_good_and_bad_overlap_the_good_decide():
    good = np.linspace(0, 10, 101).tolist()
    assert limit_between("halo", good, [1.0, 2.0]) == pytest.approx(9.7)


@pytest.fixture
def samples() -> dict[str, dict[str, Sample]]:
    def sample(gate: str) -> Sample:
        good, bad = ([0.9], [0.1]) if gate in LOWER_LIMIT_GATES else ([0.1], [9.0])
        return Sample(good * 5, bad * 5, {1.0: good})

    return {mode: {gate: sample(gate) for gate in gates} for mode, gates in ASKED.items()}


def test_what_is_promised_is_not_calibrated_away(samples):
    limits = limits_of(samples)
    for mode, promised in PROMISED.items():
        assert limits[mode] | dict(promised) == limits[mode]


def test_the_table_says_how_many_are_kept_and_refused(samples):
    row = table(samples, limits_of(samples))["off"]["halo"]
    assert (row["good_kept"], row["bad_refused"], row["count"]) == (1, 1, 5)
    assert chart(samples, limits_of(samples)).width == 1500


@pytest.mark.parametrize("gate", CORRUPTED)
def test_spoiling_moves_the_measure_of_its_gate(product, gate):
    photo = tensors.to_tensor(product)
    background = plain_background(photo)
    text = torch.zeros_like(background)
    text[..., 120:145, 98:156] = 1
    scene = Scene(photo, background, Regions(1 - background, text, found=True, confidence=1.0))
    result = (photo + (1 - background) * 0.05).clamp(0, 1)
    before, after = (MEASURES[gate](scene, measure(x)) for x in (result, CORRUPTED[gate](scene, result)))
    assert (before - after if gate in LOWER_LIMIT_GATES else after - before) > 0


def test_the_engine_reads_what_the_calibration_wrote():
    shipped = json.loads(LIMITS_FILE.read_text("utf-8"))["limits"]
    behind = json.loads((DOCS / "gates.json").read_text("utf-8"))["gates"]
    assert shipped == {
        mode: {gate: row["limit"] for gate, row in rows.items()} for mode, rows in behind.items()
    }
