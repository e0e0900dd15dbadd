"""Messages of packs, from the recorded payloads in events/: steps, archives, tickets, reports, and ids of jobs."""

import json
from datetime import date

import pytest
from pydantic import ValidationError

from limner.campaigns.contracts import parse_campaign_message
from limner.contracts import Refusal
from limner.errors import MalformedMessage
from limner.keys import photo_prefixes, submission_key, tenant_of_job, ticket_key
from limner.packs.contracts import (
    ArchiveRequest,
    PackedProfile,
    PackReport,
    PackStep,
    PackTicket,
    RuleFinding,
    is_pack_job,
    pack_job_id,
    pack_report_key,
    parse_pack_report,
    parse_pack_ticket,
    photo_key_of_pack_job,
)
from limner.photos import Source
from limner.renditions import Rendition
from limner.tenancy import PhotoKey
from photo_files.packs.rules import RuleOutcome
from tests import makers
from tests.recorded import bodies

PACK_ID = "d" * 32
PHOTO = PhotoKey("a" * 18, makers.PHOTO_ID)
PICTURE = Source(bucket="uploads", key="k", sequencer="61", bytes=9)
JOB_ID = pack_job_id(PHOTO, PACK_ID, PICTURE, ["ebay"], "m")
INFERENCE_ID_MAX_CHARACTERS = 64
FINDING = RuleFinding(
    rule="fill", required=True, outcome=RuleOutcome.FAILED, code="product_too_small", text="product_too_small",
    values={"fill": 0.5, "least_fill": 0.85}, source="https://example.com", read_on=date(2026, 11, 28),
)  # fmt: skip


def test_a_step_and_an_archive_are_read_as_they_were_recorded():
    step, archive = (
        parse_campaign_message(bodies(name)[0]) for name in ("campaigns-pack-step", "campaigns-archive")
    )
    assert step == PackStep(tenant="main", pack_id=PACK_ID, has_ended=True)
    assert archive == ArchiveRequest(tenant="main", pack_id=PACK_ID, archive_of="amazon-main")
    for message in (step, archive):
        assert parse_campaign_message(message.model_dump_json()) == message


@pytest.mark.parametrize("change", [{"tenant": "Main"}, {"pack_id": "1"}, {"archive_of": "../x"}], ids=str)
def test_a_foreign_message_is_malformed(change):
    with pytest.raises(MalformedMessage):
        parse_campaign_message(json.dumps(json.loads(bodies("campaigns-archive")[0]) | change))


def test_a_jobs_id_says_whose_it_is_and_fits_into_an_inference_id():
    assert len(JOB_ID) <= INFERENCE_ID_MAX_CHARACTERS
    assert photo_key_of_pack_job(JOB_ID) == PHOTO
    assert tenant_of_job(JOB_ID) == PHOTO.tenant
    assert is_pack_job(JOB_ID)
    assert not is_pack_job(makers.JOB_ID)
    with pytest.raises(MalformedMessage):
        photo_key_of_pack_job(makers.JOB_ID)


def test_everything_of_a_job_is_under_prefixes_that_are_erased_with_the_photo():
    prefixes = photo_prefixes(PHOTO)
    for key in (ticket_key(JOB_ID), submission_key(JOB_ID), pack_report_key(JOB_ID)):
        assert any(key.startswith(prefix) for prefix in prefixes), key


def test_jobs_of_other_packs_pictures_and_marketplaces_are_others():
    ids = {
        JOB_ID,
        pack_job_id(PHOTO, "e" * 32, PICTURE, ["ebay"], "m"),
        pack_job_id(PHOTO, PACK_ID, PICTURE.model_copy(update={"sequencer": "62"}), ["ebay"], "m"),
        pack_job_id(PHOTO, PACK_ID, PICTURE, ["etsy"], "m"),
    }
    assert len(ids) == 4


def test_tickets_and_reports_survive_json():
    ticket = PackTicket(job_id=JOB_ID, pack_id=PACK_ID, picture=PICTURE, profiles=("ebay",), model="m")
    assert parse_pack_ticket(ticket.model_dump_json().encode()) == ticket
    report = PackReport(
        job_id=JOB_ID, model="m", seconds=1, profiles=(PackedProfile(profile="ebay", photo=(FINDING,)),)
    )
    assert parse_pack_report(JOB_ID, report.model_dump_json().encode()) == report


def test_a_report_that_names_objects_of_another_job_is_malformed():
    file = Rendition(key="packs/other/1/x.jpg", width=1, height=1, bytes=1, content_type="image/jpeg")
    report = PackReport(
        job_id=JOB_ID, model="m", seconds=1, profiles=(PackedProfile(profile="ebay", file=file),)
    )
    with pytest.raises(MalformedMessage):
        parse_pack_report(JOB_ID, report.model_dump_json().encode())
    with pytest.raises(MalformedMessage):
        parse_pack_report(JOB_ID, b"{}")


def test_a_report_has_either_profiles_or_a_refusal():
    with pytest.raises(ValidationError):
        PackReport(job_id=JOB_ID, model="m", seconds=1)
    refused = PackReport(job_id=JOB_ID, model="m", seconds=1, refusal=Refusal(code="x", message="y"))
    assert refused.profiles == ()
