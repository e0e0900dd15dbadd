"""A model folder is loaded only if it is complete and unaltered."""

import json
import shutil
from pathlib import Path

import pytest

from style_engine import ModelRefused, Stylizer
from style_engine.artifacts import CHECKSUM_FILE, sha256, verify_checksums, version_of
from style_engine.network.model import load_model


@pytest.fixture
def folder(model_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(model_folder, tmp_path / "model"))


def rewrite_checksums(folder: Path) -> None:
    names = [line.split("  ", 1)[1] for line in (folder / CHECKSUM_FILE).read_text().splitlines()]
    (folder / CHECKSUM_FILE).write_text("".join(f"{sha256(folder / name)}  {name}\n" for name in names))


def test_released_model_matches_its_checksums_and_is_small(model_folder):
    assert verify_checksums(model_folder)
    total = sum(path.stat().st_size for path in model_folder.rglob("*") if path.is_file())
    assert total <= 4_000_000


def test_altered_weights_are_refused(folder):
    weights = folder / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(ModelRefused, match=r"model\.safetensors does not match"):
        Stylizer.load(folder)


def test_missing_file_is_refused(folder):
    (folder / "styles" / "oil.safetensors").unlink()
    with pytest.raises(ModelRefused, match="missing"):
        Stylizer.load(folder)


def test_pickle_is_refused_without_being_opened(folder):
    (folder / "extra.pt").write_bytes(b"anything")
    with pytest.raises(ModelRefused, match="pickle"):
        Stylizer.load(folder)


def test_unlisted_file_is_refused(folder):
    (folder / "styles" / "more.json").write_text("[]")
    with pytest.raises(ModelRefused, match="not listed"):
        Stylizer.load(folder)


def test_folder_without_checksums_is_refused(tmp_path):
    with pytest.raises(ModelRefused, match=CHECKSUM_FILE):
        Stylizer.load(tmp_path)


def test_other_format_is_refused(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"format": 99}))
    rewrite_checksums(folder)
    with pytest.raises(ModelRefused, match="format 99"):
        load_model(folder)


def test_version_depends_on_weights_and_styles_but_not_on_the_model_card():
    sums = {"README.md": "1", "model.safetensors": "2", "styles/oil.safetensors": "3"}
    assert version_of(sums) == version_of(sums | {"README.md": "9"})
    assert version_of(sums) != version_of(sums | {"styles/oil.safetensors": "9"})
    assert len(version_of(sums)) == 12
