"""Move photos from the table and the keys of a stack without tenants to those with tenants.

For each photo: its new row is reserved, its objects are copied, and then the row is written whole. A reserved
row has an upload that sorts after every other, so the events of the copies change nothing; once the row is
whole, they are late events of the version that it has. Whatever was interrupted is found by its reserved row
and gone on with. Nothing of the former table and keys is changed, until `remove` is called for a row.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from botocore.exceptions import ClientError

from limner import __version__
from limner.adapters.dynamodb_items import change_attributes, list_attributes, open_shard, row_key, to_map
from limner.adapters.sdk import all_items, error_code, sdk_errors
from limner.contracts import StylizeReport, parse_report
from limner.erasure import LAST_SEQUENCER
from limner.errors import InvalidRequest, MalformedMessage, ObjectMissing, StaleWrite
from limner.keys import REPORT_NAME
from limner.photos import FINAL_STATUSES, Photo, Source
from limner.ports import VARIANTS, PictureHashes, PublishedPicture, VersionedObjectStore
from limner.tenancy import KEY_SEPARATOR, PhotoKey
from limner_admin.fill_lists import last_change
from limner_admin.former_rows import Move, MovedPhoto, is_order, moved, moved_picture, tenant_of

LIST_LIMIT = 1000


class Moved(StrEnum):
    """What became of a row."""

    MIGRATED = "migrated"
    DONE_BEFORE = "migrated before"
    ORDER = "orders without a file, which expire"
    FAILED = "failed"
    REMOVED = "removed"


@dataclass(frozen=True, kw_only=True)
class Migration:
    """`former_table` and `table` are boto3 Table resources, `s3` is a boto3 S3 client; `due_at` in Unix
    seconds is when the sweeper looks at photos that are not final."""

    former_table: Any
    table: Any
    s3: Any
    objects: VersionedObjectStore
    hashes: PictureHashes
    tenants: Mapping[str, str]
    uploads_bucket: str
    results_bucket: str
    due_at: int

    def rows(self) -> Iterator[Mapping[str, Any]]:
        return all_items(self.former_table.scan, {}, "reading the former table")

    def check(self) -> Counter[str]:
        """What there is, by tenant, as a dry run counts it.

        Raises:
            InvalidRequest: a shop needs a tenant's id.
        """
        counts: Counter[str] = Counter()
        for row in self.rows():
            tenant = tenant_of(row, self.tenants)
            counts[f"{tenant}: orders" if is_order(row) else f"{tenant}: photos"] += 1
        return counts

    def migrate(self, row: Mapping[str, Any]) -> Moved:
        """Raises LimnerError; the row can be tried again."""
        if is_order(row):
            return Moved.ORDER
        photo = moved(row, tenant_of(row, self.tenants), self.uploads_bucket)
        if not self._reserve(photo):
            return Moved.DONE_BEFORE
        source = self._copy_original(photo)
        for move in filter(None, (photo.styled, photo.variants)):
            self._copy_all(move)
        self._rewrite_report(photo)
        self.hashes.record(list(_published(photo.photo)))
        self._write(photo, photo.photo.model_copy(update={"source": source}))
        return Moved.MIGRATED

    def remove(self, row: Mapping[str, Any]) -> Moved:
        """Delete the former row and everything under its former keys, the row last.

        Raises:
            InvalidRequest: the photo has not been migrated.
        """
        photo_id = str(row["photo_id"])
        prefixes = [f"{kind}/{photo_id}/" for kind in ("styled", "variants")] + [f"tickets/{photo_id}-"]
        if not is_order(row):
            photo = moved(row, tenant_of(row, self.tenants), self.uploads_bucket)
            self._require_migrated(photo.key)
            self._delete(self.uploads_bucket, photo.former_source.key, is_prefix=False)
        for prefix in prefixes:
            self._delete(self.results_bucket, prefix, is_prefix=True)
        with sdk_errors("deleting the former row"):
            self.former_table.delete_item(Key={"photo_id": photo_id})
        return Moved.REMOVED

    def _require_migrated(self, key: PhotoKey) -> None:
        with sdk_errors("reading the photo"):
            item = self.table.get_item(Key=row_key(key), ConsistentRead=True).get("Item")
        if item is None or "moving" in item:
            raise InvalidRequest(f"photo {key} has not been migrated yet")

    def _delete(self, bucket: str, key: str, *, is_prefix: bool) -> None:
        found = self.objects.versions(bucket, key)
        self.objects.delete_versions(bucket, (each for each in found if is_prefix or each.key == key))

    def _reserve(self, photo: MovedPhoto) -> bool:
        """Whether this photo is to be moved: False if it has been."""
        last = Source(bucket="-", key="-", sequencer=LAST_SEQUENCER, bytes=0)
        item = {**row_key(photo.key), "source": to_map(last), "moving": photo.former_id}
        try:
            self._put(item, "attribute_not_exists(photo_key) OR moving = :moving", photo)
        except StaleWrite:
            return False
        return True

    def _copy_original(self, photo: MovedPhoto) -> Source:
        """The upload as the new bucket's key has it. A file that is gone stays gone: the row says so when it
        is due."""
        source = photo.photo.source
        assert source, "moved() gives every photo its upload"  # noqa: S101
        try:
            facts = self.objects.describe(self.uploads_bucket, source.key)
        except ObjectMissing:
            if not self._copy(self.uploads_bucket, photo.former_source.key, source.key):
                return source
            facts = self.objects.describe(self.uploads_bucket, source.key)
        return source.model_copy(update={"version_id": facts.version_id, "etag": facts.etag})

    def _copy_all(self, move: Move) -> None:
        after = ""
        while listed := self.objects.list(self.results_bucket, move.before, after=after, limit=LIST_LIMIT):
            for entry in listed:
                self._copy(self.results_bucket, entry.key, move.key(entry.key))
            after = listed[-1].key

    def _copy(self, bucket: str, before: str, after: str) -> bool:
        """Copy the newest version within S3; False where there is none."""
        with sdk_errors(f"copying {before}"):
            try:
                self.s3.copy_object(Bucket=bucket, Key=after, CopySource={"Bucket": bucket, "Key": before})
            except ClientError as error:
                if error_code(error) in {"NoSuchKey", "404"}:
                    return False
                raise
        return True

    def _rewrite_report(self, photo: MovedPhoto) -> None:
        """The report says where its exhibits are, and of which job it is."""
        if photo.styled is None or photo.photo.job is None:
            return
        try:
            payload = self.objects.get(self.results_bucket, photo.styled.before + REPORT_NAME)
            report = parse_report(payload)
        except (ObjectMissing, MalformedMessage):
            return  # the explanation cannot be shown, as before
        pictures = tuple(moved_picture(picture, photo.styled) for picture in report.pictures)
        rewritten: StylizeReport = report.model_copy(
            update={"job_id": photo.photo.job.job_id, "pictures": pictures}
        )
        body = rewritten.model_dump_json().encode()
        self.objects.put(self.results_bucket, photo.styled.after + REPORT_NAME, body, "application/json")

    def _write(self, moved_photo: MovedPhoto, photo: Photo) -> None:
        due_at = None if photo.status in FINAL_STATUSES else self.due_at
        photo = photo.model_copy(update={"due_at": due_at})
        open_keys = {"open_shard": open_shard(photo.photo_id)} if due_at is not None else {}
        changed = change_attributes(photo.key, last_change(photo), photo.status)
        item = {**row_key(photo.key), **to_map(photo), **list_attributes(photo), **changed, **open_keys}
        self._put(item, "moving = :moving", moved_photo)

    def _put(self, item: Mapping[str, Any], condition: str, photo: MovedPhoto) -> None:
        with sdk_errors("writing the photo"):
            try:
                self.table.put_item(
                    Item=item,
                    ConditionExpression=condition,
                    ExpressionAttributeValues={":moving": photo.former_id},
                )
            except ClientError as error:
                if error_code(error) == "ConditionalCheckFailedException":
                    raise StaleWrite(f"the row of {photo.key} has changed") from None
                raise


def _published(photo: Photo) -> Iterator[PublishedPicture]:
    if photo.results and photo.job:
        for picture in photo.results.pictures:
            if picture.hash:
                number = int(picture.hash, 16)
                yield PublishedPicture(
                    number, photo.key, photo.job.job_id, picture.look.slug, photo.results.model
                )
    if photo.variants and photo.variants.hash:
        number = int(photo.variants.hash, 16)
        yield PublishedPicture(number, photo.key, photo.variants.sequencer, VARIANTS, __version__)


def remove_former_hashes(hashes_table: Any) -> int:
    """Delete the registry's items of the release before tenants, whose bands name no tenant; how many they
    were."""
    request: dict[str, Any] = {
        "FilterExpression": "NOT contains(band, :separator)",
        "ExpressionAttributeValues": {":separator": KEY_SEPARATOR},
        "ProjectionExpression": "band, picture",
    }
    count = 0
    while True:
        with sdk_errors("deleting former picture hashes"), hashes_table.batch_writer() as batch:
            answer = hashes_table.scan(**request)
            for key in answer["Items"]:
                batch.delete_item(Key=key)
        count += len(answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return count
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
