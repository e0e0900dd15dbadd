"""examples/learn_style.py learns a style, keeps it, and paints a photo of any size with it."""

from PIL import Image

from examples import learn_style
from photo_files.on_disk import read_photo
from style_engine.network.styles import load_style
from tests.pictures import chart


def test_a_style_is_learned_saved_and_painted_with(tmp_path, capsys):
    picture, photo, out = (tmp_path / name for name in ("painting.png", "mug.png", "styled.png"))
    chart(96, 96).transpose(Image.Transpose.ROTATE_90).save(picture)
    chart(96, 64).save(photo)

    learn_style.main([str(picture), str(photo), "--out", str(out), "--name", "patches", "--strength", "0.8"])

    assert load_style(tmp_path / "patches.safetensors").id == "patches"
    assert read_photo(out).image.size == (96, 64)
    assert str(out) in capsys.readouterr().out
