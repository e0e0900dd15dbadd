"""The stylizer's report on a picture: numbers, and the names of the first release."""

import pytest
from pydantic import ValidationError

from limner.report import Gate, StyledPicture, Trial, Verdict
from tests import makers


def test_a_gate_value_that_is_not_finite_becomes_none():
    gate = Gate(name="halo", value=float("nan"), limit=1.23456789, passed=False)
    assert (gate.value, gate.limit) == (None, 1.234568)


def test_a_share_above_one_is_accepted_within_rounding_only():
    assert Verdict(outcome="passed", strength=1.0000001).strength == 1
    with pytest.raises(ValidationError):
        Verdict(outcome="passed", strength=1.001)


FORMER_GATES = [("ground", "background"), ("white_ground", "white_background")]


@pytest.mark.parametrize(("former", "current"), FORMER_GATES)
def test_former_gate_names_are_read_as_current_ones(former, current):
    assert Gate.model_validate({"name": former, "passed": True}).name == current
    verdict = {"outcome": "lowered", "strength": 0.5, "refused_by": [former]}
    assert Verdict.model_validate(verdict).refused_by == (current,)
    trial = {"strength": 0.5, "gates": {former: 0.9}, "passed": True}
    assert Trial.model_validate(trial).gates == {current: 0.9}


def test_the_former_metric_ground_is_read_as_background():
    picture = makers.full_picture().model_dump() | {"metrics": {"ground": 0.25, "ssim": 0.61}}
    assert StyledPicture.model_validate(picture).metrics == {"background": 0.25, "ssim": 0.61}
