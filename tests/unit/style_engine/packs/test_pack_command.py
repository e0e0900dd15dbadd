"""`pack`, run in process: files written, verdicts, refusals."""

import json

import pytest
from PIL import Image
from typer.testing import CliRunner

from benchmarks.quality.drawn_packs import PRODUCTS
from photo_files.credentials.content_credentials import read_credentials
from photo_files.metadata.provenance import STYLED, Provenance
from photo_files.metadata.provenance_reader import read_provenance
from photo_files.metadata.provenance_writer import save_options
from style_engine.__main__ import app


def run(*arguments, status=0):
    result = CliRunner().invoke(app, ["pack", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == status, result.output
    return result.output


@pytest.fixture
def mug(tmp_path):
    image = Image.new("RGB", (1100, 1100), (246, 246, 244))
    layer = PRODUCTS["mug"]()
    image.paste(layer, (200, 120), layer)
    image.save(tmp_path / "mug.png", **save_options(Provenance(creators=("A. Seller",)), "PNG"))
    return tmp_path / "mug.png"


@pytest.fixture
def styled(tmp_path, mug):
    with Image.open(mug) as image:
        image.save(tmp_path / "styled.png", **save_options(Provenance(source=STYLED), "PNG"))
    return tmp_path / "styled.png"


def test_a_photo_is_packed_for_each_profile_with_its_verdicts(mug, tmp_path, signing_folder):
    out = tmp_path / "out"
    profiles = ("amazon-main", "ebay")
    options = [part for profile in profiles for part in ("--profile", profile)]
    run(mug, "-o", out, *options, "--signing-key", signing_folder)

    verdicts = json.loads((out / "verdicts.json").read_text("utf-8"))
    assert [(each["profile"], each["accepted"], each["file"]) for each in verdicts] == [
        ("amazon-main", True, "mug__amazon-main.jpg"), ("ebay", True, "mug__ebay.jpg"),
    ]  # fmt: skip
    failed = [v["code"] for v in verdicts[0]["photo"] if v["outcome"] == "failed"]
    assert "background_not_white" in failed
    with Image.open(out / "mug__amazon-main.jpg") as picture:
        assert picture.format == "JPEG"
        assert picture.getpixel((3, 3)) == (255, 255, 255)
    body = (out / "mug__amazon-main.jpg").read_bytes()
    assert read_provenance(body).creators == ("A. Seller",)
    credentials = read_credentials(body, "image/jpeg")
    assert credentials.is_valid
    assert "c2pa.edited" in [action["action"] for action in credentials.actions]


def test_check_prints_the_verdicts_and_writes_nothing(mug, tmp_path):
    before = sorted(tmp_path.iterdir())
    text = run(mug, "--check", "--profile", "amazon-main", status=1)
    assert "background_not_white" in text
    assert "no border" in text
    assert sorted(tmp_path.iterdir()) == before


def test_a_styled_picture_is_refused_where_illustrations_are_not_allowed(styled, tmp_path):
    out = tmp_path / "out"
    assert "illustration_not_allowed" in run(styled, "-o", out, "--profile", "amazon-main", status=1)
    assert [path.name for path in out.iterdir()] == ["verdicts.json"]
    run(styled, "-o", out, "--profile", "shopify")
    assert read_provenance((out / "styled__shopify.jpg").read_bytes()).source == STYLED


def test_photos_of_one_name_are_numbered(mug, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "mug.png").write_bytes(mug.read_bytes())
    run(mug, other, "-o", tmp_path / "out", "--profile", "shopify")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"mug__shopify.jpg", "mug-2__shopify.jpg", "verdicts.json"}


def test_a_file_that_is_no_photo_is_reported_and_the_others_are_packed(mug, tmp_path):
    (tmp_path / "text.jpg").write_text("no picture", "utf-8")
    text = run(tmp_path / "text.jpg", mug, "-o", tmp_path / "out", "--profile", "shopify", status=1)
    assert "not_an_image" in text
    assert (tmp_path / "out" / "mug__shopify.jpg").exists()


@pytest.mark.parametrize("options", [(), ("--check", "-o", "out")])
def test_either_a_folder_or_check(mug, options):
    assert "either a folder to write or --check" in run(mug, *options, status=2)


def test_an_unknown_profile(mug):
    assert "profile_invalid" in run(mug, "--check", "--profile", "amazon", status=2)
