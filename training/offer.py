"""Bring a released model to the storefront: the list of its styles, and a preview of each on a real photo.

    python -m training.offer [MODEL_DIR]        (make catalogue)

Writes layers/common/limner/catalogue.json and functions/storefront/pages/previews/{style}.webp.
"""

import json
import sys
from pathlib import Path

from PIL import Image
from rich.progress import track
from skimage import data

from style_engine import Stylizer

ROOT = Path(__file__).parent.parent
MODEL = ROOT / "functions/stylizer/models/fusenet-lite"
CATALOGUE = ROOT / "layers/common/limner/catalogue.json"
PREVIEWS = ROOT / "functions/storefront/pages/previews"
PREVIEW_SIDE = 240
PAINTED_SIDE = 480
"""Previews are painted larger than shown, so that strokes have the size they have on a photo."""


def offer(stylizer: Stylizer) -> dict[str, object]:
    """What the functions need to know of a model, as limner.catalogue reads it."""
    styles = [
        {"id": style.id, "name": style.name, "family": style.family, "words": dict(style.words)}
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
    return square.resize((PAINTED_SIDE, PAINTED_SIDE), Image.Resampling.LANCZOS)


def write_previews(stylizer: Stylizer) -> None:
    PREVIEWS.mkdir(parents=True, exist_ok=True)
    photo = preview_photo()
    for style in track(list(stylizer.styles), description="previews"):
        small = stylizer.stylize(photo, style).resize((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.LANCZOS)
        small.save(PREVIEWS / f"{style}.webp", quality=72, method=6)


def main(model: Path = MODEL) -> None:
    stylizer = Stylizer.load(model)
    CATALOGUE.write_text(json.dumps(offer(stylizer), ensure_ascii=False, indent=2) + "\n", "utf-8")
    write_previews(stylizer)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
