"""Packs in the table of campaigns, with their photos.

campaign_key   partition key: `{tenant}#packs`
record         sort key: the pack's id
pack           as it is now; `version` beside it is compared by every write
due_shard      partition key of the index Due, the same for all packs; until the pack has ended
due_at         its sort key, in Unix seconds
expires_at     Unix seconds

campaign_key   `{tenant}#pack#{pack id}`: a photo of it whose job has begun, or that has ended
record         the photo's id

campaign_key   `{tenant}#archive`: an archive of the tenant's is being assembled
record         `turn`
expires_at     until when, at most
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from limner.adapters.dynamodb_campaign_items import due_keys, item_key, partition, read_items
from limner.adapters.dynamodb_items import to_map
from limner.adapters.dynamodb_writes import TransactionRefused, conditional, transact
from limner.adapters.sdk import sdk_errors
from limner.adapters.usage import CHARGE_ATTEMPTS, DynamoDbUsage
from limner.counters import counters_of_job, jobs_counter, jobs_name
from limner.errors import MalformedMessage, StaleWrite, Unavailable
from limner.packs.errors import PackNotFound
from limner.packs.pack import PACK_LIFETIME, Pack, PackedPhoto, PackKey
from limner.quotas import Charge

_DUE = "packs"
_PACKS = "packs"
_HAS_NOT_ENDED = "attribute_exists(campaign_key) AND attribute_not_exists(photo.outcome)"


class DynamoDbPacks:
    """`table` is a boto3 Table resource; `usage` are the counters that jobs are charged to."""

    def __init__(self, table: Any, usage: DynamoDbUsage) -> None:
        self._table = table
        self._usage = usage

    def add(self, pack: Pack) -> None:
        with sdk_errors("storing a pack"):
            conditional(
                self._table,
                "put_item",
                Item=_to_item(pack),
                ConditionExpression="attribute_not_exists(campaign_key)",
            )

    def get(self, tenant: str, pack_id: str) -> Pack:
        with sdk_errors("reading a pack"):
            key = item_key(partition(tenant, _PACKS), pack_id)
            answer = self._table.get_item(Key=key, ConsistentRead=True)
        if "Item" not in answer:
            raise PackNotFound(f"no pack {pack_id}")
        try:
            return Pack.model_validate(answer["Item"]["pack"], extra="ignore")
        except (KeyError, ValidationError) as error:
            raise MalformedMessage(f"the row of pack {pack_id} is invalid: {error!r}") from error

    def replace(self, before: Pack, after: Pack) -> Pack:
        newer = after.model_copy(update={"version": before.version + 1})
        with sdk_errors("changing a pack"):
            conditional(
                self._table,
                "put_item",
                Item=_to_item(newer),
                ConditionExpression="version = :version",
                ExpressionAttributeValues={":version": before.version},
            )
        return newer

    def photos(self, key: PackKey, photo_ids: Sequence[str]) -> dict[str, PackedPhoto]:
        rows = [item_key(_photos_key(key), photo_id) for photo_id in dict.fromkeys(photo_ids)]
        return {item["record"]: _to_photo(item) for item in read_items(self._table, rows)}

    def begin(self, key: PackKey, photo: PackedPhoto, charge: Charge, now: datetime) -> PackedPhoto:
        """Counters are read, and written on condition that they still have room; else they are read again."""
        assert photo.job, "a photo that begins has a job"  # noqa: S101 - a caller's bug
        counters = [jobs_counter(key.tenant, charge.quotas), *counters_of_job(key.tenant, charge, now)]
        for _ in range(CHARGE_ATTEMPTS):
            if stored := self.photos(key, [photo.photo_id]):
                return stored[photo.photo_id]
            additions, rows = self._usage.additions(counters, self._usage.rows(counters))
            job = photo.job.model_copy(update={"counter": rows[jobs_name(key.tenant)]})
            begun = photo.model_copy(update={"job": job})
            put = {
                "TableName": self._table.name,
                "Item": _photo_item(key, begun, now),
                "ConditionExpression": "attribute_not_exists(campaign_key)",
            }
            with suppress(TransactionRefused):
                transact(self._table.meta.client, [{"Put": put}, *additions], "charging a job of a pack")
                return begun
        raise Unavailable("charging a job of a pack failed: the counters are being written by others")

    def record_submission(self, key: PackKey, photo: PackedPhoto, now: datetime) -> None:
        with sdk_errors("recording a job of a pack"):
            conditional(
                self._table,
                "put_item",
                Item=_photo_item(key, photo, now),
                ConditionExpression=_HAS_NOT_ENDED,
            )

    def end(self, key: PackKey, photo: PackedPhoto, now: datetime) -> None:
        counter = photo.job.counter if photo.job else None
        job = photo.job.model_copy(update={"counter": None}) if photo.job else None
        put = {
            "TableName": self._table.name,
            "Item": _photo_item(key, photo.model_copy(update={"job": job}), now),
            "ConditionExpression": _HAS_NOT_ENDED if counter else "attribute_not_exists(campaign_key)",
        }
        others = [self._usage.end_of_job(counter)] if counter else []
        with suppress(TransactionRefused):
            transact(self._table.meta.client, [{"Put": put}, *others], "ending a job of a pack")

    def take_archive_turn(self, tenant: str, now: datetime, until: datetime) -> bool:
        with sdk_errors("taking the turn of an archive"), suppress(StaleWrite):
            conditional(
                self._table,
                "put_item",
                Item=_turn(tenant, until),
                ConditionExpression="attribute_not_exists(campaign_key) OR expires_at <= :now",
                ExpressionAttributeValues={":now": int(now.timestamp())},
            )
            return True
        return False

    def give_archive_turn_back(self, tenant: str, now: datetime) -> None:
        with sdk_errors("giving back the turn of an archive"):
            self._table.put_item(Item=_turn(tenant, now))


class DynamoDbDuePacks:
    """Of all tenants; `table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def due(self, now: datetime, limit: int) -> list[PackKey]:
        return [PackKey(*each) for each in due_keys(self._table, _DUE, now, limit)]


def _turn(tenant: str, until: datetime) -> dict[str, Any]:
    return {
        **item_key(partition(tenant, "archive"), "turn"),
        "expires_at": int(until.timestamp()),
    }


def _photos_key(key: PackKey) -> str:
    return partition(key.tenant, "pack", key.pack_id)


def _photo_item(key: PackKey, photo: PackedPhoto, now: datetime) -> dict[str, Any]:
    return {
        **item_key(_photos_key(key), photo.photo_id),
        "photo": to_map(photo),
        "expires_at": int((now + PACK_LIFETIME).timestamp()),
    }


def _to_photo(item: Mapping[str, Any]) -> PackedPhoto:
    """Raises MalformedMessage."""
    try:
        return PackedPhoto.model_validate(item["photo"], extra="ignore")
    except (KeyError, ValidationError) as error:
        raise MalformedMessage(f"the row of photo {item['record']} is invalid: {error!r}") from error


def _to_item(pack: Pack) -> dict[str, Any]:
    item = {
        **item_key(partition(pack.tenant, _PACKS), pack.pack_id),
        "pack": to_map(pack),
        "version": pack.version,
        "expires_at": int(pack.expires_at.timestamp()),
    }
    if pack.due_at is not None:
        item |= {"due_shard": _DUE, "due_at": int(pack.due_at.timestamp())}
    return item
