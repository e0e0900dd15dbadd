"""One soak of a stack that is up: upload, kill, sweep, drain, audit."""

import math
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from rich.console import Console

from limner.photos import PhotoStatus
from local.aws.running import Running
from local.client.api_client import ApiClient
from local.memory import resident_bytes

from ...shared.machine import machine
from ..fault_proxy import Choose, Disturbance, FaultProxy, proxied, random_disturbances
from .audit import Findings, audit
from .evidence import gather, read_photos
from .kills import Kills, killing
from .progress import show_progress
from .settings import HURRIED_VISIBILITY_SECONDS, VISIBILITY_SECONDS, SoakPlan, configure_stack
from .sweeps import Sweeps
from .uploads import Upload, Uploader, draw_samples

WINDOW_TIMEOUT_SECONDS = 60
WINDOW_POLL_SECONDS = 0.1
UPLOADS_PER_MODEL_SERVER_KILL = 250


@dataclass
class Soak:
    """A soak in progress and what it has measured."""

    plan: SoakPlan
    system: Running
    proxy: FaultProxy
    kills: Kills
    rng: random.Random
    sweeps: Sweeps
    seconds: dict[str, float] = field(default_factory=dict)
    memory_mb: dict[str, float] = field(default_factory=dict)
    sent: list[Upload] = field(default_factory=list)
    failed_requests: int = 0

    def counts(self) -> tuple[int, int, dict[str, int]]:
        """Uploads sent, notifications received, the sweeper's outcomes."""
        return len(self.sent), len(self.proxy.lines["DoneQueue"].bodies), self.sweeps.outcomes


def run(plan: SoakPlan, system: Running, console: Console) -> tuple[dict[str, Any], Findings]:
    """Soak a stack that is up and empty; the figures and the audit's findings."""
    rng = random.Random(plan.seed)
    with ExitStack() as stack:
        files = draw_samples(Path(stack.enter_context(tempfile.TemporaryDirectory())), rng)
        configure_stack(system, HURRIED_VISIBILITY_SECONDS if plan.hurried else VISIBILITY_SECONDS)
        proxy = stack.enter_context(proxied(system, _choose_disturbances(plan)))
        soak = Soak(plan, system, proxy, Kills(), rng, Sweeps(system))
        show = stack.enter_context(show_progress(console, plan.uploads, soak.counts))
        soak.memory_mb["start"] = _resident_megabytes(system)
        _upload_and_drain(soak, files, show)
        soak.memory_mb["end"] = _resident_megabytes(system)
        findings = audit(gather(system, soak.sent, proxy, soak.kills))
        return summarise(soak, findings), findings


def _choose_disturbances(plan: SoakPlan) -> Choose:
    choose = random_disturbances(plan.seed)

    def choose_hurried(line: str, body: str) -> Disturbance:
        disturbance = choose(line, body)
        is_dropped_upload = line == "RouterQueue" and disturbance is Disturbance.DROPPED
        return Disturbance.PASSED if is_dropped_upload else disturbance

    return choose_hurried if plan.hurried else choose


def _upload_and_drain(soak: Soak, files: Sequence[Path], show: Callable[[], None]) -> None:
    plan = soak.plan
    model_servers = math.ceil(plan.uploads / UPLOADS_PER_MODEL_SERVER_KILL)
    with soak.sweeps.scheduled():
        with killing(soak.system.emulator, soak.kills, plan.kill_every, model_servers, plan.seed):
            started_at = time.monotonic()
            _upload_all(soak, files, show)
            soak.seconds["pushed"] = time.monotonic() - started_at
        soak.seconds["drained"] = soak.sweeps.drain(soak.proxy, len(soak.sent), plan.hurried, show)


def _upload_all(soak: Soak, files: Sequence[Path], show: Callable[[], None]) -> None:
    """Send the photos; wait while `window` are in flight, for at most WINDOW_TIMEOUT_SECONDS each time."""
    s3, bucket = soak.system.emulator.client("s3"), soak.system.stack.uploads_bucket
    with ApiClient(soak.system.stack.api_url, soak.system.api_key) as api:
        uploader = Uploader(api, s3, bucket, soak.rng)
        for number in range(soak.plan.uploads):
            soak.sent.append(uploader.upload(number, soak.rng.choice(files)))
            show()
            deadline = time.monotonic() + WINDOW_TIMEOUT_SECONDS
            while soak.proxy.in_flight >= soak.plan.window and time.monotonic() < deadline:
                time.sleep(WINDOW_POLL_SECONDS)
        soak.failed_requests = uploader.failed_requests


def seconds_to_ready(system: Running, sent: Sequence[Upload]) -> list[float]:
    """From the end of the upload until the styled pictures are recorded, for photos that are READY."""
    uploaded_at = {upload.key: upload.at for upload in sent}
    return [
        (photo.results.finished_at - uploaded_at[photo.source.key]).total_seconds()
        for photo in read_photos(system)
        if photo.status is PhotoStatus.READY
        and photo.results
        and photo.source
        and photo.source.key in uploaded_at
    ]


def summarise(soak: Soak, findings: Findings) -> dict[str, Any]:
    to_ready = seconds_to_ready(soak.system, soak.sent) or [0.0]
    return {
        "machine": machine(),
        "uploads": len(soak.sent),
        "seconds": {name: round(value, 1) for name, value in soak.seconds.items()},
        "throughput_per_second": round(len(soak.sent) / soak.seconds["pushed"], 2),
        "seconds_to_ready": {"p50": round(median(to_ready), 2), "p99": round(_p99(to_ready), 2)},
        "memory_mb": soak.memory_mb,
        "messages": soak.proxy.disturbances(),
        "disturbed_share": round(soak.proxy.disturbed_share(), 3),
        "kills": soak.kills.count(),
        "requests_tried_again": soak.failed_requests,
        "sweeper": soak.sweeps.outcomes,
        **findings.figures,
        "audit": findings.lines,
    }


def _p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100)[-1] if len(values) > 1 else values[0]


def _resident_megabytes(system: Running) -> float:
    return round(resident_bytes(system.emulator.processes()) / 2**20, 1)
