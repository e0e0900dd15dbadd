"""What each protection makes of eight kinds of product photo: `python -m benchmarks.quality.safety_sheet`.

Writes docs/pictures/safety-{style}.webp: the photos, what was found in them, then a row for each protection.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import torch
from PIL import Image

from samples.product_photos import shop_photos
from style_engine import Look, StyledPicture, Stylizer
from style_engine.looks import Protection
from training.gates.samples import scene_of
from training.shared.paths import MODEL, ROOT
from training.styles.style_book import SheetRow, draw_sheet

from .safety import masked

PICTURES: Final = ROOT / "docs/pictures"
TOLD: Final = {"lowered": "at a lower strength", "fallback": "kept as the photo"}
STYLES: Final = ("oil", "ukiyo-e")


@torch.inference_mode()
def safety_sheet(stylizer: Stylizer, style: str, photos: Mapping[str, Image.Image]) -> Image.Image:
    """Looks at full strength; a row's name says how many were lowered or stayed the photo."""
    looks = [Look({style: 1.0}, protection=mode) for mode in Protection]
    columns = [stylizer.stylize_all(photo, looks) for photo in photos.values()]
    rows: list[SheetRow] = [
        ("photo", list(photos.values())),
        ("product; text red; dark: ground", [masked(scene_of(stylizer, photo)) for photo in photos.values()]),
    ]
    for mode, results in zip(Protection, zip(*columns, strict=True), strict=True):
        rows.append((f"{mode}{_said(results)}", [styled.image for styled in results]))
    return draw_sheet(list(photos), rows)


def _said(results: Sequence[StyledPicture]) -> str:
    outcomes = [styled.verdict.outcome for styled in results]
    said = [f"{outcomes.count(name)} {words}" for name, words in TOLD.items() if name in outcomes]
    return f" ({', '.join(said)})" if said else ""


def main(model: Path = MODEL) -> None:
    stylizer = Stylizer.load(model)
    for style in STYLES:
        safety_sheet(stylizer, style, shop_photos()).save(PICTURES / f"safety-{style}.webp", quality=85)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
