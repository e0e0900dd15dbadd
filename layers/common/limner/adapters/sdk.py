"""Client configuration, and the translation of SDK errors into limner's.

What the SDK says is for the log alone, as the cause of the raised error: it may name accounts and roles.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    MetadataRetrievalError,
    ResponseStreamingError,
)

from limner.errors import DependencyRefused, Unavailable

CONNECT_TIMEOUT_SECONDS = 1
READ_TIMEOUT_SECONDS = 6
ATTEMPTS = 2
RETRY_PAUSE_MAX_SECONDS = 1
"""Mode `standard` waits at most this long before the second attempt."""
CALL_MAX_SECONDS = ATTEMPTS * (CONNECT_TIMEOUT_SECONDS + READ_TIMEOUT_SECONDS) + RETRY_PAUSE_MAX_SECONDS
"""How long one call to an AWS service that does not answer may take. Below each function's Timeout, so that
the call ends and not the function."""

CONFIG = Config(
    connect_timeout=CONNECT_TIMEOUT_SECONDS,
    read_timeout=READ_TIMEOUT_SECONDS,
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
)
"""Two attempts per call; after that, the queue delivers the message again."""

QUICK_CONNECT_TIMEOUT_SECONDS = 0.5
QUICK_READ_TIMEOUT_SECONDS = 1
QUICK_CALL_MAX_SECONDS = (
    ATTEMPTS * (QUICK_CONNECT_TIMEOUT_SECONDS + QUICK_READ_TIMEOUT_SECONDS) + RETRY_PAUSE_MAX_SECONDS
)
QUICK_CONFIG = CONFIG.merge(
    Config(connect_timeout=QUICK_CONNECT_TIMEOUT_SECONDS, read_timeout=QUICK_READ_TIMEOUT_SECONDS)
)
"""For the authorizer, which API Gateway gives 10 s: two such calls take less."""

PAID_READ_TIMEOUT_SECONDS = 10
PAID_CONFIG = CONFIG.merge(
    Config(read_timeout=PAID_READ_TIMEOUT_SECONDS, retries={"mode": "standard", "total_max_attempts": 1})
)
"""For calls that cost money each time: no retry, since a call whose response was lost has been paid for."""

RETRYABLE_ERROR_CODES = frozenset(
    {
        # throttling
        "BandwidthLimitExceeded",
        "ConditionalRequestConflict",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
        # the service's own failures and time-outs
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        # credentials that are renewed for the next attempt
        "ExpiredToken",
        "ExpiredTokenException",
        # a key that its owner can enable again
        "DependencyTimeoutException",
        "DisabledException",
        "KMSInvalidStateException",
        "KeyUnavailableException",
    }
)
"""Error codes for which the same call may succeed later. So may every answer with a status of 500 or more.
All other codes, such as AccessDenied or ValidationException, are the same the next time."""
_RETRYABLE_SDK_ERRORS = (
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    MetadataRetrievalError,
    ResponseStreamingError,
)
"""Network errors and time-outs, also while a body is read or credentials are fetched."""
_SERVER_ERROR_STATUS = 500


def error_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def sdk_errors(action: str) -> Iterator[None]:
    """Translate SDK errors that the block does not handle; `action` begins the message.

    Raises:
        Unavailable: a later attempt may succeed.
        DependencyRefused: it will not: a permission or parameter is wrong.
    """
    try:
        yield
    except ClientError as error:
        kind = Unavailable if _is_retryable(error) else DependencyRefused
        raise kind(f"{action} failed: {error_code(error)}") from error
    except _RETRYABLE_SDK_ERRORS as error:
        raise Unavailable(f"{action} failed: {type(error).__name__}") from error
    except BotoCoreError as error:
        raise DependencyRefused(f"{action} failed: {type(error).__name__}") from error


def all_items(
    read: Callable[..., Mapping[str, Any]], request: Mapping[str, Any], action: str
) -> Iterator[Mapping[str, Any]]:
    """The items of all pages of DynamoDB's Query or Scan, which `read` is. Raises as `sdk_errors`."""
    start: dict[str, Any] = {}
    while True:
        with sdk_errors(action):
            answer = read(**request, **start)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _is_retryable(error: ClientError) -> bool:
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return status >= _SERVER_ERROR_STATUS or error_code(error) in RETRYABLE_ERROR_CODES
