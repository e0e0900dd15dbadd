"""The figures of the odd inputs count what went wrong as wrong."""

import json
import os
import sys
from pathlib import Path

import pytest

from benchmarks.service import odd_inputs
from tests.pictures import chart, encoded


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "files" / "deep").mkdir(parents=True)
    (tmp_path / "files" / "photo.txt").write_bytes(encoded(chart(), "JPEG"))
    (tmp_path / "files" / "deep" / "[odd] text.jpg").write_text("a price list")
    return tmp_path / "files"


def run(monkeypatch: pytest.MonkeyPatch, folder: Path) -> tuple[int, dict[str, object]]:
    out = folder.parent / "out.json"
    monkeypatch.setattr(sys, "argv", ["odd_inputs", str(folder), "--out", str(out), "--workers", "1"])
    return odd_inputs.main(), json.loads(out.read_text())


def test_each_file_ends_with_a_code(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    status, report = run(monkeypatch, folder)
    assert (status, report["unhandled"]) == (0, 0)
    assert report["by_code"] == {"accepted": 1, "not_an_image": 1}


def test_a_lost_worker_is_unhandled(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(odd_inputs, "_work", os._exit)
    status, report = run(monkeypatch, folder)
    assert (status, report["unhandled"]) == (1, 2)


def test_a_slow_one_is_unhandled(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(odd_inputs, "SECONDS", 0.0)
    status, report = run(monkeypatch, folder)
    assert status == 1
    assert "unhandled: too slow" in report["by_code"]
