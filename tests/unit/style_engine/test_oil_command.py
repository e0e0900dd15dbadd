"""`python -m style_engine oil` writes one picture for each photo."""

from PIL import Image
from typer.testing import CliRunner

from style_engine.__main__ import app


def test_each_photo_becomes_a_picture_of_its_size(tmp_path, product):
    product.save(tmp_path / "mug.png")
    ran = CliRunner().invoke(app, ["oil", str(tmp_path / "mug.png"), "-o", str(tmp_path / "out")])
    assert ran.exit_code == 0, ran.output
    with Image.open(tmp_path / "out" / "mug__oil-strokes.png") as painted:
        assert painted.size == product.size
