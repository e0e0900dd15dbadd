"""The fast engine beside the reference: how much of what optimisation reaches does one pass reach?

    python -m benchmarks.quality.reference --content DIR --styles DIR [--pairs N] [--save DIR] --out F.json
    [--content-weight W]

Every pair is painted by `fuse` (a style learned in one pass), by `optimise` and by the public peer, and
judged by one judge. Minutes a pair at one thread: take few pairs. Pictures are squares of `--size` px.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import torch
import typer
from PIL import Image
from rich.console import Console

from style_engine.__main__ import MODEL
from style_engine.network.model import load_model
from style_engine.optimise import Extractor, Settings, fast_dtype, optimise

from ..service.chain import machine
from ..shared.baselines import Baselines
from .cases import MAGENTA, OURS, Case, squares, unseen_cases
from .evaluator import Evaluator, Row
from .style import TARGETS, run, table

REFERENCE: Final = "optimise"
SHARES: Final = {"gain": "of the reference's style gain", "ssim": "of its SSIM"}


def with_reference(case: Case, network: Extractor, settings: Settings) -> Case:
    """The case with the reference among its painters."""
    assert case.reference is not None  # a pair has its style's picture
    paint = partial(reference, network, settings, case.photo.image, case.reference.image)
    return replace(case, painters={**case.painters, REFERENCE: paint})


def reference(
    extractor: Extractor, settings: Settings, photo: Image.Image, style: Image.Image, strength: float
) -> Image.Image:
    return optimise(photo, style, extractor, replace(settings, strength=strength))


def shares(means: Mapping[str, Row]) -> dict[str, float]:
    """Of each measure, ours as a share of the reference's."""
    return {name: means[OURS][name] / means[REFERENCE][name] for name in SHARES}


def main(  # noqa: PLR0917 - a command line has as many options as it has
    content: Annotated[Path, typer.Option(help="Folder of photos.", exists=True)],
    styles: Annotated[Path, typer.Option(help="Folder of style pictures.", exists=True)],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    pairs: Annotated[int, typer.Option(help="So many of the pairs.")] = 4,
    size: Annotated[int, typer.Option(help="px of the squares.")] = 256,
    steps: Annotated[int, typer.Option(help="The reference's, at its smallest scale.")] = Settings.steps,
    content_weight: Annotated[float, typer.Option(help="How much structure the reference keeps.")] = 1.0,
    extractor: Annotated[str, typer.Option(help="What the reference looks with.")] = "vgg19",
    save: Annotated[Path | None, typer.Option(help="Folder for the pictures.")] = None,
    model: Annotated[Path, typer.Option("--model", help="Model folder.")] = MODEL,
    threads: Annotated[int, typer.Option(help="CPU threads.")] = 1,
) -> None:
    torch.set_num_threads(threads)
    network = Extractor.load(extractor).to(fast_dtype())
    settings = Settings(size=size, steps=steps, content_weight=content_weight)
    pictures = squares(content, size), squares(styles, size)
    fast = unseen_cases(load_model(model), Baselines(threads), *pictures, pairs)
    cases = [with_reference(case, network, settings) for case in fast]
    found = run(Evaluator.load(), cases, save, "reference")
    found |= {"shares": shares(found["means"]), "settings": str(settings), "machine": machine()}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    means = found["means"]
    Console().print(table(f"{len(cases)} pairs", means, means.get(MAGENTA), TARGETS["unseen"]))
    for name, share in found["shares"].items():
        Console().print(f"fuse reaches {share:.0%} {SHARES[name]}")


if __name__ == "__main__":
    typer.run(main)
