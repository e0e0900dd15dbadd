"""The local run: the container packs photos for marketplaces, by the API, the client and the command `limner pack`."""

import io
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from benchmarks.quality.drawn_packs import PRODUCTS
from limner_client import Limner
from limner_client.models import ArchiveView
from local.aws.running import Running
from tests.template_reader import ROOT

TIMEOUT_SECONDS = 180


@pytest.fixture(scope="module")
def mug(tmp_path_factory: pytest.TempPathFactory) -> Path:
    image = Image.new("RGB", (1100, 1100), (246, 246, 244))
    layer = PRODUCTS["mug"]()
    image.paste(layer, (200, 120), layer)
    path = tmp_path_factory.mktemp("photos") / "mug.png"
    image.save(path)
    return path


@pytest.fixture(scope="module")
def limner(system: Running) -> Iterator[Limner]:
    with Limner(system.stack.api_url, system.api_key) as client:
        yield client


@pytest.fixture(scope="module")
def photo_id(limner: Limner, mug: Path) -> str:
    order = limner.upload(mug, looks=["cartoon"], external_id="MUG 1/ä")
    return limner.wait(order, timeout_seconds=TIMEOUT_SECONDS).photo_id


def when(read: Callable[[], Any], is_done: Callable[[Any], object]) -> Any:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not is_done(value := read()):
        assert time.monotonic() < deadline, value
        time.sleep(0.2)
    return value


def test_a_photo_is_packed_read_saved_and_archived(limner: Limner, photo_id: str, tmp_path: Path):
    pack = limner.pack([photo_id], ["amazon-main", "ebay"], timeout_seconds=TIMEOUT_SECONDS)
    assert (pack.status, pack.outcomes.made) == ("FINISHED", 1)
    (photo,) = limner.packed_photos(pack, lang="de")
    amazon, ebay = photo.packed
    assert amazon.accepted
    assert ebay.accepted
    assert {each.outcome for each in amazon.verdicts if each.required} == {"passed"}
    (background,) = [each for each in amazon.found if each.rule == "background"]
    assert background.reasons["de"].startswith("Der Hintergrund ist fast, aber nicht genau weiß")
    saved = limner.save_pack([photo], tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in saved] == [
        "amazon-main/MUG-1-a.jpg", "ebay/MUG-1-a.jpg",
    ]  # fmt: skip
    with Image.open(saved[0]) as picture:
        assert picture.getpixel((3, 3)) == (255, 255, 255)

    def archive() -> ArchiveView:
        return limner.get_pack_archive(pack.pack_id, "amazon-main")

    ready = when(archive, lambda found: found.is_ready)
    with zipfile.ZipFile(io.BytesIO(limner.download(ready.url))) as files:
        assert files.namelist() == ["MUG-1-a.jpg"]
        assert files.read("MUG-1-a.jpg") == saved[0].read_bytes()


def test_a_styled_picture_is_refused_for_amazons_main_image(limner: Limner, photo_id: str):
    pack = limner.pack([photo_id], look="cartoon", timeout_seconds=TIMEOUT_SECONDS)
    (photo,) = limner.packed_photos(pack)
    assert photo.packed[0].refusal
    assert photo.packed[0].refusal.code == "illustration_not_allowed"


def test_the_command_uploads_packs_and_saves(system: Running, mug: Path, tmp_path: Path):
    shop = {"LIMNER_URL": system.stack.api_url, "LIMNER_KEY": system.api_key}
    environment = {**os.environ, **shop, "PYTHONPATH": str(ROOT / "clients/python")}
    command = [sys.executable, "-m", "limner_client", "pack", str(mug), "--out", str(tmp_path)]
    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert "mug · amazon-main: accepted" in ended.stdout
    assert (tmp_path / "amazon-main/mug.jpg").is_file()


def test_an_erased_photo_leaves_no_picture_in_its_packs(limner: Limner, photo_id: str):
    pack = limner.pack([photo_id], ["ebay"], timeout_seconds=TIMEOUT_SECONDS)
    limner.delete_photo(photo_id)

    def outcome() -> str | None:
        return next(iter(limner.packed_photos(pack))).outcome

    assert when(outcome, lambda found: found == "gone") == "gone"
