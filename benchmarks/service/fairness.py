"""How long a seller's photos take while another tenant's flood of uploads is being worked off.

    python -m benchmarks.service.fairness [--photos 300] [--out build/bench/fairness.json]

A simulation with a simulated clock: the router's use case and the counters are the real ones, with ports in
memory; the workers' durations are parameters. Tenant `quiet` uploads one photo after the other, first alone
and then while tenant `flood` has uploaded all of its photos. The endpoint is one instance that takes two
tickets at once and paints one of them at a time, in the order of their arrival, as SageMaker's queue and the
container do.
"""

import heapq
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import Annotated, Any

import typer
from rich.table import Table

from limner.intake import Limits
from limner.keys import photo_key_of_job, upload_key
from limner.looks import Look
from limner.photos import FINAL_STATUSES, Photo, Results, Source, Variants
from limner.ports import Submission
from limner.quotas import Quotas
from limner.tenancy import PhotoKey
from limner.use_cases.route_upload import RouteUpload
from tests import makers
from tests.fakes import InMemoryObjects, InMemoryPhotos

from ..shared.report import print_tables, write_json

ROOT = Path(__file__).resolve().parents[2]
START = datetime(2026, 1, 1, tzinfo=UTC)
FLOOD, QUIET = "flood", "quiet"
SEQUENCER = "0" * 32
ENGINE_SHARE = 0.86
"""Of a ticket's time: what the engine's lock is held for; measured on one thread of an AMD EPYC with photos
of 4 and 12 megapixels (docs/costs.md)."""
TICKET_SECONDS = (0.5, 3.2)
"""A fast GPU as it is hoped for, and one processor as it was measured with 4 megapixels and one look."""
QUIET_PHOTOS = 40
TICKETS_AT_ONCE = 2
SEED = 1


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


@dataclass
class Simulation:
    speeds: Speeds
    quotas: Quotas
    time: float = 0.0
    ready: Counter[str] = field(default_factory=Counter)
    ready_at: dict[PhotoKey, float] = field(default_factory=dict)
    uploaded_at: dict[PhotoKey, float] = field(default_factory=dict)
    most_in_flight: int = 0
    deferrals: int = 0

    def __post_init__(self) -> None:
        self._events: list[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = []
        self._number = 0
        self.photos, self._objects = InMemoryPhotos(), InMemoryObjects()
        self._body = makers.jpeg()
        speeds = self.speeds
        self._router = Stage(self, speeds.route_workers, speeds.route_seconds)
        self._thumbnailer = Stage(self, speeds.variants_workers, speeds.variants_seconds)
        self._other = Stage(self, TICKETS_AT_ONCE, speeds.ticket_seconds * (1 - ENGINE_SHARE))
        self._engine = Stage(self, 1, speeds.ticket_seconds * ENGINE_SHARE)
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
            estimate=lambda size: 1,
            random=Random(SEED).random,
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
        """The events of router and thumbnailer, as EventBridge sends them."""
        key = PhotoKey(tenant, f"{number:032x}")
        source = Source(bucket="uploads", key=upload_key(key), sequencer=SEQUENCER, bytes=len(self._body))
        self._objects.put(source.bucket, source.key, self._body, "image/jpeg")
        self.uploaded_at[key] = self.time
        self._router.put(lambda: self._route_event(source, 0))
        self._thumbnailer.put(lambda: self._record_variants(key, source))
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

    def _route_event(self, source: Source, deferrals: int) -> None:
        self._route(source, deferrals)
        self.most_in_flight = max(self.most_in_flight, self.photos.usage.jobs)

    def _record_variants(self, key: PhotoKey, source: Source) -> None:
        self.photos.record_upload(self._new_photo(source))
        self.photos.record_variants(key, Variants(sequencer=SEQUENCER, renditions=(), seconds=0.1))
        self._note_ready(key)

    # ── the ports of the router ──────────────────────────────────────────────────────────────────────

    def submit(self, job_id: str, ticket_location: str) -> Submission:
        key = photo_key_of_job(job_id)
        recorded = self.speeds.record_seconds
        self._engine.put(lambda: self._other.put(lambda: self.after(recorded, self._record_results, key)))
        return Submission(f"s3://results/{job_id}", None)

    def defer(self, source: Source, deferrals: int, delay: timedelta) -> None:
        self.deferrals += 1
        self.after(delay.total_seconds(), self._router.put, lambda: self._route_event(source, deferrals))

    def resend(self, source: Source) -> None:
        raise NotImplementedError("the router never resends")

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
        "deferrals": beside.deferrals,
    }


def figures_table(figures: list[dict[str, float]]) -> Table:
    columns = {
        "ticket_seconds": "s a ticket",
        "concurrent_jobs": "jobs in flight",
        "quiet_batch": "photos at once",
        "idle_p95_seconds": "p95 alone (s)",
        "flooded_p95_seconds": "p95 beside the flood (s)",
        "ratio": "ratio",
        "flood_ready_per_minute": "flood READY a minute",
    }
    table = Table(*columns.values(), title="A quiet tenant beside a flood")
    for figure in figures:
        table.add_row(*[f"{figure[name]:.4g}" for name in columns])
    return table


def main(
    photos: Annotated[int, typer.Option(min=1, help="Photos of the flood; 10000 takes some minutes.")] = 300,
    jobs: Annotated[list[int] | None, typer.Option(help="Jobs in flight a tenant may have.")] = None,
    out: Annotated[Path, typer.Option(help="JSON file to write.")] = ROOT / "build/bench/fairness.json",
) -> None:
    figures = [
        {"ticket_seconds": seconds}
        | compare(
            Speeds(ticket_seconds=seconds),
            Quotas(concurrent_jobs=count, looks_per_day=10**6),
            flood_photos=photos,
            quiet_photos=QUIET_PHOTOS,
            quiet_batch=batch,
        )
        for seconds in TICKET_SECONDS
        for count in jobs or (1, 2, 4, 1_000)
        for batch in (1, 5)
    ]
    print_tables(figures_table(figures))
    write_json(out, {"photos": photos, "figures": figures})


if __name__ == "__main__":
    typer.run(main)
