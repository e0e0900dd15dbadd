"""examples/stylize.ipynb runs from top to bottom, and is committed without outputs."""

from PIL import Image

from tests.examples.notebooks import cells, run_cells
from tests.template_reader import ROOT

NOTEBOOK = ROOT / "examples/stylize.ipynb"
SMALL = {"LONG_SIDE = 480": "LONG_SIDE = 96"}


def test_notebook_is_committed_without_outputs():
    assert [cell["outputs"] for cell in cells(NOTEBOOK) if cell["outputs"]] == []
    assert {cell["execution_count"] for cell in cells(NOTEBOOK)} == {None}


def test_notebook_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert any("LONG_SIDE = 480" in "".join(cell["source"]) for cell in cells(NOTEBOOK))
    values = run_cells(NOTEBOOK, SMALL)
    assert sum(isinstance(value, Image.Image) for value in values) == 5
    printed = capsys.readouterr().out
    assert "strict " in printed
    assert "chosen:" in printed
