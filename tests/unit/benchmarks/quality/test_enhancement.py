"""The enhancement benchmark: its degradations, its options, and figures of a folder."""

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from skimage import data

from benchmarks.quality import enhancement

PHOTO = Image.fromarray(data.coffee()).resize((90, 60))


@pytest.mark.parametrize("name", enhancement.DEGRADATIONS)
def test_degradations_change_the_photo_and_repeat_with_the_seed(name: str):
    values = np.asarray(PHOTO, dtype=np.float64)
    first, second = (
        enhancement.to_image(enhancement.DEGRADATIONS[name](values, np.random.default_rng(1)))
        for _ in range(2)
    )
    assert np.array_equal(first, second)
    assert enhancement.psnr(PHOTO, first) < enhancement.PSNR_MAX_DB


def test_either_photos_or_show_is_required(tmp_path: Path):
    with pytest.raises(typer.BadParameter):
        enhancement.main()
    with pytest.raises(typer.BadParameter):
        enhancement.main(photos=tmp_path, show=tmp_path / "sheet.webp")


def test_main_writes_figures_of_a_folder(tmp_path: Path):
    for name in ("cup", "other"):
        PHOTO.save(tmp_path / f"{name}.png")
    enhancement.main(photos=tmp_path, only="cup", out=tmp_path / "f.json")
    result = json.loads((tmp_path / "f.json").read_text())
    assert list(result) == ["enhance", "grade", "enhance, then grade"]
    assert set(result["enhance"]) == {"good", *enhancement.DEGRADATIONS}
