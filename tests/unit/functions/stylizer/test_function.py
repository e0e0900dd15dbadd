"""The container as a Lambda function: jobs by their ids, and an engine that breaks."""

import json
from types import SimpleNamespace

import pytest

from limner.contracts import Refusal, StylizeReport
from limner.errors import MalformedMessage, ObjectMissing, Unavailable
from limner.function_contracts import FunctionJob
from limner.keys import ticket_key
from server import function
from server.function import BROKEN_STATUS, JobHandler
from server.tickets import Services
from tests import makers
from tests.fakes import InMemoryObjects

TICKET = makers.ticket()


class ProcessEnded(BaseException):
    """What `os._exit` does: nothing after it runs."""


class Container:
    """A service and an engine that a test breaks."""

    def __init__(self):
        self.tickets, self.failure, self.is_broken = [], None, False
        self.objects = InMemoryObjects()
        self.handle = JobHandler(
            self.serve, self.objects, results_bucket="results", test_engine=self.test_engine, end=self.end
        )

    def serve(self, ticket):
        self.tickets.append(ticket)
        if self.failure:
            raise self.failure
        refusal = Refusal(code="damaged_image", message="no photo")
        return StylizeReport(job_id=ticket.job_id, model="m@1", refusal=refusal, timings={"total": 0.1})

    def test_engine(self):
        if self.is_broken:
            raise RuntimeError("no memory")

    def end(self, status):
        raise ProcessEnded(status)

    def store_ticket(self, body=None, job_id=TICKET.job_id):
        self.objects.put(
            "results", ticket_key(job_id), (body or TICKET.model_dump_json()).encode(), "application/json"
        )


@pytest.fixture
def container():
    return Container()


def job(job_id=TICKET.job_id):
    return json.loads(FunctionJob(job_id=job_id, submitted_at=makers.NOON).model_dump_json())


def test_a_job_is_done_by_its_ticket(container):
    container.store_ticket()
    assert container.handle(job()) == {"job_id": TICKET.job_id}, "also of a photo that is refused"
    assert container.tickets == [TICKET]


def test_a_job_whose_ticket_is_gone_fails(container):
    with pytest.raises(ObjectMissing):
        container.handle(job())


@pytest.mark.parametrize("body", ["{}", "no JSON", makers.ticket(model="another").model_dump_json()])
def test_a_ticket_that_is_none_or_of_another_job_fails_before_any_work(container, body):
    container.store_ticket(body)
    with pytest.raises(MalformedMessage):
        container.handle(job())
    assert not container.tickets


def test_an_event_that_is_no_job_fails(container):
    with pytest.raises(MalformedMessage):
        container.handle({"Records": []})


@pytest.mark.parametrize("failure", [RuntimeError("one look"), Unavailable("S3")])
def test_a_failed_job_leaves_a_process_that_does_the_next_one(container, failure):
    container.store_ticket()
    container.failure = failure
    with pytest.raises(type(failure)):
        container.handle(job())
    container.failure = None
    assert container.handle(job()) == {"job_id": TICKET.job_id}


def test_a_broken_engine_ends_the_process(container):
    container.store_ticket()
    container.failure, container.is_broken = RuntimeError("no memory"), True
    with pytest.raises(ProcessEnded) as ended:
        container.handle(job())
    assert ended.value.args == (BROKEN_STATUS,)


def test_the_engine_is_loaded_once_for_all_jobs_of_a_process(monkeypatch):
    built = []

    def build(settings):
        built.append(settings)
        engine = SimpleNamespace(self_test=lambda: None)
        return Services(engine, objects, stylize=lambda ticket: None, learn=None, pack=None)

    objects = InMemoryObjects()
    objects.put("results", ticket_key(TICKET.job_id), TICKET.model_dump_json().encode(), "application/json")
    monkeypatch.setattr(function, "build_services", build)
    monkeypatch.setattr(function.StylizerSettings, "read", lambda: SimpleNamespace(results_bucket="results"))
    function.job_handler.cache_clear()
    for _ in range(2):
        assert function.handler(job(), None) == {"job_id": TICKET.job_id}
    function.job_handler.cache_clear()
    assert len(built) == 1
