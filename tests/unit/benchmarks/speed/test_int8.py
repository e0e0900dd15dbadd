"""The int8 benchmark: both networks paint and are compared with the same tones."""

import json
from pathlib import Path

import pytest
from PIL import Image
from skimage import data

from benchmarks.speed import int8


def test_main_writes_figures_of_both_networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(int8, "STYLES", ("cyanotype",))
    for name, value in (("QUALITY_SIDE_PX", 96), ("TIMED_SIDE_PX", 96), ("TIMED_ROUNDS", 1)):
        monkeypatch.setattr(int8, name, value)
    photos = tmp_path / "photos"
    photos.mkdir()
    for name, pixels in (("cat", data.chelsea()), ("cup", data.coffee())):
        Image.fromarray(pixels).resize((120, 100)).save(photos / f"{name}.png")
    int8.main(content=photos, out=tmp_path / "f.json")
    result = json.loads((tmp_path / "f.json").read_text())
    assert result["pictures"] == 1
    assert result["fp32"]["sl"] != result["int8"]["sl"]
    assert all(result[kind]["ms"] > 0 for kind in ("fp32", "int8"))
    assert result["fp32"]["gain"] > 0.5
