"""The first photo of a tenant's line."""

from datetime import timedelta

import pytest

from limner.errors import StillWaiting, Unavailable
from limner.use_cases.outcomes import Outcome
from limner.use_cases.route_next import LONGEST_PAUSE, RouteNext, pause_before_asking_again
from tests import makers
from tests.fakes import InMemoryUploadEvents
from tests.template_reader import properties

SOURCE = makers.source()


def next_with(outcome):
    """RouteNext whose router has this outcome, or raises it; and its ports."""
    events = InMemoryUploadEvents()

    def route(source):
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return RouteNext(route=route, events=events, line=events), events


@pytest.mark.parametrize("outcome", [Outcome.SUBMITTED, Outcome.SUPERSEDED, Outcome.QUOTA_EXCEEDED])
def test_a_photo_that_is_routed_leaves_the_line(outcome):
    route_next, events = next_with(outcome)
    assert route_next(SOURCE, "receipt", 1) == outcome
    assert events.asked_again == []


def test_a_photo_without_a_place_stays_the_first_and_is_asked_about_again():
    route_next, events = next_with(Outcome.WAITING_IN_LINE)
    with pytest.raises(StillWaiting):
        route_next(SOURCE, "receipt", 35)
    assert events.asked_again == [("receipt", timedelta(seconds=3))]


@pytest.mark.parametrize("error", [Unavailable("throttled"), KeyError("a fault of ours")])
def test_a_photo_that_cannot_be_routed_does_not_keep_the_others_waiting(error):
    route_next, events = next_with(error)
    assert route_next(SOURCE, "receipt", 1) == Outcome.RESENT
    assert events.routed == [SOURCE]


def test_pauses_grow_and_a_photo_may_be_the_first_for_longer_than_any_job_takes():
    pauses = [pause_before_asking_again(count) for count in range(1, 2_000)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(seconds=1), LONGEST_PAUSE)
    receptions = properties("WaitingQueue")["RedrivePolicy"]["maxReceiveCount"]
    longest_job = timedelta(seconds=21_600 + 3_600)  # RequestTtlSeconds and InvocationTimeoutSeconds at most
    assert sum(pauses[:receptions], timedelta()) > longest_job
