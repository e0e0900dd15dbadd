"""The tables of the document about scale."""

import pytest

from benchmarks.service.simulation.document import MOST_USED, between_marks, most_used, shown, table
from benchmarks.service.simulation.figures import figures
from benchmarks.service.simulation.scenarios import scenarios
from tests.template_reader import ROOT


def test_text_is_replaced_between_the_marks_alone():
    document = "a <!-- x --> old <!-- /x --> b"
    once = between_marks(document, "x", "new")
    assert once == "a <!-- x -->\nnew\n<!-- /x --> b"
    assert between_marks(once, "x", "new") == once


def test_a_document_without_the_marks_is_refused():
    with pytest.raises(ValueError, match="needs <!-- x -->"):
        between_marks("no marks", "x", "text")


def test_a_table_has_a_line_for_each_row():
    assert table({"name": "", "share": "share"}, [{"name": "one", "share": 1.25}]).splitlines() == [
        "|  | share |",
        "|---|---|",
        "| one | 125% |",
    ]


def test_the_limits_that_are_used_most_are_shown_of_each_load():
    rows = [{"photos_per_day": load, "share": number} for load in (1, 2) for number in range(9)]
    assert [row["share"] for row in most_used(rows)] == [*range(MOST_USED)] * 2


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [("p50_seconds", 1234.5, "1,234"), ("p50_seconds", 2.46, "2.5"), ("failed", 3, "3"), ("name", "a", "a")],
)
def test_numbers_are_shown_with_what_matters(name, value, text):
    assert shown(name, value) == text


def test_the_document_names_every_scenario():
    document = (ROOT / "docs/scale.md").read_text("utf-8")
    assert [plan.name for plan in scenarios(figures(), 1.6) if plan.name not in document] == []
