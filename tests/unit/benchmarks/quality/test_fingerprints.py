"""Two runs on the same photos are equal; a changed picture is named."""

import json

import pytest
import typer
from PIL import Image

from benchmarks.quality import fingerprints
from style_engine import Look


@pytest.fixture
def photos(tmp_path, monkeypatch):
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.linear_gradient("L").resize((64, 48)).convert("RGB").save(folder / "ramp.png")
    monkeypatch.setattr(
        fingerprints, "LOOKS", {"oil": Look({"oil": 1}), "grade-warm": Look({"grade-warm": 1})}
    )
    return folder


def test_equal_runs_have_no_differences(photos, tmp_path):
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    fingerprints.main(photos, first)
    with pytest.raises(typer.Exit) as end:
        fingerprints.main(photos, second, against=first)
    assert end.value.exit_code == 0
    assert len(json.loads(second.read_text())) == 3


def test_a_changed_and_a_missing_picture_are_named():
    assert fingerprints.differences({"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "4"}) == ["b", "c"]
