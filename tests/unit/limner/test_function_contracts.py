"""What the stylizer's function is invoked with, and Lambda's records of its invocations."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from limner.errors import MalformedMessage
from limner.function_contracts import (
    REASON_MAX_CHARS,
    FunctionJob,
    function_failure_key,
    parse_function_job,
    parse_notification,
)
from tests import makers
from tests.recorded import bodies, event

SUBMITTED_AT = datetime(2026, 1, 1, 12, 0, 0, 811_000, UTC)


def test_a_job_survives_json():
    job = FunctionJob(job_id=makers.JOB_ID, submitted_at=SUBMITTED_AT)
    assert parse_function_job(json.loads(job.model_dump_json())) == job
    assert parse_function_job(event("stylizer-job")) == job


@pytest.mark.parametrize("foreign", [{}, {"job_id": ""}, {**event("stylizer-job"), "looks": []}])
def test_any_other_event_is_no_job(foreign):
    with pytest.raises(MalformedMessage):
        parse_function_job(foreign)


def test_the_record_of_a_success_completes_the_job():
    notification = parse_notification(bodies("recorder-function-succeeded")[0], "lambda")
    assert (notification.job_id, notification.status) == (makers.JOB_ID, "Completed")
    assert not notification.proves_failure


def test_the_record_of_a_failure_proves_it_and_says_when_the_job_was_submitted():
    notification = parse_notification(bodies("recorder-function-failed")[0], "lambda")
    assert (notification.job_id, notification.status) == (makers.JOB_ID, "Failed")
    assert (notification.proves_failure, notification.has_expired) == (True, False)
    assert notification.received_at == SUBMITTED_AT
    assert notification.failure_reason.startswith("RetriesExhausted: {'errorType': 'Runtime.ExitError'")


def test_the_record_of_a_job_that_was_never_begun_proves_no_failure():
    notification = parse_notification(bodies("recorder-function-expired")[0], "lambda")
    assert (notification.job_id, notification.status) == (makers.JOB_ID, "Failed")
    assert (notification.proves_failure, notification.has_expired) == (False, True)
    assert notification.failure_reason == "EventAgeExceeded: None"


def test_a_long_error_is_cut():
    record = json.loads(bodies("recorder-function-failed")[0])
    record["responsePayload"]["errorMessage"] = "x" * 10_000
    assert len(parse_notification(json.dumps(record), "lambda").failure_reason) == REASON_MAX_CHARS


def test_a_notification_of_the_endpoint_is_read_and_proves_nothing():
    notification = parse_notification(bodies("recorder-failed")[0], "lambda")
    assert (notification.job_id, notification.status) == (makers.JOB_ID, "Failed")
    assert not notification.proves_failure


@pytest.mark.parametrize("name", ["failed", "expired"])
def test_where_there_is_no_function_its_records_prove_nothing(name):
    notification = parse_notification(bodies(f"recorder-function-{name}")[0], "sagemaker")
    assert (notification.job_id, notification.status) == (makers.JOB_ID, "Failed")
    assert (notification.proves_failure, notification.has_expired) == (False, False)


def test_each_submission_of_a_job_fails_in_a_place_of_its_own():
    later = SUBMITTED_AT + timedelta(microseconds=1)
    places = {function_failure_key(makers.JOB_ID, each) for each in (SUBMITTED_AT, later)}
    assert len(places) == 2
    assert all(place.startswith("endpoint/failure/function/") for place in places)


@pytest.mark.parametrize("body", ["", "{}", '{"requestPayload": {"job_id": "j"}}'])
def test_any_other_message_is_malformed(body):
    with pytest.raises(MalformedMessage):
        parse_notification(body, "lambda")
