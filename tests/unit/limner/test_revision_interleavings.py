"""Invariants under random orders of events, further orders, duplicates, crashes and sweeps.

`LIMNER_ORDERS=10000` runs that many; by default 500.
"""

import os

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.limner.interleavings import Step
from tests.unit.limner.revision_interleavings import KINDS, play

RUNS = int(os.environ.get("LIMNER_ORDERS", "500"))
steps = st.builds(
    Step,
    kind=st.sampled_from(KINDS),
    which=st.integers(0, 3),
    crash_at=st.none() | st.integers(0, 13),
)
READY = [Step("route"), Step("finish"), Step("notification"), Step("variants")]


@settings(max_examples=RUNS, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, max_size=25))
@example([*READY, Step("more"), Step("route"), Step("finish", 1), Step("cancel"), Step("notification", 1)])
@example([*READY, Step("more"), Step("notification"), Step("route"), Step("break", 1), Step("retry")])
@example([*READY, Step("more"), Step("route"), Step("finish", 1), Step("notification", 1), Step("restore")])
@example([Step("route"), Step("cancel"), Step("retry"), Step("finish"), Step("notification")])
def test_any_order_of_further_orders_and_events_ends_with_every_look_or_a_reason(order):
    play([*order])


@settings(max_examples=RUNS, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, max_size=25))
def test_further_orders_of_a_ready_photo_never_take_a_picture_away(order):
    play([*READY, *order])
