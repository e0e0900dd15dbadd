"""The engine's pictures equal the stored golden pictures.

Tolerance: mean difference 1.5 / 255 and 99th percentile 12 / 255, because CPUs round differently.
A failing pair is written to build/golden/.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from style_engine import Stylizer
from tests.golden.pictures import FAILED_FOLDER, GOLDEN_FOLDER, GOLDENS, MODEL, Golden, paint

MAX_MEAN_DIFFERENCE_8BIT, MAX_PERCENTILE_99_8BIT = 1.5, 12.0


@pytest.fixture(scope="module")
def stylizer() -> Stylizer:
    torch.set_num_threads(1)
    return Stylizer.load(MODEL)


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.name)
def test_picture_equals_the_golden_one(golden: Golden, stylizer: Stylizer, accept_golden: bool):
    painted = paint(golden, stylizer)
    path = GOLDEN_FOLDER / f"{golden.name}.png"
    if accept_golden:
        painted.save(path)
    with Image.open(path) as golden_picture:
        difference = np.abs(
            np.asarray(painted, dtype=int) - np.asarray(golden_picture.convert("RGB"), dtype=int)
        )
        too_many = np.percentile(difference, 99) > MAX_PERCENTILE_99_8BIT
        if difference.mean() > MAX_MEAN_DIFFERENCE_8BIT or too_many:
            folder = save_pair(golden, painted, golden_picture)
            pytest.fail(f"mean difference {difference.mean():.2f}; both pictures are in {folder}")


def save_pair(golden: Golden, painted: Image.Image, golden_picture: Image.Image) -> Path:
    FAILED_FOLDER.mkdir(parents=True, exist_ok=True)
    painted.save(FAILED_FOLDER / f"{golden.name}.painted.png")
    golden_picture.save(FAILED_FOLDER / f"{golden.name}.golden.png")
    return FAILED_FOLDER
