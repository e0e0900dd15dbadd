"""Jobs for the stylizer's function, as the Lambda client sends them."""

import json
from io import BytesIO

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from limner.adapters.lambda_function import AsyncFunction
from limner.adapters.sdk import PAID_CONFIG
from limner.errors import DependencyRefused, Unavailable
from limner.function_contracts import function_failure_key, parse_function_job
from tests import makers


@pytest.fixture
def client():
    return boto3.client(
        "lambda",
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=PAID_CONFIG,
    )


@pytest.fixture
def function(client):
    return AsyncFunction(client, name="stylizer", results_bucket="results", now=lambda: makers.NOON)


def test_an_invocation_is_asynchronous_and_has_the_job_and_when_it_was_submitted(function, client):
    payload = json.dumps(
        {"function_job_version": 1, "job_id": makers.JOB_ID, "submitted_at": "2026-01-01T12:00:00Z"},
        separators=(",", ":"),
    ).encode()
    assert parse_function_job(json.loads(payload)).submitted_at == makers.NOON
    with Stubber(client) as aws:
        accepted = {"StatusCode": 202, "Payload": StreamingBody(BytesIO(b""), 0)}
        sent = {"FunctionName": "stylizer", "InvocationType": "Event", "Payload": payload}
        aws.add_response("invoke", accepted, sent)
        submission = function.submit(makers.JOB_ID, "s3://results/tickets/x")
        aws.assert_no_pending_responses()
    failure = function_failure_key(makers.JOB_ID, makers.NOON)
    assert submission.failure_location == f"s3://results/{failure}"
    assert submission.output_location.endswith("/report.json")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("TooManyRequestsException", Unavailable),
        ("ServiceException", Unavailable),
        ("ResourceNotFoundException", DependencyRefused),
        ("AccessDeniedException", DependencyRefused),
    ],
)
def test_errors_of_lambda_are_told_apart(function, client, code, error):
    status = 500 if code == "ServiceException" else 400
    with Stubber(client) as aws:
        aws.add_client_error("invoke", code, http_status_code=status)
        with pytest.raises(error):
            function.submit(makers.JOB_ID, "s3://results/tickets/x")
