"""Two tenants on the local stack: one uploads a photo now and then, the other hundreds at once.

The whole template on the emulator, with keys and tenants of its own. The container is the real one with an
engine that takes a given time (timed_stylizer.py), as one processor would otherwise be all that is measured.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
from PIL import Image
from rich.progress import track

from limner.adapters.tenants import DynamoDbTenants
from limner.keys import upload_key
from limner.looks import Look
from limner.tenancy import PhotoKey
from limner.tenants import TenantSettings
from local.aws.emulator import REGION, ROOT_KEY, ROOT_SECRET
from local.aws.emulator import Image as ContainerImage
from local.aws.running import SHOP_SCOPES, Running, running
from local.aws.sign_in import add_key
from local.client.api_client import ApiClient
from local.memory import watch_memory

from .simulation import FLOOD, QUIET, p95
from .timed_stylizer import TICKET_SECONDS_FILE

LOOKS = (Look(styles={"oil": 1.0}, protection="off", enhance=False),)
WORKERS = {"RouterConcurrency": "2", "ThumbnailerConcurrency": "2", "RecorderConcurrency": "2"}
"""Parameters of the template: as many functions at once as a machine of two cores runs without delay. In
Lambda each has a processor of its own."""
PHOTO_SIZE_PX = (96, 72)
POLL_SECONDS = 0.05
PAUSE_SECONDS = 1.0
"""Between a quiet photo's end and the next one's upload, and half as much again at most, so that the uploads
do not keep time with the flood's tickets."""
READY_TIMEOUT_SECONDS = 120.0
WARM_UP_PHOTOS = 3


@dataclass
class Flood:
    """Uploads photos as a program does, so many a second if they are taken as fast."""

    s3: Any
    bucket: str
    photos: int
    photos_per_second: float
    sent: int = 0
    started_at: float = 0.0
    seconds: float = 0.0
    _stopped: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=self._send, name="flood", daemon=True)
        self.started_at = time.monotonic()
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            thread.join()

    def _send(self) -> None:
        for number in range(self.photos):
            due_at = self.started_at + number / self.photos_per_second
            if self._stopped.wait(max(0.0, due_at - time.monotonic())):
                break
            key = upload_key(PhotoKey(FLOOD, f"{number:032x}"))
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=small_photo(number))
            self.sent += 1
        self.seconds = time.monotonic() - self.started_at


def measure(
    *,
    flood_photos: int,
    flood_photos_per_second: float,
    quiet_photos: int,
    ticket_seconds: float,
    container: ContainerImage | None,
) -> dict[str, float]:
    """A quiet tenant's seconds from upload to READY, alone and beside a flood; without `container`, in the
    container with a timed engine."""
    with tempfile.TemporaryDirectory() as folder:
        image = container or timed_image(Path(folder), ticket_seconds)
        with running(image=image, parameters=WORKERS, on_step=print) as system:
            s3, bucket = system.emulator.client("s3"), system.stack.uploads_bucket
            flood = Flood(s3, bucket, flood_photos, flood_photos_per_second)
            return _measure(system, Path(folder), flood, quiet_photos)


def timed_image(folder: Path, ticket_seconds: float) -> ContainerImage:
    """The container with an engine that takes so long for a ticket; `folder` stands for the model's."""
    (folder / TICKET_SECONDS_FILE).write_text(str(ticket_seconds))
    return ContainerImage(Path(__file__).with_name("timed_stylizer.py"), folder)


def _measure(system: Running, folder: Path, flood: Flood, quiet_photos: int) -> dict[str, float]:
    for tenant in (QUIET, FLOOD):
        add_tenant(system, tenant)
    key = add_key(system.emulator, system.stack, QUIET, SHOP_SCOPES)
    with ApiClient(system.stack.api_url, key) as api, watch_memory(system.emulator.processes) as peak:
        send = photo_sender(api, folder)
        for number in range(WARM_UP_PHOTOS):
            send(number)
        idle = [send(number) for number in track(range(quiet_photos), "alone")]
        with flood.running():
            _wait_until(lambda: flood.sent >= min(flood.photos, 10))
            beside = [send(number) for number in track(range(quiet_photos), "beside the flood")]
            seconds = time.monotonic() - flood.started_at
            ready, waiting = _statuses(system)
    return {
        "idle_p50_seconds": _median(idle),
        "idle_p95_seconds": p95(idle),
        "flooded_p50_seconds": _median(beside),
        "flooded_p95_seconds": p95(beside),
        "ratio": p95(beside) / p95(idle),
        "quiet_photos": quiet_photos,
        "flood_sent": flood.sent,
        "flood_uploads_per_second": flood.sent / (flood.seconds or seconds),
        "flood_ready": ready,
        "flood_waiting": waiting,
        "flood_ready_per_minute": 60 * ready / seconds,
        "peak_memory_gib": peak.bytes / 2**30,
    }


def photo_sender(api: ApiClient, folder: Path) -> Callable[[int], float]:
    """A function that orders and uploads a photo, waits until it is READY, and pauses; it returns the seconds
    from the end of the upload until READY."""
    looks = [look.model_dump(mode="json") for look in LOOKS]

    def send(number: int) -> float:
        file = folder / "quiet.jpg"
        file.write_bytes(small_photo(number))
        order = api.order(file, looks)
        api.upload(order, file)
        uploaded_at = time.monotonic()
        while (view := api.photo(order.photo_id))["status"] != "READY":
            waited = time.monotonic() - uploaded_at
            if view["status"] == "FAILED" or waited > READY_TIMEOUT_SECONDS:
                raise SystemExit(f"{QUIET}: {view['status']} after {waited:.0f} s, {view['failure']}")
            time.sleep(POLL_SECONDS)
        seconds = time.monotonic() - uploaded_at
        time.sleep(PAUSE_SECONDS * (1 + number % 5 / 10))
        return seconds

    return send


def small_photo(number: int) -> bytes:
    """A JPEG that no other number gives."""
    body = BytesIO()
    colour = (number % 256, number // 256 % 256, 128)
    Image.new("RGB", PHOTO_SIZE_PX, colour).save(body, "JPEG")
    return body.getvalue()


def add_tenant(system: Running, tenant: str) -> None:
    settings = TenantSettings(
        tenant=tenant,
        name=tenant,
        looks=LOOKS,
        version=1,
        changed_at=datetime.now(UTC),
        changed_by="benchmark",
    )
    session: Any = boto3.Session(ROOT_KEY, ROOT_SECRET, region_name=REGION)
    tables = session.resource("dynamodb", endpoint_url=system.emulator.url)
    DynamoDbTenants(tables.Table(system.stack.resources["TenantsTable"])).put(settings, 0)


def _statuses(system: Running) -> tuple[int, int]:
    """How many of the flood's photos are READY, and how many have a row and are not."""
    dynamodb = system.emulator.client("dynamodb")
    pages = dynamodb.get_paginator("scan").paginate(TableName=system.stack.photos_table)
    rows = [row for page in pages for row in page["Items"] if row["photo_key"]["S"].startswith(f"{FLOOD}#")]
    ready = sum("results" in row and "variants" in row for row in rows)
    return ready, len(rows) - ready


def _median(seconds: list[float]) -> float:
    return sorted(seconds)[len(seconds) // 2]


def _wait_until(holds: Callable[[], bool]) -> None:
    while not holds():
        time.sleep(POLL_SECONDS)
