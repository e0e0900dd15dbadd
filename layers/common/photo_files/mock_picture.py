"""The picture of a look in test mode: the photo in few tones of two colours that follow from the look's name,
with TEST across it, so that nobody takes it for a picture of the product."""

import colorsys
import hashlib

from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps

WORD = "TEST"
_TONES_BITS = 3
_TINT_SHARE = 0.6
_WORD_WIDTH_SHARE = 0.8
_WORD_HEIGHT_SHARE = 0.5
_FONT_SIZE_PX = 96
_OUTLINE_PX = 4
_DARK_VALUE, _LIGHT_VALUE = 0.25, 1.0


def mock_picture(image: Image.Image, name: str, strength: float) -> Image.Image:
    """Equal for equal arguments. `image` is RGB or RGBA, and keeps its transparency but for the word;
    `strength` is the share of the tones, from 0 (the photo, with the word) to 1."""
    colours = image.convert("RGB")
    picture = Image.blend(colours, _toned(colours, name), strength)
    word, corner = _word_for(image.size)
    picture.paste(word.convert("RGB"), corner, word.getchannel("A"))
    if image.mode == "RGBA":
        alpha = image.getchannel("A")
        alpha.paste(ImageChops.lighter(alpha.crop(_box(corner, word.size)), word.getchannel("A")), corner)
        picture.putalpha(alpha)
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


def _word_for(size: tuple[int, int]) -> tuple[Image.Image, tuple[int, int]]:
    """In white with a black outline, as wide as a picture of this size allows; and its upper left corner."""
    word = _word()
    scale = min(_WORD_WIDTH_SHARE * size[0] / word.width, _WORD_HEIGHT_SHARE * size[1] / word.height)
    scaled = max(1, round(word.width * scale)), max(1, round(word.height * scale))
    corner = (size[0] - scaled[0]) // 2, (size[1] - scaled[1]) // 2
    return word.resize(scaled, Image.Resampling.BICUBIC), corner


def _box(corner: tuple[int, int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    return (*corner, corner[0] + size[0], corner[1] + size[1])


def _word() -> Image.Image:
    font = ImageFont.load_default(_FONT_SIZE_PX)
    left, top, right, bottom = font.getbbox(WORD, stroke_width=_OUTLINE_PX)
    word = Image.new("RGBA", (round(right - left), round(bottom - top)))
    ImageDraw.Draw(word).text(
        (-left, -top), WORD, "white", font, stroke_width=_OUTLINE_PX, stroke_fill="black"
    )
    return word
