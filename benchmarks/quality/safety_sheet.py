"""What each protection makes of eight kinds of product photo: `python -m benchmarks.quality.safety_sheet`.

Writes docs/pictures/safety-{style}.webp: the photos, their masks, then a row for each protection.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import torch
import typer
from PIL import Image
from rich.progress import track

from samples.product_photos import shop_photos
from style_engine import Look, StyledPicture, Stylizer
from style_engine.looks import Protection
from training.gates.samples import scene_of
from training.shared.paths import MODEL, ROOT
from training.styles.style_book import SheetRow, draw_sheet

from .safety.masks import mask_overlay

PICTURES: Final = ROOT / "docs/pictures"
OUTCOME_LABELS: Final = {"lowered": "at a lower strength", "fallback": "kept as the photo"}
STYLES: Final = ("oil", "ukiyo-e")


@torch.inference_mode()
def safety_sheet(stylizer: Stylizer, style: str, photos: Mapping[str, Image.Image]) -> Image.Image:
    """Looks at full strength; a row's label says how many were lowered or replaced by the photo."""
    looks = [Look({style: 1.0}, protection=mode) for mode in Protection]
    columns = [stylizer.stylize_all(photo, looks) for photo in track(photos.values(), style)]
    overlays = [mask_overlay(scene_of(stylizer, photo)) for photo in photos.values()]
    rows: list[SheetRow] = [
        ("photo", list(photos.values())),
        ("product; text red; background dark", overlays),
    ]
    for mode, results in zip(Protection, zip(*columns, strict=True), strict=True):
        rows.append((f"{mode}{_outcomes_label(results)}", [styled.image for styled in results]))
    return draw_sheet(list(photos), rows)


def _outcomes_label(results: Sequence[StyledPicture]) -> str:
    outcomes = [styled.verdict.outcome for styled in results]
    parts = [f"{outcomes.count(name)} {label}" for name, label in OUTCOME_LABELS.items() if name in outcomes]
    return f" ({', '.join(parts)})" if parts else ""


def main(model: Annotated[Path, typer.Argument(help="Model folder.")] = MODEL) -> None:
    """Write the contact sheets of the protections to docs/pictures."""
    stylizer = Stylizer.load(model)
    for style in STYLES:
        safety_sheet(stylizer, style, shop_photos()).save(PICTURES / f"safety-{style}.webp", quality=85)


if __name__ == "__main__":
    typer.run(main)
