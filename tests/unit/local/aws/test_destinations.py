"""Records of successful asynchronous invocations, which the emulator lacks."""

import inspect
import json

import pytest
from ministack.services import lambda_svc

from limner.function_contracts import FunctionJob, parse_notification
from local.aws import destinations
from local.aws.destinations import success_queue
from tests import makers

QUEUE = "arn:aws:sqs:eu-central-1:000000000000:done"
JOB = FunctionJob(job_id=makers.JOB_ID, submitted_at=makers.NOON).model_dump(mode="json")
CONFIG = {"FunctionArn": "arn:aws:lambda:eu-central-1:000000000000:function:stylizer"}


def function(**destination):
    return {"event_invoke_configs": {"$LATEST": {"DestinationConfig": destination}}}


@pytest.fixture
def sent(monkeypatch):
    """Messages by queue; ministack's own invocation runs at once, with the result that the event names."""
    sent = []

    def invoke(function, event):
        lambda_svc._execute_function_dispatch(function, CONFIG, event, "request", 0.0)

    def dispatch(function, config, event, request_id, started):
        return {"body": {"job_id": makers.JOB_ID}, "error": event != JOB}

    monkeypatch.setattr(lambda_svc, "invoke_async_with_retry", invoke)
    monkeypatch.setattr(lambda_svc, "_execute_function_dispatch", dispatch)
    destinations.install(lambda queue, body: sent.append((queue, body)))
    return sent


def test_a_success_is_recorded_as_the_recorder_reads_it(sent):
    lambda_svc.invoke_async_with_retry(function(OnSuccess={"Destination": QUEUE}), JOB)
    ((queue, body),) = sent
    assert queue == QUEUE
    notification = parse_notification(body, "lambda")
    assert (notification.job_id, notification.status) == (makers.JOB_ID, "Completed")
    assert json.loads(body)["responsePayload"] == {"job_id": makers.JOB_ID}


def test_a_failure_is_left_to_ministack(sent):
    lambda_svc.invoke_async_with_retry(function(OnSuccess={"Destination": QUEUE}), {})
    assert not sent


def test_synchronous_invocations_and_functions_without_the_destination_record_nothing(sent):
    lambda_svc._execute_function_dispatch(function(OnSuccess={"Destination": QUEUE}), CONFIG, JOB, "r", 0.0)
    lambda_svc.invoke_async_with_retry(function(OnFailure={"Destination": QUEUE}), JOB)
    assert not sent
    assert success_queue({}) == ""


def test_what_is_wrapped_has_the_expected_parameters():
    assert list(inspect.signature(lambda_svc.invoke_async_with_retry).parameters) == ["func", "event"]
    assert list(inspect.signature(lambda_svc._execute_function_dispatch).parameters) == [
        "func",
        "config",
        "event",
        "request_id",
        "started",
    ]
