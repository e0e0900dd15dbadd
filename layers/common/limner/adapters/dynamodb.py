"""Photos in one DynamoDB table: a row a photo, a map attribute a part."""

import base64
import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError
from pydantic import BaseModel, ValidationError

from limner.adapters.sdk import code_of, sdk_errors
from limner.errors import InvalidRequest, JobInProgress, MalformedMessage, PhotoNotFound, StaleWrite
from limner.keys import FOUND
from limner.photos import SETTLED, Failure, Part, Photo, Results, Retried, Source, StylizeJob, Variants
from limner.ports import Page

logger = logging.getLogger(__name__)

BY_SHOP = "ByShop"
OPEN = "Open"
BATCH = 100
"""The most rows one BatchGetItem reads."""
SHARDS = "0123456789abcdef"
"""Unsettled photos are indexed in sixteen partitions, by the first digit of their id."""

_NEWEST_IS_THIS = "#source.#sequencer = :sequencer"
_OTHER_VERSION = "(attribute_not_exists(#source.version_id) OR #source.version_id <> :version)"
_OTHER_THAN_FOUND = "NOT contains(#source.#sequencer, :found) OR #source.etag <> :etag"
_VERSIONS_TELL = "attribute_exists(#source.version_id)"
_NAMES = {"#source": "source", "#sequencer": "sequencer"}


class DynamoDbPhotos:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def add(self, photo: Photo, expires_at: datetime) -> None:
        item = {**_map(photo), **_open(photo), "expires_at": int(expires_at.timestamp())}
        with sdk_errors("storing the photo"):
            self._conditional("put_item", Item=item, ConditionExpression="attribute_not_exists(photo_id)")

    def get(self, photo_id: str) -> Photo:
        with sdk_errors("reading the photo"):
            found = self._table.get_item(Key={"photo_id": photo_id}, ConsistentRead=True)
        if "Item" not in found:
            raise PhotoNotFound(f"no photo {photo_id}")
        try:
            return _photo(found["Item"])
        except ValidationError as error:
            raise MalformedMessage(f"the row of photo {photo_id} cannot be read: {error}") from error

    def sources(self, photo_ids: Sequence[str]) -> Mapping[str, Source | None]:
        found: dict[str, Source | None] = {}
        for first in range(0, len(photo_ids), BATCH):
            found |= self._sources(photo_ids[first : first + BATCH])
        return found

    def _sources(self, photo_ids: Sequence[str]) -> dict[str, Source | None]:
        """DynamoDB answers as much of a batch as it likes, and names the rest."""
        items: list[Mapping[str, Any]] = []
        rest: Mapping[str, Any] = {
            self._table.name: {
                "Keys": [{"photo_id": photo_id} for photo_id in photo_ids],
                "ProjectionExpression": "photo_id, #source",
                "ExpressionAttributeNames": {"#source": "source"},
                "ConsistentRead": True,
            }
        }
        with sdk_errors("reading uploads"):
            while rest:
                answer = self._table.meta.client.batch_get_item(RequestItems=rest)
                items += answer["Responses"][self._table.name]
                rest = answer["UnprocessedKeys"]
        return {item["photo_id"]: _source(item) for item in items}

    def page(self, shop: str, *, limit: int, cursor: str | None) -> Page:
        query = {
            "IndexName": BY_SHOP,
            "KeyConditionExpression": "shop = :shop",
            "ExpressionAttributeValues": {":shop": shop},
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if cursor:
            query["ExclusiveStartKey"] = _read_cursor(cursor, shop)
        with sdk_errors("listing photos"):
            answer = self._table.query(**query)
        photos = tuple(_readable(answer["Items"]))
        return Page(photos=photos, cursor=_write_cursor(answer.get("LastEvaluatedKey")))

    def record_upload(self, photo: Photo) -> Photo:
        assert photo.source, "only a photo with a source can be recorded as uploaded"  # noqa: S101 - a programmer's slip
        values = {
            ":source": _map(photo.source),
            ":sequencer": photo.source.sequencer,
            ":shop": photo.shop,
            ":filename": photo.filename,
            ":looks": [_map(look) for look in photo.looks],
            ":created_at": photo.created_at.isoformat(),
            ":listed_at": f"{photo.created_at.isoformat()}#{photo.photo_id}",
            ":due_at": photo.due_at,
            ":shard": photo.photo_id[0],
            ":version": photo.source.version_id,
            ":etag": photo.source.etag,
            ":found": FOUND,
        }
        kept = ["shop", "filename", "looks", "created_at", "listed_at"]
        always = ["#source = :source", "due_at = :due_at", "open_shard = :shard"]
        update = ", ".join([*always, *[f"#{k} = if_not_exists(#{k}, :{k})" for k in kept]])
        with sdk_errors("recording the upload"):
            answer = self._conditional(
                "update_item",
                Key={"photo_id": photo.photo_id},
                UpdateExpression=f"SET {update} REMOVE expires_at",
                ConditionExpression=_newer_or_same(photo.source),
                ExpressionAttributeNames=_NAMES | {f"#{k}": k for k in kept},
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
            )
        return _photo(answer["Attributes"])

    def lease(self, photo_id: str, job: StylizeJob, now: int) -> None:
        free = (
            f"({_is_new('#part')} OR "
            "(attribute_not_exists(#part.submitted_at) AND #part.lease_until < :now)) AND "
            f"{_is_new('failure')} AND {_is_new('results')}"
        )
        try:
            self._write(photo_id, "job", job, free, {":now": now})
        except StaleWrite:
            if self._held_by_another(photo_id, job.sequencer):
                raise JobInProgress(f"photo {photo_id} is being submitted by another worker") from None
            raise

    def release(self, photo_id: str, job: StylizeJob) -> None:
        free = job.model_copy(update={"lease_until": 0, "submitted_at": None})
        condition = f"#part.job_id = :job_id AND {_is_new('results')}"
        self._write(photo_id, "job", free, condition, {":job_id": job.job_id})

    def due(self, now: int, limit: int) -> list[Photo]:
        found: list[Photo] = []
        for shard in SHARDS:
            with sdk_errors("finding overdue photos"):
                answer = self._table.query(
                    IndexName=OPEN,
                    KeyConditionExpression="open_shard = :shard AND due_at <= :now",
                    ExpressionAttributeValues={":shard": shard, ":now": now},
                    Limit=limit,
                )
            found += _readable(answer["Items"])
        return sorted(found, key=lambda photo: photo.due_at or 0)[:limit]

    def postpone(self, photo: Photo, until: int, retried: Retried | None) -> None:
        values: dict[str, object] = {":until": until}
        if retried:
            values[":retried"] = _map(retried)
        counted = ", retried = :retried" if retried else ""
        self._if_still_due(photo, f"SET due_at = :until{counted}", values)

    def close(self, photo: Photo) -> None:
        self._if_still_due(photo, "REMOVE due_at, open_shard", {})

    def _if_still_due(self, photo: Photo, update: str, values: Mapping[str, object]) -> None:
        """Change when a photo is due, unless a sweeper or a newer upload was quicker."""
        sequencer = photo.source.sequencer if photo.source else None
        same = "#source.#sequencer = :sequencer" if sequencer else "attribute_not_exists(#source)"
        with sdk_errors("sweeping"):
            self._conditional(
                "update_item",
                Key={"photo_id": photo.photo_id},
                UpdateExpression=update,
                ConditionExpression=f"due_at = :due_at AND {same}",
                ExpressionAttributeNames=_NAMES if sequencer else {"#source": "source"},
                ExpressionAttributeValues={
                    ":due_at": photo.due_at,
                    **({":sequencer": sequencer} if sequencer else {}),
                    **values,
                },
            )

    def _held_by_another(self, photo_id: str, sequencer: str) -> bool:
        photo = self.get(photo_id)
        newest = photo.newest
        current = photo.source is not None and photo.source.sequencer == sequencer
        settled = newest.failure is not None or newest.results is not None
        return current and not settled and newest.job is not None and newest.job.submitted_at is None

    def record_submission(self, photo_id: str, job: StylizeJob) -> None:
        self._write(photo_id, "job", job, "#part.job_id = :job_id", {":job_id": job.job_id})

    def record_variants(self, photo_id: str, variants: Variants) -> None:
        self._write_once(photo_id, "variants", variants)

    def record_results(self, photo_id: str, results: Results) -> None:
        self._write_once(photo_id, "results", results)

    def record_failure(self, photo_id: str, failure: Failure) -> None:
        self._write_once(photo_id, "failure", failure, f"({_is_new('results')} OR {_is_new('variants')})")

    def _write_once(self, photo_id: str, name: str, part: Part, also: str = "") -> None:
        conditions = [_is_new("#part"), also] if also else [_is_new("#part")]
        self._write(photo_id, name, part, " AND ".join(conditions), {})

    def _write(
        self, photo_id: str, name: str, part: Part, condition: str, values: Mapping[str, object]
    ) -> None:
        """Write one part while the upload it belongs to is the newest and `condition` holds."""
        with sdk_errors(f"recording {name}"):
            answer = self._conditional(
                "update_item",
                Key={"photo_id": photo_id},
                UpdateExpression="SET #part = :part",
                ConditionExpression=f"{_NEWEST_IS_THIS} AND {condition}",
                ExpressionAttributeNames={**_NAMES, "#part": name},
                ExpressionAttributeValues={":part": _map(part), ":sequencer": part.sequencer, **values},
                ReturnValues="ALL_NEW",
            )
        self._close_if_settled(_photo(answer["Attributes"]))

    def _close_if_settled(self, photo: Photo) -> None:
        """Whoever writes the last part closes the photo; one that dies before leaves that to the sweeper."""
        if photo.status in SETTLED and photo.due_at is not None:
            with suppress(StaleWrite):
                self.close(photo)

    def _conditional(self, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._table, operation)(**arguments)
        except ClientError as error:
            if code_of(error) == "ConditionalCheckFailedException":
                raise StaleWrite("the row has moved on") from None
            raise
        return answer


def _is_new(part: str) -> str:
    """There is no such part of this upload yet."""
    return f"(attribute_not_exists({part}) OR {part}.#sequencer <> :sequencer)"


def _newer_or_same(arriving: Source) -> str:
    """Where both name a version, that alone tells the late event of a found upload from a newer upload."""
    others = [_OTHER_THAN_FOUND, *([_VERSIONS_TELL] if arriving.version_id else [])]
    return (
        "attribute_not_exists(#source) OR #source.#sequencer = :sequencer OR"
        f" (#source.#sequencer < :sequencer AND {_OTHER_VERSION} AND ({' OR '.join(others)}))"
    )


def _map(part: BaseModel) -> dict[str, Any]:
    """DynamoDB takes decimals, no floats, and is searched more easily without empty attributes."""
    plain: dict[str, Any] = json.loads(part.model_dump_json(exclude_none=True), parse_float=Decimal)
    return plain


def _open(photo: Photo) -> dict[str, Any]:
    return {"open_shard": photo.photo_id[0]} if photo.due_at is not None else {}


def _photo(item: Mapping[str, Any]) -> Photo:
    """Attributes only DynamoDB needs (`listed_at`, `expires_at`) and parts of later releases are left out."""
    return Photo.model_validate(item, extra="ignore")


def _source(item: Mapping[str, Any]) -> Source | None:
    try:
        return Source.model_validate(item["source"], extra="ignore") if "source" in item else None
    except ValidationError:
        logger.exception("unreadable upload of %s", item["photo_id"])
        return None


def _readable(items: Iterable[Mapping[str, Any]]) -> Iterator[Photo]:
    """One row that nobody can read must not keep the sweeper from the others."""
    for item in items:
        try:
            yield _photo(item)
        except ValidationError:
            logger.exception("unreadable row %s", item.get("photo_id"))


def _write_cursor(key: Mapping[str, Any] | None) -> str | None:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode() if key else None


def _read_cursor(cursor: str, shop: str) -> dict[str, str]:
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor))
        checked = {name: str(key[name]) for name in ("photo_id", "shop", "listed_at")}
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidRequest("cursor: give back the next_cursor of the page before, unchanged") from error
    if checked["shop"] != shop:
        raise InvalidRequest("cursor: it belongs to another shop")
    return checked
