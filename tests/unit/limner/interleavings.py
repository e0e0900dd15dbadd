"""Simulation of events in any order and number, with workers that crash at any call.

An *order* is a list of steps and is deterministic. `play` runs it on the use cases with in-memory ports, then
runs the system until nothing is left to do and checks the invariants.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from limner.contracts import EndpointNotification
from limner.errors import LimnerError
from limner.keys import FOUND_SUFFIX, comparable_sequencer, report_key
from limner.photos import FINAL_STATUSES, Photo, PhotoStatus, Source, Variants
from limner.use_cases.close_orders import CloseOrders
from limner.use_cases.record_result import RecordResult
from limner.use_cases.route_upload import RouteUpload
from limner.use_cases.sweep import Sweep
from photo_files.intake import Limits
from tests import makers
from tests.fakes import (
    Clock,
    InMemoryBacklog,
    InMemoryEndpoint,
    InMemoryImportFailures,
    InMemoryObjects,
    InMemoryPhotos,
    InMemoryPictureHashes,
    InMemoryUploadEvents,
)

UPLOADS = 3
"""Number of uploads of the one key, oldest first."""
SEQUENCERS = [comparable_sequencer(f"0{n + 1}") for n in range(UPLOADS)]
JPEG = makers.jpeg(32, 32)
KINDS = ("route", "variants", "finish", "break", "notification", "forge", "sweep", "wait")
MAX_FINAL_ROUNDS = 12


class Crash(Exception):
    """The worker crashed; its message is delivered again."""


@dataclass(frozen=True)
class Step:
    """`which` selects the upload or job; the worker crashes at its `crash_at`-th count, if any."""

    kind: str
    which: int = 0
    crash_at: int | None = None


@dataclass
class CrashCounter:
    """Counts down at a worker's port calls and raises Crash at zero."""

    left: int | None = None

    def count(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise Crash


class CrashingPort:
    """A port that counts twice per call: before its effect and after it."""

    def __init__(self, port: object, crash: CrashCounter) -> None:
        self._port, self._crash = port, crash

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._port, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self._crash.count()
            answer = method(*args, **kwargs)
            self._crash.count()
            return answer

        return call


@dataclass
class World:
    uploads: int = UPLOADS
    crash: CrashCounter = field(default_factory=CrashCounter)
    clock: Clock = field(default_factory=Clock)
    photos: InMemoryPhotos = field(default_factory=InMemoryPhotos)
    objects: InMemoryObjects = field(default_factory=InMemoryObjects)
    endpoint: InMemoryEndpoint = field(default_factory=InMemoryEndpoint)
    events: InMemoryUploadEvents = field(default_factory=InMemoryUploadEvents)
    crashed_after_submission: Counter[str] = field(default_factory=Counter)
    released: Counter[str] = field(default_factory=Counter)
    broken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.objects.put("uploads", makers.source().key, JPEG, "image/jpeg")
        newest = self.objects.describe("uploads", makers.source().key).etag
        self.sources = [
            makers.source(
                bytes=len(JPEG),
                sequencer=sequencer,
                etag=newest if sequencer == SEQUENCERS[-1] else sequencer,
            )
            for sequencer in SEQUENCERS[-self.uploads :]
        ]
        self.photos.add(self._new_photo(None), self.clock())
        photos, objects = CrashingPort(self.photos, self.crash), CrashingPort(self.objects, self.crash)
        shared: dict[str, Any] = {
            "photos": photos,
            "objects": objects,
            "now": self.clock,
            "results_bucket": "results",
        }
        self.route = RouteUpload(
            **shared,
            endpoint=CrashingPort(self.endpoint, self.crash),
            new_photo=self._new_photo,
            limits=Limits(),
            model="m@1",
            lease=timedelta(seconds=60),
            events=self.events,
            **makers.router_caps(concurrent_jobs=1),
        )
        self.record = RecordResult(
            **shared, hashes=InMemoryPictureHashes(), **makers.attempts(self.events, attempts=2)
        )
        self.sweep = Sweep(
            photos=photos,
            objects=objects,
            events=CrashingPort(self.events, self.crash),
            backlog=InMemoryBacklog(),
            record_result=self.record,
            now=self.clock,
            grace_period=timedelta(minutes=30),
            retries=2,
            in_flight=timedelta(minutes=25),
        )
        self.close_orders = CloseOrders(
            photos=photos,
            imports=InMemoryImportFailures(self.photos),
            objects=objects,
            events=self.sweep.events,
            backlog=self.sweep.backlog,
            now=self.clock,
            uploads_bucket="uploads",
            grace_period=timedelta(minutes=30),
        )

    def _new_photo(self, source: Source | None) -> Photo:
        due = int((self.clock() + timedelta(minutes=30)).timestamp())
        return makers.photo(source=source, due_at=due)

    def take(self, step: Step) -> None:
        self.crash.left = step.crash_at
        before = len(self.endpoint.submitted)
        try:
            getattr(self, f"_{step.kind}")(step.which)
        except (LimnerError, Crash) as end:
            self._note_crash(end, before)
        finally:
            self.crash.left = None

    def _note_crash(self, end: Exception, before: int) -> None:
        """A crash between invocation and its record is the one case in which a job is paid for twice."""
        if isinstance(end, Crash) and len(self.endpoint.submitted) > before:
            self.crashed_after_submission[self.endpoint.submitted[-1][0]] += 1

    def _route(self, which: int) -> None:
        self.route(self._source(which))

    def _variants(self, which: int) -> None:
        """The thumbnailer's port calls, without encoding."""
        source = self._source(which)
        self.route.photos.record_upload(self._new_photo(source))
        variants = Variants(sequencer=source.sequencer, renditions=(makers.rendition(),), seconds=0.1)
        self.route.photos.record_variants(makers.KEY, variants)

    def _source(self, which: int) -> Source:
        return self.sources[which % len(self.sources)]

    def _job(self, which: int) -> str | None:
        jobs = self.endpoint.submitted
        return jobs[which % len(jobs)][0] if jobs else None

    def _finish(self, which: int) -> None:
        if job_id := self._job(which):
            body = makers.report(job_id).model_dump_json().encode()
            self.objects.put("results", report_key(job_id), body, "application/json")

    def _break(self, which: int) -> None:
        """The endpoint notifies of a failure; there may be a report nevertheless."""
        if job_id := self._job(which):
            self.broken.add(job_id)
            last = max(n for n, (job, _) in enumerate(self.endpoint.submitted) if job == job_id)
            self.objects.put("results", f"endpoint/failure/{last}", b"broken", "text/plain")
            failure = EndpointNotification(job_id=job_id, status="Failed", failure_reason="broken")
            submitted = self._row_job()
            try:
                self.record(failure)
            finally:  # a crash may come after the job was released for another attempt
                if submitted and self._row_job() != submitted and self.photo.status not in FINAL_STATUSES:
                    self.released[submitted] += 1

    def _notification(self, which: int) -> None:
        if job_id := self._job(which):
            self.record(EndpointNotification(job_id=job_id, status="Completed"))

    def _forge(self, which: int) -> None:
        """A forged notification for an unknown job must not change the row."""
        before = self._open_rows()
        self.record(EndpointNotification(job_id=f"main.{makers.PHOTO_ID}.{which:012x}", status="Failed"))
        assert self._open_rows() == before, "a forged notification changed the row"

    def _open_rows(self) -> list[Photo]:
        return [*self.photos.due(10**12, 1), *self.photos.due_orders(10**12, 1)]

    def _sweep(self, which: int) -> None:
        resent = len(self.events.routed)
        submitted = self._row_job()
        self.clock.advance(minutes=31)
        try:
            list(self.sweep())
            list(self.close_orders())
        finally:
            if submitted and self._row_job() != submitted:
                self.released[submitted] += 1
            for source in self.events.routed[resent:]:
                self._add_message(source)

    def _add_message(self, source: Source) -> None:
        """A message resent by the sweeper replaces the event with its sequencer, or is a new one."""
        sequencers = [source.sequencer for source in self.sources]
        if source.sequencer in sequencers:
            self.sources[sequencers.index(source.sequencer)] = source
        else:
            self.sources.append(source)

    def _row_job(self) -> str | None:
        rows = self.photos.due(10**12, 1)
        job = rows[0].newest.job if rows else None
        return job.job_id if job and job.submitted_at else None

    def _wait(self, which: int) -> None:
        self.clock.advance(seconds=61)

    def run_until_final(self) -> None:
        """Deliver every message again without crashes, finish every job, run the sweeper."""
        for _ in range(MAX_FINAL_ROUNDS):
            for upload in range(len(self.sources)):
                self.take(Step("route", upload))
                self.take(Step("variants", upload))
            for job in range(len(self.endpoint.submitted)):
                self.take(Step("finish", job))
                self.take(Step("notification", job))
            self.take(Step("wait"))
            if self.photo.status in FINAL_STATUSES and self.photo.due_at is None:
                return
            self.take(Step("sweep"))

    @property
    def photo(self) -> Photo:
        return self.photos.get(makers.KEY)


def play(order: list[Step], uploads: int = UPLOADS) -> World:
    world = World(uploads)
    for step in order:
        world.take(step)
    world.run_until_final()
    check(world)
    return world


def check(world: World) -> None:
    photo = world.photo
    assert photo.source, "every simulation has uploads"
    newest = photo.source.sequencer
    assert newest == SEQUENCERS[-1] or FOUND_SUFFIX in newest, "the row has the newest upload"
    assert photo.source.etag == world.sources[world.uploads - 1].etag, "the row has the newest object"
    assert photo.status in FINAL_STATUSES, "the status is final"
    assert photo.due_at is None, "a photo with a final status is closed"
    assert photo.in_flight is None, "a final photo has no place among the jobs in flight"
    assert world.photos.usage.jobs == 0, "no place is kept by a photo that has ended, and none is given twice"
    if photo.status is PhotoStatus.READY:
        assert photo.results
        assert photo.variants
        assert photo.results.sequencer == photo.variants.sequencer == newest
    else:
        assert photo.failure
        assert photo.failure.sequencer == newest
        broken = photo.job is not None and photo.job.job_id in world.broken
        assert photo.failure.code == "deadline_passed" or broken, "failed without a reason"
    if world.uploads == 1:
        assert len({job_id for job_id, _ in world.endpoint.submitted}) <= 1, "one upload is one job"
    for job_id, times in Counter(job_id for job_id, _ in world.endpoint.submitted).items():
        allowed = 1 + world.crashed_after_submission[job_id] + world.released[job_id]
        assert times <= allowed, f"{job_id} was paid {times} times, expected at most {allowed}"
