"""Contact sheets for the documents: every style of a family on eight kinds of product photo.

    python -m training.styles.style_book [MODEL_DIR]

Writes docs/pictures/styles-{family}.webp: the photos in the first row, then a row for each style.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from PIL import Image, ImageDraw, ImageOps
from rich.progress import track

from samples.product_photos import shop_photos
from style_engine import Look, Style, Stylizer

from ..shared import cli
from ..shared.paths import MODEL, ROOT

PICTURES: Final = ROOT / "docs/pictures"
CELL_PX: Final = 208
CELL_PICTURE_PX: Final = CELL_PX - 3  # the rest is a gap
CAPTION_HEIGHT_PX: Final = 20
CAPTION_FONT_PX: Final = 13
SheetRow = tuple[str, list[Image.Image]]


def family_sheet(stylizer: Stylizer, styles: list[Style], photos: dict[str, Image.Image]) -> Image.Image:
    """A row of photos, then a row for each style at full strength."""
    looks = [Look.of(style.id) for style in styles]
    columns = [stylizer.stylize_all(photo, looks) for photo in photos.values()]
    painted = [[column[row].image for column in columns] for row in range(len(styles))]
    rows = zip((style.name for style in styles), painted, strict=True)
    return draw_sheet(list(photos), [("photo", list(photos.values())), *rows])


def draw_sheet(columns: list[str], rows: list[SheetRow]) -> Image.Image:
    """Pictures in square cells; names of columns at the top, the name of each row above it."""
    row_height = CAPTION_HEIGHT_PX + CELL_PX
    page = Image.new("RGB", (CELL_PX * len(columns), CAPTION_HEIGHT_PX + row_height * len(rows)), "white")
    pen = ImageDraw.Draw(page)
    for column, name in enumerate(columns):
        pen.text((column * CELL_PX + 4, 3), name, fill="black", font_size=CAPTION_FONT_PX)
    for row, (name, pictures) in enumerate(rows):
        top = CAPTION_HEIGHT_PX + row * row_height
        pen.text((4, top + 3), name, fill="black", font_size=CAPTION_FONT_PX)
        for column, picture in enumerate(pictures):
            size = (CELL_PICTURE_PX, CELL_PICTURE_PX)
            small = ImageOps.fit(picture.convert("RGB"), size, Image.Resampling.LANCZOS)
            page.paste(small, (column * CELL_PX, top + CAPTION_HEIGHT_PX))
    return page


def families(stylizer: Stylizer) -> Iterator[tuple[str, list[Style]]]:
    """Styles by family; the catalogue is sorted by it."""
    for family, styles in groupby(stylizer.styles.values(), key=lambda style: style.family):
        yield family, list(styles)


def main(model: cli.ModelArgument = MODEL) -> None:
    stylizer = Stylizer.load(model)
    photos = shop_photos()
    for family, styles in track(list(families(stylizer)), description="sheets"):
        page = family_sheet(stylizer, styles, photos)
        page.save(PICTURES / f"styles-{family}.webp", quality=62, method=6)


if __name__ == "__main__":
    cli.run(main, __doc__)
