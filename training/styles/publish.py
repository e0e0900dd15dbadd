"""Publish a released model to the storefront: the list of its styles, and a preview of each.

    python -m training.styles.publish [MODEL_DIR]        (make catalogue)

Writes layers/common/limner/catalogue.json, functions/storefront/pages/previews/{style}.webp, and
functions/storefront/pages/previews.webp, all previews one below the other in the order of their ids: the one
file that the page loads.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from PIL import Image, ImageOps
from rich.progress import track
from skimage import data

from samples.product_photos import carton_with_text, coffee, flask_on_dark, fruit_on_plate, mug_on_white
from style_engine import Stylizer
from style_engine.grade.presets import PRESETS
from style_engine.looks import AUTO, ENHANCE

from ..shared import cli
from ..shared.paths import MODEL, ROOT
from ..shared.release import write_json

CATALOGUE: Final = ROOT / "layers/common/limner/catalogue.json"
PREVIEWS: Final = ROOT / "functions/storefront/pages/previews"
PREVIEW_SHEET: Final = PREVIEWS.with_suffix(".webp")
PREVIEW_SIDE_PX: Final = 320
SHEET_SIDE_PX: Final = 144  # of each preview on the sheet; a tile of the page is 100 to 140 px wide
PAINTED_SIDE_PX: Final = 640  # of each photo, and of the four quarters before they are reduced
POOR_LIGHT_GAINS: Final = (0.66, 0.60, 0.50)  # of red, green and blue
LANCZOS: Final = Image.Resampling.LANCZOS


def catalogue_of(stylizer: Stylizer) -> dict[str, object]:
    """What the functions read of a model (limner.catalogue)."""
    styles = [
        {
            "id": style.id,
            "name": style.name,
            "family": style.family,
            "tags": list(style.tags),
            "words": dict(style.words),
        }
        for style in stylizer.styles.values()
    ]
    return {
        "model_name": stylizer.model.name,
        "model_version": stylizer.version,
        "styles": styles,
    }


def preview_photos() -> list[Image.Image]:
    """Four kinds: a cup in a scene, a portrait (both scikit-image, CC0), a carton with lettering, fruit."""
    windows = ((data.coffee(), (110, 0, 510, 400)), (data.astronaut(), (60, 0, 380, 320)))
    real = [Image.fromarray(pixels).crop(window) for pixels, window in windows]
    squares = (ImageOps.fit(photo, (PAINTED_SIDE_PX, PAINTED_SIDE_PX), LANCZOS)
               for photo in (*real, carton_with_text(), fruit_on_plate()))  # fmt: skip
    return list(squares)


def four_in_one(pictures: Sequence[Image.Image]) -> Image.Image:
    """Four pictures as the quarters of a square."""
    page = Image.new("RGB", (PAINTED_SIDE_PX, PAINTED_SIDE_PX))
    half = PAINTED_SIDE_PX // 2
    for index, picture in enumerate(pictures):
        page.paste(ImageOps.fit(picture, (half, half), LANCZOS), (index % 2 * half, index // 2 * half))
    return page


def previews(stylizer: Stylizer) -> Iterator[tuple[str, Image.Image]]:
    """Id and picture of each style, each grade, `enhance` and `auto`."""
    photos = preview_photos()
    for style in (*stylizer.styles, *PRESETS):
        yield style, four_in_one([stylizer.stylize(photo, style) for photo in photos])
    yield ENHANCE, preview_enhance(stylizer, photos[0])
    yield AUTO, preview_auto(stylizer)


def preview_enhance(stylizer: Stylizer, photo: Image.Image) -> Image.Image:
    """Left half: the photo in poor light; right half: the same enhanced."""
    poor = photo.point([round(value * gain) for gain in POOR_LIGHT_GAINS for value in range(256)])
    page = stylizer.stylize(poor, ENHANCE)
    page.paste(poor.crop((0, 0, PAINTED_SIDE_PX // 2, PAINTED_SIDE_PX)), (0, 0))
    return page


def preview_auto(stylizer: Stylizer) -> Image.Image:
    """Four kinds of photo, each in the look that `auto` chooses."""
    photos = (draw() for draw in (mug_on_white, coffee, fruit_on_plate, flask_on_dark))
    return four_in_one([stylizer.stylize(photo, AUTO) for photo in photos])


def write_previews(stylizer: Stylizer) -> None:
    PREVIEWS.mkdir(parents=True, exist_ok=True)
    for style, picture in track(previews(stylizer), description="previews"):
        small = picture.resize((PREVIEW_SIDE_PX, PREVIEW_SIDE_PX), LANCZOS)
        small.save(PREVIEWS / f"{style}.webp", quality=72, method=6)


def preview_sheet() -> Image.Image:
    """The previews as they are."""
    paths = sorted(PREVIEWS.glob("*.webp"), key=lambda path: path.stem)
    sheet = Image.new("RGB", (SHEET_SIDE_PX, SHEET_SIDE_PX * len(paths)))
    for index, path in enumerate(paths):
        with Image.open(path) as preview:
            small = preview.convert("RGB").resize((SHEET_SIDE_PX, SHEET_SIDE_PX), LANCZOS)
        sheet.paste(small, (0, index * SHEET_SIDE_PX))
    return sheet


def write_preview_sheet(target: Path | BinaryIO = PREVIEW_SHEET) -> None:
    """By itself, after a change of one preview:
    `python -c "from training.styles.publish import write_preview_sheet as write; write()"`."""
    preview_sheet().save(target, "WEBP", quality=55, method=6)


def main(model: cli.ModelArgument = MODEL) -> None:
    stylizer = Stylizer.load(model)
    write_json(CATALOGUE, catalogue_of(stylizer))
    write_previews(stylizer)
    write_preview_sheet()


if __name__ == "__main__":
    cli.run(main, __doc__)
