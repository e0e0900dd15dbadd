"""Estimates from a log are those that the other choice would have brought."""

from random import Random

import pytest

from limner.recommendation.offline import LoggedVisit, always, evaluate

OFFERED = ("oil@8", "pencil@8", "flat@8")
TRUE_RATES = (0.05, 0.2, 0.1)
PROPENSITIES = (0.8, 0.1, 0.1)


def logged(random, visits, expected):
    for _ in range(visits):
        (shown,) = random.choices(range(len(OFFERED)), PROPENSITIES)
        reward = float(random.random() < TRUE_RATES[shown])
        yield LoggedVisit(OFFERED, expected, shown, PROPENSITIES[shown], reward)


@pytest.mark.parametrize("expected", [TRUE_RATES, (0.5, 0.01, 0.3)], ids=["right model", "wrong model"])
@pytest.mark.parametrize("arm", OFFERED)
def test_both_estimates_are_right_whatever_the_model_expects(arm, expected):
    found = evaluate(logged(Random(3), 40_000, expected), always(arm))
    true = TRUE_RATES[OFFERED.index(arm)]
    assert found.inverse_propensity.mean == pytest.approx(true, abs=0.012)
    assert found.doubly_robust.mean == pytest.approx(true, abs=0.012)


def test_intervals_cover_the_true_value_and_a_right_model_makes_them_narrower():
    random, trials, covered, narrower = Random(11), 100, 0, 0
    for _ in range(trials):
        found = evaluate(logged(random, 1_000, TRUE_RATES), always("pencil@8"))
        covered += found.doubly_robust.low <= 0.2 <= found.doubly_robust.high
        widths = [each.high - each.low for each in (found.inverse_propensity, found.doubly_robust)]
        narrower += widths[1] < widths[0]
    assert covered >= 88
    assert narrower == trials


def test_a_photo_without_the_arm_is_shown_its_first_look():
    visit = LoggedVisit(OFFERED, TRUE_RATES, 0, 0.8, 1.0)
    assert always("mosaic@8")(visit) == 0


def test_without_visits_there_is_nothing_to_estimate():
    with pytest.raises(ValueError, match="no visits"):
        evaluate([], always("oil@8"))
