"""Tickets that contradict themselves: refused before anything is read, and nothing is written."""

import logging
import sys

import pytest
from fastapi.testclient import TestClient
from pytest_socket import enable_socket

from limner.contracts import StylizeTicket
from limner.errors import ForeignTicket
from limner.looks import Look
from limner.tenancy import PhotoKey
from limner.use_cases.new_photos import UploadOwners
from photo_files.intake import Limits
from tests import makers
from tests.fakes import InMemoryObjects
from tests.template_reader import ROOT

sys.path.insert(0, str(ROOT / "functions/stylizer"))  # as in the container

from limner.use_cases.check_ticket import TicketCheck
from server import app as server
from server import health, service

TICKET = makers.ticket()
OTHER_TENANT = makers.ticket(PhotoKey("other", makers.PHOTO_ID))
OTHER_PHOTO = makers.ticket(PhotoKey(makers.TENANT, "f" * 32))


def photo(**changes):
    return {"photo": TICKET.photo.model_copy(update=changes)}


FORGED = {
    "another tenant's job": {"job_id": OTHER_TENANT.job_id},
    "another tenant's photo": {"photo": OTHER_TENANT.photo},
    "another photo's job": {"job_id": OTHER_PHOTO.job_id},
    "another photo of the tenant": {"photo": OTHER_PHOTO.photo},
    "another bucket": photo(bucket="another"),
    "the results bucket": photo(bucket="results", key=f"styled/{makers.TENANT}/x"),
    "a key of no tenant": photo(key=f"uploads/{makers.PHOTO_ID}"),
    "a key outside uploads": photo(key=f"tickets/{makers.TENANT}/{makers.PHOTO_ID}"),
    "a key with steps upwards": photo(key=f"uploads/other/../{makers.TENANT}/{makers.PHOTO_ID}"),
    "another upload of the photo": photo(sequencer="0" * 32),
    "other looks": {"looks": (Look(styles={"cartoon": 1.0}),)},
    "another model": {"model": "another@1"},
    "no job id": {"job_id": "j"},
    "a job id with a path": {"job_id": f"{makers.TENANT}.{makers.PHOTO_ID}.../../{'a' * 6}"},
    "other digits": {"job_id": makers.JOB_ID},
}


@pytest.fixture
def check():
    return TicketCheck(UploadOwners(uploads_bucket="uploads", attached_prefixes=lambda bucket: ()))


@pytest.mark.parametrize(
    "ticket",
    [TICKET, OTHER_TENANT, OTHER_PHOTO, makers.ticket(photo=makers.source(version_id="v2"))],
    ids=["plain", "other tenant", "other photo", "version"],
)
def test_a_consistent_ticket_is_accepted(check, ticket):
    check(ticket)


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_ticket_that_contradicts_itself_is_foreign(check, forged):
    with pytest.raises(ForeignTicket):
        check(TICKET.model_copy(update=forged))


class ReadingRefused(InMemoryObjects):
    def get(self, *_):
        pytest.fail("a foreign ticket's objects are read")


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_the_container_refuses_it_and_reads_and_writes_nothing(forged, caplog):
    enable_socket()  # asyncio wakes itself through a socket pair
    objects = ReadingRefused()
    stylize = service.StylizeService(
        None,
        objects,
        processors=None,
        limits=Limits(),
        signing_key=lambda: pytest.fail("the engine's work begins"),
        check=TicketCheck(UploadOwners(uploads_bucket="uploads", attached_prefixes=lambda bucket: ())),
        results_bucket="results",
        own_styles=lambda job_id, looks: (),
        new_attempt=lambda: "1",
    )
    app = TestClient(server.make_app(stylize, health.Health(lambda: None, lambda: None)))
    body = StylizeTicket.model_copy(TICKET, update=forged).model_dump_json()
    with caplog.at_level(logging.ERROR):
        answer = app.post("/invocations", content=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_ticket")
    assert objects.bodies == {}
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["foreign_ticket"]
    assert app.get("/ping").status_code == 200, "it says nothing about the engine"


def test_a_ticket_cannot_name_where_the_results_go():
    forged = {**TICKET.model_dump(mode="json"), "results": {"bucket": "results", "prefix": "styled/other/"}}
    with pytest.raises(ValueError, match="results"):
        StylizeTicket.model_validate(forged)
