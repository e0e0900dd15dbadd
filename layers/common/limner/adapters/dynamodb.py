"""Photos in one DynamoDB table: one row per photo, one map attribute per part."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError
from pydantic import ValidationError

from limner.adapters.dynamodb_items import (
    OPEN_SHARDS,
    ORDER_SHARDS,
    decode_cursor,
    encode_cursor,
    open_shard,
    order_attributes,
    to_map,
    to_photo,
    to_source,
    valid_photos,
)
from limner.adapters.sdk import error_code, sdk_errors
from limner.errors import JobInProgress, MalformedMessage, PhotoNotFound, StaleWrite
from limner.keys import FOUND_SUFFIX
from limner.photos import FINAL_STATUSES, Failure, Part, Photo, Results, Retried, Source, StylizeJob, Variants
from limner.ports import Page

BY_SHOP_INDEX = "ByShop"
OPEN_INDEX = "Open"
"""Photos with a `due_at`, by shard."""
BATCH_GET_MAX_ROWS = 100
"""DynamoDB's limit for one BatchGetItem."""

_IS_NEWEST_UPLOAD = "#source.#sequencer = :sequencer"
_IS_OTHER_VERSION = "(attribute_not_exists(#source.version_id) OR #source.version_id <> :version)"
_IS_NOT_THE_FOUND_UPLOAD = "NOT contains(#source.#sequencer, :found_suffix) OR #source.etag <> :etag"
_HAS_VERSION = "attribute_exists(#source.version_id)"
_NAMES = {"#source": "source", "#sequencer": "sequencer"}


class DynamoDbPhotos:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def add(self, photo: Photo, expires_at: datetime) -> None:
        item = {**to_map(photo), **order_attributes(photo), "expires_at": int(expires_at.timestamp())}
        with sdk_errors("storing the photo"):
            self._conditional("put_item", Item=item, ConditionExpression="attribute_not_exists(photo_id)")

    def get(self, photo_id: str) -> Photo:
        with sdk_errors("reading the photo"):
            response = self._table.get_item(Key={"photo_id": photo_id}, ConsistentRead=True)
        if "Item" not in response:
            raise PhotoNotFound(f"no photo {photo_id}")
        return _photo_of(response["Item"])

    def sources(self, photo_ids: Sequence[str]) -> Mapping[str, Source | None]:
        sources: dict[str, Source | None] = {}
        for first in range(0, len(photo_ids), BATCH_GET_MAX_ROWS):
            sources |= self._batch_of_sources(photo_ids[first : first + BATCH_GET_MAX_ROWS])
        return sources

    def _batch_of_sources(self, photo_ids: Sequence[str]) -> dict[str, Source | None]:
        """DynamoDB may return only part of a batch, and the keys of the rest as `UnprocessedKeys`."""
        items: list[Mapping[str, Any]] = []
        requested: Mapping[str, Any] = {
            self._table.name: {
                "Keys": [{"photo_id": photo_id} for photo_id in photo_ids],
                "ProjectionExpression": "photo_id, #source",
                "ExpressionAttributeNames": {"#source": "source"},
                "ConsistentRead": True,
            }
        }
        with sdk_errors("reading uploads"):
            while requested:
                answer = self._table.meta.client.batch_get_item(RequestItems=requested)
                items += answer["Responses"][self._table.name]
                requested = answer["UnprocessedKeys"]
        return {item["photo_id"]: to_source(item) for item in items}

    def page(self, shop: str, *, limit: int, cursor: str | None) -> Page:
        query = {
            "IndexName": BY_SHOP_INDEX,
            "KeyConditionExpression": "shop = :shop",
            "ExpressionAttributeValues": {":shop": shop},
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if cursor:
            query["ExclusiveStartKey"] = decode_cursor(cursor, shop)
        with sdk_errors("listing photos"):
            answer = self._table.query(**query)
        photos = tuple(valid_photos(answer["Items"]))
        return Page(photos=photos, cursor=encode_cursor(answer.get("LastEvaluatedKey")))

    def record_upload(self, photo: Photo) -> Photo:
        assert photo.source, "photo.source must be set"  # noqa: S101 - a caller's bug
        values = {
            ":source": to_map(photo.source),
            ":sequencer": photo.source.sequencer,
            ":shop": photo.shop,
            ":filename": photo.filename,
            ":looks": [to_map(look) for look in photo.looks],
            ":created_at": photo.created_at.isoformat(),
            ":listed_at": f"{photo.created_at.isoformat()}#{photo.photo_id}",
            ":due_at": photo.due_at,
            ":shard": open_shard(photo.photo_id),
            ":version": photo.source.version_id,
            ":etag": photo.source.etag,
            ":found_suffix": FOUND_SUFFIX,
        }
        set_if_new = ["shop", "filename", "looks", "created_at", "listed_at"]
        set_always = ["#source = :source", "due_at = :due_at", "open_shard = :shard"]
        update = ", ".join([*set_always, *[f"#{k} = if_not_exists(#{k}, :{k})" for k in set_if_new]])
        with sdk_errors("recording the upload"):
            answer = self._conditional(
                "update_item",
                Key={"photo_id": photo.photo_id},
                UpdateExpression=f"SET {update} REMOVE expires_at",
                ConditionExpression=_is_newer_or_same(photo.source),
                ExpressionAttributeNames=_NAMES | {f"#{k}": k for k in set_if_new},
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
            )
        return _photo_of(answer["Attributes"])

    def lease(self, photo_id: str, job: StylizeJob, now: int) -> None:
        is_free = (
            f"({_is_new('#part')} OR "
            "(attribute_not_exists(#part.submitted_at) AND #part.lease_until < :now)) AND "
            f"{_is_new('failure')} AND {_is_new('results')}"
        )
        try:
            self._write(photo_id, "job", job, is_free, {":now": now})
        except StaleWrite:
            if self._is_leased(photo_id, job.sequencer):
                raise JobInProgress(f"photo {photo_id} is being submitted by another worker") from None
            raise

    def release(self, photo_id: str, job: StylizeJob) -> None:
        unsubmitted = job.model_copy(update={"lease_until": 0, "submitted_at": None})
        condition = f"#part.job_id = :job_id AND {_is_new('results')}"
        self._write(photo_id, "job", unsubmitted, condition, {":job_id": job.job_id})

    def due(self, now: int, limit: int) -> list[Photo]:
        return self._due(OPEN_SHARDS, now, limit)

    def due_orders(self, now: int, limit: int) -> list[Photo]:
        return self._due(ORDER_SHARDS, now, limit)

    def _due(self, shards: Sequence[str], now: int, limit: int) -> list[Photo]:
        photos: list[Photo] = []
        for shard in shards:
            with sdk_errors("finding overdue photos"):
                answer = self._table.query(
                    IndexName=OPEN_INDEX,
                    KeyConditionExpression="open_shard = :shard AND due_at <= :now",
                    ExpressionAttributeValues={":shard": shard, ":now": now},
                    Limit=limit,
                )
            photos += valid_photos(answer["Items"])
        return sorted(photos, key=lambda photo: photo.due_at or 0)[:limit]

    def postpone(self, photo: Photo, until: int, retried: Retried | None) -> None:
        values: dict[str, object] = {":until": until}
        if retried:
            values[":retried"] = to_map(retried)
        set_retried = ", retried = :retried" if retried else ""
        self._update_if_still_due(photo, f"SET due_at = :until{set_retried}", values)

    def close(self, photo: Photo) -> None:
        self._update_if_still_due(photo, "REMOVE due_at, open_shard", {})

    def _update_if_still_due(self, photo: Photo, update: str, values: Mapping[str, object]) -> None:
        """Update a row whose `due_at` and upload are still those of `photo`. Raises StaleWrite."""
        sequencer = photo.source.sequencer if photo.source else None
        is_same = _IS_NEWEST_UPLOAD if sequencer else "attribute_not_exists(#source)"
        with sdk_errors("sweeping"):
            self._conditional(
                "update_item",
                Key={"photo_id": photo.photo_id},
                UpdateExpression=update,
                ConditionExpression=f"due_at = :due_at AND {is_same}",
                ExpressionAttributeNames=_NAMES if sequencer else {"#source": "source"},
                ExpressionAttributeValues={
                    ":due_at": photo.due_at,
                    **({":sequencer": sequencer} if sequencer else {}),
                    **values,
                },
            )

    def _is_leased(self, photo_id: str, sequencer: str) -> bool:
        photo = self.get(photo_id)
        newest = photo.newest
        is_current = photo.source is not None and photo.source.sequencer == sequencer
        has_ended = newest.failure is not None or newest.results is not None
        return is_current and not has_ended and newest.job is not None and newest.job.submitted_at is None

    def record_submission(self, photo_id: str, job: StylizeJob) -> None:
        self._write(photo_id, "job", job, "#part.job_id = :job_id", {":job_id": job.job_id})

    def record_variants(self, photo_id: str, variants: Variants) -> None:
        self._write_once(photo_id, "variants", variants)

    def record_results(self, photo_id: str, results: Results) -> None:
        self._write_once(photo_id, "results", results)

    def record_failure(self, photo_id: str, failure: Failure) -> None:
        self._write_once(photo_id, "failure", failure, f"({_is_new('results')} OR {_is_new('variants')})")

    def _write_once(self, photo_id: str, name: str, part: Part, condition: str = "") -> None:
        conditions = [_is_new("#part"), condition] if condition else [_is_new("#part")]
        self._write(photo_id, name, part, " AND ".join(conditions), {})

    def _write(
        self, photo_id: str, name: str, part: Part, condition: str, values: Mapping[str, object]
    ) -> None:
        """Write one part if its upload is the newest one and `condition` holds. Raises StaleWrite."""
        with sdk_errors(f"recording {name}"):
            answer = self._conditional(
                "update_item",
                Key={"photo_id": photo_id},
                UpdateExpression="SET #part = :part",
                ConditionExpression=f"{_IS_NEWEST_UPLOAD} AND {condition}",
                ExpressionAttributeNames={**_NAMES, "#part": name},
                ExpressionAttributeValues={":part": to_map(part), ":sequencer": part.sequencer, **values},
                ReturnValues="ALL_NEW",
            )
        self._close_if_final(_photo_of(answer["Attributes"]))

    def _close_if_final(self, photo: Photo) -> None:
        """The writer of the last part closes the photo; if it crashes first, the sweeper does."""
        if photo.status in FINAL_STATUSES and photo.due_at is not None:
            with suppress(StaleWrite):
                self.close(photo)

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
    except ValidationError as error:
        raise MalformedMessage(f"the row of photo {item['photo_id']} is invalid: {error}") from error


def _is_new(part: str) -> str:
    """Condition: the row has no such part of this upload."""
    return f"(attribute_not_exists({part}) OR {part}.#sequencer <> :sequencer)"


def _is_newer_or_same(arriving: Source) -> str:
    """Condition for replacing the row's upload by `arriving`.

    When the sweeper has found an upload, its late event has a greater sequencer and must not count as a newer
    upload. It is recognised by its version id, or by its ETag where either upload has no version id.
    """
    not_found_upload = [_IS_NOT_THE_FOUND_UPLOAD, *([_HAS_VERSION] if arriving.version_id else [])]
    return (
        f"attribute_not_exists(#source) OR {_IS_NEWEST_UPLOAD} OR (#source.#sequencer < :sequencer"
        f" AND {_IS_OTHER_VERSION} AND ({' OR '.join(not_found_upload)}))"
    )
