"""Writes of the parts of a photo's row: each on condition that its upload and revision are the newest."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from types import MappingProxyType
from typing import Any

from limner.adapters import dynamodb_conditions as conditions
from limner.adapters.dynamodb_conditions import NAMES, is_new, is_newest, is_there
from limner.adapters.dynamodb_items import change_attributes, plain, review_attributes, to_map
from limner.adapters.dynamodb_queries import read_photo
from limner.adapters.dynamodb_writes import WRITE_ATTEMPTS, write_row
from limner.adapters.usage import DynamoDbUsage
from limner.errors import PhotoNotFound, StaleWrite, Unavailable
from limner.photos import FINAL_STATUSES, Failure, Part, Photo, PhotoStatus, Results, Variants
from limner.reviews.publication import reviews_with
from limner.revisions import history_with, looks_after
from limner.tenancy import PhotoKey


class PhotoParts:
    """`table` is a boto3 Table resource; `usage` are the counters that jobs are charged to; `now` is the time
    of a change that a caller sees."""

    def __init__(self, table: Any, usage: DynamoDbUsage, now: Callable[[], datetime]) -> None:
        self._table = table
        self._usage = usage
        self._now = now

    def record_variants(self, key: PhotoKey, variants: Variants) -> None:
        for row in self._rows_to_write(key, variants.sequencer):
            if row.newest.variants is not None:
                raise StaleWrite(f"photo {key} has variants")
            with suppress(StaleWrite):
                self._write_first_or_last(row, "variants", variants, other="results")
                return

    def record_results(self, key: PhotoKey, results: Results) -> None:
        for row in self._rows_to_write(key, results.sequencer, results.revision):
            has_more_to_come = bool(looks_after(row, results))
            if row.newest.results is not None or (has_more_to_come and row.newest.failure is not None):
                raise StaleWrite(f"photo {key} has results, or has failed")
            with suppress(StaleWrite):
                if has_more_to_come:
                    self._write_results_so_far(row, results)
                else:
                    self._write_first_or_last(row, "results", results, other="variants")
                return

    @staticmethod
    def _reviews(row: Photo, results: Results) -> dict[str, Any]:
        reviews = reviews_with(row, results)
        return review_attributes(row.model_copy(update={"results": results, "reviews": reviews}))

    def _write_first_or_last(self, row: Photo, name: str, part: Variants | Results, *, other: str) -> None:
        """Write one of the two parts that make a photo READY; the second one's write also closes the photo.

        Which one it is, the row says, and the condition of the write holds to it: a read costs a fifth of a
        write that is refused. Another attempt covers the other part's arrival between the two.
        """
        closes = getattr(row.newest, other) is not None
        is_other = (is_there if closes else is_new)(other, row.revision)
        added: dict[str, object] = {}
        if isinstance(part, Results):
            added = {"versions": history_with(row, part), **self._reviews(row, part)}
        self._write_part(row, name, part, is_other, closes=closes, added=added)

    def _write_results_so_far(self, row: Photo, results: Results) -> None:
        """Further looks need a further job: the sweeper sends it off, as it does for an event that was
        lost."""
        added = {
            "revision": row.revision + 1,
            "due_at": int(results.finished_at.timestamp()),
            **self._reviews(row, results),
            **change_attributes(row.key, self._now(), PhotoStatus.PROCESSING),
        }
        self._write_part(row, "results", results, is_new("failure", row.revision), closes=False, added=added)

    def record_failure(self, key: PhotoKey, failure: Failure) -> None:
        for row in self._rows_to_write(key, failure.sequencer, failure.revision):
            if row.status in FINAL_STATUSES:
                raise StaleWrite(f"photo {key} is {row.status}")
            is_not_ready = f"({is_new('results', row.revision)} OR {is_new('variants', row.revision)})"
            with suppress(StaleWrite):
                self._write_part(row, "failure", failure, is_not_ready, closes=True)
                return

    def _rows_to_write(self, key: PhotoKey, sequencer: str, revision: int | None = None) -> Iterator[Photo]:
        """The row as it is before each attempt. Raises StaleWrite as `current_row`, and at the end
        Unavailable."""
        for _ in range(WRITE_ATTEMPTS):
            yield self.current_row(key, sequencer, revision)
        raise Unavailable(f"recording a part of photo {key} failed: its row is being written by others")

    def current_row(self, key: PhotoKey, sequencer: str, revision: int | None = None) -> Photo:
        """Raises StaleWrite where the upload is not the newest one, or the revision another one."""
        try:
            row = read_photo(self._table, key)
        except PhotoNotFound:
            raise StaleWrite(f"there is no photo {key}") from None
        if row.source is None or row.source.sequencer != sequencer:
            raise StaleWrite(f"photo {key} has another upload")
        if revision is not None and row.revision != revision:
            raise StaleWrite(f"photo {key} has another revision")
        return row

    def _write_part(
        self,
        row: Photo,
        name: str,
        part: Variants | Results | Failure,
        condition: str,
        *,
        closes: bool,
        added: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        """`added` are further attributes that the write sets."""
        if closes:
            status = PhotoStatus.FAILED if isinstance(part, Failure) else PhotoStatus.READY
            added = {**added, **change_attributes(row.key, self._now(), status)}
        is_reviewed = "reviews" in added
        holds = [
            is_new(name, row.revision),
            condition,
            *([conditions.same_place(row)] if closes else []),
            *([conditions.same_reviews(row)] if is_reviewed else []),
        ]
        self.write(
            name,
            row.key,
            part,
            " AND ".join(holds),
            values={
                **{f":new_{each}": plain(value) for each, value in added.items()},
                **(conditions.place_value(row) if closes else {}),
                **(conditions.reviews_value(row) if is_reviewed else {}),
            },
            sets="".join(f", {each} = :new_{each}" for each in added)
            + (f" {conditions.closing(row)}" if closes else ""),
            others=self.end_of_job(row) if closes else (),
            revision=row.revision,
        )

    def end_of_job(self, row: Photo) -> list[dict[str, Any]]:
        return [self._usage.end_of_job(row.in_flight.counter)] if row.in_flight else []

    def write(
        self,
        name: str,
        key: PhotoKey,
        part: Part,
        condition: str,
        *,
        values: Mapping[str, object] = MappingProxyType({}),
        sets: str = "",
        others: Sequence[Mapping[str, Any]] = (),
        revision: int,
    ) -> None:
        """Write one part if its upload is the newest one, `revision` the row's, and `condition` holds. Raises
        StaleWrite."""
        fixed = {":part": to_map(part), ":sequencer": part.sequencer, ":revision": revision}
        written = {
            "UpdateExpression": f"SET #part = :part{sets}",
            "ConditionExpression": f"{is_newest(revision)} AND {condition}",
            "ExpressionAttributeNames": {**NAMES, "#part": name},
            "ExpressionAttributeValues": {**fixed, **values},
        }
        write_row(self._table, key, written, others, f"recording {name}")
