"""Text in many fonts, with an exact mask of its lines."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONT_FOLDER: Final = Path("/usr/share/fonts")
FONT_SUFFIXES: Final = frozenset({".ttf", ".otf", ".ttc"})
EXCLUDED_FONTS: Final = (
    "symbol", "dingbat", "emoji", "math", "d050", "standardsymbols", "icon", "mono-bold",
)  # fmt: skip
HELD_OUT_FONT_EVERY: Final = 10
SYLLABLES: Final = (
    "lo", "ra", "mi", "ten", "ka", "sor", "fle", "dun", "pi", "va", "gra", "no", "bel", "ti", "cor", "us",
    "an", "el", "fresh", "max", "pro", "eco", "mar", "den", "ox", "yo", "qui", "zer", "hum", "ste",
)  # fmt: skip
SIGNS: Final = ("%", "€", "$", "£", "g", "ml", "kg", "cm", "+", "№", "®", "&", "100", "24/7", "XL", "-50%")
ALPHABETS: Final = ((0x410, 0x44F), (0x391, 0x3C9))  # code points: Cyrillic, Greek
HAN: Final = (0x4E00, 0x6FFF)  # code points
LINE_HEIGHT: Final = 1.2  # of the font size
BAND_BLUR_RADIUS: Final = 0.22  # of the font size: joins the letters of a line, but not columns
BAND_MIN_LEVEL_8BIT: Final = 12  # of the blurred ink
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class DrawnText:
    """Two L images of one size. ink: coverage of each pixel by letters; lines: text lines as filled bands."""

    ink: Image.Image
    lines: Image.Image


@lru_cache
def font_files(held_out: bool) -> tuple[Path, ...]:
    """This machine's fonts for training, or the held-out tenth; a hash of the name decides."""
    files = sorted(path for path in FONT_FOLDER.rglob("*") if path.suffix.lower() in FONT_SUFFIXES)
    readable = [path for path in files if not any(word in path.name.lower() for word in EXCLUDED_FONTS)]
    return tuple(path for path in readable if _is_held_out(path.name) == held_out)


@lru_cache(maxsize=512)
def open_font(path: Path | None, size: int) -> Font:
    return ImageFont.truetype(str(path), size) if path else ImageFont.load_default(size)


def draw_text(size: tuple[int, int], rng: np.random.Generator, held_out: bool = False) -> DrawnText:
    """One to five lines of words in one font, in a box of `size` (width, height) px."""
    width, height = size
    files = font_files(held_out)
    path = files[rng.integers(len(files))] if files else None
    count = int(rng.integers(1, 6)) if height > 40 else 1
    points = max(6, round(height / count * rng.uniform(0.55, 0.85)))
    font = open_font(path, points)
    ink = Image.new("L", size)
    pen = ImageDraw.Draw(ink)
    top = rng.uniform(0, max(1.0, height - count * points * LINE_HEIGHT))
    for number in range(count):
        words = fit_words(font, width * rng.uniform(0.4, 1.0), _random_words(path, rng), rng)
        left = (width - font.getbbox(words)[2]) * (0.5 if count < 3 else 0.0)
        pen.text((max(0.0, left), top + number * points * LINE_HEIGHT), words, fill=255, font=font)
    return DrawnText(ink, line_bands(ink, points))


def fit_words(font: Font, width: float, words: str, rng: np.random.Generator) -> str:
    """As many of the words as fit into `width` px, at least two letters; sometimes in capitals."""
    while len(words) > 2 and font.getbbox(words)[2] > width:
        words = words.rsplit(" ", 1)[0] if " " in words else words[:-1]
    return words.upper() if rng.random() < 0.4 else words


def line_bands(ink: Image.Image, points: float) -> Image.Image:
    """Pixels within about a third of the font size of any letter."""
    blurred = ink.filter(ImageFilter.BoxBlur(max(1.0, points * BAND_BLUR_RADIUS)))
    return blurred.point([0] * BAND_MIN_LEVEL_8BIT + [255] * (256 - BAND_MIN_LEVEL_8BIT))


def _random_words(path: Path | None, rng: np.random.Generator) -> str:
    count = int(rng.integers(1, 6))
    if path and "CJK" in path.name and rng.random() < 0.8:
        return " ".join(_random_characters(HAN, int(rng.integers(2, 6)), rng) for _ in range(count))
    if path and "DejaVu" in path.name and rng.random() < 0.3:
        alphabet = ALPHABETS[rng.integers(len(ALPHABETS))]
        return " ".join(_random_characters(alphabet, int(rng.integers(2, 9)), rng) for _ in range(count))
    return " ".join(_random_word(rng) for _ in range(count))


def _random_characters(codes: tuple[int, int], count: int, rng: np.random.Generator) -> str:
    return "".join(chr(code) for code in rng.integers(codes[0], codes[1], count))


def _random_word(rng: np.random.Generator) -> str:
    kind = rng.random()
    if kind < 0.15:
        return f"{rng.uniform(0, 200):.{int(rng.integers(0, 3))}f}"
    if kind < 0.25:
        return SIGNS[rng.integers(len(SIGNS))]
    word = "".join(SYLLABLES[index] for index in rng.integers(0, len(SYLLABLES), rng.integers(1, 4)))
    return word.title() if rng.random() < 0.5 else word


def _is_held_out(name: str) -> bool:
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % HELD_OUT_FONT_EVERY == 0
