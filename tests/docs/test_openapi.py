"""docs/openapi.json is what the storefront serves, and the site's tables show all of it."""

import json

import pytest

from tools.openapi import OPENAPI_FILE, as_text, served_description
from tools.openapi_tables import tables

COMMITTED = json.loads(OPENAPI_FILE.read_text("utf-8"))


@pytest.mark.usefixtures("thread_loop")
def test_committed_description_is_the_served_one():
    served = served_description()
    assert served == COMMITTED, "run make openapi"
    assert OPENAPI_FILE.read_text("utf-8") == as_text(served), "run make openapi"


@pytest.mark.parametrize("path", COMMITTED["paths"])
def test_tables_have_every_operation(path):
    for method in COMMITTED["paths"][path]:
        assert f"### `{method.upper()} {path}`" in tables(COMMITTED)


@pytest.mark.parametrize("name", COMMITTED["components"]["schemas"])
def test_tables_have_every_schema_and_field(name):
    section = tables(COMMITTED).partition(f"### {name}\n")[2].partition("\n### ")[0]
    for field in COMMITTED["components"]["schemas"][name].get("properties", {}):
        assert f"| `{field}` |" in section


def test_table_rows_have_as_many_cells_as_their_header():
    for row in tables(COMMITTED).splitlines():
        if row.startswith("|"):
            assert row.replace("\\|", "").count("|") in {3, 6}, row


def test_types_limits_and_defaults_are_written_out():
    text = tables(COMMITTED)
    assert "| `limit (query)` | integer | ≤ 50 |" in text.replace("≥ 1, ", "")
    assert "| `looks` | list of [Look](#look) | at most 8 |" in text
    assert "`passed`, `lowered`, `fallback`" in text
