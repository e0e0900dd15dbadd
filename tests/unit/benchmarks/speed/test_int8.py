"""The benchmark of 8 bits paints with two nets and holds both against the same drawings."""

import json
from pathlib import Path

import pytest
from PIL import Image
from skimage import data

from benchmarks.speed import int8


def test_two_photos_give_figures_of_both_nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(int8, "STYLES", ("oil",))
    for name, value in (("SIDE", 96), ("SPEED_SIDE", 96), ("ROUNDS", 1)):
        monkeypatch.setattr(int8, name, value)
    photos = tmp_path / "photos"
    photos.mkdir()
    for name, pixels in (("cat", data.chelsea()), ("cup", data.coffee())):
        Image.fromarray(pixels).resize((120, 100)).save(photos / f"{name}.png")
    int8.main(content=photos, out=tmp_path / "f.json")
    found = json.loads((tmp_path / "f.json").read_text())
    assert found["pictures"] == 1
    assert found["fp32"]["sl"] != found["int8"]["sl"]
    assert all(found[kind]["ms"] > 0 for kind in ("fp32", "int8"))
    assert found["fp32"]["gain"] > 0.5
