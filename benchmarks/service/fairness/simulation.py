"""How long a seller's photos take while another tenant's flood of uploads is being worked off.

A simulation with a simulated clock: the router's use case and the counters are the real ones, with ports in
memory; the workers' durations are parameters. Tenant `quiet` uploads one photo after the other, first alone
and then while tenant `flood` uploads and has uploaded all of its photos. The endpoint is one instance that
takes four tickets at once in the order of their arrival, and paints one of them at a time, tenants in turn.
"""

import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import quantiles
from typing import Any

from limner.errors import StillWaiting
from limner.intake import Limits
from limner.keys import photo_key_of_job, upload_key
from limner.looks import Look
from limner.photos import FINAL_STATUSES, Photo, Results, Source, Variants
from limner.ports import Submission
from limner.quotas import Quotas
from limner.tenancy import PhotoKey
from limner.use_cases.route_next import RouteNext
from limner.use_cases.route_upload import RouteUpload
from server.turns import TurnOrder
from tests import makers
from tests.fakes import InMemoryObjects, InMemoryPhotos

START = datetime(2026, 1, 1, tzinfo=UTC)
FLOOD, QUIET = "flood", "quiet"
SEQUENCER = "0" * 32
ENGINE_SHARE = 0.86
"""Of a ticket's time: what it has the engine for; measured on one thread of an AMD EPYC with photos
of 4 and 12 megapixels, with one lock at the engine, before decisions 0236 and 0237 (docs/costs.md)."""
TICKETS_AT_ONCE = 4


@dataclass(frozen=True)
class Speeds:
    """Seconds and workers of each stage; `flood_uploads_per_second` is how fast the flood comes."""

    route_seconds: float = 0.05
    route_workers: int = 10
    variants_seconds: float = 0.6
    variants_workers: int = 20
    record_seconds: float = 0.1
    ticket_seconds: float = 3.2
    flood_uploads_per_second: float = 20.0


class Stage:
    """Workers that take the first of a queue, each `seconds` for one item."""

    def __init__(self, simulation: "Simulation", workers: int, seconds: float) -> None:
        self._simulation, self._free, self._seconds = simulation, workers, seconds
        self._queue: deque[Callable[[], None]] = deque()

    def put(self, work: Callable[[], None]) -> None:
        self._queue.append(work)
        self._take()

    def _take(self) -> None:
        if self._free and self._queue:
            self._free -= 1
            self._simulation.after(self._seconds, self._done, self._queue.popleft())

    def _done(self, work: Callable[[], None]) -> None:
        self._free += 1
        work()
        self._take()


class Container:
    """Takes TICKETS_AT_ONCE tickets from a queue; each has the engine in its turn, once."""

    def __init__(self, simulation: "Simulation", ticket_seconds: float) -> None:
        self._simulation, self._seconds, self._free = simulation, ticket_seconds, TICKETS_AT_ONCE
        self._queue: deque[tuple[str, Callable[[], None]]] = deque()
        self._waiting: list[tuple[str, Callable[[], None]]] = []
        self._order, self._is_painting = TurnOrder(), False

    def put(self, tenant: str, done: Callable[[], None]) -> None:
        self._queue.append((tenant, done))
        self._take()

    def _take(self) -> None:
        while self._free and self._queue:
            self._free -= 1
            self._waiting.append(self._queue.popleft())
        if self._waiting and not self._is_painting:
            tenant, done = self._waiting.pop(self._order.next([tenant for tenant, _ in self._waiting]))
            self._order.record(tenant)
            self._is_painting = True
            self._simulation.after(self._seconds * ENGINE_SHARE, self._painted, done)

    def _painted(self, done: Callable[[], None]) -> None:
        self._is_painting = False
        self._simulation.after(self._seconds * (1 - ENGINE_SHARE), self._finished, done)
        self._take()

    def _finished(self, done: Callable[[], None]) -> None:
        self._free += 1
        done()
        self._take()


@dataclass
class Line:
    """A tenant's events in WaitingQueue, and how often the first of them has been received."""

    events: deque[Source] = field(default_factory=deque)
    received: int = 0


@dataclass
class Simulation:
    speeds: Speeds
    quotas: Quotas
    time: float = 0.0
    ready: Counter[str] = field(default_factory=Counter)
    ready_at: dict[PhotoKey, float] = field(default_factory=dict)
    uploaded_at: dict[PhotoKey, float] = field(default_factory=dict)
    most_in_flight: int = 0
    polls: int = 0
    lines: defaultdict[str, Line] = field(default_factory=lambda: defaultdict(Line))

    def __post_init__(self) -> None:
        self._events: list[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = []
        self._number = 0
        self.photos, self._objects = InMemoryPhotos(), InMemoryObjects()
        self._body = makers.jpeg()
        speeds = self.speeds
        self._router = Stage(self, speeds.route_workers, speeds.route_seconds)
        self._thumbnailer = Stage(self, speeds.variants_workers, speeds.variants_seconds)
        self._container = Container(self, speeds.ticket_seconds)
        self._route = RouteUpload(
            photos=self.photos,
            objects=self._objects,
            endpoint=self,
            new_photo=self._new_photo,
            now=self.now,
            limits=Limits(),
            results_bucket="results",
            model="simulated",
            lease=timedelta(seconds=60),
            events=self,
            quotas_of=lambda tenant: self.quotas,
            estimate=lambda tenant, size: 1,
            deadline=timedelta(minutes=30),
        )
        self._route_next = RouteNext(
            route=partial(self._route, is_first_in_line=True), events=self, line=self
        )

    def now(self) -> datetime:
        return START + timedelta(seconds=self.time)

    def after(self, seconds: float, call: Callable[..., object], *arguments: Any) -> None:
        self._number += 1
        heapq.heappush(self._events, (self.time + seconds, self._number, call, arguments))

    def run(self, has_ended: Callable[[], bool]) -> None:
        while self._events and not has_ended():
            self.time, _, call, arguments = heapq.heappop(self._events)
            call(*arguments)

    def upload(self, tenant: str, number: int) -> PhotoKey:
        """The event of the router, as EventBridge sends it."""
        key = PhotoKey(tenant, f"{number:032x}")
        source = Source(bucket="uploads", key=upload_key(key), sequencer=SEQUENCER, bytes=len(self._body))
        self._objects.put(source.bucket, source.key, self._body, "image/jpeg")
        self.uploaded_at[key] = self.time
        self.route(source)
        return key

    def _new_photo(self, source: Source) -> Photo:
        _, tenant, photo_id = source.key.split("/")
        return Photo(
            photo_id=photo_id,
            tenant=tenant,
            filename="photo.jpg",
            looks=(Look(styles={"oil": 1.0}),),
            created_at=self.now(),
            source=source,
            due_at=int(self.now().timestamp()) + 1800,
        )

    def _route_event(self, source: Source) -> None:
        self._route(source)
        self.most_in_flight = max(self.most_in_flight, self.photos.usage.jobs)

    def _route_first(self, tenant: str) -> None:
        """The first of a line is received; the next one is, once it has left the line."""
        line = self.lines[tenant]
        line.received += 1
        self.polls += 1
        try:
            self._route_next(line.events[0], tenant, line.received)
        except StillWaiting:
            return
        line.events.popleft()
        line.received = 0
        if line.events:
            self._router.put(lambda: self._route_first(tenant))

    def _record_variants(self, source: Source) -> None:
        photo = self.photos.record_upload(self._new_photo(source))
        if photo.variants:
            return
        self.photos.record_variants(photo.key, Variants(sequencer=SEQUENCER, renditions=(), seconds=0.1))
        self._note_ready(photo.key)

    # ── the ports of the router ──────────────────────────────────────────────────────────────────────

    def submit(self, job_id: str, ticket_location: str) -> Submission:
        key = photo_key_of_job(job_id)
        seconds = self.speeds.record_seconds
        self._container.put(key.tenant, lambda: self.after(seconds, self._record_results, key))
        return Submission(f"s3://results/{job_id}", None)

    def route(self, source: Source, delay: timedelta = timedelta(0)) -> None:
        self._router.put(lambda: self._route_event(source))

    def make_variants(self, source: Source) -> None:
        self._thumbnailer.put(lambda: self._record_variants(source))

    def wait(self, source: Source, tenant: str) -> None:
        self.lines[tenant].events.append(source)
        if len(self.lines[tenant].events) == 1:
            self._router.put(lambda: self._route_first(tenant))

    def ask_again(self, receipt: str, pause: timedelta) -> None:
        self.after(pause.total_seconds(), self._router.put, lambda: self._route_first(receipt))

    def _record_results(self, key: PhotoKey) -> None:
        results = Results(
            sequencer=SEQUENCER, pictures=(), model="simulated", timings={}, finished_at=self.now()
        )
        self.photos.record_results(key, results)
        self._note_ready(key)

    def _note_ready(self, key: PhotoKey) -> None:
        if key not in self.ready_at and self.photos.get(key).status in FINAL_STATUSES:
            self.ready_at[key] = self.time
            self.ready[key.tenant] += 1

    def latencies(self, tenant: str) -> list[float]:
        """Seconds from upload to READY."""
        return [at - self.uploaded_at[key] for key, at in self.ready_at.items() if key.tenant == tenant]


def simulate(
    speeds: Speeds,
    quotas: Quotas,
    *,
    flood_photos: int,
    quiet_photos: int,
    quiet_batch: int,
    pause_seconds: float,
) -> Simulation:
    """`quiet` uploads `quiet_batch` photos at a time, `pause_seconds` apart, from ten seconds after the flood
    began; ends when they are READY."""
    simulation = Simulation(speeds, quotas)
    for number in range(flood_photos):
        simulation.after(number / speeds.flood_uploads_per_second, simulation.upload, FLOOD, number)
    for number in range(quiet_photos):
        starts = 10 + number // quiet_batch * pause_seconds
        simulation.after(starts, simulation.upload, QUIET, number)
    simulation.run(lambda: simulation.ready[QUIET] >= quiet_photos)
    return simulation


def p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20)[-1]


def compare(
    speeds: Speeds, quotas: Quotas, *, flood_photos: int, quiet_photos: int, quiet_batch: int
) -> dict[str, float]:
    pause = max(20.0, 4 * speeds.ticket_seconds * quiet_batch)
    load = {"quiet_photos": quiet_photos, "quiet_batch": quiet_batch, "pause_seconds": pause}
    alone = simulate(speeds, quotas, flood_photos=0, **load)  # type: ignore[arg-type]
    beside = simulate(speeds, quotas, flood_photos=flood_photos, **load)  # type: ignore[arg-type]
    idle, busy = p95(alone.latencies(QUIET)), p95(beside.latencies(QUIET))
    return {
        "concurrent_jobs": quotas.concurrent_jobs,
        "quiet_batch": quiet_batch,
        "idle_p95_seconds": idle,
        "flooded_p95_seconds": busy,
        "ratio": busy / idle,
        "flood_ready": len(beside.latencies(FLOOD)),
        "flood_ready_per_minute": 60 * len(beside.latencies(FLOOD)) / beside.time,
        "most_in_flight": beside.most_in_flight,
        "polls_of_lines": beside.polls,
    }
