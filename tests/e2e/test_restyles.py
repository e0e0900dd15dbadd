"""A restyle on the local run: the deployed state machine, function and roles, the command, and workers that are
processes of the container's entry, one of which is killed."""

import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest
from PIL import Image
from skimage import data
from typer.testing import CliRunner

from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.s3 import S3Objects
from limner.adapters.usage import DynamoDbUsage
from limner.keys import styled_prefix
from limner.photos import Photo, PhotoStatus
from limner.restyles.restyle import ChunkKey, RestyleKey, RestyleObjects, RestyleOutcome
from limner.tenancy import PhotoKey
from limner_admin.__main__ import app
from local.aws.emulator import REGION, ROOT_KEY, ROOT_SECRET
from local.aws.running import TENANT, Running
from local.aws.stack import STACK_NAME
from local.client.api_client import ApiClient
from local.client.sending import send_all

PHOTOS = 12
CHUNK_PHOTOS = 4
IN_HAND_MAX = 4
"""Tickets that a worker does at once."""
RUN_SECONDS_MAX = 400
STYLE = "cartoon"


class Operator:
    """Calls of `limner_admin restyles`, and what the stack has afterwards."""

    def __init__(self, system: Running) -> None:
        self.system = system
        self.bucket = system.stack.results_bucket
        self.s3 = system.emulator.client("s3")
        session: Any = boto3.Session(ROOT_KEY, ROOT_SECRET, region_name=REGION)
        tables = session.resource("dynamodb", endpoint_url=system.emulator.url)
        usage = DynamoDbUsage(tables.Table(system.stack.resources["UsageTable"]))
        self.photos = DynamoDbPhotos(tables.Table(system.stack.photos_table), usage)
        self.objects = RestyleObjects(S3Objects(self.s3), self.bucket)

    def call(self, *arguments: str) -> str:
        result = CliRunner().invoke(app, ["restyles", *arguments, "--stack", STACK_NAME])
        assert result.exit_code == 0, result.output
        return result.stdout

    def start(self, manifest: Path) -> RestyleKey:
        options = ["--manifest", str(manifest), "--style", STYLE, "--budget-usd", "1"]
        printed = self.call("start", TENANT, *options, "--chunk-photos", str(CHUNK_PHOTOS))
        return RestyleKey(TENANT, printed.split()[-1])

    def outcomes(self, key: RestyleKey) -> dict[str, int]:
        reports = [self.objects.report(ChunkKey(key, number)) for number in self.objects.done(key)]
        counted: dict[str, int] = defaultdict(int)
        for report in reports:
            for outcome, photos in (report.outcomes if report else {}).items():
                counted[outcome] += photos
        return dict(counted)

    def is_running(self) -> bool:
        client = self.system.emulator.client("stepfunctions")
        machine = self.system.stack.resources["RestyleMachine"]
        return bool(client.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"])

    def workers(self) -> list[psutil.Process]:
        return [each for each in self.system.emulator.processes() if "bulk" in _command(each)]

    def attempts(self, photo: Photo) -> set[str]:
        """The attempts at the photo's newest job that have stored something."""
        assert photo.job
        prefix = styled_prefix(photo.job.job_id)
        listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        names = {each["Key"].removeprefix(prefix).partition("/")[0] for each in listed}
        return names - {"report.json"}


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def until(is_so: Callable[[], object], seconds: float = RUN_SECONDS_MAX) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture
def operator(system: Running, monkeypatch: pytest.MonkeyPatch) -> Operator:
    environment = {
        "AWS_ENDPOINT_URL": system.emulator.url,
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_SECRET,
        "AWS_DEFAULT_REGION": REGION,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Operator(system)


@pytest.fixture
def photo_keys(api: ApiClient, tmp_path: Path) -> list[PhotoKey]:
    """READY in another look."""
    files = [tmp_path / f"cup-{number}.jpg" for number in range(PHOTOS)]
    for number, file in enumerate(files):
        Image.fromarray(data.coffee()).resize((240 + 8 * number, 160)).save(file, quality=90)
    sent = send_all(api, files, [{"styles": {"enhance": 1.0}}], lambda photos: None)
    assert {photo.status for photo in sent} == {"READY"}
    return [PhotoKey(TENANT, photo.photo_id or "") for photo in sent]


@pytest.fixture
def manifest(photo_keys: list[PhotoKey], tmp_path: Path) -> Path:
    """With a photo that there never was."""
    file = tmp_path / "manifest.csv"
    ids = [*(key.photo_id for key in photo_keys), "f" * 32]
    file.write_text("photo_id\n" + "".join(f"{photo_id}\n" for photo_id in ids))
    return file


def test_a_killed_worker_loses_and_doubles_nothing(
    operator: Operator, photo_keys: list[PhotoKey], manifest: Path
) -> None:
    estimated = operator.call("estimate", TENANT, "--manifest", str(manifest), "--style", STYLE)
    assert f"│ pictures to make                           │ {PHOTOS}" in estimated
    key = operator.start(manifest)
    until(lambda: operator.photos.get(photo_keys[0]).job and operator.workers())
    until(lambda: any(len(operator.photos.get(each).versions) == 2 for each in photo_keys))
    operator.workers()[0].kill()
    until(lambda: not operator.is_running())
    assert operator.outcomes(key) == {RestyleOutcome.STYLIZED: PHOTOS, RestyleOutcome.GONE: 1}
    until(lambda: all(operator.photos.get(each).status is PhotoStatus.READY for each in photo_keys))
    doubled = 0
    for each in photo_keys:
        photo = operator.photos.get(each)
        assert [list(picture.look.styles) for picture in photo.published.pictures] == [["enhance"], [STYLE]]
        assert len(photo.versions) == 2, "recorded once"
        assert photo.in_flight is None
        doubled += len(operator.attempts(photo)) - 1
    assert doubled <= IN_HAND_MAX, "what the killed worker had in hand"
    assert "finished" in operator.call("show", *key)
    operator.call("start", TENANT, "--manifest", str(manifest), "--style", STYLE, "--budget-usd", "1")
    until(lambda: not operator.is_running())
    assert all(len(operator.photos.get(each).versions) == 2 for each in photo_keys), "nothing is made again"


def test_a_paused_restyle_goes_on_where_it_was(
    operator: Operator, photo_keys: list[PhotoKey], manifest: Path
) -> None:
    key = operator.start(manifest)
    until(operator.workers)
    operator.call("pause", *key)
    until(lambda: not operator.is_running())
    done = len(operator.objects.done(key))
    assert done < len(photo_keys) / CHUNK_PHOTOS + 1, "chunks are left"
    operator.call("resume", *key)
    until(lambda: not operator.is_running())
    assert operator.outcomes(key) == {RestyleOutcome.STYLIZED: PHOTOS, RestyleOutcome.GONE: 1}
    until(lambda: all(operator.photos.get(each).status is PhotoStatus.READY for each in photo_keys))
