import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from limner.adapters.sdk import RETRYABLE_ERROR_CODES, sdk_errors
from limner.errors import DependencyRefused, Unavailable


def client_error(code, status=400):
    answer = {"Error": {"Code": code, "Message": "secret"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "GetItem")


def translated(error):
    with pytest.raises((Unavailable, DependencyRefused)) as raised, sdk_errors("reading the photo"):
        raise error
    return raised.value


@pytest.mark.parametrize("code", sorted(RETRYABLE_ERROR_CODES))
def test_listed_codes_are_retryable(code):
    assert isinstance(translated(client_error(code)), Unavailable)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_answers_of_a_failing_service_are_retryable_whatever_their_code(status):
    assert isinstance(translated(client_error("Other", status)), Unavailable)


@pytest.mark.parametrize(
    "error",
    [
        ConnectTimeoutError(endpoint_url="secret"),
        ReadTimeoutError(endpoint_url="secret"),
        EndpointConnectionError(endpoint_url="secret"),
    ],
)
def test_network_errors_are_retryable(error):
    assert isinstance(translated(error), Unavailable)


@pytest.mark.parametrize(
    "error", [client_error("AccessDenied", 403), client_error("ValidationException"), NoCredentialsError()]
)
def test_all_other_errors_are_faults_of_ours(error):
    assert isinstance(translated(error), DependencyRefused)


def test_the_message_has_the_code_and_the_cause_has_the_sdks_text():
    error = translated(client_error("AccessDenied"))
    assert str(error) == "reading the photo failed: AccessDenied"
    assert "secret" in str(error.__cause__)
