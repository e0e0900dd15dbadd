"""In-memory ports, which pass the same tests as the AWS adapters (tests/integration/test_ports.py)."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from limner.adapters.dynamodb_conditions import counters_to_charge
from limner.adapters.dynamodb_revisions import REVISED
from limner.counters import jobs_name
from limner.errors import InvalidRequest, JobInProgress, ObjectMissing, PhotoNotFound, StaleWrite
from limner.keys import FOUND_SUFFIX
from limner.photo_lists import ALL_PHOTOS, PhotoQuery
from limner.photos import (
    FINAL_STATUSES,
    Failure,
    InFlight,
    Photo,
    PhotoStatus,
    Results,
    Retried,
    Source,
    StylizeJob,
    Variants,
)
from limner.ports import (
    ALL_SHARDS,
    Address,
    FoundPicture,
    ListedObject,
    ObjectFacts,
    Page,
    PublishedPicture,
    Submission,
    UploadForm,
)
from limner.quotas import Charge
from limner.reviews.publication import reviews_with
from limner.revisions import history_with, looks_after
from limner.sweep.ports import NOTHING_READ, InventoryReport, RowsRead, Step
from limner.tenancy import PhotoKey
from tests.fakes_usage import InMemoryUsage


class InMemoryPhotos:
    def __init__(
        self,
        usage: InMemoryUsage | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._rows: dict[PhotoKey, Photo] = {}
        self.usage = usage or InMemoryUsage()
        self._now = now

    def add(self, photo: Photo, expires_at: datetime) -> None:
        if photo.key in self._rows:
            raise StaleWrite(photo.key)
        self._rows[photo.key] = photo

    def get(self, key: PhotoKey) -> Photo:
        if key not in self._rows:
            raise PhotoNotFound(key)
        return self._rows[key]

    def sources(self, keys: Sequence[PhotoKey]) -> Mapping[PhotoKey, Source | None]:
        return {key: self._rows[key].source for key in keys if key in self._rows}

    def page(
        self,
        tenant: str,
        query: PhotoQuery = ALL_PHOTOS,
        *,
        limit: int,
        cursor: str | None,
        whole: bool = True,
    ) -> Page:
        if cursor and not cursor.isdigit():
            raise InvalidRequest("cursor")
        start = int(cursor or 0)
        rows = [row for row in self._rows.values() if row.tenant == tenant and query.matches(row)]
        found = [row for row in rows if row.source or row.failure or query.external_id]
        found.sort(key=lambda row: (query.time_of(row), row.photo_id), reverse=True)
        more = str(start + limit) if start + limit < len(found) else None
        return Page(photos=tuple(found[start : start + limit]), cursor=more)

    def those_of(
        self, keys: Sequence[PhotoKey], *, whole: bool = True, consistent: bool = False
    ) -> list[Photo]:
        return [self._rows[key] for key in keys if key in self._rows]

    def record_upload(self, photo: Photo) -> Photo:
        row = self._rows.get(photo.key, photo.model_copy(update={"failure": None}))
        if photo.key in self._rows and row.source and photo.source:
            if photo.source.sequencer == row.source.sequencer:
                return row
            may_be_replaced = row.replaceable in {None, row.source.sequencer}
            if not (_is_newer(photo.source, row.source) and may_be_replaced):
                raise StaleWrite(photo.key)
        arrived = {
            "source": photo.source,
            "due_at": photo.due_at,
            "revision": 0,
            "revised_by": None,
            "updated_at": self._now(),
        }
        self._rows[photo.key] = row.model_copy(update=arrived)
        return self._rows[photo.key]

    def allow_replacement(self, key: PhotoKey, sequencer: str) -> None:
        row = self._rows.get(key)
        if row is None or row.source is None or row.source.sequencer != sequencer:
            raise StaleWrite(key)
        self._rows[key] = row.model_copy(update={"replaceable": sequencer})

    def revise(self, before: Photo, after: Photo) -> None:
        row = self._rows.get(before.key)
        if row is None or _depended_on(row) != _depended_on(before):
            raise StaleWrite(before.key)
        if before.in_flight and not after.in_flight:
            self.usage.end_of_job(before.in_flight.counter)
        self._rows[before.key] = row.model_copy(update={name: getattr(after, name) for name in REVISED})

    def lease(self, key: PhotoKey, job: StylizeJob, now: int, charge: Charge) -> None:
        row = self._current_row(key, job.sequencer, job.revision)
        job_before = row.newest.job
        if row.newest.failure or row.newest.results or (job_before and job_before.submitted_at):
            raise StaleWrite(key)
        if job_before and job_before.lease_until >= now:
            raise JobInProgress(key)
        written = self.usage.charge(counters_to_charge(row, job, now, charge))
        counter = row.in_flight.counter if row.in_flight else written[jobs_name(row.tenant)]
        place = InFlight(job_id=job.job_id, counter=counter)
        self._set(row.model_copy(update={"in_flight": place}), "job", job)

    def release(self, key: PhotoKey, job: StylizeJob) -> None:
        self._set(self._with_submission(key, job), "job", job.released)

    def retry_failed(self, key: PhotoKey, job: StylizeJob, retried: Retried, due_at: int) -> None:
        row = self._with_submission(key, job)
        self._set(row.model_copy(update={"retried": retried, "due_at": due_at}), "job", job.released)

    def _with_submission(self, key: PhotoKey, job: StylizeJob) -> Photo:
        row = self._current_row(key, job.sequencer, job.revision)
        same = row.job and (row.job.job_id, row.job.submitted_at) == (job.job_id, job.submitted_at)
        if row.newest.results or not same:
            raise StaleWrite(key)
        return row

    def due(self, now: int, limit: int, shards: str = ALL_SHARDS) -> list[Photo]:
        return self._due([row for row in self._rows.values() if row.source], now, limit, shards)

    def due_orders(self, now: int, limit: int, shards: str = ALL_SHARDS) -> list[Photo]:
        return self._due([row for row in self._rows.values() if not row.source], now, limit, shards)

    def _due(self, rows: Sequence[Photo], now: int, limit: int, shards: str) -> list[Photo]:
        rows = [row for row in rows if row.photo_id[0] in shards]
        times = [(row.due_at, row) for row in rows if row.due_at is not None]
        overdue = [(due_at, row) for due_at, row in times if due_at <= now]
        return [row for _, row in sorted(overdue, key=lambda pair: pair[0])[:limit]]

    def postpone(self, photo: Photo, until: int, retried: Retried | None = None) -> None:
        row = self._still_due(photo)
        self._rows[photo.key] = row.model_copy(update={"due_at": until, "retried": retried or row.retried})

    def close(self, photo: Photo) -> None:
        self._set(self._still_due(photo), "due_at", None)

    def _still_due(self, photo: Photo) -> Photo:
        row = self.get(photo.key)
        same = row.due_at == photo.due_at and row.revision == photo.revision
        if not same or _sequencer(row) != _sequencer(photo):
            raise StaleWrite(photo.key)
        return row

    def record_submission(self, key: PhotoKey, job: StylizeJob) -> None:
        row = self._current_row(key, job.sequencer, job.revision)
        if row.job is None or row.job.job_id != job.job_id:
            raise StaleWrite(key)
        self._set(row, "job", job)

    def record_variants(self, key: PhotoKey, variants: Variants) -> None:
        self._set(self._record_once(key, "variants", variants), "variants", variants)

    def record_results(self, key: PhotoKey, results: Results) -> None:
        row = self._record_once(key, "results", results)
        more_to_come = bool(looks_after(row, results))
        if more_to_come and row.newest.failure:
            raise StaleWrite(key)
        due_at = int(results.finished_at.timestamp())
        revised = {"revision": row.revision + 1, "due_at": due_at, "updated_at": self._now()}
        added = revised if more_to_come else {}
        reviewed = {"reviews": reviews_with(row, results)}
        self._set(
            row.model_copy(update={"versions": history_with(row, results), **reviewed, **added}),
            "results",
            results,
        )

    def record_failure(self, key: PhotoKey, failure: Failure) -> None:
        row = self._record_once(key, "failure", failure)
        if row.status is PhotoStatus.READY:
            raise StaleWrite(key)
        self._set(row, "failure", failure)

    def _record_once(self, key: PhotoKey, name: str, part: Variants | Results | Failure) -> Photo:
        """The row, which has no such part yet."""
        revision = None if isinstance(part, Variants) else part.revision
        row = self._current_row(key, part.sequencer, revision)
        if getattr(row.newest, name) is not None:
            raise StaleWrite(key)
        return row

    def _current_row(self, key: PhotoKey, sequencer: str, revision: int | None = None) -> Photo:
        row = self._rows.get(key)
        if row is None or row.source is None or row.source.sequencer != sequencer:
            raise StaleWrite(key)
        if revision not in {None, row.revision}:
            raise StaleWrite(key)
        return row

    def set_due(self, key: PhotoKey, due_at: int) -> None:
        """As a writer of an earlier release left rows: open with a final status."""
        self._rows[key] = self._rows[key].model_copy(update={"due_at": due_at})

    def _set(self, row: Photo, name: str, part: object) -> None:
        changed = row.model_copy(update={name: part})
        if changed.status in FINAL_STATUSES:
            if changed.in_flight:
                self.usage.end_of_job(changed.in_flight.counter)
            ended: dict[str, object] = {"due_at": None, "in_flight": None}
            if row.status not in FINAL_STATUSES:
                ended["updated_at"] = self._now()
            changed = changed.model_copy(update=ended)
        self._rows[row.key] = changed


def _depended_on(photo: Photo) -> tuple[object, ...]:
    """What decides whether an order may be written."""
    newest = photo.newest
    parts = (newest.variants is None, newest.results is None, newest.failure is None)
    return (_sequencer(photo), photo.revision, photo.in_flight, *parts)


def _sequencer(photo: Photo) -> str | None:
    return photo.source.sequencer if photo.source else None


def _is_newer(arriving: Source, current: Source) -> bool:
    same_version = current.version_id is not None and arriving.version_id == current.version_id
    have_versions = arriving.version_id is not None and current.version_id is not None
    is_late_event = FOUND_SUFFIX in current.sequencer and arriving.etag == current.etag and not have_versions
    return arriving.sequencer > current.sequencer and not same_version and not is_late_event


class InMemoryImportFailures:
    def __init__(self, photos: InMemoryPhotos) -> None:
        self._photos = photos

    def record(self, photo: Photo, failure: Failure) -> None:
        row = self._photos.get(photo.key)
        if row.source or row.failure:
            raise StaleWrite(photo.key)
        self._photos._set(
            row.model_copy(update={"due_at": None, "updated_at": failure.at}), "failure", failure
        )


class InMemoryObjects:
    def __init__(self) -> None:
        self.bodies: dict[tuple[str, str], bytes] = {}
        self.content_types: dict[tuple[str, str], str] = {}
        self.modified = datetime(2026, 1, 1, tzinfo=UTC)
        self.modified_by_key: dict[str, datetime] = {}

    def get(self, bucket: str, key: str, version_id: str | None = None) -> bytes:
        try:
            return self.bodies[bucket, key]
        except KeyError:
            raise ObjectMissing(f"s3://{bucket}/{key}") from None

    def get_head(self, bucket: str, key: str, version_id: str | None, limit: int) -> bytes:
        return self.get(bucket, key)[:limit]

    def describe(self, bucket: str, key: str) -> ObjectFacts:
        body = self.get(bucket, key)
        return ObjectFacts(bytes=len(body), version_id=None, etag=_etag(body), modified=self.modified)

    def list(self, bucket: str, prefix: str, *, after: str, limit: int) -> list[ListedObject]:
        keys = sorted(k for b, k in self.bodies if b == bucket and k.startswith(prefix) and k > after)
        bodies = [(key, self.bodies[bucket, key]) for key in keys[:limit]]
        return [
            ListedObject(key, self.modified_by_key.get(key, self.modified), _etag(body), len(body))
            for key, body in bodies
        ]

    def put(
        self, bucket: str, key: str, body: bytes, content_type: str, *, only_if_absent: bool = False
    ) -> bool:
        if only_if_absent and (bucket, key) in self.bodies:
            return False
        self.bodies[bucket, key] = body
        self.content_types[bucket, key] = content_type
        return True


def _etag(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


class InMemoryPictureHashes:
    def __init__(self) -> None:
        self.recorded: set[PublishedPicture] = set()

    def record(self, pictures: Sequence[PublishedPicture]) -> None:
        self.recorded |= set(pictures)

    def find(self, tenant: str, picture_hash: int, max_bits: int) -> list[FoundPicture]:
        near = [
            FoundPicture(picture, (picture.hash ^ picture_hash).bit_count())
            for picture in self.recorded
            if picture.photo.tenant == tenant
        ]
        found = [each for each in near if each.bits <= max_bits]
        return sorted(found, key=lambda each: (each.bits, each.picture.photo, each.picture.look))


class InMemoryEndpoint:
    def __init__(self) -> None:
        self.submitted: list[tuple[str, str]] = []
        self.before_answer: Callable[[], None] = lambda: None

    def submit(self, job_id: str, ticket_location: str) -> Submission:
        self.before_answer()
        self.submitted.append((job_id, ticket_location))
        number = len(self.submitted) - 1
        return Submission(f"s3://results/endpoint/output/{number}", f"s3://results/endpoint/failure/{number}")


class InMemoryUploadEvents:
    def __init__(self) -> None:
        self.routed: list[Source] = []
        self.delays: list[timedelta] = []
        self.for_variants: list[Source] = []
        self.waiting: list[tuple[str, Source]] = []
        self.asked_again: list[tuple[str, timedelta]] = []

    def route(self, source: Source, delay: timedelta = timedelta(0)) -> None:
        self.routed.append(source)
        self.delays.append(delay)

    def make_variants(self, source: Source) -> None:
        self.for_variants.append(source)

    def wait(self, source: Source, tenant: str) -> None:
        self.waiting.append((tenant, source))

    def ask_again(self, receipt: str, pause: timedelta) -> None:
        self.asked_again.append((receipt, pause))


class InMemoryBacklog:
    """Queues are empty, unless a time is set."""

    def __init__(self) -> None:
        self.oldest_by_step: dict[Step, datetime] = {}

    def oldest(self, step: Step) -> datetime | None:
        return self.oldest_by_step.get(step)


class InMemoryInventory:
    """A report has the objects that are there when it is made."""

    def __init__(self, objects: "InMemoryObjects", bucket: str, now: Callable[[], datetime]) -> None:
        self._objects = objects
        self._bucket = bucket
        self._now = now
        self._reports: dict[str, tuple[datetime, list[ListedObject]]] = {}

    def make(self) -> None:
        listed = self._objects.list(self._bucket, "uploads/", after="", limit=10**6)
        self._reports[f"{len(self._reports):04}"] = (self._now(), listed)

    def newest(self, after: str) -> InventoryReport | None:
        names = [name for name in self._reports if name > after]
        return InventoryReport(names[-1], self._reports[names[-1]][0]) if names else None

    def rows(self, report: str, after: RowsRead = NOTHING_READ) -> Iterator[tuple[RowsRead, ListedObject]]:
        """In one file."""
        for number, listed in enumerate(self._reports[report][1][after.rows :], after.rows + 1):
            yield RowsRead(0, number), listed


class InMemoryLinks:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def upload_form(self, key: str, content_type: str, max_bytes: int) -> UploadForm:
        fields = {"key": key, "Content-Type": content_type}
        return UploadForm("https://uploads.example", fields, self._now() + timedelta(hours=1))

    def download_link(self, key: str) -> Address:
        return Address(f"https://results.example/{key}", self._now() + timedelta(hours=1))


class Clock:
    """A clock that only `advance` moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)
