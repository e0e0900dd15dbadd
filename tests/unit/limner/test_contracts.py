"""Messages between processes, parsed from the recorded payloads in events/."""

import json

import pytest

from limner import contracts
from limner.contracts import (
    parse_endpoint_notification,
    parse_erasure_request,
    parse_report,
    parse_upload_event,
)
from limner.errors import MalformedMessage
from limner.keys import comparable_sequencer
from limner.sandbox import parse_sandbox_job
from tests import makers
from tests.recorded import bodies


def test_an_eventbridge_event_is_parsed():
    (source,) = parse_upload_event(bodies("router-object-created")[0])
    assert source.bucket == "limner-uploads"
    assert source.key == f"uploads/main/{makers.PHOTO_ID}"
    assert source.sequencer == comparable_sequencer("0066A1B2C3D4E5F607")
    assert source.bytes == 348161
    assert source.version_id == "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY"


def test_eventbridge_keys_are_not_decoded():
    (source,) = parse_upload_event(bodies("router-plain-key")[0])
    assert source.key == "uploads/main/summer 2026/mug+lid 100%25 油画.JPG"


def test_notification_keys_are_url_decoded_once():
    (source,) = parse_upload_event(bodies("router-encoded-key")[0])
    assert source.key == "uploads/main/summer 2026/mug+lid 100%25 油画.JPG"
    assert source.version_id is None


@pytest.mark.parametrize(
    "name", ["router-test-event", "router-folder-created", "router-delete-marker", "router-object-deleted"]
)
def test_other_events_give_no_uploads(name):
    assert parse_upload_event(bodies(name)[0]) == ()


def test_duplicate_events_parse_to_the_same_upload():
    first, second = bodies("router-duplicate")
    assert parse_upload_event(first) == parse_upload_event(second)


@pytest.mark.parametrize(
    "body",
    [
        "", "null", "[]", "not json", "{}", '{"Records": [{}]}', '{"Records": 7}',
        '{"source": "aws.s3", "detail-type": "Object Created", "detail": {}}',
        '{"source": "aws.s3"}',
        '{"Records": [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "b"}, "object": {"key": "k", "size": -1, "sequencer": "0"}}}]}',
    ],
)  # fmt: skip
def test_any_other_message_is_malformed(body):
    with pytest.raises(MalformedMessage):
        parse_upload_event(body)


def test_a_success_notification_is_parsed():
    notification = parse_endpoint_notification(bodies("recorder-completed")[0])
    assert (notification.status, notification.job_id) == ("Completed", makers.JOB_ID)


def test_a_failure_notification_without_a_failure_location_is_parsed():
    body = bodies("recorder-failed")[0]
    assert "failureLocation" not in body
    notification = parse_endpoint_notification(body)
    assert notification.status == "Failed"
    assert notification.failure_reason.startswith("ClientError: Received server error (500)")


def test_a_notification_in_an_sns_envelope_parses_to_the_same():
    bare = bodies("recorder-completed")[0]
    wrapped = json.dumps({"Type": "Notification", "Message": bare})
    assert parse_endpoint_notification(wrapped) == parse_endpoint_notification(bare)


@pytest.mark.parametrize("body", ["", "{}", '{"invocationStatus": "Completed"}', '{"Type": "Notification"}'])
def test_other_notifications_are_malformed(body):
    with pytest.raises(MalformedMessage):
        parse_endpoint_notification(body)


def report(**changes):
    facts = {"job_id": "j", "model": "m@1", "pictures": makers.results().pictures, "timings": {"total": 1.0}}
    return contracts.StylizeReport(**(facts | changes))


def test_a_report_round_trips_through_json():
    assert parse_report(report().model_dump_json().encode()) == report()


def test_a_report_with_all_optional_parts_round_trips_through_json():
    full = report(pictures=(makers.full_picture(),))
    assert parse_report(full.model_dump_json().encode()) == full
    assert not full.engine_failed
    verdict = makers.lowered(outcome="fallback", refused_by=("engine",))
    assert report(pictures=(makers.full_picture(verdict=verdict),)).engine_failed


def test_a_report_without_verdicts_is_accepted():
    """As stored by the first release."""
    picture = {
        "look": {"styles": {"oil": 1.0}, "strength": 0.8},
        "renditions": [makers.rendition().model_dump()],
        "metrics": {"ssim": 0.61},
    }
    old = {
        "report_version": 1,
        "job_id": "j",
        "model": "m@1",
        "pictures": [picture],
        "timings": {"total": 1.0},
    }
    (read,) = parse_report(json.dumps(old).encode()).pictures
    assert (read.verdict, read.explanation, read.exhibits, read.look) == (None, None, {}, makers.OIL)


def test_a_report_has_either_pictures_or_a_refusal():
    refusal = {"code": "too_small", "message": "…"}
    assert report(pictures=(), refusal=refusal).refusal.code == "too_small"
    for invalid in ({"refusal": refusal}, {"pictures": ()}):
        with pytest.raises(ValueError, match="either pictures or a refusal"):
            report(**invalid)


def test_a_report_with_a_nan_metric_is_malformed():
    broken = report().model_dump_json().replace("0.61", "NaN")
    with pytest.raises(MalformedMessage):
        parse_report(broken.encode())


def test_a_ticket_round_trips_through_json():
    ticket = contracts.StylizeTicket(
        job_id="j", photo=makers.source(), looks=(makers.OIL,), model="fusenet-lite@abc"
    )
    assert contracts.StylizeTicket.model_validate_json(ticket.model_dump_json()) == ticket


def test_a_report_may_name_public_pictures_of_its_own_job_alone():
    own = f"public/main/{makers.PHOTO_ID}/{makers.JOB_ID[-12:]}-1a/oil/full.jpg"
    others = (
        own.replace(makers.JOB_ID[-12:], "b" * 12),
        own.replace("main", "other"),
        own.replace(makers.PHOTO_ID, "f" * 32),
        own.replace("public/", "public/x/../"),
    )
    for key in (own, *others):
        picture = makers.results().pictures[0].model_copy(update={"renditions": (makers.rendition(key=key),)})
        report = contracts.StylizeReport(
            job_id=makers.JOB_ID, model="m@1", pictures=(picture,), timings={"total": 1.0}
        )
        payload = report.model_dump_json().encode()
        if key == own:
            assert contracts.parse_report_of(makers.JOB_ID, payload) == report
            continue
        with pytest.raises(MalformedMessage):
            contracts.parse_report_of(makers.JOB_ID, payload)


def test_an_erasure_request_is_parsed_and_survives_json():
    request = parse_erasure_request(bodies("eraser-erasure-request")[0])
    assert (request.tenant, request.photo_id, request.object_key) == (makers.TENANT, makers.PHOTO_ID, None)
    assert parse_erasure_request(request.model_dump_json()) == request


@pytest.mark.parametrize(
    "change", [{"tenant": "Not A Tenant"}, {"photo_id": "../x"}, {"extra": 1}, {"request_version": 2}]
)
def test_another_erasure_request_is_malformed(change):
    request = json.loads(bodies("eraser-erasure-request")[0])
    with pytest.raises(MalformedMessage):
        parse_erasure_request(json.dumps(request | change))


def test_an_import_request_is_parsed_and_survives_json():
    request = contracts.parse_import_request(bodies("importer-import-request")[0])
    assert (request.tenant, request.photo_id) == (makers.TENANT, makers.PHOTO_ID)
    assert contracts.parse_import_request(request.model_dump_json()) == request


@pytest.mark.parametrize(
    "change",
    [{"tenant": "Not A Tenant"}, {"photo_id": "../x"}, {"url": "https://a.b/"}, {"request_version": 2}],
)
def test_another_import_request_is_malformed(change):
    request = json.loads(bodies("importer-import-request")[0])
    with pytest.raises(MalformedMessage):
        contracts.parse_import_request(json.dumps(request | change))


def test_a_job_of_the_sandbox_is_parsed_and_survives_json():
    job = parse_sandbox_job(bodies("sandbox-job")[0])
    assert (job.job_id, job.has_waited) == (f"test_{makers.JOB_ID}", False)
    assert parse_sandbox_job(job.model_dump_json()) == job


def test_a_stored_submission_survives_json_and_names_its_locations():
    stored = contracts.StoredSubmission(job_id=makers.JOB_ID, output_location="s3://r/out")
    assert contracts.parse_stored_submission(stored.model_dump_json().encode()) == stored
    assert stored.locations == ("s3://r/out",)
    with pytest.raises(MalformedMessage):
        contracts.parse_stored_submission(b"{}")
