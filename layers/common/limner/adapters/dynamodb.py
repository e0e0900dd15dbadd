"""Photos in one DynamoDB table: one row per photo, one map attribute per part."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from types import MappingProxyType
from typing import Any

from botocore.exceptions import ClientError

from limner.adapters.dynamodb_items import (
    OPEN_SHARDS,
    ORDER_SHARDS,
    list_attributes,
    open_shard,
    order_attributes,
    row_key,
    to_map,
    to_photo,
    to_source,
)
from limner.adapters.dynamodb_queries import read_due, read_page, read_rows
from limner.adapters.sdk import error_code, sdk_errors
from limner.errors import JobInProgress, MalformedMessage, PhotoNotFound, StaleWrite
from limner.keys import FOUND_SUFFIX
from limner.photos import Failure, Part, Photo, Results, Retried, Source, StylizeJob, Variants
from limner.ports import Page
from limner.tenancy import PhotoKey

_IS_NEWEST_UPLOAD = "#source.#sequencer = :sequencer"
_IS_OTHER_VERSION = "(attribute_not_exists(#source.version_id) OR #source.version_id <> :version)"
_IS_NOT_THE_FOUND_UPLOAD = "NOT contains(#source.#sequencer, :found_suffix) OR #source.etag <> :etag"
_MAY_BE_REPLACED = "(attribute_not_exists(replaceable) OR replaceable = #source.#sequencer)"
_HAS_VERSION = "attribute_exists(#source.version_id)"
_NAMES = {"#source": "source", "#sequencer": "sequencer"}
_CLOSE = "REMOVE due_at, open_shard"


class DynamoDbPhotos:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def add(self, photo: Photo, expires_at: datetime) -> None:
        item = {**row_key(photo.key), **to_map(photo), **order_attributes(photo)}
        with sdk_errors("storing the photo"):
            self._conditional(
                "put_item",
                Item={**item, "expires_at": int(expires_at.timestamp())},
                ConditionExpression="attribute_not_exists(photo_key)",
            )

    def get(self, key: PhotoKey) -> Photo:
        with sdk_errors("reading the photo"):
            response = self._table.get_item(Key=row_key(key), ConsistentRead=True)
        if "Item" not in response:
            raise PhotoNotFound(f"no photo {key.photo_id}")
        if "erasure" in response["Item"]:
            raise PhotoNotFound(f"no photo {key.photo_id}", is_erased=True)
        return _photo_of(response["Item"])

    def sources(self, keys: Sequence[PhotoKey]) -> Mapping[PhotoKey, Source | None]:
        projection = {
            "ProjectionExpression": "photo_key, #source",
            "ExpressionAttributeNames": {"#source": "source"},
        }
        by_row = {str(key): key for key in keys}
        items = read_rows(self._table, list(by_row), ConsistentRead=True, **projection)
        return {by_row[item["photo_key"]]: to_source(item) for item in items}

    def page(self, tenant: str, *, limit: int, cursor: str | None) -> Page:
        return read_page(self._table, tenant, limit=limit, cursor=cursor)

    def record_upload(self, photo: Photo) -> Photo:
        assert photo.source, "photo.source must be set"  # noqa: S101 - a caller's bug
        values = {
            ":source": to_map(photo.source),
            ":sequencer": photo.source.sequencer,
            ":due_at": photo.due_at,
            ":shard": open_shard(photo.photo_id),
            ":version": photo.source.version_id,
            ":etag": photo.source.etag,
            ":found_suffix": FOUND_SUFFIX,
        }
        ordered = {
            "tenant": photo.tenant,
            "photo_id": photo.photo_id,
            "filename": photo.filename,
            "looks": [to_map(look) for look in photo.looks],
            "created_at": photo.created_at.isoformat(),
            **list_attributes(photo),
        }
        set_always = ["#source = :source", "due_at = :due_at", "open_shard = :shard"]
        update = ", ".join([*set_always, *[f"#{name} = if_not_exists(#{name}, :{name})" for name in ordered]])
        with sdk_errors("recording the upload"):
            try:
                answer = self._conditional(
                    "update_item",
                    Key=row_key(photo.key),
                    UpdateExpression=f"SET {update} REMOVE expires_at",
                    ConditionExpression=_is_newer(photo.source),
                    ExpressionAttributeNames=_NAMES | {f"#{name}": name for name in ordered},
                    ExpressionAttributeValues=values | {f":{name}": value for name, value in ordered.items()},
                    ReturnValues="ALL_NEW",
                )
            except StaleWrite:
                return self._recorded_before(photo.key, photo.source)
        return _photo_of({**answer["Attributes"], **row_key(photo.key)})

    def allow_replacement(self, key: PhotoKey, sequencer: str) -> None:
        with sdk_errors("allowing a replacement"):
            self._conditional(
                "update_item",
                Key=row_key(key),
                UpdateExpression="SET replaceable = :sequencer",
                ConditionExpression=_IS_NEWEST_UPLOAD,
                ExpressionAttributeNames=_NAMES,
                ExpressionAttributeValues={":sequencer": sequencer},
            )

    def _recorded_before(self, key: PhotoKey, source: Source) -> Photo:
        """The row, which another reader of the same event has recorded the upload in. Raises StaleWrite."""
        row = self._unless_erased(key)
        if row.source is None or row.source.sequencer != source.sequencer:
            raise StaleWrite(f"photo {key} has a newer upload")
        return row

    def _unless_erased(self, key: PhotoKey) -> Photo:
        """Raises StaleWrite for a tombstone, whose upload is newer than every other."""
        try:
            return self.get(key)
        except PhotoNotFound as error:
            raise StaleWrite(f"photo {key} is erased") from error

    def lease(self, key: PhotoKey, job: StylizeJob, now: int) -> None:
        is_free = (
            f"({_is_new('#part')} OR "
            "(attribute_not_exists(#part.submitted_at) AND #part.lease_until < :now)) AND "
            f"{_is_new('failure')} AND {_is_new('results')}"
        )
        try:
            self._write("job", key, job, is_free, values={":now": now})
        except StaleWrite:
            if self._is_leased(key, job.sequencer):
                raise JobInProgress(f"photo {key} is being submitted by another worker") from None
            raise

    def release(self, key: PhotoKey, job: StylizeJob) -> None:
        unsubmitted = job.model_copy(update={"lease_until": 0, "submitted_at": None})
        condition = f"#part.job_id = :job_id AND {_is_new('results')}"
        self._write("job", key, unsubmitted, condition, values={":job_id": job.job_id})

    def due(self, now: int, limit: int) -> list[Photo]:
        return read_due(self._table, OPEN_SHARDS, now, limit)

    def due_orders(self, now: int, limit: int) -> list[Photo]:
        return read_due(self._table, ORDER_SHARDS, now, limit)

    def postpone(self, photo: Photo, until: int, retried: Retried | None) -> None:
        values: dict[str, object] = {":until": until}
        if retried:
            values[":retried"] = to_map(retried)
        set_retried = ", retried = :retried" if retried else ""
        self._update_if_still_due(photo, f"SET due_at = :until{set_retried}", values)

    def close(self, photo: Photo) -> None:
        self._update_if_still_due(photo, _CLOSE, {})

    def _update_if_still_due(self, photo: Photo, update: str, values: Mapping[str, object]) -> None:
        """Update a row whose `due_at` and upload are still those of `photo`. Raises StaleWrite."""
        sequencer = photo.source.sequencer if photo.source else None
        is_same = _IS_NEWEST_UPLOAD if sequencer else "attribute_not_exists(#source)"
        with sdk_errors("sweeping"):
            self._conditional(
                "update_item",
                Key=row_key(photo.key),
                UpdateExpression=update,
                ConditionExpression=f"due_at = :due_at AND {is_same}",
                ExpressionAttributeNames=_NAMES if sequencer else {"#source": "source"},
                ExpressionAttributeValues={
                    ":due_at": photo.due_at,
                    **({":sequencer": sequencer} if sequencer else {}),
                    **values,
                },
            )

    def _is_leased(self, key: PhotoKey, sequencer: str) -> bool:
        photo = self._unless_erased(key)
        newest = photo.newest
        is_current = photo.source is not None and photo.source.sequencer == sequencer
        has_ended = newest.failure is not None or newest.results is not None
        return is_current and not has_ended and newest.job is not None and newest.job.submitted_at is None

    def record_submission(self, key: PhotoKey, job: StylizeJob) -> None:
        self._write("job", key, job, "#part.job_id = :job_id", values={":job_id": job.job_id})

    def record_variants(self, key: PhotoKey, variants: Variants) -> None:
        self._write_first_or_last(key, "variants", variants, other="results", is_usually_last=False)

    def record_results(self, key: PhotoKey, results: Results) -> None:
        self._write_first_or_last(key, "results", results, other="variants", is_usually_last=True)

    def _write_first_or_last(
        self, key: PhotoKey, name: str, part: Part, *, other: str, is_usually_last: bool
    ) -> None:
        """Write one of the two parts that make a photo READY; the second one's write also closes the photo.

        Which one it is, the condition of the write decides. It is tried first what is usual, since a write
        that is refused costs as much as one that is not; three attempts cover the other part's arrival
        between two of them.
        """
        last = (f"{_is_new('#part')} AND {other}.#sequencer = :sequencer", True)
        first = (f"{_is_new('#part')} AND {_is_new(other)}", False)
        usual, unusual = (last, first) if is_usually_last else (first, last)
        for condition, closes in (usual, unusual):
            with suppress(StaleWrite):
                return self._write(name, key, part, condition, closes=closes)
        condition, closes = usual
        return self._write(name, key, part, condition, closes=closes)

    def record_failure(self, key: PhotoKey, failure: Failure) -> None:
        is_not_ready = f"({_is_new('results')} OR {_is_new('variants')})"
        self._write("failure", key, failure, f"{_is_new('#part')} AND {is_not_ready}", closes=True)

    def _write(
        self,
        name: str,
        key: PhotoKey,
        part: Part,
        condition: str,
        *,
        values: Mapping[str, object] = MappingProxyType({}),
        closes: bool = False,
    ) -> None:
        """Write one part if its upload is the newest one and `condition` holds. Raises StaleWrite."""
        with sdk_errors(f"recording {name}"):
            self._conditional(
                "update_item",
                Key=row_key(key),
                UpdateExpression=f"SET #part = :part {_CLOSE if closes else ''}",
                ConditionExpression=f"{_IS_NEWEST_UPLOAD} AND {condition}",
                ExpressionAttributeNames={**_NAMES, "#part": name},
                ExpressionAttributeValues={":part": to_map(part), ":sequencer": part.sequencer, **values},
            )

    def _conditional(self, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._table, operation)(**arguments)
        except ClientError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                raise StaleWrite("the row has changed") from None
            raise
        return answer


def _photo_of(item: Mapping[str, Any]) -> Photo:
    """Raises MalformedMessage."""
    try:
        return to_photo(item)
    except ValueError as error:
        raise MalformedMessage(f"the row of photo {item['photo_key']} is invalid: {error}") from error


def _is_new(part: str) -> str:
    """Condition: the row has no such part of this upload."""
    return f"(attribute_not_exists({part}) OR {part}.#sequencer <> :sequencer)"


def _is_newer(arriving: Source) -> str:
    """Condition for replacing the row's upload by `arriving`.

    When the sweeper has found an upload, its late event has a greater sequencer and must not count as a newer
    upload. It is recognised by its version id, or by its ETag where either upload has no version id.
    """
    not_found_upload = [_IS_NOT_THE_FOUND_UPLOAD, *([_HAS_VERSION] if arriving.version_id else [])]
    return (
        "attribute_not_exists(#source) OR (#source.#sequencer < :sequencer"
        f" AND {_IS_OTHER_VERSION} AND {_MAY_BE_REPLACED} AND ({' OR '.join(not_found_upload)}))"
    )
