"""Bring a released model to the storefront: the list of its styles, and a preview of all that can be ordered.

    python -m training.styles.publish [MODEL_DIR]        (make catalogue)

Writes layers/common/limner/catalogue.json and functions/storefront/pages/previews/{style}.webp.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageOps
from rich.progress import track
from skimage import data

from samples.product_photos import coffee, flask_on_dark, fruit_on_plate, mug_on_white
from style_engine import Stylizer
from style_engine.grade.presets import PRESETS
from style_engine.looks import AUTO, ENHANCE

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "engine/models/fusenet-lite"
CATALOGUE = ROOT / "layers/common/limner/catalogue.json"
PREVIEWS = ROOT / "functions/storefront/pages/previews"
PREVIEW_SIDE = 240
PAINTED_SIDE = 480
"""Previews are painted larger than shown, so that strokes have the size they have on a photo."""
POOR_LIGHT = (0.66, 0.60, 0.50)
"""Of red, green and blue."""
LANCZOS = Image.Resampling.LANCZOS


def offer(stylizer: Stylizer) -> dict[str, object]:
    """What the functions need to know of a model, as limner.catalogue reads it."""
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


def preview_photo() -> Image.Image:
    """A cup of coffee (scikit-image, CC0), cut square."""
    whole = Image.fromarray(data.coffee())
    square = whole.crop((110, 0, 510, 400))
    return square.resize((PAINTED_SIDE, PAINTED_SIDE), LANCZOS)


def previews(stylizer: Stylizer) -> Iterator[tuple[str, Image.Image]]:
    """Style id and picture: the photo in each style and grade, lifted, and what `auto` makes of four."""
    photo = preview_photo()
    for style in (*stylizer.styles, *PRESETS):
        yield style, stylizer.stylize(photo, style)
    yield ENHANCE, half_enhanced(stylizer, photo)
    yield AUTO, four_of_its_own(stylizer)


def half_enhanced(stylizer: Stylizer, photo: Image.Image) -> Image.Image:
    """On the left the photo taken in poor light, on the right the same lifted."""
    poor = photo.point([round(value * gain) for gain in POOR_LIGHT for value in range(256)])
    page = stylizer.stylize(poor, ENHANCE)
    page.paste(poor.crop((0, 0, PAINTED_SIDE // 2, PAINTED_SIDE)), (0, 0))
    return page


def four_of_its_own(stylizer: Stylizer) -> Image.Image:
    """Four kinds of photo, each as the rules would have it."""
    page = Image.new("RGB", (PAINTED_SIDE, PAINTED_SIDE))
    half = PAINTED_SIDE // 2
    for place, draw in enumerate((mug_on_white, coffee, fruit_on_plate, flask_on_dark)):
        chosen = stylizer.stylize(draw(), AUTO)
        page.paste(ImageOps.fit(chosen, (half, half), LANCZOS), (place % 2 * half, place // 2 * half))
    return page


def write_previews(stylizer: Stylizer) -> None:
    PREVIEWS.mkdir(parents=True, exist_ok=True)
    for style, picture in track(previews(stylizer), description="previews"):
        small = picture.resize((PREVIEW_SIDE, PREVIEW_SIDE), LANCZOS)
        small.save(PREVIEWS / f"{style}.webp", quality=72, method=6)


def main(model: Path = MODEL) -> None:
    stylizer = Stylizer.load(model)
    CATALOGUE.write_text(json.dumps(offer(stylizer), ensure_ascii=False, indent=2) + "\n", "utf-8")
    write_previews(stylizer)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
