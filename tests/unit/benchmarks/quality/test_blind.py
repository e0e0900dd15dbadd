"""Blind grading: unlabelled sheets with unequal numbers of each style, and scores of filled forms."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from benchmarks.quality import blind

STYLES = ("oil", "pencil", "mosaic")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for style in STYLES:
        for number in range(7):
            Image.new("RGB", (60, 40), (30 * number, 90, 120)).save(folder / f"photo{number}__{style}.png")
    return folder


def run(*arguments: str) -> None:
    result = CliRunner().invoke(blind.app, list(arguments))
    assert result.exit_code == 0, result.output


def test_lots_differ_in_number_and_repeat_with_the_seed(pictures):
    found = blind.find_pictures("ours", pictures)
    counts = set()
    for seed in range(8):
        lots = blind.draw_lots(found, 2, 6, seed)
        assert lots == blind.draw_lots(found, 2, 6, seed)
        by_style = Counter(picture.style for picture in lots)
        assert all(2 <= by_style[style] <= 6 for style in STYLES)
        assert len(set(lots)) == len(lots)
        counts |= set(by_style.values())
    assert len(counts) > 2


def test_sheets_show_numbers_alone(pictures, tmp_path):
    out = tmp_path / "sheets"
    run(
        "sheets",
        "--source",
        f"ours={pictures}",
        "--out",
        str(out),
        "--seed",
        "3",
        "--least",
        "2",
        "--most",
        "4",
    )
    key = json.loads((out / "key.json").read_text())["pictures"]
    form = list(csv.DictReader((out / "form.csv").read_text().splitlines()))
    assert [int(row["picture"]) for row in form] == list(range(1, len(key) + 1))
    assert set(form[0]) == set(blind.FORM_COLUMNS)
    assert not any(row["style"] for row in form)
    sheets = sorted(out.glob("sheet_*.png"))
    assert len(sheets) == -(-len(key) // 6)
    with Image.open(sheets[0]) as sheet:
        assert sheet.size == (3 * blind.CELL_SIDE_PX, 2 * (blind.CELL_SIDE_PX + blind.CAPTION_PX))


def test_scores_are_means_over_judges_and_pictures(tmp_path):
    key = [{"source": "ours", "style": "oil", "photo": "a"}] * 2
    answers = []
    for judge, (medium, guess) in enumerate(((4, "oil"), (2, "pastel"))):
        path = tmp_path / f"judge{judge}.csv"
        rows = [f"{number},{guess},yes,{medium},5,edges" for number in (1, 2)]
        path.write_text("\n".join([",".join(blind.FORM_COLUMNS), *rows]))
        answers.append(blind.read_answers(path))
    scores = blind.score_answers(key, answers)["ours"]["oil"]
    assert scores == {"medium": 3, "shop": 5, "recognised": 1, "named": 0.5, "low": 0.5, "answers": 4}


def test_painting_and_scoring_from_the_command_line(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.linear_gradient("L").convert("RGB").resize((96, 80)).save(photos / "ramp.png")
    run("paint", "--photos", str(photos), "--out", str(tmp_path / "painted"), "--styles", "oil,cyanotype")
    sheets, answers, out = (tmp_path / name for name in ("sheets", "answers.csv", "scores.json"))
    run(
        "sheets",
        "--source",
        f"limner={tmp_path / 'painted'}",
        "--out",
        str(sheets),
        "--least",
        "1",
        "--most",
        "1",
    )
    key = json.loads((sheets / "key.json").read_text())["pictures"]
    rows = [f"{number},{picture['style']},yes,4,3,none" for number, picture in enumerate(key, 1)]
    answers.write_text("\n".join([",".join(blind.FORM_COLUMNS), *rows]))
    run("score", "--sheets", str(sheets), "--answers", str(answers), "--out", str(out))
    scores = json.loads(out.read_text())["limner"]
    assert set(scores) == {"all", "oil", "cyanotype"}
    assert scores["all"]["named"] == 1
