"""All errors of limner.

LimnerError
├── PhotoRefused        the seller's file cannot be accepted; ends FAILED, never retried
├── InvalidRequest      a value in the request does not exist or is out of range
├── PhotoNotFound       no such photo, or another tenant's
├── BatchNotFound       no such batch, or another tenant's
├── CredentialsRefused  the caller's key or token is unknown, expired or revoked, or there is none
├── InsufficientScope   the caller's key or token does not allow what is asked for
├── ApiKeyNotFound      no such API key
├── ReplacementNeeded   the photo has its file, and the request does not say that another takes its place
├── TenantNotFound      no such tenant
├── TenantSuspended     the operator has suspended the tenant; nothing is made for it meanwhile
├── VersionRequired     a change must name the version that it changes
├── SettingsChanged     the settings have another version than the one that was to be changed
├── PrefixTaken         the prefix of a bucket is attached to another tenant
├── ObjectMissing       no such object in S3
├── ForeignTicket       a ticket's job, photo and looks do not belong together; it is counted and refused
├── ForeignUpload       an uploaded object belongs to no tenant; it is counted and left alone
├── MalformedMessage    a message violates its contract; the queue retries it, then moves it to its DLQ
├── StaleWrite          the row has a newer upload of the same key; this write is dropped
├── JobInProgress       another worker holds the photo's lease; retried later
├── QuotaExceeded       a cap of the tenant is used up until its day or month ends
├── JobsAtLimit         as many jobs of the tenant are in flight as it may have; its photo waits
├── IdempotencyKeyReused  the key of a request belongs to a request for something else
├── RequestInProgress   the same request with this key has no answer yet
├── AddressRefused      an address that a caller gave is not a public HTTPS address
├── AddressUnreachable  the server at such an address gave no whole answer in time
├── AnswerTooLarge      its answer is larger than allowed
├── Unavailable         a dependency is throttled, slow or down; retried later
└── DependencyRefused   a dependency refuses the call and will the next time: a fault of ours
"""

import math
from datetime import datetime
from enum import StrEnum

from photo_files.errors import FileProblem


class RefusalCode(StrEnum):
    """Stable reasons for FAILED, returned to sellers and listed in the OpenAPI description."""

    EMPTY_FILE = FileProblem.EMPTY_FILE.value
    UPLOAD_GONE = "upload_gone"
    TOO_MANY_BYTES = FileProblem.TOO_MANY_BYTES.value
    NOT_AN_IMAGE = FileProblem.NOT_AN_IMAGE.value
    UNSUPPORTED_FORMAT = FileProblem.UNSUPPORTED_FORMAT.value
    DAMAGED_IMAGE = FileProblem.DAMAGED_IMAGE.value
    TOO_MANY_PIXELS = FileProblem.TOO_MANY_PIXELS.value
    TOO_SMALL = FileProblem.TOO_SMALL.value
    EXTREME_ASPECT = FileProblem.EXTREME_ASPECT.value
    SEVERAL_FRAMES = FileProblem.SEVERAL_FRAMES.value
    UNSUPPORTED_COLOUR = FileProblem.UNSUPPORTED_COLOUR.value
    UNKNOWN_STYLE = "unknown_style"
    STYLIZATION_FAILED = "stylization_failed"
    DEADLINE_PASSED = "deadline_passed"
    TENANT_SUSPENDED = "tenant_suspended"
    QUOTA_EXCEEDED = "quota_exceeded"
    IMPORT_ADDRESS_REFUSED = "import_address_refused"
    IMPORT_UNREACHABLE = "import_unreachable"
    IMPORT_NOT_FOUND = "import_not_found"
    IMPORT_TOO_LARGE = "import_too_large"


class LimnerError(Exception):
    """Root of the tree: a stable `code` for programs, a message for people."""

    code = "limner_error"


class PhotoRefused(LimnerError):
    def __init__(self, code: RefusalCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def upload_gone() -> PhotoRefused:
    return PhotoRefused(RefusalCode.UPLOAD_GONE, "The photo was deleted before it could be read.")


class InvalidRequest(LimnerError):
    code = "invalid_request"


class PhotoNotFound(LimnerError):
    """`is_erased`: there was one, and its erasure has begun. The API answers both alike."""

    code = "photo_not_found"

    def __init__(self, message: object, *, is_erased: bool = False) -> None:
        super().__init__(message)
        self.is_erased = is_erased


class BatchNotFound(LimnerError):
    code = "batch_not_found"


class CredentialsRefused(LimnerError):
    """`code` is the reason (limner.identity.CredentialProblem)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ApiKeyNotFound(LimnerError):
    code = "api_key_not_found"


class InsufficientScope(LimnerError):
    code = "insufficient_scope"

    def __init__(self, scope: str) -> None:
        super().__init__(f"this needs the scope {scope}, which the key or token does not have")
        self.scope = scope


class ReplacementNeeded(LimnerError):
    code = "replacement_needed"


class TenantNotFound(LimnerError):
    code = "tenant_not_found"


class TenantSuspended(LimnerError):
    code = "tenant_suspended"


class VersionRequired(LimnerError):
    code = "version_required"


class SettingsChanged(LimnerError):
    code = "settings_changed"


class PrefixTaken(LimnerError):
    code = "prefix_taken"


class ObjectMissing(LimnerError):
    code = "object_missing"


class ForeignTicket(LimnerError):
    code = "foreign_ticket"


class ForeignUpload(LimnerError):
    code = "foreign_upload"


class MalformedMessage(LimnerError):
    code = "malformed_message"


class StaleWrite(LimnerError):
    code = "stale_write"


class JobInProgress(LimnerError):
    code = "job_in_progress"


class IdempotencyKeyReused(LimnerError):
    code = "idempotency_key_reused"


class RequestInProgress(LimnerError):
    code = "request_in_progress"


class AddressRefused(LimnerError):
    code = "address_refused"


class AddressUnreachable(LimnerError):
    code = "address_unreachable"


class AnswerTooLarge(LimnerError):
    code = "answer_too_large"


class Unavailable(LimnerError):
    code = "unavailable"


class DependencyRefused(LimnerError):
    code = "dependency_refused"


class QuotaExceeded(LimnerError):
    """`policy` is the name of the cap (limner.quotas.Cap); `resets_at` is when its window ends."""

    code = RefusalCode.QUOTA_EXCEEDED.value

    def __init__(self, policy: str, message: str, resets_at: datetime) -> None:
        super().__init__(message)
        self.policy = policy
        self.message = message
        self.resets_at = resets_at

    def retry_after_seconds(self, now: datetime) -> int:
        """Whole seconds until the window ends, at least 1."""
        return max(1, math.ceil((self.resets_at - now).total_seconds()))


class JobsAtLimit(LimnerError):
    code = "jobs_at_limit"
