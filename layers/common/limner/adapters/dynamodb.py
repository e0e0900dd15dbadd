"""Photos in one DynamoDB table: one row per photo, one map attribute per part."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from limner.adapters import dynamodb_conditions as conditions
from limner.adapters.dynamodb_conditions import IS_NEWEST_UPLOAD, NAMES, is_new
from limner.adapters.dynamodb_items import (
    change_attributes,
    external_attributes,
    open_shard,
    order_attributes,
    read_photo,
    row_key,
    to_map,
    upload_attributes,
)
from limner.adapters.dynamodb_reads import PhotoReads
from limner.adapters.dynamodb_writes import WRITE_ATTEMPTS, conditional, write_row
from limner.adapters.sdk import sdk_errors
from limner.adapters.usage import DynamoDbUsage
from limner.errors import JobInProgress, PhotoNotFound, StaleWrite, Unavailable
from limner.photos import (
    FINAL_STATUSES,
    Failure,
    InFlight,
    Part,
    Photo,
    PhotoStatus,
    Results,
    Retried,
    StylizeJob,
    Variants,
)
from limner.quotas import Charge, jobs_name
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
            **self._change_values(photo.key, PhotoStatus.UPLOADED),
        }
        ordered = upload_attributes(photo)
        set_always = ["#source = :source", "due_at = :due_at", "open_shard = :shard", conditions.CHANGE]
        update = ", ".join([*set_always, *[f"#{name} = if_not_exists(#{name}, :{name})" for name in ordered]])
        with sdk_errors("recording the upload"):
            try:
                answer = conditional(
                    self._table,
                    "update_item",
                    Key=row_key(photo.key),
                    UpdateExpression=f"SET {update} REMOVE expires_at",
                    ConditionExpression=conditions.is_newer(photo.source),
                    ExpressionAttributeNames=NAMES | {f"#{name}": name for name in ordered},
                    ExpressionAttributeValues=values | {f":{name}": value for name, value in ordered.items()},
                    ReturnValues="ALL_NEW",
                )
            except StaleWrite:
                return self._current_row(photo.key, photo.source.sequencer)
        return read_photo({**answer["Attributes"], **row_key(photo.key)})

    def allow_replacement(self, key: PhotoKey, sequencer: str) -> None:
        with sdk_errors("allowing a replacement"):
            conditional(
                self._table,
                "update_item",
                Key=row_key(key),
                UpdateExpression="SET replaceable = :sequencer",
                ConditionExpression=IS_NEWEST_UPLOAD,
                ExpressionAttributeNames=NAMES,
                ExpressionAttributeValues={":sequencer": sequencer},
            )

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
        row = self._current_row(key, job.sequencer)
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
        self._write(
            "job", row.key, job, condition, values=values, sets=", in_flight = :place", others=additions
        )

    def release(self, key: PhotoKey, job: StylizeJob) -> None:
        unsubmitted = job.model_copy(update={"lease_until": 0, "submitted_at": None})
        condition = f"#part.job_id = :job_id AND {is_new('results')}"
        self._write("job", key, unsubmitted, condition, values={":job_id": job.job_id})

    def postpone(self, photo: Photo, until: int, retried: Retried | None) -> None:
        values: dict[str, object] = {":until": until}
        if retried:
            values[":retried"] = to_map(retried)
        set_retried = ", retried = :retried" if retried else ""
        self._update_if_still_due(photo, f"SET due_at = :until{set_retried}", values)

    def close(self, photo: Photo) -> None:
        self._update_if_still_due(
            photo, conditions.closing(photo), conditions.place_value(photo), others=self._end_of_job(photo)
        )

    def _update_if_still_due(
        self,
        photo: Photo,
        update: str,
        values: Mapping[str, object],
        others: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Update a row whose `due_at` and upload are still those of `photo`. Raises StaleWrite."""
        sequencer = photo.source.sequencer if photo.source else None
        is_same = IS_NEWEST_UPLOAD if sequencer else "attribute_not_exists(#source)"
        is_same_place = f" AND {conditions.same_place(photo)}" if others else ""
        written = {
            "UpdateExpression": update,
            "ConditionExpression": f"due_at = :due_at AND {is_same}{is_same_place}",
            "ExpressionAttributeNames": NAMES if sequencer else {"#source": "source"},
            "ExpressionAttributeValues": {
                ":due_at": photo.due_at,
                **({":sequencer": sequencer} if sequencer else {}),
                **values,
            },
        }
        write_row(self._table, photo.key, written, others, "sweeping")

    def record_submission(self, key: PhotoKey, job: StylizeJob) -> None:
        self._write("job", key, job, "#part.job_id = :job_id", values={":job_id": job.job_id})

    def record_variants(self, key: PhotoKey, variants: Variants) -> None:
        self._write_first_or_last(key, "variants", variants, other="results")

    def record_results(self, key: PhotoKey, results: Results) -> None:
        self._write_first_or_last(key, "results", results, other="variants")

    def _write_first_or_last(self, key: PhotoKey, name: str, part: Part, *, other: str) -> None:
        """Write one of the two parts that make a photo READY; the second one's write also closes the photo.

        Which one it is, the row says, and the condition of the write holds to it: a read costs a fifth of a
        write that is refused. Another attempt covers the other part's arrival between the two.
        """
        for _ in range(WRITE_ATTEMPTS):
            row = self._current_row(key, part.sequencer)
            if getattr(row.newest, name) is not None:
                raise StaleWrite(f"photo {key} has {name}")
            closes = getattr(row.newest, other) is not None
            is_other = f"{other}.#sequencer = :sequencer" if closes else is_new(other)
            with suppress(StaleWrite):
                return self._write_part(row, name, part, is_other, closes=closes)
        raise Unavailable(f"recording {name} of photo {key} failed: its row is being written by others")

    def record_failure(self, key: PhotoKey, failure: Failure) -> None:
        for _ in range(WRITE_ATTEMPTS):
            row = self._current_row(key, failure.sequencer)
            if row.status in FINAL_STATUSES:
                raise StaleWrite(f"photo {key} is {row.status}")
            is_not_ready = f"({is_new('results')} OR {is_new('variants')})"
            with suppress(StaleWrite):
                return self._write_part(row, "failure", failure, is_not_ready, closes=True)
        raise Unavailable(f"recording the failure of photo {key} failed: its row is being written by others")

    def _current_row(self, key: PhotoKey, sequencer: str) -> Photo:
        """Raises StaleWrite where the upload is not the newest one."""
        try:
            row = self.get(key)
        except PhotoNotFound:
            raise StaleWrite(f"there is no photo {key}") from None
        if row.source is None or row.source.sequencer != sequencer:
            raise StaleWrite(f"photo {key} has another upload")
        return row

    def _write_part(self, row: Photo, name: str, part: Part, condition: str, *, closes: bool) -> None:
        holds = [is_new("#part"), condition, *([conditions.same_place(row)] if closes else [])]
        status = PhotoStatus.FAILED if isinstance(part, Failure) else PhotoStatus.READY
        values = {**conditions.place_value(row), **self._change_values(row.key, status)}
        self._write(
            name,
            row.key,
            part,
            " AND ".join(holds),
            values=values if closes else {},
            sets=f", {conditions.CHANGE} {conditions.closing(row)}" if closes else "",
            others=self._end_of_job(row) if closes else (),
        )

    def _change_values(self, key: PhotoKey, status: PhotoStatus) -> dict[str, str]:
        """The values of `conditions.CHANGE`."""
        changed = change_attributes(key, self._now(), status)
        return {f":{name}": value for name, value in changed.items()}

    def _end_of_job(self, row: Photo) -> list[dict[str, Any]]:
        return [self._usage.end_of_job(row.in_flight.counter)] if row.in_flight else []

    def _write(
        self,
        name: str,
        key: PhotoKey,
        part: Part,
        condition: str,
        *,
        values: Mapping[str, object] = MappingProxyType({}),
        sets: str = "",
        others: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Write one part if its upload is the newest one and `condition` holds. Raises StaleWrite."""
        written = {
            "UpdateExpression": f"SET #part = :part{sets}",
            "ConditionExpression": f"{IS_NEWEST_UPLOAD} AND {condition}",
            "ExpressionAttributeNames": {**NAMES, "#part": name},
            "ExpressionAttributeValues": {":part": to_map(part), ":sequencer": part.sequencer, **values},
        }
        write_row(self._table, key, written, others, f"recording {name}")
