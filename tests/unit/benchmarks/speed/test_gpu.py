"""The GPU benchmark, run on a CPU."""

import json
from pathlib import Path

import pytest
import torch

from benchmarks.speed import gpu
from style_engine import Stylizer
from style_engine.commands.options import MODEL
from style_engine.errors import DeviceRefused
from style_engine.painting.network_pass import GPU_BATCH_SIZE


def test_main_writes_figures_of_one_side(tmp_path: Path):
    out = tmp_path / "made/gpu.json"
    gpu.main(out, sides="64", rounds=1, device="cpu", folder=MODEL)
    result = json.loads(out.read_text())
    by_run = {(row["name"], row["kind"], row["at_once"]): row for row in result["rows"]}
    assert len(by_run) == len(result["rows"]) == 9
    assert by_run[gpu.LOOKS, "soft", GPU_BATCH_SIZE]["ms"] > 0
    for precision in gpu.PRECISIONS:
        for count in (1, GPU_BATCH_SIZE):
            ours, baseline = by_run[gpu.OURS, precision, count], by_run[gpu.BASELINE, precision, count]
            assert ours["times"] == pytest.approx(baseline["ms"] / ours["ms"])


@torch.inference_mode()
def test_both_nets_get_the_same_number_of_photos():
    pictures = {name: run() for name, run in gpu.build_nets(Stylizer.load(MODEL), 64, "fp16", 3)}
    assert {picture.shape for picture in pictures.values()} == {(3, 3, 64, 64)}


def test_a_missing_gpu_is_refused(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeviceRefused, match="CUDA is not available"):
        gpu.main(tmp_path / "gpu.json", sides="64", rounds=1, device="cuda", folder=MODEL)
