"""Photos in one DynamoDB table: one row per photo, one map attribute per part."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from limner.adapters import dynamodb_conditions as conditions
from limner.adapters.dynamodb_conditions import NAMES
from limner.adapters.dynamodb_items import (
    change_attributes,
    external_attributes,
    open_shard,
    order_attributes,
    row_key,
    to_map,
    upload_attributes,
    valid_photo,
)
from limner.adapters.dynamodb_parts import PhotoParts
from limner.adapters.dynamodb_reads import PhotoReads
from limner.adapters.dynamodb_revisions import write_replaceable, write_revision
from limner.adapters.dynamodb_writes import WRITE_ATTEMPTS, conditional, update_if_still_due
from limner.adapters.sdk import sdk_errors
from limner.adapters.usage import DynamoDbUsage
from limner.counters import jobs_name
from limner.errors import JobInProgress, StaleWrite, Unavailable
from limner.photos import (
    Failure,
    InFlight,
    Photo,
    PhotoStatus,
    Results,
    Retried,
    StylizeJob,
    Variants,
)
from limner.quotas import Charge
from limner.tenancy import PhotoKey


class DynamoDbPhotos(PhotoReads):
    """`table` is a boto3 Table resource; `usage` are the counters that jobs are charged to; `now` is the time
    of a change that a caller sees."""

    def __init__(
        self, table: Any, usage: DynamoDbUsage, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        super().__init__(table)
        self._usage = usage
        self._now = now
        self._parts = PhotoParts(table, usage, now)

    def add(self, photo: Photo, expires_at: datetime) -> None:
        """Until its upload an order has been changed at its creation."""
        item = {
            **row_key(photo.key),
            **to_map(photo.model_copy(update={"updated_at": None})),
            **order_attributes(photo),
            **external_attributes(photo),
        }
        with sdk_errors("storing the photo"):
            conditional(
                self._table,
                "put_item",
                Item={**item, "expires_at": int(expires_at.timestamp())},
                ConditionExpression="attribute_not_exists(photo_key)",
            )

    def record_upload(self, photo: Photo) -> Photo:
        assert photo.source, "photo.source must be set"  # noqa: S101 - a caller's bug
        values = {
            ":source": to_map(photo.source),
            ":due_at": photo.due_at,
            ":shard": open_shard(photo.photo_id),
            **conditions.values_of_newer(photo.source),
        }
        changed = change_attributes(photo.key, self._now(), PhotoStatus.UPLOADED)
        values |= {f":{name}": value for name, value in changed.items()}
        ordered = upload_attributes(photo)
        set_always = ["#source = :source", "due_at = :due_at", "open_shard = :shard", conditions.CHANGE]
        update = ", ".join([*set_always, *[f"#{name} = if_not_exists(#{name}, :{name})" for name in ordered]])
        with sdk_errors("recording the upload"):
            try:
                answer = conditional(
                    self._table,
                    "update_item",
                    Key=row_key(photo.key),
                    UpdateExpression=f"SET {update} REMOVE expires_at, revision, revised_by",
                    ConditionExpression=conditions.is_newer(photo.source),
                    ExpressionAttributeNames=NAMES | {f"#{name}": name for name in ordered},
                    ExpressionAttributeValues=values | {f":{name}": value for name, value in ordered.items()},
                    ReturnValues="ALL_NEW",
                )
            except StaleWrite:
                return self._parts.current_row(photo.key, photo.source.sequencer)
        return valid_photo({**answer["Attributes"], **row_key(photo.key)})

    def allow_replacement(self, key: PhotoKey, sequencer: str) -> None:
        write_replaceable(self._table, key, sequencer)

    def revise(self, before: Photo, after: Photo) -> None:
        write_revision(self._table, before, after, self._parts.end_of_job(before))

    def lease(self, key: PhotoKey, job: StylizeJob, now: int, charge: Charge) -> None:
        """Row and counters are read, and written on condition that they still allow it. Where they do not,
        they are read again, and say what has changed."""
        for _ in range(WRITE_ATTEMPTS):
            row = self._leasable(key, job, now)
            counters = conditions.counters_to_charge(row, job, now, charge)
            additions, counters_written = self._usage.additions(counters, self._usage.rows(counters))
            with suppress(StaleWrite):
                return self._write_lease(row, job, now, additions, counters_written)
        raise Unavailable(f"leasing photo {key} failed: its row or its counters are written by others")

    def _leasable(self, key: PhotoKey, job: StylizeJob, now: int) -> Photo:
        """Raises StaleWrite, JobInProgress."""
        row = self._parts.current_row(key, job.sequencer, job.revision)
        leased = row.newest.job
        if row.newest.failure or row.newest.results or (leased and leased.submitted_at):
            raise StaleWrite(f"photo {key} is submitted, or has ended")
        if leased and leased.lease_until >= now:
            raise JobInProgress(f"photo {key} is being submitted by another worker")
        return row

    def _write_lease(
        self,
        row: Photo,
        job: StylizeJob,
        now: int,
        additions: Sequence[Mapping[str, Any]],
        counters: Mapping[str, str],
    ) -> None:
        counter = row.in_flight.counter if row.in_flight else counters[jobs_name(row.tenant)]
        place = InFlight(job_id=job.job_id, counter=counter)
        values = {":now": now, ":job_id": job.job_id, ":place": to_map(place), **conditions.place_value(row)}
        condition = conditions.is_leasable(row, job)
        self._parts.write(
            "job",
            row.key,
            job,
            condition,
            values=values,
            sets=", in_flight = :place",
            others=additions,
            revision=job.revision,
        )

    def release(self, key: PhotoKey, job: StylizeJob) -> None:
        self._release(key, job)

    def retry_failed(self, key: PhotoKey, job: StylizeJob, retried: Retried, due_at: int) -> None:
        values = {":retried": to_map(retried), ":due_at": due_at}
        self._release(key, job, ", retried = :retried, due_at = :due_at", values)

    def _release(
        self,
        key: PhotoKey,
        job: StylizeJob,
        sets: str = "",
        values: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        condition, held = conditions.is_same_submission(job)
        self._parts.write(
            "job", key, job.released, condition, values={**held, **values}, sets=sets, revision=job.revision
        )

    def postpone(self, photo: Photo, until: int, retried: Retried | None = None) -> None:
        values: dict[str, object] = {":until": until}
        if retried:
            values[":retried"] = to_map(retried)
        set_retried = ", retried = :retried" if retried else ""
        update_if_still_due(self._table, photo, f"SET due_at = :until{set_retried}", values)

    def close(self, photo: Photo) -> None:
        closing, place = conditions.closing(photo), conditions.place_value(photo)
        update_if_still_due(self._table, photo, closing, place, others=self._parts.end_of_job(photo))

    def record_submission(self, key: PhotoKey, job: StylizeJob) -> None:
        held = {":job_id": job.job_id}
        self._parts.write("job", key, job, "#part.job_id = :job_id", values=held, revision=job.revision)

    def record_variants(self, key: PhotoKey, variants: Variants) -> None:
        self._parts.record_variants(key, variants)

    def record_results(self, key: PhotoKey, results: Results) -> None:
        self._parts.record_results(key, results)

    def record_failure(self, key: PhotoKey, failure: Failure) -> None:
        self._parts.record_failure(key, failure)
