"""Precision and recall of a region model's skin masks on the held-out labelled pictures.

`python -m training.regions.skin.evaluate --data DIR --masks DIR --model engine/models/regions-lite`
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from style_engine.imaging.tensors import MASK_THRESHOLD
from style_engine.regions.finder import RegionFinder

from ...shared import cli
from ...shared.release import write_json
from ..confidence import find_regions
from ..measures import Figures, iou, mean_or_nan
from ..surfaces import Floats
from .labels import LabelledSkin, read_labels


@dataclass(frozen=True)
class SkinResult:
    """A labelled picture and the mask (H, W) that was found, all 0 where none was."""

    truth: LabelledSkin
    mask: Floats

    @property
    def found(self) -> bool:
        return bool((self.mask > MASK_THRESHOLD).any())


def find_skin(finder: RegionFinder, pictures: Sequence[LabelledSkin]) -> list[SkinResult]:
    results = []
    for picture in pictures:
        skin = find_regions(finder, picture.image).skin
        mask = np.zeros(picture.truth.shape, np.float32) if skin is None else skin[0, 0].numpy()
        results.append(SkinResult(picture, mask))
    return results


def measure_skin(results: Sequence[SkinResult]) -> dict[str, Figures]:
    """Figures by kind of picture, and over all: precision and recall count known pixels, each picture's area
    alike; `found`: share of the pictures in which skin is found."""
    kinds = sorted({result.truth.kind for result in results})
    by_kind = {kind: [result for result in results if result.truth.kind == kind] for kind in kinds}
    return {kind: _figures(group) for kind, group in [*by_kind.items(), ("all", list(results))]}


def _figures(results: Sequence[SkinResult]) -> Figures:
    correct = predicted = labelled = 0.0
    for result in results:
        known, truth = result.truth.known > 0, result.truth.truth > 0
        mask = result.mask > MASK_THRESHOLD
        correct += (mask & truth & known).sum() / known.size
        predicted += (mask & known).sum() / known.size
        labelled += (truth & known).sum() / known.size
    with_skin = [result for result in results if result.truth.has_skin]
    return {
        "count": len(results),
        "precision": correct / predicted if predicted else 1.0,
        "recall": correct / labelled if labelled else 1.0,
        "iou": mean_or_nan(iou(result.mask * result.truth.known, result.truth.truth) for result in with_skin),
        "found": mean_or_nan(result.found for result in results),
    }


def main(
    data: cli.DataOption,
    masks: Annotated[Path, typer.Option(help="masks by training.regions.skin.teacher", exists=True)],
    model: cli.ModelOption,
    out: cli.ReportOption = None,
) -> None:
    torch.set_num_threads(1)
    pictures = read_labels(data, masks, held_out=True)
    figures = measure_skin(find_skin(RegionFinder.load(model), pictures))
    print(json.dumps(figures, indent=2))
    if out:
        write_json(out, figures)


if __name__ == "__main__":
    cli.run(main, __doc__)
