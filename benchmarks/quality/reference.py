"""The share of the optimisation engine's style gain and SSIM that the feed-forward engine reaches.

    python -m benchmarks.quality.reference --content DIR --styles DIR [--pairs N] [--save DIR] --out F.json
    [--content-weight W]

Every pair is painted by `fuse` (a style learned in one pass), by `optimise` and by Magenta's model, and
measured by the same evaluator. A pair takes minutes on one thread: use few. Pictures are squares of `--size`
px.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import torch
import typer
from PIL import Image
from rich.console import Console

from style_engine.commands.options import MODEL
from style_engine.network.model import load_model
from style_engine.optimise import Extractor, Settings, fast_dtype, optimise

from ..shared.baselines import Baselines
from ..shared.machine import machine
from ..shared.report import print_tables, write_json
from .cases import MAGENTA, OURS, Case, read_squares, unseen_cases
from .evaluator import Evaluator, Measures
from .style import TARGETS, evaluate_cases, measures_table

REFERENCE: Final = "optimise"
SHARE_LABELS: Final = {"gain": "of the reference's style gain", "ssim": "of its SSIM"}


def add_reference(case: Case, network: Extractor, settings: Settings) -> Case:
    """The case with the optimisation engine among its painters."""
    assert case.reference is not None  # the pairs of `unseen_cases` have one
    paint = partial(paint_reference, network, settings, case.photo.image, case.reference.image)
    return replace(case, painters={**case.painters, REFERENCE: paint})


def paint_reference(
    extractor: Extractor, settings: Settings, photo: Image.Image, style: Image.Image, strength: float
) -> Image.Image:
    return optimise(photo, style, extractor, replace(settings, strength=strength))


def reference_shares(means: Mapping[str, Measures]) -> dict[str, float]:
    """Our gain and SSIM as shares of the reference's."""
    return {name: means[OURS][name] / means[REFERENCE][name] for name in SHARE_LABELS}


def main(  # noqa: PLR0917 - a command line has as many options as it has
    content: Annotated[Path, typer.Option(help="Folder of photos.", exists=True)],
    styles: Annotated[Path, typer.Option(help="Folder of style pictures.", exists=True)],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    pairs: Annotated[int, typer.Option(help="Number of pairs.")] = 4,
    size: Annotated[int, typer.Option(help="Side of the squares, px.")] = 256,
    steps: Annotated[int, typer.Option(help="Optimisation steps at the smallest scale.")] = Settings.steps,
    content_weight: Annotated[float, typer.Option(help="Weight of the reference's content loss.")] = 1.0,
    extractor: Annotated[str, typer.Option(help="Feature extractor of the reference.")] = "vgg19",
    save: Annotated[Path | None, typer.Option(help="Folder for the pictures.")] = None,
    model: Annotated[Path, typer.Option("--model", help="Model folder.")] = MODEL,
    threads: Annotated[int, typer.Option(help="CPU threads.")] = 1,
) -> None:
    """Compare the feed-forward engine with optimisation on the same pairs."""
    torch.set_num_threads(threads)
    network = Extractor.load(extractor).to(fast_dtype())
    settings = Settings(size=size, steps=steps, content_weight=content_weight)
    pictures = read_squares(content, size), read_squares(styles, size)
    cases = unseen_cases(load_model(model), Baselines(threads), *pictures, pairs)
    cases = [add_reference(case, network, settings) for case in cases]
    result = evaluate_cases(Evaluator.load(), cases, save, "reference")
    means = result["means"]
    shares = reference_shares(means)
    write_json(out, result | {"shares": shares, "settings": str(settings), "machine": machine()})
    print_tables(measures_table(f"{len(cases)} pairs", means, means.get(MAGENTA), TARGETS["unseen"]))
    for name, share in shares.items():
        Console().print(f"fuse reaches {share:.0%} {SHARE_LABELS[name]}")


if __name__ == "__main__":
    typer.run(main)
