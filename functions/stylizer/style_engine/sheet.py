"""A contact sheet: the photo and every style of the catalogue, named, side by side."""

from typing import Final

from PIL import Image, ImageDraw, ImageOps

from .styles import Look
from .stylizer import Stylizer

CELL: Final = 320  # px
CAPTION: Final = 22
COLUMNS: Final = 5


def contact_sheet(stylizer: Stylizer, photo: Image.Image, strength: float) -> Image.Image:
    """One cell for the photo, then one for each style in catalogue order."""
    looks = [Look.of(name, strength) for name in stylizer.styles]
    results = stylizer.stylize_all(photo, looks)
    names = ["photo", *(style.name for style in stylizer.styles.values())]
    return grid([photo, *(result.image for result in results)], names)


def grid(images: list[Image.Image], captions: list[str]) -> Image.Image:
    """Pictures of any size in cells of 320 px, five to a row, each with its caption."""
    rows = -(-len(images) // COLUMNS)
    page = Image.new("RGB", (COLUMNS * CELL, rows * (CELL + CAPTION)), "white")
    pen = ImageDraw.Draw(page)
    for index, (image, caption) in enumerate(zip(images, captions, strict=True)):
        left, top = index % COLUMNS * CELL, index // COLUMNS * (CELL + CAPTION)
        small = ImageOps.contain(image.convert("RGB"), (CELL - 8, CELL - 8), Image.Resampling.LANCZOS)
        page.paste(small, (left + (CELL - small.width) // 2, top + (CELL - small.height) // 2))
        pen.text((left + 8, top + CELL), caption, fill="black", font_size=14)
    return page
