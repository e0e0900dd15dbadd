"""Both clients and the command `limner` do the whole job on the local stack: upload, wait, download, list, error."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from limner.identity import Scope
from limner_client import AsyncLimner, Limner, NotAllowed, NotAuthenticated, NotFound, PhotoFailed
from local.aws.running import TENANT, Running
from local.aws.sign_in import add_key
from tests.template_reader import ROOT

LOOKS = ["enhance"]
TIMEOUT_SECONDS = 120


@pytest.fixture(scope="module")
def broken(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "broken.jpg"
    path.write_bytes(b"no picture")
    return path


@pytest.fixture
def limner(system: Running):
    with Limner(system.stack.api_url, system.api_key) as client:
        yield client


def test_python(limner: Limner, photo: Path, broken: Path, tmp_path: Path):
    order = limner.upload(photo, looks=LOOKS)
    finished = limner.wait(order, timeout_seconds=TIMEOUT_SECONDS)
    (saved,) = limner.save(finished, tmp_path)
    assert saved.stat().st_size == finished.results[0].renditions[0].bytes

    failed = limner.upload(broken, content_type="image/jpeg")
    with pytest.raises(PhotoFailed, match="not_an_image"):
        limner.wait(failed, timeout_seconds=TIMEOUT_SECONDS)
    with pytest.raises(NotFound) as raised:
        limner.get_photo("0" * 32)
    assert raised.value.code == "photo_not_found"
    assert raised.value.request_id

    listed = [each.photo_id for each in limner.photos(limit=1)]
    assert listed.index(failed.photo_id) < listed.index(order.photo_id), "newest first, over pages"
    assert "oil" in {style.id for style in limner.list_styles().styles}


def test_python_async(system: Running, photo: Path):
    async def job() -> list[str]:
        async with AsyncLimner(system.stack.api_url, system.api_key) as limner:
            orders = await asyncio.gather(*(limner.upload(photo, looks=LOOKS) for _ in range(2)))
            photos = await asyncio.gather(*(limner.wait(order) for order in orders))
            assert await limner.download(photos[0].results[0].renditions[0])
            return [each.status for each in photos]

    assert asyncio.run(job()) == ["READY", "READY"]


def test_a_key_that_only_reads_cannot_order(system: Running, photo: Path):
    key = add_key(system.emulator, system.stack, TENANT, [Scope.PHOTOS_READ])
    with Limner(system.stack.api_url, key) as limner, pytest.raises(NotAllowed) as raised:
        limner.upload(photo)
    assert raised.value.code == "insufficient_scope"


def test_a_key_that_is_not_known_is_refused(system: Running):
    with Limner(system.stack.api_url, "lk_test_unknown") as limner, pytest.raises(NotAuthenticated):
        limner.list_photos()


@pytest.fixture
def environment(system: Running) -> dict[str, str]:
    shop = {"LIMNER_URL": system.stack.api_url, "LIMNER_KEY": system.api_key}
    return {**os.environ, **shop, "PYTHONPATH": str(ROOT / "clients/python")}


def test_typescript(environment, photo: Path, broken: Path, typescript: str):
    command = [typescript, str(ROOT / "tests/e2e/typescript_job.mjs"), str(photo), str(broken)]
    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )
    assert ended.returncode == 0, ended.stderr
    done = json.loads(ended.stdout)
    assert (done["status"], done["sizes_agree"], done["failure"]) == ("READY", True, "not_an_image")
    assert done["unknown"] == [404, "photo_not_found", True]
    assert {done["photo_id"], done["broken_id"]} <= set(done["listed"])
    assert done["styles"] > 27


def test_the_command(environment, photo: Path, broken: Path, tmp_path: Path):
    files = [str(photo), str(broken)]
    arguments = ["upload", *files, "--look", "enhance", "--wait", "--out", str(tmp_path)]
    ended = subprocess.run(
        [sys.executable, "-m", "limner_client", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    assert f"{broken}: not_an_image: " in ended.stderr
    assert len(list(tmp_path.glob("red cup & saucer__enhance-100.*"))) == 1
