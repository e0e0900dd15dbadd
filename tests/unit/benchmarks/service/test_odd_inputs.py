"""The intake benchmark: every file has an outcome, and failures of the worker count as unhandled."""

import json
from pathlib import Path

import pytest
import typer

from benchmarks.service import odd_inputs
from tests import misbehaviour
from tests.pictures import chart, encoded


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "files" / "deep").mkdir(parents=True)
    (tmp_path / "files" / "photo.txt").write_bytes(encoded(chart(), "JPEG"))
    (tmp_path / "files" / "deep" / "[odd] text.jpg").write_text("a price list")
    return tmp_path / "files"


def run(folder: Path) -> tuple[int, dict[str, object]]:
    out = folder.parent / "out.json"
    with pytest.raises(typer.Exit) as end:
        odd_inputs.main(folder, out, workers=1)
    return end.value.exit_code, json.loads(out.read_text())


def test_each_file_has_a_code(folder: Path) -> None:
    status, report = run(folder)
    assert (status, report["unhandled"]) == (0, 0)
    assert report["by_code"] == {"accepted": 1, "not_an_image": 1}


def test_a_lost_worker_is_unhandled(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(odd_inputs, "_work", misbehaviour.exit_at_once)
    status, report = run(folder)
    assert (status, report["unhandled"]) == (1, 2)


def test_a_slow_file_is_unhandled(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(odd_inputs, "INTAKE_CPU_SECONDS", 0.0)
    status, report = run(folder)
    assert status == 1
    assert "unhandled: too slow" in report["by_code"]
