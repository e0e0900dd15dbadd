"""Contact sheet: the photo and all styles of the catalogue with captions, in a grid."""

from typing import Final

from PIL import Image, ImageDraw, ImageOps

from .looks import Look
from .stylizer import Stylizer

CELL_PX: Final = 320
MARGIN_PX: Final = 8
CAPTION_PX: Final = 22
SHEET_COLUMNS: Final = 5
LANCZOS: Final = Image.Resampling.LANCZOS


def contact_sheet(stylizer: Stylizer, photo: Image.Image, strength: float) -> Image.Image:
    """One cell for the photo, then one for each style in catalogue order."""
    looks = [Look.of(name, strength) for name in stylizer.styles]
    results = stylizer.stylize_all(photo, looks)
    names = ["photo", *(style.name for style in stylizer.styles.values())]
    return grid([photo, *(result.image for result in results)], names)


def grid(images: list[Image.Image], captions: list[str]) -> Image.Image:
    """Pictures in rows of five cells, each 320 px wide and as high as the highest picture needs."""
    box = (CELL_PX - MARGIN_PX, CELL_PX - MARGIN_PX)
    fitted = [ImageOps.contain(image.convert("RGB"), box, LANCZOS) for image in images]
    height = max(image.height for image in fitted) + MARGIN_PX
    rows = -(-len(images) // SHEET_COLUMNS)
    page = Image.new("RGB", (SHEET_COLUMNS * CELL_PX, rows * (height + CAPTION_PX)), "white")
    draw = ImageDraw.Draw(page)
    for index, (small, caption) in enumerate(zip(fitted, captions, strict=True)):
        left, top = index % SHEET_COLUMNS * CELL_PX, index // SHEET_COLUMNS * (height + CAPTION_PX)
        page.paste(small, (left + (CELL_PX - small.width) // 2, top + (height - small.height) // 2))
        draw.text((left + MARGIN_PX, top + height), caption, fill="black", font_size=14)
    return page
