"""A restyle on the local stack whose workers are killed, beside a seller who uploads a photo now and then.

    python -m benchmarks.service.restyles [--photos 1000] [--kills 2] [--out build/bench/restyles.json]

The whole template on the emulator; workers and endpoint are a container without engine and encoding
(fast_container.py), or with --ticket-seconds the container with an engine that takes so long for a photo. At
the end every photo's row, report and stored attempts are looked at: none may be lost, none recorded twice.
"""

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import boto3
import psutil
import typer
from rich.table import Table

from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.s3 import S3Objects
from limner.adapters.step_functions import RestyleExecutions
from limner.adapters.usage import DynamoDbUsage
from limner.keys import job_id_of, styled_prefix, upload_key
from limner.looks import Look
from limner.photos import Photo, PhotoStatus
from limner.renditions import Rendition
from limner.restyles.estimates import RestyleEstimate
from limner.restyles.restyle import RestyleKey, RestyleObjects, RestyleOutcome
from limner.tenancy import PhotoKey
from limner.use_cases.manage_restyles import ShowRestyle, StartRestyle
from local.aws.emulator import REGION, ROOT_KEY, ROOT_SECRET, Image
from local.aws.running import ROOT, SHOP_SCOPES, Running, running
from local.aws.sign_in import add_key
from local.client.api_client import ApiClient
from tests import makers

from ..shared.machine import machine
from ..shared.report import print_tables, write_json
from . import stored_photos
from .fairness.local_run import add_tenant, photo_sender, small_photo, timed_image
from .fairness.simulation import QUIET, p95

ARCHIVE = "archive"
"""The tenant whose photos are restyled."""
BEFORE, LOOK = Look(styles={"oil": 1.0}), Look(styles={"cartoon": 1.0})
POLL_SECONDS = 0.5
END_TIMEOUT_SECONDS = 3_600
PARAMETERS = {
    "RouterConcurrency": "2",
    "ThumbnailerConcurrency": "2",
    "RecorderConcurrency": "2",
    "BulkMaxVcpus": "4",
    "RestyleConcurrency": "2",
}
"""One worker, and as many functions at once as a machine of two cores runs without delay."""


class Archive:
    """Photos that are READY, as the pipeline leaves them, and what a restyle makes of them."""

    def __init__(self, system: Running) -> None:
        session: Any = boto3.Session(ROOT_KEY, ROOT_SECRET, region_name=REGION)
        tables = session.resource("dynamodb", endpoint_url=system.emulator.url)
        self.stack, self.s3 = system.stack, system.emulator.client("s3")
        self.events = system.emulator.client("events")
        self.table = tables.Table(system.stack.photos_table)
        usage = DynamoDbUsage(tables.Table(system.stack.resources["UsageTable"]))
        self.photos = DynamoDbPhotos(self.table, usage)
        self.objects = RestyleObjects(S3Objects(self.s3), system.stack.results_bucket)
        self.executions = RestyleExecutions(
            system.emulator.client("stepfunctions"),
            state_machine=system.stack.resources["RestyleMachine"],
            now=lambda: datetime.now(UTC),
        )

    def fill(self, count: int) -> list[str]:
        """Without events: the photos are old."""
        rule = self.stack.resources["UploadRule"]
        self.events.disable_rule(Name=rule)
        photos = [self._uploaded(number) for number in range(count)]
        stored_photos.store(self.table, photos)
        self.events.enable_rule(Name=rule)
        return [photo.photo_id for photo in photos]

    def _uploaded(self, number: int) -> Photo:
        key = PhotoKey(ARCHIVE, f"{number % 16:x}{number:031x}")
        body, place = small_photo(number), upload_key(key)
        self.s3.put_object(Bucket=self.stack.uploads_bucket, Key=place, Body=body)
        job_id = job_id_of(key, "a" * 12)
        file = Rendition(
            key=f"{styled_prefix(job_id)}1/{BEFORE.slug}/full.jpg",
            width=96,
            height=72,
            bytes=len(body),
            content_type="image/jpeg",
        )
        picture = makers.results().pictures[0].model_copy(update={"look": BEFORE, "renditions": (file,)})
        return makers.photo(
            photo_id=key.photo_id,
            tenant=ARCHIVE,
            looks=(BEFORE,),
            source=makers.source(bucket=self.stack.uploads_bucket, key=place, bytes=len(body)),
            results=makers.results(pictures=(picture,)),
            variants=makers.variants(),
            due_at=None,
        )

    def start(self, ids: list[str], chunk_photos: int) -> RestyleKey:
        estimate = RestyleEstimate(
            rows=len(ids), others=0, sampled=1, missing=0, made=0,
            pictures=len(ids), instance_seconds=0, micro_usd=0,
        )  # fmt: skip
        begin = StartRestyle(
            objects=self.objects,
            workflow=self.executions,
            new_id=lambda: uuid4().hex,
            now=lambda: datetime.now(UTC),
        )
        return begin(ARCHIVE, (LOOK,), ids, estimate, budget_usd=1.0, photos_in_a_chunk=chunk_photos).key

    def audit(self, ids: list[str]) -> dict[str, int]:
        """Photos that are not as they should be, by how; and those that were begun more than once."""
        keys = [PhotoKey(ARCHIVE, photo_id) for photo_id in ids]
        photos = self.photos.those_of(keys, consistent=True)
        counts = {
            "lost": len(ids) - len(photos),
            "not_ready": sum(photo.status is not PhotoStatus.READY for photo in photos),
            "without_the_look": sum(_looks_of(photo) != [BEFORE, LOOK] for photo in photos),
            "recorded_twice": sum(len(photo.versions) > 2 for photo in photos),
            "in_the_tenants_line": sum(photo.in_flight is not None for photo in photos),
        }
        attempts = [self._attempts(photo) for photo in photos if photo.job]
        return counts | {"begun_again": sum(each > 1 for each in attempts)}

    def _attempts(self, photo: Photo) -> int:
        assert photo.job
        prefix = styled_prefix(photo.job.job_id)
        listed = self.s3.list_objects_v2(Bucket=self.objects.bucket, Prefix=prefix).get("Contents", [])
        names = {each["Key"].removeprefix(prefix).partition("/")[0] for each in listed}
        return len(names - {"report.json"})


def _looks_of(photo: Photo) -> list[Look]:
    return [picture.look for picture in photo.published.pictures] if photo.published else []


class Killer:
    """Kills a worker when so many reports of chunks or photos are there."""

    def __init__(self, system: Running, archive: Archive, kills: int, photos: int) -> None:
        self._system, self._archive = system, archive
        self._at = [photos * (number + 1) // (kills + 1) for number in range(kills)]
        self.killed = 0

    def __call__(self, recorded: int) -> None:
        if self._at and recorded >= self._at[0] and (workers := self._workers()):
            random.choice(workers).kill()
            self._at.pop(0)
            self.killed += 1

    def _workers(self) -> list[psutil.Process]:
        return [each for each in self._system.emulator.processes() if "bulk" in _command(each)]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@contextmanager
def _seller(system: Running, folder: Path) -> Iterator[Any]:
    """A function that uploads a photo and returns the seconds until it is READY."""
    add_tenant(system, QUIET)
    key = add_key(system.emulator, system.stack, QUIET, SHOP_SCOPES)
    with ApiClient(system.stack.api_url, key) as api:
        yield photo_sender(api, folder)


def measure(
    *, photos: int, kills: int, chunk_photos: int, quiet_photos: int, ticket_seconds: float | None
) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        fast = Image(Path(__file__).with_name("fast_container.py"), Path(folder))
        image = timed_image(Path(folder), ticket_seconds) if ticket_seconds else fast
        with (
            running(image=image, parameters=PARAMETERS, on_step=print) as system,
            _seller(system, Path(folder)) as send,
        ):
            archive = Archive(system)
            add_tenant(system, ARCHIVE)
            print(f"storing {photos} photos")
            ids = archive.fill(photos)
            alone = [send(number) for number in range(-3, quiet_photos)][3:]
            return _measure(system, archive, ids, send, alone, kills=kills, chunk_photos=chunk_photos)


def _measure(
    system: Running,
    archive: Archive,
    ids: list[str],
    send: Any,
    alone: list[float],
    *,
    kills: int,
    chunk_photos: int,
) -> dict[str, float]:
    kill = Killer(system, archive, kills, len(ids))
    begun_at = time.monotonic()
    key = archive.start(ids, chunk_photos)
    beside: list[float] = []
    while archive.executions.is_running(key):
        beside.append(send(len(beside)))
        kill(_recorded(archive, ids))
        if time.monotonic() - begun_at > END_TIMEOUT_SECONDS:
            raise SystemExit("the restyle has not ended")
    seconds = time.monotonic() - begun_at
    _wait_until_recorded(archive, ids)
    progress = ShowRestyle(objects=archive.objects, workflow=archive.executions)(key)
    return {
        "photos": len(ids),
        "stylized": progress.outcomes.get(RestyleOutcome.STYLIZED, 0),
        **archive.audit(ids),
        "workers_killed": kill.killed,
        "seconds": seconds,
        "photos_per_second": len(ids) / seconds,
        "seller_alone_p95_seconds": p95(alone),
        "seller_beside_p95_seconds": p95(beside),
        "seller_photos_beside": len(beside),
        "ratio": p95(beside) / p95(alone),
    }


def _recorded(archive: Archive, ids: list[str]) -> int:
    """An estimate by a hundred photos spread over all."""
    some = ids[:: max(1, len(ids) // 100)]
    found = archive.photos.those_of([PhotoKey(ARCHIVE, photo_id) for photo_id in some])
    return len(ids) * sum(len(_looks_of(photo)) > 1 for photo in found) // len(some)


def _wait_until_recorded(archive: Archive, ids: list[str]) -> None:
    """What is notified last is recorded after the execution's end."""
    keys = [PhotoKey(ARCHIVE, photo_id) for photo_id in ids]
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if all(photo.status is PhotoStatus.READY for photo in archive.photos.those_of(keys)):
            return
        time.sleep(POLL_SECONDS)


def main(
    *,
    photos: Annotated[int, typer.Option(min=1, help="Old photos.")] = 1_000,
    kills: Annotated[int, typer.Option(min=0, help="How often a worker is killed.")] = 2,
    chunk_photos: Annotated[int, typer.Option(min=1, max=1_000)] = 200,
    quiet_photos: Annotated[int, typer.Option(min=1, help="The seller's photos before the restyle.")] = 20,
    ticket_seconds: Annotated[float | None, typer.Option(help="What the engine takes for a photo.")] = None,
    out: Annotated[Path, typer.Option(help="Where the figures are written.")] = ROOT
    / "build/bench/restyles.json",
) -> None:
    """Print and write the figures."""
    figures = measure(
        photos=photos,
        kills=kills,
        chunk_photos=chunk_photos,
        quiet_photos=quiet_photos,
        ticket_seconds=ticket_seconds,
    )
    table = Table("what", "value", title="Restyle")
    for name, value in figures.items():
        table.add_row(name, f"{value:.4g}")
    print_tables(table)
    write_json(out, {"machine": machine(), "restyle": figures})


if __name__ == "__main__":
    typer.run(main)
