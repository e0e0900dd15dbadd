"""Every message that crosses a process: upload events, tickets, reports, endpoint notifications.

Our own messages are validated strictly. Of AWS's messages only the fields we need are read, so that AWS may
add fields.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    PositiveInt,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from limner.errors import MalformedMessage
from limner.keys import (
    comparable_sequencer,
    decode_notification_key,
    is_folder,
    public_job_prefix,
    styled_prefix,
)
from limner.looks import MAX_LOOKS, FrozenModel, Looks
from limner.orders import ExternalId
from limner.photos import Source
from limner.report import ENGINE, StyledPicture
from limner.style_contracts import StyleErasure
from limner.tenancy import PhotoId, TenantId, Visibility

# ── S3 → EventBridge → queues ────────────────────────────────────────────────────────────────────────


def parse_upload_event(body: str) -> tuple[Source, ...]:
    """The uploads that a queue message reports; none for S3's test event, for deletions and for folders.

    Accepts EventBridge's `Object Created` (plain keys) and S3 notifications (URL-encoded keys).

    Raises:
        MalformedMessage: the message is neither.
    """
    event = _json_object(body)
    try:
        return tuple(source for source in _created(event) if not is_folder(source.key, source.bytes))
    except (KeyError, TypeError, AttributeError, ValidationError) as error:
        raise MalformedMessage(f"not an S3 upload event: {error!r}") from error


def _created(event: Mapping[str, Any]) -> tuple[Source, ...]:
    if event.get("source") == "aws.s3":
        return _from_eventbridge(event)
    if event.get("Event") == "s3:TestEvent":
        return ()
    return tuple(
        _from_notification(record["s3"])
        for record in event["Records"]
        if record["eventName"].startswith("ObjectCreated:")
    )


def upload_event(source: Source) -> str:
    """The queue message that repeats an upload's event; `parse_upload_event` reads it."""
    s3_object = {"key": source.key, "size": source.bytes, "sequencer": source.sequencer}
    if source.version_id:
        s3_object["version-id"] = source.version_id
    if source.etag:
        s3_object["etag"] = source.etag
    detail: dict[str, Any] = {"bucket": {"name": source.bucket}, "object": s3_object, "reason": "Resent"}
    return json.dumps({"source": "aws.s3", "detail-type": "Object Created", "detail": detail})


def _from_eventbridge(event: Mapping[str, Any]) -> tuple[Source, ...]:
    if event["detail-type"] != "Object Created":
        return ()
    detail = event["detail"]
    return (_source(detail["bucket"]["name"], detail["object"]["key"], detail["object"], "version-id"),)


def _from_notification(s3: Mapping[str, Any]) -> Source:
    key = decode_notification_key(s3["object"]["key"])
    return _source(s3["bucket"]["name"], key, s3["object"], "versionId")


def _source(bucket: str, key: str, facts: Mapping[str, Any], version_field: str) -> Source:
    return Source(
        bucket=bucket,
        key=key,
        sequencer=comparable_sequencer(facts["sequencer"]),
        bytes=facts["size"],
        version_id=facts.get(version_field) or None,
        etag=facts.get("etag") or facts.get("eTag"),
    )


# ── router → endpoint: the ticket ────────────────────────────────────────────────────────────────────


class StylizeTicket(FrozenModel):
    """One photo and its looks: decoded once, painted as one batch. `visibility` is that of the pictures that
    no person has to decide about (limner.reviews).

    The job's id follows from the photo, the looks and `model` (`keys.job_id_for`), so that the stylizer can
    check that they belong together. Where the results go follows from the job's id and is not said here.
    """

    ticket_version: Literal[2] = 2
    job_id: str
    photo: Source
    looks: Looks = Field(min_length=1)
    model: str
    visibility: Visibility = Visibility.PRIVATE
    is_reviewed: bool = Field(default=False, exclude_if=lambda is_reviewed: not is_reviewed)
    """Whether a person decides about those that the gates are not sure of. Left out where nobody does: a
    stylizer of the last release refuses fields that it does not know."""
    external_id: ExternalId | None = None
    """Of test tenants' photos alone: how the job is to end (limner.sandbox)."""
    long_sides: tuple[PositiveInt, ...] = Field(default=(), max_length=MAX_LOOKS)
    """Sizes that release 0.1 ordered. Accepted until the next release, and not made."""


# ── router → eraser: where the endpoint's response is ────────────────────────────────────────────────


class StoredSubmission(FrozenModel):
    """The endpoint chooses names for its objects that say nothing of the job; whoever erases a photo finds
    them here."""

    job_id: str
    output_location: str
    failure_location: str | None = None

    @property
    def locations(self) -> tuple[str, ...]:
        return tuple(place for place in (self.output_location, self.failure_location) if place)


def parse_stored_submission(payload: bytes) -> StoredSubmission:
    """Raises MalformedMessage."""
    try:
        return StoredSubmission.model_validate_json(payload)
    except ValidationError as error:
        raise MalformedMessage(f"not a stored submission: {error}") from error


# ── storefront, sweeper → eraser ─────────────────────────────────────────────────────────────────────


class ErasureRequest(FrozenModel):
    """The erasure of a photo has begun in its row. `object_key` is an upload that was found after it had
    ended."""

    request_version: Literal[1] = 1
    tenant: TenantId
    photo_id: PhotoId
    object_key: str | None = None


_ERASURES: TypeAdapter[ErasureRequest | StyleErasure] = TypeAdapter(ErasureRequest | StyleErasure)


def parse_erasure_request(body: str) -> ErasureRequest | StyleErasure:
    """Raises MalformedMessage."""
    try:
        return _ERASURES.validate_json(body)
    except ValidationError as error:
        raise MalformedMessage(f"not an erasure request: {error}") from error


# ── storefront → importer ────────────────────────────────────────────────────────────────────────────


class ImportRequest(FrozenModel):
    """The file of this photo is to be fetched; from where, its row says."""

    request_version: Literal[1] = 1
    tenant: TenantId
    photo_id: PhotoId


def parse_import_request(body: str) -> ImportRequest:
    """Raises MalformedMessage."""
    try:
        return ImportRequest.model_validate_json(body)
    except ValidationError as error:
        raise MalformedMessage(f"not an import request: {error}") from error


# ── endpoint → recorder: the report ──────────────────────────────────────────────────────────────────


class Refusal(FrozenModel):
    code: str
    message: str


class StylizeReport(FrozenModel):
    """The result of a ticket. A photo that cannot be styled is a result (`refusal`), not a failure of the
    endpoint. `timings` are seconds by step, with `total`."""

    report_version: Literal[1] = 1
    job_id: str
    model: str
    pictures: tuple[StyledPicture, ...] = ()
    refusal: Refusal | None = None
    timings: dict[str, FiniteFloat]

    @model_validator(mode="after")
    def _check_one_result(self) -> "StylizeReport":
        if bool(self.pictures) == bool(self.refusal):
            raise ValueError("a report must have either pictures or a refusal")
        return self

    @property
    def keys(self) -> Iterator[str]:
        """The objects that it names, in the results bucket."""
        for picture in self.pictures:
            for rendition in (*picture.renditions, *picture.exhibits.values()):
                yield rendition.key

    @property
    def engine_failed(self) -> bool:
        """Whether the engine failed on at least one look, for which the photo was published instead."""
        verdicts = [picture.verdict for picture in self.pictures if picture.verdict]
        return any(ENGINE in verdict.refused_by for verdict in verdicts)


# ── SageMaker → SNS → DoneQueue ──────────────────────────────────────────────────────────────────────


class EndpointNotification(BaseModel):
    """The fields of an asynchronous inference notification that every recorded example has.

    Locations are taken from the job's record instead: a failure notification does not have them all.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    job_id: str = Field(alias="inferenceId")
    status: Literal["Completed", "Failed"] = Field(alias="invocationStatus")
    failure_reason: str | None = Field(default=None, alias="failureReason")
    received_at: AwareDatetime | None = Field(default=None, alias="receivedTime")
    """When the endpoint accepted the request: tells one submission of a job from the next."""
    proves_failure: ClassVar[bool] = False
    """Whether it needs no failure object in S3 beside it."""
    has_expired: ClassVar[bool] = False
    """Whether the job has waited until it was given up, and was never begun."""


def parse_endpoint_notification(body: str) -> EndpointNotification:
    """With or without SNS's envelope. Raises MalformedMessage: the message is no endpoint notification."""
    message = _json_object(body)
    if message.get("Type") == "Notification":
        message = _json_object(message.get("Message", ""))
    try:
        return EndpointNotification.model_validate(message)
    except ValidationError as error:
        raise MalformedMessage(f"not an endpoint notification: {error}") from error


def parse_report_of(job_id: str, payload: bytes) -> StylizeReport:
    """Parse the report at this job's place.

    Raises:
        MalformedMessage: the payload is not a report, is of another job, or names objects of another.
    """
    report = parse_report(payload)
    if report.job_id != job_id:
        raise MalformedMessage(f"report is of job {report.job_id}, expected {job_id}")
    own = (styled_prefix(job_id), public_job_prefix(job_id))
    if foreign := [key for key in report.keys if not key.startswith(own)]:
        raise MalformedMessage(f"report of job {job_id} names objects of another: {foreign[0]}")
    return report


def parse_report(payload: bytes) -> StylizeReport:
    """Parse the report that the container stored.

    Raises:
        MalformedMessage: the payload is not a report.
    """
    try:
        return StylizeReport.model_validate_json(payload)
    except ValidationError as error:
        raise MalformedMessage(f"not a stylize report: {error}") from error


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (TypeError, ValueError) as error:
        raise MalformedMessage(f"not JSON: {str(text)[:80]!r}") from error
    if not isinstance(value, dict):
        raise MalformedMessage(f"not a JSON object: {str(text)[:80]!r}")
    return value
