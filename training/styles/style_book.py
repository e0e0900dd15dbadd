"""Contact sheets for docs: every style of a family on eight kinds of product photo.

    python -m training.styles.style_book [MODEL_DIR]

Writes docs/pictures/styles-{family}.webp: the photos in the first row, then one row for each style.
"""

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageOps
from rich.progress import track

from samples.product_photos import shop_photos
from style_engine import Look, Style, Stylizer

from .publish import MODEL, ROOT

PICTURES: Final = ROOT / "docs/pictures"
CELL: Final = 208  # px
LABEL: Final = 20  # px, height of a caption
LANCZOS: Final = Image.Resampling.LANCZOS
Row = tuple[str, list[Image.Image]]


def family_sheet(stylizer: Stylizer, styles: list[Style], photos: dict[str, Image.Image]) -> Image.Image:
    """A row of photos, then a row for each style at full strength."""
    looks = [Look.of(style.id) for style in styles]
    columns = [stylizer.stylize_all(photo, looks) for photo in photos.values()]
    painted = [[column[row].image for column in columns] for row in range(len(styles))]
    rows = zip((style.name for style in styles), painted, strict=True)
    return sheet(list(photos), [("photo", list(photos.values())), *rows])


def sheet(columns: list[str], rows: list[Row]) -> Image.Image:
    """Square cells, the columns' names on top, each row's name above it."""
    page = Image.new("RGB", (CELL * len(columns), LABEL + (CELL + LABEL) * len(rows)), "white")
    pen = ImageDraw.Draw(page)
    for place, name in enumerate(columns):
        pen.text((place * CELL + 4, 3), name, fill="black", font_size=13)
    for line, (name, pictures) in enumerate(rows):
        top = LABEL + line * (CELL + LABEL)
        pen.text((4, top + 3), name, fill="black", font_size=13)
        for place, picture in enumerate(pictures):
            small = ImageOps.fit(picture.convert("RGB"), (CELL - 3, CELL - 3), LANCZOS)
            page.paste(small, (place * CELL, top + LABEL))
    return page


def families(stylizer: Stylizer) -> Iterator[tuple[str, list[Style]]]:
    """Styles of the catalogue by family; they stand together there."""
    for family, styles in groupby(stylizer.styles.values(), key=lambda style: style.family):
        yield family, list(styles)


def main(model: Path = MODEL) -> None:
    stylizer = Stylizer.load(model)
    photos = shop_photos()
    for family, styles in track(list(families(stylizer)), description="sheets"):
        page = family_sheet(stylizer, styles, photos)
        page.save(PICTURES / f"styles-{family}.webp", quality=62, method=6)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
