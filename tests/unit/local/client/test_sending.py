"""A folder may hold anything; each file ends READY or FAILED with a reason."""

from pathlib import Path

import httpx
import pytest
from PIL import Image, ImageOps

from local.client import sending
from local.client.sending import files_in, send_all
from local.client.sent import FAILED, READY, Sent
from local.client.shop import Order, Refused, content_type_of
from local.demo.pictures import shown
from samples.uploads import make_samples


class InMemoryShop:
    """Every photo is READY when asked for the second time."""

    def __init__(self, max_bytes=1000):
        self.max_bytes, self.asked = max_bytes, {}

    def order(self, file, looks):
        if len(file.name) > 40:
            raise Refused("invalid_request", "too long a name")
        return Order(file.name, "http://s3", {}, self.max_bytes)

    def upload(self, order, file):
        file.read_bytes()

    def photo(self, photo_id):
        self.asked[photo_id] = times = self.asked.get(photo_id, 0) + 1
        if photo_id == "bad.jpg":
            return {"status": "FAILED", "failure": {"code": "not_an_image", "message": "no"}}
        if photo_id == "stuck.jpg":
            return {"status": "UPLOADED", "failure": None}
        return {"status": READY if times > 1 else "PROCESSING", "failure": None}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(sending, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(sending, "GRACE_SECONDS", 0.05)


def send(*files, shop=None):
    return send_all(shop or InMemoryShop(), files, [], watch=lambda photos: None)


def test_good_and_bad_photos_settle_apart(tmp_path):
    files = [tmp_path / name for name in ("good.jpg", "bad.jpg")]
    for file in files:
        file.write_bytes(b"x")
    good, bad = send(*files)
    assert (good.status, bad.status) == (READY, FAILED)
    assert bad.failure.code == "not_an_image"


def test_a_file_that_cannot_be_read_fails_alone(tmp_path):
    (tmp_path / "good.jpg").write_bytes(b"x")
    gone, good = send(tmp_path / "gone.jpg", tmp_path / "good.jpg")
    assert (gone.failure.code, good.status) == ("not_sent", READY)


def test_what_the_api_refuses_fails_with_its_code(tmp_path):
    file = tmp_path / ("n" * 50 + ".jpg")
    file.write_bytes(b"x")
    assert send(file)[0].failure.code == "invalid_request"


def test_what_never_moves_is_given_up(tmp_path):
    file = tmp_path / "stuck.jpg"
    file.write_bytes(b"x")
    assert send(file)[0].failure.code == "no_answer"


def test_a_question_that_breaks_is_asked_again(tmp_path):
    class Shaky(InMemoryShop):
        def photo(self, photo_id):
            if photo_id not in self.asked:
                self.asked[photo_id] = 0
                raise httpx.ReadTimeout("slow")
            return super().photo(photo_id)

    file = tmp_path / "good.jpg"
    file.write_bytes(b"x")
    assert send(file, shop=Shaky())[0].status == READY


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
def test_content_type_goes_by_the_name(name, expected):
    assert content_type_of(Path(name)) == expected


def test_hops_are_only_those_that_took_place():
    photo = Sent(Path("a.jpg"))
    photo.moments = {"started": 100.0, "ordered": 100.5, "uploaded": 101.0, "settled": 104.0}
    assert photo.hops == {"order": 0.5, "upload": 0.5, "total": 3.0}
    photo.view = {
        "status": READY,
        "submitted_at": "1970-01-01T00:01:41.200000Z",
        "finished_at": "1970-01-01T00:01:43.700000Z",
        "timings": {"total": 2.0, "variants": 0.3},
    }
    assert photo.hops == {
        "order": 0.5,
        "upload": 0.5,
        "routed": 0.2,
        "endpoint": 0.5,
        "engine": 2.0,
        "variants": 0.3,
        "seen": 0.3,
        "total": 3.0,
    }


def test_the_gallery_shows_the_largest_that_fits_a_page():
    sizes = [{"width": width, "height": width // 2} for width in (4000, 1200, 600)]
    assert shown(sizes)["width"] == 1200
    assert shown(sizes[:1])["width"] == 4000


def test_the_samples_are_three_formats_one_turned_and_one_transparent(tmp_path):
    paths = make_samples(tmp_path)
    with Image.open(paths[0]) as turned, Image.open(paths[1]) as cut_out, Image.open(paths[2]) as webp:
        assert [image.format for image in (turned, cut_out, webp)] == ["JPEG", "PNG", "WEBP"]
        assert ImageOps.exif_transpose(turned).size == turned.size[::-1]
        assert cut_out.mode == "RGBA"
        assert cut_out.getextrema()[3] == (0, 255)
