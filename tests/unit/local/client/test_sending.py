"""Sending a folder of any files: each ends READY, or FAILED with a reason."""

from pathlib import Path

import httpx
import pytest
from PIL import Image, ImageOps

from local.client import sending
from local.client.api_client import ApiError, Order, content_type_of
from local.client.sending import files_in, send_all
from local.client.sent_photo import FAILED, READY, SentPhoto
from local.demo.pictures import choose_shown
from samples.uploads import make_samples


class InMemoryApi:
    """Every photo is READY at the second poll."""

    def __init__(self, max_bytes=1000):
        self.max_bytes, self.polls = max_bytes, {}

    def order(self, file, looks):
        if len(file.name) > 40:
            raise ApiError("invalid_request", "the name is too long")
        return Order(file.name, "http://s3", {}, self.max_bytes)

    def upload(self, order, file):
        file.read_bytes()

    def photo(self, photo_id):
        self.polls[photo_id] = times = self.polls.get(photo_id, 0) + 1
        if photo_id == "bad.jpg":
            return {"status": "FAILED", "failure": {"code": "not_an_image", "message": "no"}}
        if photo_id == "stuck.jpg":
            return {"status": "UPLOADED", "failure": None}
        return {"status": READY if times > 1 else "PROCESSING", "failure": None}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(sending, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(sending, "GRACE_SECONDS", 0.05)


def send(*files, api=None):
    return send_all(api or InMemoryApi(), files, [], on_round=lambda photos: None)


def test_a_bad_photo_fails_and_a_good_one_is_ready(tmp_path):
    files = [tmp_path / name for name in ("good.jpg", "bad.jpg")]
    for file in files:
        file.write_bytes(b"x")
    good, bad = send(*files)
    assert (good.status, bad.status) == (READY, FAILED)
    assert bad.failure.code == "not_an_image"


def test_a_file_that_cannot_be_read_fails_and_the_others_are_sent(tmp_path):
    (tmp_path / "good.jpg").write_bytes(b"x")
    missing, good = send(tmp_path / "missing.jpg", tmp_path / "good.jpg")
    assert (missing.failure.code, good.status) == ("not_sent", READY)


def test_a_photo_that_the_api_refuses_fails_with_the_apis_code(tmp_path):
    file = tmp_path / ("n" * 50 + ".jpg")
    file.write_bytes(b"x")
    assert send(file)[0].failure.code == "invalid_request"


def test_a_photo_whose_status_never_changes_fails(tmp_path):
    file = tmp_path / "stuck.jpg"
    file.write_bytes(b"x")
    assert send(file)[0].failure.code == "no_answer"


def test_a_poll_that_times_out_is_repeated(tmp_path):
    class TimingOutApi(InMemoryApi):
        def photo(self, photo_id):
            if photo_id not in self.polls:
                self.polls[photo_id] = 0
                raise httpx.ReadTimeout("slow")
            return super().photo(photo_id)

    file = tmp_path / "good.jpg"
    file.write_bytes(b"x")
    assert send(file, api=TimingOutApi())[0].status == READY


def test_folders_and_hidden_files_are_left_out_with_a_note(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / ".DS_Store").touch()
    (tmp_path / "MUG.JPG").touch()
    (tmp_path / "notes.txt").touch()
    files, notes = files_in(tmp_path)
    assert [file.name for file in files] == ["MUG.JPG", "notes.txt"]
    assert notes == [".DS_Store: skipped, a hidden file", "sub: skipped, a folder"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.JPG", "image/jpeg"),
        ("a.webp", "image/webp"),
        ("a.txt", "application/octet-stream"),
        ("a", "application/octet-stream"),
    ],
)
def test_content_type_follows_the_file_name(name, expected):
    assert content_type_of(Path(name)) == expected


def test_stage_seconds_have_only_the_stages_that_took_place():
    photo = SentPhoto(Path("a.jpg"))
    photo.moments = {"started": 100.0, "ordered": 100.5, "uploaded": 101.0, "observed": 104.0}
    assert photo.stage_seconds == {"order": 0.5, "upload": 0.5, "total": 3.0}
    photo.view = {
        "status": READY,
        "submitted_at": "1970-01-01T00:01:41.200000Z",
        "finished_at": "1970-01-01T00:01:43.700000Z",
        "timings": {"total": 2.0, "variants": 0.3},
    }
    assert photo.stage_seconds == {
        "order": 0.5,
        "upload": 0.5,
        "routed": 0.2,
        "endpoint": 0.5,
        "engine": 2.0,
        "variants": 0.3,
        "observation": 0.3,
        "total": 3.0,
    }


def test_the_gallery_shows_the_largest_rendition_that_fits_a_page():
    sizes = [{"width": width, "height": width // 2} for width in (4000, 1200, 600)]
    assert choose_shown(sizes)["width"] == 1200
    assert choose_shown(sizes[:1])["width"] == 4000


def test_the_samples_are_a_rotated_jpeg_a_transparent_png_and_a_webp(tmp_path):
    paths = make_samples(tmp_path)
    with Image.open(paths[0]) as rotated, Image.open(paths[1]) as cut_out, Image.open(paths[2]) as webp:
        assert [image.format for image in (rotated, cut_out, webp)] == ["JPEG", "PNG", "WEBP"]
        assert ImageOps.exif_transpose(rotated).size == rotated.size[::-1]
        assert cut_out.mode == "RGBA"
        assert cut_out.getextrema()[3] == (0, 255)
