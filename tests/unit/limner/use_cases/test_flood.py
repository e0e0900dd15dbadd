"""A flood: thousands of photos wait for hours at one slow step. None fails, and nothing is done twice.

Queues and workers are simulated minute by minute, with the deployed deadlines; the use cases and their
decisions are the real ones.
"""

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from limner.contracts import EndpointNotification
from limner.keys import photo_key_for, photo_key_of_job, report_key
from limner.photos import PhotoStatus, Source, Variants
from limner.ports import Submission
from limner.sweep.ports import Step
from limner.use_cases.find_orphans import FindOrphans
from limner.use_cases.outcomes import Outcome
from limner.use_cases.record_result import RecordResult
from limner.use_cases.route_upload import RouteUpload
from limner.use_cases.sweep import Sweep
from photo_files.intake import Limits
from tests import makers
from tests.fakes import Clock, InMemoryInventory, InMemoryObjects, InMemoryPhotos, InMemoryPictureHashes
from tests.template_reader import template

PHOTOS = 5_000
STEPS = (Step.ROUTING, Step.VARIANTS, Step.STYLIZATION)
WAIT = timedelta(hours=3)
QUICK_PER_MINUTE = PHOTOS
SLOW_PER_MINUTE = PHOTOS / (WAIT / timedelta(minutes=1))
SWEEP_EVERY_MINUTES = 5
MAX_MINUTES = 600
PARAMETERS = template()["Parameters"]
DEADLINE = timedelta(seconds=PARAMETERS["DeadlineSeconds"]["Default"])
REQUEST_TTL = timedelta(seconds=PARAMETERS["RequestTtlSeconds"]["Default"])
INVOCATION = timedelta(seconds=PARAMETERS["InvocationTimeoutSeconds"]["Default"])
JPEG = makers.jpeg()
TENANTS = 10
"""As many that none has more jobs in flight than it may: then photos wait for the endpoint, not in lines."""
CAPS = {"concurrent_jobs": 1_000, "looks_per_day": 10**6}


@dataclass
class Station:
    """A queue with its workers; `per_minute` messages are worked on in a minute."""

    per_minute: float
    waiting: deque[tuple[datetime, object]] = field(default_factory=deque)
    capacity: float = 0

    def take(self) -> list[tuple[datetime, object]]:
        self.capacity += self.per_minute
        taken = [self.waiting.popleft() for _ in range(min(int(self.capacity), len(self.waiting)))]
        self.capacity = self.capacity - int(self.capacity)
        return taken


class Flood:
    def __init__(self, slow: Step) -> None:
        self.clock = Clock()
        self.clock.time = makers.NOON
        self.stations = {step: Station(QUICK_PER_MINUTE) for step in STEPS}
        self.stations[slow].per_minute = SLOW_PER_MINUTE
        self.sent: Counter[tuple[Step, str]] = Counter()
        self.outcomes: Counter[Outcome] = Counter()
        self.photos, self.objects = InMemoryPhotos(now=self.clock), InMemoryObjects()
        self.objects.modified = makers.NOON
        self.inventory = InMemoryInventory(self.objects, "uploads", self.clock)
        ports = {"photos": self.photos, "objects": self.objects, "now": self.clock}
        self.record = RecordResult(
            **ports, results_bucket="results", hashes=InMemoryPictureHashes(), **makers.attempts(self)
        )
        self.route_upload = RouteUpload(
            **ports,
            endpoint=self,
            new_photo=self._new_photo,
            limits=Limits(),
            results_bucket="results",
            model="m@1",
            lease=timedelta(seconds=60),
            events=self,
            **makers.router_caps(**CAPS),
        )
        self.sweep = Sweep(
            **ports,
            events=self,
            backlog=self,
            record_result=self.record,
            grace_period=DEADLINE,
            retries=2,
            in_flight=REQUEST_TTL + INVOCATION,
        )
        self.find_orphans = FindOrphans(
            **ports,
            inventory=self.inventory,
            backlog=self,
            events=self,
            new_photo=self._new_photo,
            uploads_bucket="uploads",
            results_bucket="results",
            grace_period=DEADLINE,
        )

    def run(self) -> int:
        """Upload all photos at once, and work until every one has ended; minutes until then."""
        for number in range(PHOTOS):
            key = f"uploads/shop-{number % TENANTS}/{number:05}.jpg"
            self.objects.put("uploads", key, JPEG, "image/jpeg")
            facts = self.objects.describe("uploads", key)
            self.route(makers.source(bucket="uploads", key=key, bytes=len(JPEG), etag=facts.etag))
        for minute in range(MAX_MINUTES):
            self._work()
            if minute % SWEEP_EVERY_MINUTES == 0:
                self.outcomes.update(self.sweep())
            if minute == 60:
                self.inventory.make()
                self.outcomes.update(self.find_orphans())
            if not any(station.waiting for station in self.stations.values()):
                return minute
            self.clock.advance(minutes=1)
        raise AssertionError("photos are left")

    def _work(self) -> None:
        for _, source in self.stations[Step.ROUTING].take():
            self.route_upload(source)
        for _, source in self.stations[Step.VARIANTS].take():
            photo = self.photos.record_upload(self._new_photo(source))
            if photo.newest.variants is None:
                variants = Variants(sequencer=source.sequencer, renditions=(), seconds=0.1)
                self.photos.record_variants(photo.key, variants)
        for accepted_at, job_id in self.stations[Step.STYLIZATION].take():
            if self.clock() - accepted_at < REQUEST_TTL:
                report = makers.report(job_id).model_dump_json().encode()
                self.objects.put("results", report_key(job_id), report, "application/json")
                self.record(EndpointNotification(job_id=job_id, status="Completed"))

    def _new_photo(self, source: Source):
        due_at = int((self.clock() + DEADLINE).timestamp())
        key = photo_key_for(source.bucket, source.key)
        facts = {"tenant": key.tenant, "photo_id": key.photo_id, "created_at": self.clock()}
        return makers.photo(**facts, source=source, due_at=due_at)

    # ── ports ────────────────────────────────────────────────────────────────────────────────────────

    def route(self, source: Source, delay: timedelta = timedelta(0)) -> None:
        self._send(Step.ROUTING, source.key, source)

    def make_variants(self, source: Source) -> None:
        self._send(Step.VARIANTS, source.key, source)

    def submit(self, job_id: str, ticket_location: str) -> Submission:
        self._send(Step.STYLIZATION, photo_key_of_job(job_id).photo_id, job_id)
        return Submission(f"s3://results/endpoint/output/{job_id}", f"s3://results/endpoint/failure/{job_id}")

    def _send(self, step: Step, name: str, message: object) -> None:
        self.sent[step, name] += 1
        self.stations[step].waiting.append((self.clock(), message))

    def oldest(self, step: Step) -> datetime | None:
        waiting = self.stations[step].waiting
        return waiting[0][0] if waiting else None


@pytest.mark.parametrize("slow", STEPS)
def test_thousands_of_photos_wait_for_hours_and_none_fails_and_none_is_made_twice(slow):
    flood = Flood(slow)
    minutes = flood.run()
    assert timedelta(minutes=minutes) >= WAIT - timedelta(minutes=1)
    rows = [flood.photos.get(key) for key in flood.photos._rows]
    assert Counter(row.status for row in rows) == {PhotoStatus.READY: PHOTOS}
    assert set(flood.sent.values()) == {1}, "each message and each invocation is sent once"
    assert len(flood.sent) == len(STEPS) * PHOTOS
    assert set(flood.outcomes) <= {Outcome.WAITING}
