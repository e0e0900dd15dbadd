"""All errors of limner.

LimnerError
├── PhotoRefused        the seller's file cannot be accepted; ends FAILED, never retried
├── InvalidRequest      a value in the request does not exist or is out of range
├── UnsupportedMediaType  the request's body is of a type that the route does not take
├── PhotoNotFound       no such photo, or another tenant's
├── BatchNotFound       no such batch, or another tenant's
├── CollectionNotFound, CampaignNotFound, CampaignRefused  in limner.campaign_errors
├── StyleNotFound       no such own style, or another tenant's
├── StyleInUse          the style cannot be changed now: it is being learned
├── TooManyStyles       the tenant has as many own styles as it may have
├── CredentialsRefused  the caller's key or token is unknown, expired or revoked, or there is none
├── InsufficientScope   the caller's key or token does not allow what is asked for
├── ApiKeyNotFound      no such API key
├── ReplacementNeeded   the photo has its file, and the request does not say that another takes its place
├── OrderRefused        the photo's state does not allow this order, such as a further one while one runs
├── OrderRunning        the same, and it will end by itself
├── ReviewNotFound      in limner.reviews.decisions
├── VersionNotFound     the photo has no such version
├── TenantNotFound      no such tenant
├── TenantSuspended     the operator has suspended the tenant; nothing is made for it meanwhile
├── VersionRequired     a change must name the version that it changes
├── SettingsChanged     the settings have another version than the one that was to be changed
├── PrefixTaken         the prefix of a bucket is attached to another tenant
├── WebhookNotFound     no such webhook, or another tenant's
├── DeliveryNotFound    no such delivery of this webhook, or its log has expired
├── TooManyWebhooks     the tenant has as many webhooks as it may have
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
├── StillWaiting        a photo is the first of its tenant's line, and stays there
├── Unavailable         a dependency is throttled, slow or down; retried later
└── DependencyRefused   a dependency refuses the call and will the next time: a fault of ours
"""

import math
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from photo_files.errors import FileProblem

if TYPE_CHECKING:
    from limner.quotas import Standing


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
    INVALID_METADATA = "invalid_metadata"
    CANCELLED = "cancelled"


class OrderProblem(StrEnum):
    """Stable reasons why a photo's state does not allow an order."""

    NOT_UPLOADED = "not_uploaded"
    FILE_REFUSED = "file_refused"
    TOO_MANY_PICTURES = "too_many_pictures"
    NOTHING_TO_CANCEL = "nothing_to_cancel"
    NOTHING_TO_RETRY = "nothing_to_retry"
    VERSION_NOT_RESTORABLE = "version_not_restorable"


FILE_REFUSALS = frozenset(RefusalCode(problem.value) for problem in FileProblem)
"""Reasons that lie in the file: the same file fails again."""


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


class UnsupportedMediaType(LimnerError):
    code = "unsupported_media_type"


class PhotoNotFound(LimnerError):
    """`is_erased`: there was one, and its erasure has begun. The API answers both alike."""

    code = "photo_not_found"

    def __init__(self, message: object, *, is_erased: bool = False) -> None:
        super().__init__(message)
        self.is_erased = is_erased


class BatchNotFound(LimnerError):
    code = "batch_not_found"


class StyleNotFound(LimnerError):
    code = "style_not_found"


class StyleInUse(LimnerError):
    code = "style_in_use"


class TooManyStyles(LimnerError):
    code = "too_many_styles"


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


class OrderRefused(LimnerError):
    """`code` is the reason (OrderProblem)."""

    def __init__(self, code: OrderProblem, message: str) -> None:
        super().__init__(message)
        self.code = code


class OrderRunning(LimnerError):
    code = "order_running"


class VersionNotFound(LimnerError):
    code = "version_not_found"


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


class WebhookNotFound(LimnerError):
    code = "webhook_not_found"


class DeliveryNotFound(LimnerError):
    code = "delivery_not_found"


class TooManyWebhooks(LimnerError):
    code = "too_many_webhooks"


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
        self.standing: Standing | None = None
        """How the tenant stands without what was refused; of a refused order alone."""

    def retry_after_seconds(self, now: datetime) -> int:
        """Whole seconds until the window ends, at least 1."""
        return max(1, math.ceil((self.resets_at - now).total_seconds()))


class JobsAtLimit(LimnerError):
    code = "jobs_at_limit"


class StillWaiting(LimnerError):
    code = "still_waiting"
