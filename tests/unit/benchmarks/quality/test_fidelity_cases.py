"""Every case file gives its right value; and the checks do not pass whatever they are given."""

import shutil
from pathlib import Path

import pytest

from benchmarks.quality.fidelity.cases import CHECKS, check_cases
from benchmarks.quality.fidelity.checks import (
    has_colours,
    is_decided_quickly,
    is_not_enhanced,
    is_refused,
    keeps_product_colour,
    keeps_texts,
)

DATA = Path(__file__).parents[3] / "data"


# The cost of the others is counted in calls, not seconds, by tests/unit/photo_files/test_hostile_files.py.
UNTIMED = [name for name, check in CHECKS.items() if check is not is_decided_quickly]


@pytest.mark.parametrize("name", UNTIMED)
def test_a_case_has_its_right_value(name: str) -> None:
    outcome = CHECKS[name](DATA / name)
    assert outcome.right, outcome.found


@pytest.mark.parametrize(
    ("check", "name"),
    [
        (has_colours((60, 200, 40)), "png_gama_10.png"),
        (has_colours((200, 60, 40), (200, 250, 250)), "png_gama_10.png"),
        (has_colours((200, 60, 40)), "two_ihdr_81MP.png"),
        (keeps_texts("another creator"), "jpg_licensor.jpg"),
        (is_refused("not_an_image"), "two_ihdr_81MP.png"),
        (is_refused("damaged_image"), "cli_grey16.png"),
    ],
)
def test_a_check_fails_for_other_values(check, name: str) -> None:
    assert not check(DATA / name).right


def test_enhancement_that_moves_colours_is_noticed(monkeypatch) -> None:
    monkeypatch.setattr(
        "benchmarks.quality.fidelity.checks.enhance", lambda photo: (photo.point(_lighter), ())
    )
    assert not is_not_enhanced(1.0)(DATA / "solid_red.png").right


def test_a_style_that_moves_the_product_is_noticed(monkeypatch) -> None:
    class Unsafe:
        def stylize_all(self, photo, looks):
            return [_Styled(photo.point(_lighter)) for _ in looks]

    monkeypatch.setattr("benchmarks.quality.fidelity.checks.stylizer", Unsafe)
    assert not keeps_product_colour((90, 60, 140), "cartoon")(DATA / "frame_none.png").right


def test_a_folder_is_checked_as_far_as_it_has_the_files(tmp_path: Path) -> None:
    shutil.copy(DATA / "png_gama_10.png", tmp_path)
    shutil.copy(DATA / "jpeg_cut1.jpg", tmp_path / "png_cicp_p3.png")
    figures = check_cases(tmp_path)
    assert (figures["right"], figures["all"]) == (2, 2)
    assert set(figures["files"]) == {"png_gama_10.png", "png_cicp_p3.png"}


class _Styled:
    def __init__(self, image) -> None:
        self.image = image


def _lighter(value: int) -> int:
    return min(255, value + 40)
