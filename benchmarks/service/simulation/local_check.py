"""The simulation beside the local stack: the same burst of one seller on both.

The whole template on the emulator, with the container whose engine takes a given time
(fairness/timed_stylizer.py). Photos sent one after the other give the seconds of each stage, from the times
in their rows; with those the simulation predicts the burst, which is then measured.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from limner.keys import upload_key
from limner.photos import Photo, PhotoStatus
from limner.tenancy import PhotoKey
from local.aws.running import Running, running

from ..fairness.local_run import WORKERS, small_photo, timed_image
from ..soak.evidence import read_photos
from .figures import Figures
from .plan import Plan, StackParameters
from .run import Outcome, run

TENANT = "main"
CALIBRATION_PHOTOS = 12
WARM_UP_PHOTOS = 3
POLL_SECONDS = 0.5
TIMEOUT_SECONDS = 420.0
TOLERANCE = 0.2
NO_CAPS = (
    '{"orders_per_day":1000000,"looks_per_day":1000000,"bytes_per_day":10000000000000,'
    '"megapixels_per_day":10000000,"monthly_budget_usd":1000000}'
)
PARAMETERS = WORKERS | {
    "DefaultQuotas": NO_CAPS,
    "DefaultStyles": "oil",
    "DefaultProtection": "off",
    "DefaultEnhance": "false",
}
"""Of the template; concurrent_jobs stays 2 for the emulator's one instance."""


@dataclass(frozen=True)
class Stages:
    """Seconds of a photo that is alone: from the end of its upload until the router has it, until it is
    submitted, until its result is recorded, until it is READY. Of the ticket's, `before_engine` are those in
    which the container fetches, decodes and prepares, `engine` those in which its device paints (the
    report's timings)."""

    event: float
    route: float
    ticket: float
    record: float
    before_engine: float
    engine: float


def check(photos: int, ticket_seconds: float, figures: Figures) -> dict[str, Any]:
    """Measured and predicted seconds of a burst, and their greatest relative difference."""
    with tempfile.TemporaryDirectory() as folder:
        image = timed_image(Path(folder), ticket_seconds)
        with running(image=image, parameters=PARAMETERS, on_step=print) as system:
            stages = _calibrate(system)
            measured = _burst(system, photos, figures.burst_uploads_per_second)
    sent = replace(figures, burst_uploads_per_second=measured.photos_per_second)
    predicted = predict(photos, stages, sent)
    pairs = {
        "p50_seconds": (_percentile(measured.ready_seconds, 50), predicted.percentile(50)),
        "p95_seconds": (_percentile(measured.ready_seconds, 95), predicted.percentile(95)),
        "until_the_last_seconds": (measured.until_the_last_seconds, predicted.until_the_last_seconds),
    }
    differences = {name: simulated / real - 1 for name, (real, simulated) in pairs.items()}
    return {
        "photos": photos,
        "engine_seconds": ticket_seconds,
        "stages_seconds": asdict(stages),
        "uploads_per_second": measured.photos_per_second,
        "measured": {name: real for name, (real, _) in pairs.items()},
        "simulated": {name: simulated for name, (_, simulated) in pairs.items()},
        "relative_differences": differences,
        "within_tolerance": all(abs(difference) <= TOLERANCE for difference in differences.values()),
    }


def predict(photos: int, stages: Stages, figures: Figures) -> Outcome:
    """The burst on a simulated stack with one instance, which is up."""
    beside = max(stages.ticket - stages.engine, 1e-9)
    times = replace(
        figures,
        engine_share=min(1.0, stages.engine / stages.ticket),
        before_engine_share=min(1.0, stages.before_engine / beside),
        upload_event_seconds=stages.event,
        notification_seconds=0.0,
        route_seconds=stages.route,
        record_seconds=stages.record,
        variants_seconds=min(stages.ticket, figures.variants_seconds),
        lost_events_share=0.0,
        burst_photos=photos,
    )
    stack = StackParameters(
        ticket_seconds=stages.ticket,
        router_concurrency=int(WORKERS["RouterConcurrency"]),
        thumbnailer_concurrency=int(WORKERS["ThumbnailerConcurrency"]),
        recorder_concurrency=int(WORKERS["RecorderConcurrency"]),
        max_instances=1,
        min_instances=1,
        target_backlog=float(photos),
    )
    return run(
        Plan("local", stack, times, rate=lambda _: 0.0, hours=1.0, initial_instances=1, first_burst=True)
    )


def _calibrate(system: Running) -> Stages:
    """Medians of photos sent one after the other, without those that warm the stack up."""
    upload, parts = _uploader(system), []
    for number in range(WARM_UP_PHOTOS + CALIBRATION_PHOTOS):
        uploaded_at = upload(number)
        (ready,) = _wait_until_ready(system, [number])
        parts.append(_stages_of(ready, uploaded_at))
    parts = parts[WARM_UP_PHOTOS:]
    return Stages(*[median(getattr(part, name) for part in parts) for name in asdict(parts[0])])


@dataclass(frozen=True)
class Burst:
    """`ready_seconds` of each photo are from the end of its upload, `until_the_last_seconds` from the end of
    the first one's until all are READY. `photos_per_second` are the uploads', as fast as they were."""

    ready_seconds: list[float]
    until_the_last_seconds: float
    photos_per_second: float


def _burst(system: Running, photos: int, photos_per_second: float) -> Burst:
    numbers = range(1_000, 1_000 + photos)
    upload, uploaded_at = _uploader(system), []
    begun_at = time.monotonic()
    for order, number in enumerate(numbers):
        time.sleep(max(0.0, begun_at + order / photos_per_second - time.monotonic()))
        uploaded_at.append(upload(number))
    ready = _wait_until_ready(system, numbers)
    seconds = [_seconds(uploaded, each.updated_at) for uploaded, each in zip(uploaded_at, ready, strict=True)]
    uploading = _seconds(uploaded_at[0], uploaded_at[-1])
    last = max(_seconds(uploaded_at[0], each.updated_at) for each in ready)
    return Burst(seconds, last, (photos - 1) / uploading)


def _uploader(system: Running) -> Callable[[int], datetime]:
    """A function that uploads a photo by its number, and returns the time when the upload ended."""
    s3, bucket = system.emulator.client("s3"), system.stack.uploads_bucket

    def upload(number: int) -> datetime:
        key = upload_key(PhotoKey(TENANT, f"{number:032x}"))
        s3.put_object(Bucket=bucket, Key=key, Body=small_photo(number))
        return datetime.now(UTC)

    return upload


def _wait_until_ready(system: Running, numbers: Sequence[int]) -> list[Photo]:
    """The rows of these photos, in their order. Exits if one is FAILED, or after TIMEOUT_SECONDS."""
    ids = [f"{number:032x}" for number in numbers]
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        rows = {each.photo_id: each for each in read_photos(system)}
        found = [rows[photo_id] for photo_id in ids if photo_id in rows]
        if failed := [each for each in found if each.status is PhotoStatus.FAILED]:
            raise SystemExit(f"{failed[0].photo_id}: {failed[0].failure}")
        if len(found) == len(ids) and all(each.status is PhotoStatus.READY for each in found):
            return found
        time.sleep(POLL_SECONDS)
    raise SystemExit(f"{len(ids)} photos are not READY after {TIMEOUT_SECONDS:.0f} s")


def _stages_of(ready: Photo, uploaded_at: datetime) -> Stages:
    if ready.job is None or ready.job.submitted_at is None or ready.results is None:
        raise SystemExit(f"{ready.photo_id} is READY without its times")
    submitted_at, finished_at = ready.job.submitted_at, ready.results.finished_at
    timings = ready.results.timings
    return Stages(
        event=_seconds(uploaded_at, ready.created_at),
        route=_seconds(ready.created_at, submitted_at),
        ticket=_seconds(submitted_at, finished_at),
        record=_seconds(finished_at, ready.updated_at),
        before_engine=sum(timings.get(step, 0.0) for step in ("fetch", "decode", "prepare")),
        engine=timings["paint"] + timings["marks"],
    )


def _seconds(begin: datetime, end: datetime | None) -> float:
    if end is None:
        raise SystemExit("a READY photo has no time of its last change")
    return max(0.0, (end - begin).total_seconds())


def _percentile(values: Sequence[float], percent: int) -> float:
    return quantiles(values, n=100)[percent - 1]
