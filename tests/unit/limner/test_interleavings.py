"""Invariants under random orders of events, duplicates, crashes and sweeps.

`LIMNER_ORDERS=10000` runs that many orders; by default 500.
"""

import os

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.limner.interleavings import KINDS, Step, play

ORDERS = int(os.environ.get("LIMNER_ORDERS", "500"))
steps = st.builds(
    Step,
    kind=st.sampled_from(KINDS),
    which=st.integers(0, 3),
    crash_at=st.none() | st.integers(0, 13),
)


@settings(max_examples=ORDERS, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, max_size=25))
@example([Step("route", 2), Step("route", 1), Step("route", 0)])
@example([Step("route", 0), Step("finish", 0), Step("route", 2), Step("notification", 0)])
@example([Step("route", 2, crash_at=10), Step("route", 2), Step("wait"), Step("route", 2)])
@example([Step("route", 2), Step("sweep"), Step("finish", 0), Step("notification", 0)])
@example([Step("sweep"), Step("route", 3), Step("sweep"), Step("route", 0)])
def test_any_order_of_events_ends_with_the_newest_upload_paid_once(order):
    play(order)


@settings(max_examples=ORDERS, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, max_size=25))
@example([Step("sweep"), Step("route", 1), Step("sweep"), Step("route", 0)])
def test_an_upload_found_before_its_late_event_is_one_job(order):
    play(order, uploads=1)
