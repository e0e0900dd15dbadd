"""A contact sheet: the photo and every style of the catalogue, named, side by side."""

from typing import Final

from PIL import Image, ImageDraw, ImageOps

from .looks import Look
from .stylizer import Stylizer

CELL: Final = 320  # px
CAPTION: Final = 22
COLUMNS: Final = 5
LANCZOS: Final = Image.Resampling.LANCZOS


def contact_sheet(stylizer: Stylizer, photo: Image.Image, strength: float) -> Image.Image:
    """One cell for the photo, then one for each style in catalogue order."""
    looks = [Look.of(name, strength) for name in stylizer.styles]
    results = stylizer.stylize_all(photo, looks)
    names = ["photo", *(style.name for style in stylizer.styles.values())]
    return grid([photo, *(result.image for result in results)], names)


def grid(images: list[Image.Image], captions: list[str]) -> Image.Image:
    """Pictures of any size in cells 320 px wide and as high as the highest needs, five to a row."""
    fitted = [ImageOps.contain(each.convert("RGB"), (CELL - 8, CELL - 8), LANCZOS) for each in images]
    height = max(each.height for each in fitted) + 8
    rows = -(-len(images) // COLUMNS)
    page = Image.new("RGB", (COLUMNS * CELL, rows * (height + CAPTION)), "white")
    pen = ImageDraw.Draw(page)
    for index, (small, caption) in enumerate(zip(fitted, captions, strict=True)):
        left, top = index % COLUMNS * CELL, index // COLUMNS * (height + CAPTION)
        page.paste(small, (left + (CELL - small.width) // 2, top + (height - small.height) // 2))
        pen.text((left + 8, top + height), caption, fill="black", font_size=14)
    return page
