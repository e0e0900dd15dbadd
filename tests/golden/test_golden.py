"""The engine's pictures stay what they were.

Tolerance: mean difference 1.5 / 255 and 99th percentile 12 / 255: processors round differently,
styles do not. A failing pair is left in build/golden/.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from style_engine import Stylizer
from tests.golden.pictures import FAILED, GOLDENS, KEPT, MODEL, Golden, make

MEAN, PERCENTILE_99 = 1.5, 12.0


@pytest.fixture(scope="module")
def stylizer() -> Stylizer:
    torch.set_num_threads(1)
    return Stylizer.load(MODEL)


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.name)
def test_picture_is_the_kept_one(golden: Golden, stylizer: Stylizer, accept_golden: bool):
    made = make(golden, stylizer)
    path = KEPT / f"{golden.name}.png"
    if accept_golden:
        made.save(path)
    with Image.open(path) as kept:
        off = np.abs(np.asarray(made, dtype=int) - np.asarray(kept.convert("RGB"), dtype=int))
        if off.mean() > MEAN or np.percentile(off, 99) > PERCENTILE_99:
            pytest.fail(f"mean {off.mean():.2f}, pair in {keep_pair(golden, made, kept)}")


def keep_pair(golden: Golden, made: Image.Image, kept: Image.Image) -> Path:
    FAILED.mkdir(parents=True, exist_ok=True)
    made.save(FAILED / f"{golden.name}.made.png")
    kept.save(FAILED / f"{golden.name}.kept.png")
    return FAILED
