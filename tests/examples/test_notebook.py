"""examples/stylize.ipynb runs from top to bottom, and is committed without outputs."""

from PIL import Image

from tests.examples.notebooks import code_cells, run_cells
from tests.template_reader import ROOT

NOTEBOOK = ROOT / "examples/stylize.ipynb"
SIZE, SMALL_SIZE = "LONG_SIDE = 480", "LONG_SIDE = 96"


def test_notebook_is_committed_without_outputs():
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code_cells(NOTEBOOK))


def test_notebook_runs_and_shows_pictures(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert SIZE in NOTEBOOK.read_text("utf-8")
    values = run_cells(NOTEBOOK, {SIZE: SMALL_SIZE})
    assert sum(isinstance(value, Image.Image) for value in values) == 5
    printed = capsys.readouterr().out
    assert "strict " in printed
    assert "chosen:" in printed
