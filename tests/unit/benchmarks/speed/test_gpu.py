"""The GPU's figures, taken where there is none."""

import json
from pathlib import Path

import pytest
import torch

from benchmarks.speed import gpu
from style_engine import Stylizer
from style_engine.__main__ import MODEL
from style_engine.errors import DeviceRefused
from style_engine.painting.painter import GPU_BATCH_SIZE


def test_figures_of_one_side(tmp_path: Path):
    out = tmp_path / "made/gpu.json"
    gpu.main(out, sides="64", rounds=1, device="cpu", folder=MODEL)
    found = json.loads(out.read_text())
    by_way = {(row["name"], row["kind"], row["at_once"]): row for row in found["rows"]}
    assert len(by_way) == len(found["rows"]) == 9
    assert by_way[gpu.LOOKS, "soft", GPU_BATCH_SIZE]["ms"] > 0
    for kind in gpu.KINDS:
        for count in (1, GPU_BATCH_SIZE):
            ours, baseline = by_way[gpu.OURS, kind, count], by_way[gpu.BASELINE, kind, count]
            assert ours["times"] == pytest.approx(baseline["ms"] / ours["ms"])


@torch.inference_mode()
def test_both_nets_get_as_many_photos():
    pictures = {name: run() for name, run in gpu.nets(Stylizer.load(MODEL), 64, "fp16", 3)}
    assert {picture.shape for picture in pictures.values()} == {(3, 3, 64, 64)}


def test_a_card_that_is_not_there_is_said_so(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeviceRefused, match="CUDA is not available"):
        gpu.main(tmp_path / "gpu.json", sides="64", rounds=1, device="cuda", folder=MODEL)
