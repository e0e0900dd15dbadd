"""Expected rewards of looks from what was counted, and the shares with which looks are shown."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.recommendation.arms import Arm
from limner.recommendation.rates import (
    ALL_LOOKS,
    EXPLORATION_MAX_SHARE,
    EXPLORATION_MIN_SHARE,
    FACTOR_PRIOR,
    PRIOR_RATE,
    Level,
    Tally,
    VisitTallies,
    estimate,
    shares,
)

OIL, PENCIL, FLAT = Arm("oil@8", "painting"), Arm("pencil@8", "drawing"), Arm("flat@8", "graphic")
NOTHING = VisitTallies(shop={}, kind={}, photo={}, visitor={})
SHOP = {
    ALL_LOOKS: Tally(2_000, 200),
    "painting": Tally(1_000, 100),
    "oil@8": Tally(1_000, 100),
    "drawing": Tally(1_000, 100),
    "pencil@8": Tally(1_000, 100),
}


def test_without_visits_every_look_has_the_prior_rate_and_the_first_is_the_best():
    looks = [estimate(arm, NOTHING) for arm in (OIL, PENCIL, FLAT)]
    assert [each.expected for each in looks] == [PRIOR_RATE] * 3
    found = shares(looks, Random(1))
    assert found[0] == max(found)


def test_a_rate_that_many_visits_show_is_the_estimate():
    assert estimate(OIL, VisitTallies(SHOP, {}, {}, {})).rate == pytest.approx(0.1, rel=0.02)


def test_a_new_look_begins_with_the_mean_of_the_shop():
    shop_mean = estimate(OIL, VisitTallies(SHOP, {}, {}, {})).rate
    assert estimate(FLAT, VisitTallies(SHOP, {}, {}, {})).rate == pytest.approx(shop_mean, rel=0.05)


@pytest.mark.parametrize("level", [Level.PRODUCT_KIND, Level.PHOTO])
def test_a_kind_or_photo_with_visits_of_its_own_has_a_rate_of_its_own(level):
    tallies = {"oil@8": Tally(500, 150)}
    own = VisitTallies(
        SHOP,
        kind=tallies if level is Level.PRODUCT_KIND else {},
        photo=tallies if level is Level.PHOTO else {},
        visitor={},
    )
    found = estimate(OIL, own)
    assert 0.2 < found.rate < 0.3
    assert found.factors[level] == max(found.factors.values())


def test_a_visitor_who_acts_more_often_than_expected_has_an_affinity_for_the_family():
    visitor = {"painting": Tally(expected=2.0, rewarded=6.0)}
    known = VisitTallies(SHOP, {}, {}, visitor)
    assert estimate(OIL, known).affinity > 1.25
    assert estimate(PENCIL, known).affinity == 1.0
    assert estimate(OIL, known).rate == estimate(OIL, VisitTallies(SHOP, {}, {}, {})).rate


def test_the_prior_is_the_conjugate_one_of_a_poisson_rate():
    """A factor with a gamma prior of mean 1 and shape k: its posterior after R rewards where E were
    expected has the shape R + k and the rate E + k."""
    shape = FACTOR_PRIOR[Level.PRODUCT_KIND]
    expected, rewarded = 30.0, 45.0
    grid = [number / 1000 for number in range(1, 5_000)]
    weights = [
        factor ** (shape - 1 + rewarded) * 2.718281828459045 ** (-factor * (shape + expected))
        for factor in grid
    ]
    mean = sum(factor * weight for factor, weight in zip(grid, weights, strict=True)) / sum(weights)
    assert (rewarded + shape) / (expected + shape) == pytest.approx(mean, rel=1e-3)
    kind = {"oil@8": Tally(expected / estimate(OIL, NOTHING).rate, rewarded)}
    found = estimate(OIL, VisitTallies({}, kind, {}, {}))
    assert found.factors[Level.PRODUCT_KIND] == pytest.approx(mean, rel=1e-3)


amounts = st.floats(min_value=0, max_value=1e6, allow_nan=False)
tallies = st.dictionaries(
    st.sampled_from([ALL_LOOKS, *OIL, *PENCIL, *FLAT]), st.builds(Tally, amounts, amounts), max_size=7
)


@given(st.builds(VisitTallies, tallies, tallies, tallies, tallies), st.integers(0, 2**32))
def test_exploring_is_limited_and_no_look_is_left_out_whatever_was_counted(counted, seed):
    found = shares([estimate(arm, counted) for arm in (OIL, PENCIL, FLAT)], Random(seed))
    assert sum(found) == pytest.approx(1.0)
    assert max(found) >= 1 - EXPLORATION_MAX_SHARE - 1e-9
    assert min(found) >= EXPLORATION_MIN_SHARE / 2 - 1e-9


def test_a_photo_with_one_look_has_nothing_to_explore():
    assert shares([estimate(OIL, NOTHING)], Random(1)) == [1.0]
