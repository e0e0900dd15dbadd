"""Drawn files that show a mug-red square (200, 60, 40) on a ground of 250, each stored in a way that was once misread.

Those that can be drawn by a few lines are in test_encodings.py, test_whole_pictures.py and test_hostile_files.py.
"""

from pathlib import Path

import numpy as np
import pytest

from photo_files.intake import Limits, open_photo
from tests.pictures import differences

DATA = Path(__file__).parents[2] / "data"
CENTRE, GROUND = (200, 60, 40), (250, 250, 250)
MAX_DE2000 = {
    "png_gama_10.png": 2.0,
    "png_cicp_p3.png": 2.0,
    "png_iccp_1300k.png": 0.5,
    "jpeg_cut1.jpg": 1.0,
    "avif10_pq.avif": 3.0,
}


@pytest.mark.parametrize("name", MAX_DE2000)
def test_a_file_is_shown_in_the_colours_that_it_means(name: str) -> None:
    image = open_photo((DATA / name).read_bytes(), Limits())
    shown = np.array([image.getpixel((image.width // 2, image.height // 2)), image.getpixel((2, 2))])
    assert differences(shown, (CENTRE, GROUND)).max() <= MAX_DE2000[name]


def test_the_sequence_header_of_an_avif_counts_without_its_colr_box() -> None:
    data = (DATA / "avif10_pq.avif").read_bytes()
    hidden = open_photo(data.replace(b"colrnclx", b"freenclx"), Limits())
    assert hidden.tobytes() == open_photo(data, Limits()).tobytes()
