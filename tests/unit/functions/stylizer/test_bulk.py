"""The entry `bulk`: a chunk's tickets, by a container that is stopped, killed, broken, or without a service."""

import sys
import threading

import pytest

from limner.contracts import Refusal, StylizeReport
from limner.errors import Unavailable
from limner.keys import report_key
from limner.restyles.restyle import (
    ChunkKey,
    ChunkTickets,
    RestyleKey,
    RestyleObjects,
    RestyleOutcome,
    failure_key,
)
from limner.tenancy import PhotoKey
from tests import makers
from tests.fakes import InMemoryObjects
from tests.template_reader import ROOT

sys.path.insert(0, str(ROOT / "functions/stylizer"))  # as in the container

from server import bulk

CHUNK = ChunkKey(RestyleKey(makers.TENANT, "e" * 32), "000000")
TICKETS = tuple(makers.ticket(PhotoKey(makers.TENANT, f"{number:032x}")) for number in range(12))


class Container:
    """One start of the image. `broken` tickets fail, `refused` ones have a file that cannot be opened; `at` are
    called instead of the work for the ticket of this number."""

    def __init__(self, objects, tickets_at_once=1, broken=(), refused=(), at=None):
        self.worked, self.notified = [], []
        self.broken, self.refused, self.at = broken, refused, at or {}
        self.objects = objects
        self.worker = bulk.BulkWorker(
            self.stylize, objects, "results", lambda *sent: self.notified.append(sent), tickets_at_once
        )

    def stylize(self, ticket):
        number = TICKETS.index(ticket)
        place = report_key(ticket.job_id)
        if stored := self.objects.bodies.get(("results", place)):
            return StylizeReport.model_validate_json(stored)
        if number in self.at:
            self.at[number]()
        if number in self.broken:
            raise RuntimeError("no memory")
        self.worked.append(number)
        report = makers.report(ticket.job_id)
        if number in self.refused:
            refusal = Refusal(code="too_small", message="too small")
            report = StylizeReport(job_id=ticket.job_id, model="m@1", refusal=refusal, timings={})
        self.objects.put("results", place, report.model_dump_json().encode(), "application/json")
        return report

    def run(self):
        return bulk.run_chunk(self.worker, RestyleObjects(self.objects, "results"), CHUNK.tickets)


@pytest.fixture
def objects():
    objects = InMemoryObjects()
    given = ChunkTickets(tickets=TICKETS, others={RestyleOutcome.MADE: 3})
    RestyleObjects(objects, "results").put(CHUNK.tickets, given)
    return objects


def report_of(objects):
    report = RestyleObjects(objects, "results").report(CHUNK)
    return dict(report.outcomes) if report else None


@pytest.mark.parametrize("tickets_at_once", [1, 4])
def test_each_ticket_is_worked_for_once_and_notified(objects, tickets_at_once):
    container = Container(objects, tickets_at_once, refused={2})
    assert container.run() == 0
    assert sorted(container.worked) == list(range(12))
    assert sorted(container.notified) == sorted((ticket.job_id, "Completed") for ticket in TICKETS)
    assert report_of(objects) == {
        RestyleOutcome.STYLIZED: 11,
        RestyleOutcome.REFUSED: 1,
        RestyleOutcome.MADE: 3,
    }


class Killed(BaseException):
    pass


def kill():
    raise Killed


def test_a_killed_container_costs_what_it_had_in_hand(objects):
    first = Container(objects, at={5: kill})
    with pytest.raises(Killed):
        first.run()
    assert report_of(objects) is None
    second = Container(objects)
    assert second.run() == 0
    assert not set(first.worked) & set(second.worked), "no ticket is worked for twice"
    assert sorted(first.worked + second.worked) == list(range(12))
    assert report_of(objects)[RestyleOutcome.STYLIZED] == 12
    assert len(second.notified) == 12, "a notification may have been lost with the first container"


def test_a_stopped_container_finishes_what_it_has_in_hand_and_is_started_again(objects):
    container = Container(objects)
    container.at[3] = container.worker.stop
    assert container.run() == bulk.TRY_AGAIN_STATUS
    assert container.worked == [0, 1, 2, 3]
    assert len(container.notified) == 4
    assert report_of(objects) is None
    assert Container(objects).run() == 0


def test_tickets_wait_for_a_service_that_is_unavailable(objects):
    def fail():
        raise Unavailable("S3")

    container = Container(objects, at={4: fail})
    assert container.run() == bulk.TRY_AGAIN_STATUS
    assert len(container.notified) == 4, "nothing is said of the ticket"
    assert ("results", failure_key(TICKETS[4].job_id)) not in objects.bodies


def test_a_failed_ticket_is_the_recorders_and_the_others_go_on(objects):
    container = Container(objects, broken={1, 7})
    assert container.run() == 0
    failed = [TICKETS[number].job_id for number in (1, 7)]
    assert [job_id for job_id, status in container.notified if status == "Failed"] == failed
    assert all(
        objects.bodies["results", failure_key(job_id)] == b"RuntimeError: no memory" for job_id in failed
    )
    assert report_of(objects)[RestyleOutcome.FAILED] == 2


def test_a_broken_container_ends_before_it_has_failed_all(objects):
    container = Container(objects, broken=set(range(12)))
    assert container.run() == bulk.BROKEN_STATUS
    assert len(container.notified) == bulk.FAILURES_IN_A_ROW_MAX
    assert report_of(objects) is None


def test_a_chunk_that_is_done_is_not_done_again(objects):
    assert Container(objects).run() == 0
    second = Container(objects)
    assert second.run() == 0
    assert not second.notified


def test_tickets_are_worked_for_side_by_side(objects):
    together = threading.Barrier(4, timeout=10)
    container = Container(objects, tickets_at_once=4, at=dict.fromkeys(range(4), together.wait))
    assert container.run() == 0
