"""Sums of older visits count less, whatever the order in which they were added."""

from itertools import permutations

import pytest

from limner.recommendation.decay import (
    GENERATION_HALF_LIVES,
    HALF_LIFE_VISITS,
    PREVIOUS_GENERATION_HALF_LIVES,
    Clock,
)


def decayed(added, now):
    """The sum of amounts by the visit that they were added at, as it is read at visit `now`."""
    sums = {}
    for visits, amount in added:
        clock = Clock(visits)
        sums[clock.generation] = sums.get(clock.generation, 0.0) + clock.weight * amount
    reader = Clock(now)
    return sum(reader.scale_of(each) * sums.get(each, 0.0) for each in reader.read_generations)


def test_a_visit_counts_half_after_a_half_life():
    assert decayed([(0, 1.0)], 0) == pytest.approx(1.0)
    assert decayed([(0, 1.0)], HALF_LIFE_VISITS) == pytest.approx(0.5)
    assert decayed([(0, 1.0)], 3 * HALF_LIFE_VISITS) == pytest.approx(0.125)


def test_the_order_in_which_writers_add_changes_nothing():
    added = [(0, 1.0), (HALF_LIFE_VISITS, 2.0), (3 * HALF_LIFE_VISITS, 5.0)]
    found = {round(decayed(each, 4 * HALF_LIFE_VISITS), 9) for each in permutations(added)}
    assert found == {round(1 / 16 + 2 / 8 + 5 / 2, 9)}


def test_a_new_generation_goes_on_where_the_one_before_ended():
    last = GENERATION_HALF_LIVES * HALF_LIFE_VISITS - 1
    added = [(last - HALF_LIFE_VISITS, 1.0), (last, 1.0), (last + 1, 1.0)]
    assert decayed(added[:2], last) == pytest.approx(1.5)
    assert decayed(added, last + 1) == pytest.approx(2.5, abs=1e-3)


def test_weights_stay_within_the_numbers_of_the_table_and_nothing_that_counts_is_left_out():
    for half_lives in range(1_000):
        clock = Clock(half_lives * HALF_LIFE_VISITS)
        assert 1 <= clock.weight < 2.0**GENERATION_HALF_LIVES
        unread = set(range(clock.generation)) - set(clock.read_generations)
        newest = max(unread, default=None)
        if newest is not None:
            ended = (newest + 1) * GENERATION_HALF_LIVES
            assert half_lives - ended >= PREVIOUS_GENERATION_HALF_LIVES
