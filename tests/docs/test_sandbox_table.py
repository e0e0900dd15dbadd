"""docs/how-to/test-mode.md has every `external_id` and style name with an effect of its own, every type of event,
and no others."""

import re

import pytest

from limner.events import EventType
from limner.quotas import TEST_QUOTAS
from limner.sandbox import CASES, GATES, SLOW, STYLE_CASES
from tests.template_reader import ROOT

TEXT = (ROOT / "docs/how-to/test-mode.md").read_text("utf-8")
SECTION = TEXT.partition("## Orders that end otherwise")[2].partition("\n## ")[0]
ROWS = [line.split("|")[1:3] for line in SECTION.splitlines() if line.startswith("| `test_")]


def names_in(cell):
    names = re.findall(r"`(test_[a-z0-9_]+(?:<gate>)?)`", cell)
    return {name.replace("<gate>", gate) for name in names for gate in (GATES if "<gate>" in name else ("",))}


def test_the_table_has_every_case():
    assert {name for names, _ in ROWS for name in names_in(names)} == set(CASES)


def test_the_paragraph_has_every_name_of_a_style():
    paragraph = SECTION.partition("The name of an own style")[2].partition("\n\n")[0]
    assert names_in(paragraph) == set(STYLE_CASES)


def test_the_table_of_events_has_every_type():
    section = TEXT.partition("\n## Events\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert sorted(re.findall(r"`([a-z.]+)`", "".join(cells))) == sorted(EventType)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip())
def test_a_row_says_whether_its_orders_are_ready(row):
    names, result = row
    for case in (CASES[name] for name in names_in(names)):
        words = "429" if case.stage.name == "ORDER" else "FAILED" if case.code else "READY"
        assert words in result
        assert case.code is None or case.code in result or "this code" in result
        assert not case.wait or f"{SLOW.seconds} seconds" in result


def test_the_caps_are_those_of_test_tenants():
    words = " ".join(TEXT.split())
    caps = TEST_QUOTAS
    for text in (
        f"{caps.orders_per_day} orders and {caps.looks_per_day:,} looks",
        f"{caps.bytes_per_day // 2**30} GiB and {caps.megapixels_per_day:,} megapixels a day",
        f"{caps.concurrent_jobs} jobs in flight",
    ):
        assert text in words
