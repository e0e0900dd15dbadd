"""Calibration of the gates: limits from good and bad values, and the file that the engine reads."""

import json

import numpy as np
import pytest
import torch

from style_engine.imaging import tensors
from style_engine.regions.background import plain_background
from style_engine.regions.finder import Regions
from style_engine.safety.gates import LIMITS_FILE, LOWER_LIMIT_GATES, MEASURES
from style_engine.safety.scene import Scene, measure
from training.gates.calibrate import CALIBRATION_DOCS, updated
from training.gates.chart import CHART_CELL_PX, CHART_TITLE_HEIGHT_PX, draw_chart
from training.gates.corruptions import CORRUPTIONS
from training.gates.limits import PROMISED_LIMITS, calibrate_limits, limit_between, limit_table
from training.gates.samples import GATES_BY_PROTECTION, GateValues


def test_limit_is_midway_between_good_and_bad_values():
    assert limit_between("halo", [1.0, 2.0], [4.0, 9.0]) == pytest.approx((1.97 + 4.5) / 2)
    assert limit_between("text", [0.9, 0.8], [0.2, 0.5]) == pytest.approx((0.803 + 0.47) / 2)


def test_limit_of_style_gain_is_at_the_bad_values():
    assert limit_between("style_gain", [5.0, 9.0], [0.5, 1.5]) == pytest.approx(1.4)


def test_limit_is_at_the_good_values_where_good_and_bad_overlap():
    good = np.linspace(0, 10, 101).tolist()
    assert limit_between("halo", good, [1.0, 2.0]) == pytest.approx(9.7)


@pytest.fixture
def values() -> dict[str, dict[str, GateValues]]:
    def values_of(gate: str) -> GateValues:
        good, bad = ([0.9], [0.1]) if gate in LOWER_LIMIT_GATES else ([0.1], [9.0])
        return GateValues(good * 5, bad * 5, {1.0: good})

    return {
        protection: {gate: values_of(gate) for gate in gates}
        for protection, gates in GATES_BY_PROTECTION.items()
    }


def test_promised_limits_are_not_calibrated(values):
    limits = calibrate_limits(values)
    for protection, promised in PROMISED_LIMITS.items():
        assert limits[protection] | dict(promised) == limits[protection]


def test_limit_table_has_shares_kept_and_refused(values):
    row = limit_table(values, calibrate_limits(values))["off"]["halo"]
    assert (row["good_kept"], row["bad_refused"], row["count"]) == (1, 1, 5)
    assert draw_chart(values, calibrate_limits(values)).width == 1500


def test_chart_of_one_gate_keeps_the_other_cells_of_the_former_one(values):
    limits = calibrate_limits(values)
    former = draw_chart(values, limits)
    only_halo = {
        protection: {"halo": by_gate["halo"]} for protection, by_gate in values.items() if "halo" in by_gate
    }
    again = draw_chart(only_halo, limits, former.copy())
    assert again.tobytes() == former.tobytes()
    moved = {protection: by_gate | {"halo": 5.0} for protection, by_gate in limits.items()}
    changed = np.asarray(draw_chart(only_halo, moved, former.copy())) != np.asarray(former)
    row = CHART_TITLE_HEIGHT_PX + list(CORRUPTIONS).index("halo") * CHART_CELL_PX[1]
    assert changed.any()
    assert not changed[:row].any()
    assert not changed[row + CHART_CELL_PX[1] :].any()


def test_limits_of_gates_that_are_not_measured_again_are_kept():
    former = {"off": {"halo": 1.0}, "soft": {"halo": 2.0, "text": 0.9}}
    assert updated(former, {"soft": {"text": 0.8}}) == {
        "off": {"halo": 1.0},
        "soft": {"halo": 2.0, "text": 0.8},
    }
    assert updated({}, former) == former


@pytest.mark.parametrize("gate", CORRUPTIONS)
def test_corruption_worsens_the_measure_of_its_gate(product, gate):
    photo = tensors.to_tensor(product)
    background = plain_background(photo)
    text = torch.zeros_like(background)
    text[..., 120:145, 98:156] = 1
    regions = Regions(1 - background, text, found=True, confidence=1.0, skin=1 - background)
    scene = Scene(photo, background, regions)
    result = (photo + (1 - background) * 0.05).clamp(0, 1)
    before, after = (MEASURES[gate](scene, measure(x)) for x in (result, CORRUPTIONS[gate](scene, result)))
    assert (before - after if gate in LOWER_LIMIT_GATES else after - before) > 0


def test_released_limits_are_those_of_the_calibration_table():
    released = json.loads(LIMITS_FILE.read_text("utf-8"))["limits"]
    table = json.loads((CALIBRATION_DOCS / "gates.json").read_text("utf-8"))["gates"]
    assert released == {
        protection: {gate: row["limit"] for gate, row in rows.items()} for protection, rows in table.items()
    }
