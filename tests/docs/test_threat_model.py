"""Each control in docs/threat-model.md names a test that exists."""

import re

import pytest

from tests.template_reader import ROOT

PAGE = (ROOT / "docs/threat-model.md").read_text("utf-8")
ROWS = [
    row.strip("|").split("|")
    for row in PAGE.splitlines()
    if row.startswith("| ") and not row.startswith("| threat")
]
TESTS = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip())
def test_every_threat_has_a_control_and_a_test_that_exists(row):
    _, control, tests = (cell.strip() for cell in row)
    assert control
    named = re.findall(r"`([^`]+)`", tests)
    assert any("test" in name for name in named)
    for name in named:
        if name.startswith("tests/"):
            assert (ROOT / name).exists(), name
        elif name.endswith(".py"):
            assert list((ROOT / "tests").rglob(name)), name
        elif name.startswith("test_"):
            assert f"def {name}(" in TESTS, name
