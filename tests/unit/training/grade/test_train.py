"""Training of the grade: degradations, initial tables, a run that learns, resumes and is released."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from style_engine.grade.lut import Grader, identity_table
from training.grade import train
from training.grade.photos import Degradation, load_photos
from training.grade.release import release


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(5)
    for index in range(8):
        blotches = Image.fromarray(rng.integers(0, 256, (6, 6, 3), np.uint8)).resize((96, 80))
        blotches.save(folder / f"{index}.png")
    return sorted(folder.iterdir())


def test_degradation_by_factors_of_1_changes_nothing():
    identical = Degradation(torch.ones(2, 1), torch.ones(2, 3), torch.ones(2, 1), torch.ones(2, 1))
    colours = torch.rand(2, 3, 7, 5, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(identical(colours), colours, atol=1e-4)


def test_one_stop_darker_halves_linear_light():
    darker = Degradation(torch.full((1, 1), 0.5), torch.ones(1, 3), torch.ones(1, 1), torch.ones(1, 1))
    grey = torch.full((1, 3, 1), 0.8)
    assert torch.allclose(darker(grey) ** 2.2, grey**2.2 / 2, atol=1e-4)


def test_initial_tables_are_identity():
    predictor = train.initial_predictor(torch.Generator().manual_seed(1))
    tables = predictor(torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(2)))
    assert torch.equal(tables, identity_table(17).expand_as(tables))


def test_run_learns_resumes_to_the_same_weights_and_is_released(files, tmp_path, monkeypatch):
    monkeypatch.setattr(train, "BATCH_CROPS", 8)
    monkeypatch.setattr(train, "CHECKPOINT_EVERY_STEPS", 20)
    uninterrupted = train.train(files, tmp_path / "uninterrupted", 40, seed=3)
    folder = tmp_path / "interrupted"
    folder.mkdir()
    run, photos = train.begin_run(3), load_photos(files, np.random.default_rng(3))
    for _ in range(20):
        train.train_step(run, photos, 40)
    run.save(folder / "checkpoint.pt")
    resumed = train.train(files, folder, 40, seed=3)
    for a, b in zip(uninterrupted.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(a, b)
    log = (tmp_path / "uninterrupted" / "log.jsonl").read_text().splitlines()
    losses = [json.loads(line)["loss"] for line in log]
    assert losses[-1] < losses[0]
    release(uninterrupted, tmp_path / "model")
    assert Grader.load(tmp_path / "model").version
