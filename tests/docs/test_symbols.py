"""Constants and classes that CONTRIBUTING.md names exist in the code."""

import re

import pytest

from tests.docs.documents import code_spans
from tests.template_reader import ROOT

INVENTED = {"PLAIN_BACKGROUND_MAX_STD", "WHITE_LEVEL_8BIT"}
"""Examples of well-formed names."""
SOURCES = "\n".join(
    path.read_text("utf-8")
    for folder in ("engine", "functions", "layers", "local", "tests", "training")
    for path in ROOT.glob(f"{folder}/**/*")
    if path.suffix in {".py", ".js"}
)
CONSTANT_OR_CLASS = re.compile(r"[A-Z][A-Z_]{3,}|(?:[A-Z][a-z]+){2,}")
NAMES = {
    name
    for name in code_spans(ROOT / "CONTRIBUTING.md")
    if CONSTANT_OR_CLASS.fullmatch(name) and name not in INVENTED
}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_names_in_contributing_exist(name):
    assert re.search(rf"\b{name}\b", SOURCES)
