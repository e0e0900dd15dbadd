"""A receiver that fails, hangs and loses answers gets every event, doubles with the same id alone."""

import pytest

from benchmarks.service.webhooks import measure


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_lost_and_doubles_have_the_same_id(seed):
    figures = measure(80, seed)
    assert figures["lost"] == 0
    assert figures["recorded_as_delivered"] == 80
    assert figures["events_under_two_ids"] == 0
    assert figures["invalid_signatures"] == 0
    assert figures["photos_whose_last_sequence_is_right"] == figures["photos"] == 8
    assert figures["doubles_with_the_same_id"] > 0, "the receiver lost answers"
    assert figures["taken_out_of_order"] > 0, "and the queue reordered"
