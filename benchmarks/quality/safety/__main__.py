"""How safe the pictures of any photos are: `python -m benchmarks.quality.safety --photos DIR --out F.json`.

Pictures are measured at the photo's own size, at most 1024² pixels, whatever the engine's working size:
structure and colour by scikit-image, legibility of text by RapidOCR. The engine uses neither.
"""

from pathlib import Path
from statistics import fmean
from typing import Annotated, Any

import torch
import typer

from style_engine import Stylizer
from style_engine.commands.options import MODEL
from style_engine.looks import Protection

from ...shared.report import print_tables, write_json
from .baselines import compare_with_baselines
from .cost import measure_cost
from .figures import summarise_changes, summarise_verdicts
from .masks import evaluate_masks
from .photos import read_photos, stylize_photos
from .sheets import save_sheets
from .targets import compare_with_targets, targets_table
from .text import measure_text


@torch.inference_mode()
def main(  # noqa: PLR0917 - a command line has as many options as it has
    photos: Annotated[Path, typer.Option(help="Folder of photos.", exists=True)],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    model: Annotated[Path, typer.Option(help="Model folder.")] = MODEL,
    count: Annotated[int | None, typer.Option(help="Number of photos, evenly over the folder.")] = None,
    styles: Annotated[str, typer.Option(help="Catalogue styles, separated by commas; all by default.")] = "",
    styles_per_photo: Annotated[int | None, typer.Option(help="Styles for each photo, in turn.")] = None,
    composites: Annotated[
        Path | None, typer.Option(help="A set of training.regions.evaluate, for the mask's IoU.")
    ] = None,
    save: Annotated[Path | None, typer.Option(help="Folder for contact sheets.")] = None,
    baselines: Annotated[bool, typer.Option(help="Compare with the public models.")] = True,
) -> None:
    """Measure what protections and gates make of your photos."""
    stylizer = Stylizer.load(model)
    style_ids = styles.split(",") if styles else list(stylizer.styles)
    measured = list(read_photos(photos, count, stylizer))
    per_photo = styles_per_photo or len(style_ids)
    soft, strict, soft_enhanced, strict_enhanced = (
        stylize_photos(stylizer, measured, style_ids, per_photo, mode, enhance=enhance)
        for enhance in (False, True)
        for mode in (Protection.SOFT, Protection.STRICT)
    )
    figures: dict[str, Any] = {
        "photos": len(measured),
        "product_found": fmean(photo.scene.regions.found for photo in measured),
        "soft": summarise_verdicts(soft) | summarise_changes(soft),
        "strict": summarise_verdicts(strict) | summarise_changes(strict),
        "soft_enhanced": summarise_verdicts(soft_enhanced) | summarise_changes(soft_enhanced),
        "strict_enhanced": summarise_verdicts(strict_enhanced) | summarise_changes(strict_enhanced),
        "cost": measure_cost(stylizer, [photo.image for photo in measured]),
    }
    if text := measure_text(measured, soft):
        figures["text"] = text
    if composites:
        figures["mask"] = evaluate_masks(stylizer, composites)
    if baselines:
        figures["baselines"] = compare_with_baselines(soft)
    if save:
        save_sheets(soft, save, "soft")
        save_sheets(strict, save, "strict")
    figures["promises"] = compare_with_targets(figures)
    write_json(out, figures)
    print_tables(targets_table(figures["promises"]))


if __name__ == "__main__":
    typer.run(main)
