"""Each point of docs/api-contract.md names tests that exist, or says that it is not there yet."""

import re

import pytest

from tests.template_reader import ROOT

PAGE = (ROOT / "docs/api-contract.md").read_text("utf-8")
ROWS = [row.strip("|").split("|") for row in PAGE.splitlines() if re.match(r"\| \d+ \|", row)]
TESTS = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
NOT_YET = "not yet"


def test_there_are_twenty_one_points():
    assert [int(row[0]) for row in ROWS] == list(range(1, 22))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1].strip())
def test_every_named_test_exists(row):
    _, point, answer, tests = (cell.strip() for cell in row)
    assert point
    assert answer
    named = re.findall(r"`([^`]+)`", tests)
    assert named or tests == NOT_YET
    for name in named:
        if name.startswith("tests/"):
            assert (ROOT / name).is_file(), name
        else:
            assert f"def {name}(" in TESTS, name
