"""Training the grade: harm is as drawn, a run learns, resumes and is released."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from style_engine.grade.lut import Grader, identity_table
from training.grade import train
from training.grade.release import release


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(5)
    for index in range(8):
        blotches = Image.fromarray(rng.integers(0, 256, (6, 6, 3), np.uint8)).resize((96, 80))
        blotches.save(folder / f"{index}.png")
    return sorted(folder.iterdir())


def test_no_harm_is_no_change():
    still = train.Degradation(torch.ones(2, 1), torch.ones(2, 3), torch.ones(2, 1), torch.ones(2, 1))
    colours = torch.rand(2, 3, 7, 5, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(still(colours), colours, atol=1e-4)


def test_one_stop_darker_halves_linear_light():
    darker = train.Degradation(torch.full((1, 1), 0.5), torch.ones(1, 3), torch.ones(1, 1), torch.ones(1, 1))
    grey = torch.full((1, 3, 1), 0.8)
    assert torch.allclose(darker(grey) ** 2.2, grey**2.2 / 2, atol=1e-4)


def test_a_beginner_changes_nothing():
    predictor = train.begin(torch.Generator().manual_seed(1))
    tables = predictor(torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(2)))
    assert torch.equal(tables, identity_table(17).expand_as(tables))


def test_run_learns_resumes_to_the_same_weights_and_is_released(files, tmp_path, monkeypatch):
    monkeypatch.setattr(train, "BATCH", 8)
    monkeypatch.setattr(train, "EVERY", 20)
    whole = train.train(files, tmp_path / "whole", 40, seed=3)
    cut = tmp_path / "cut"
    cut.mkdir()
    run, photos = train.Run.begin(3), train.load_photos(files, np.random.default_rng(3))
    for _ in range(20):
        run.advance(photos, 40)
    run.save(cut / "checkpoint.pt")
    resumed = train.train(files, cut, 40, seed=3)
    for a, b in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(a, b)
    losses = [
        json.loads(line)["loss"] for line in (tmp_path / "whole" / "log.jsonl").read_text().splitlines()
    ]
    assert losses[-1] < losses[0]
    (tmp_path / "model").mkdir()
    release(whole, tmp_path / "model")
    assert Grader.load(tmp_path / "model").version
