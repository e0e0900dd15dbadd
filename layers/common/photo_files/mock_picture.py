"""The picture of a look in test mode: the photo in few tones of two colours that follow from the look's name,
with TEST across it, so that nobody takes it for a picture of the product."""

import colorsys
import hashlib

from PIL import Image, ImageDraw, ImageFont, ImageOps

WORD = "TEST"
_TONES_BITS = 3
_TINT_SHARE = 0.6
_WORD_WIDTH_SHARE = 0.8
_WORD_HEIGHT_SHARE = 0.5
_FONT_SIZE_PX = 96
_OUTLINE_PX = 4
_DARK_VALUE, _LIGHT_VALUE = 0.25, 1.0


def mock_picture(image: Image.Image, name: str, strength: float) -> Image.Image:
    """Equal for equal arguments. `image` is RGB or RGBA, and keeps its transparency; `strength` is the share
    of the tones, from 0 (the photo, with the word) to 1."""
    colours = image.convert("RGB")
    picture = Image.blend(colours, _toned(colours, name), strength)
    _draw_word(picture)
    if image.mode == "RGBA":
        picture.putalpha(image.getchannel("A"))
    return picture


def _toned(colours: Image.Image, name: str) -> Image.Image:
    dark, light = _colours_of(name)
    tinted = ImageOps.colorize(ImageOps.grayscale(colours), dark, light)
    return Image.blend(ImageOps.posterize(colours, _TONES_BITS), tinted, _TINT_SHARE)


def _colours_of(name: str) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    hue = hashlib.sha256(name.encode()).digest()[0] / 256
    return _rgb(hue, 0.9, _DARK_VALUE), _rgb(hue, 0.25, _LIGHT_VALUE)


def _rgb(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue, saturation, value))
    return red, green, blue


def _draw_word(picture: Image.Image) -> None:
    """White with a black outline, as wide as the picture allows."""
    word = _word()
    scale = min(
        _WORD_WIDTH_SHARE * picture.width / word.width, _WORD_HEIGHT_SHARE * picture.height / word.height
    )
    size = max(1, round(word.width * scale)), max(1, round(word.height * scale))
    drawn = word.resize(size, Image.Resampling.BICUBIC)
    corner = (picture.width - drawn.width) // 2, (picture.height - drawn.height) // 2
    picture.paste(drawn.convert("RGB"), corner, drawn.getchannel("A"))


def _word() -> Image.Image:
    font = ImageFont.load_default(_FONT_SIZE_PX)
    left, top, right, bottom = font.getbbox(WORD, stroke_width=_OUTLINE_PX)
    word = Image.new("RGBA", (round(right - left), round(bottom - top)))
    ImageDraw.Draw(word).text(
        (-left, -top), WORD, "white", font, stroke_width=_OUTLINE_PX, stroke_fill="black"
    )
    return word
