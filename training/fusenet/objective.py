"""The objective: one batch through the net, and everything that is asked of what comes out."""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from style_engine.network.conditioning import conditioning_maps
from style_engine.network.patterns import PATTERN_NAMES
from style_engine.perceptual import vgg
from style_engine.perceptual.fine_tune import StyleObjective
from style_engine.perceptual.losses import background_loss

from . import losses
from .batches import ANY, UNCHANGED, Batch
from .checkpoint import Trainee

JUDGED: Final = 4  # drawn samples of a batch that VGG looks at; each costs as much as the net
LOOK: Final = 0.6  # how hard it pulls beside the answer


def batch_loss(trainee: Trainee, extractor: vgg.VggFeatures, batch: Batch) -> tuple[Tensor, dict[str, float]]:
    """Mean loss, and its parts for the log."""
    known, free = batch.places(lambda row: row != ANY), batch.places(lambda row: row == ANY)
    target = StyleObjective(extractor, batch.any_style) if free else None
    output = painted(trainee.net, batch, style_vectors(trainee, batch, target))
    parts = answer_parts(extractor, batch.only(known), output[known])
    if target is not None:
        asked = target(output[free], batch.photo[free], batch.background[free])
        parts |= {f"any {name}": part for name, part in asked.items()}
    shares = {name: part.sum() / len(batch.rows) for name, part in parts.items()}
    return torch.stack(list(shares.values())).sum(), {name: float(x.detach()) for name, x in shares.items()}


def style_vectors(trainee: Trainee, batch: Batch, target: StyleObjective | None) -> Tensor:
    """(B, vector_size) for each sample: from the catalogue, the style head, or the photo encoder."""
    thumbnails = F.interpolate(batch.photo, size=(128, 128), mode="bilinear", antialias=True)
    photo_style = trainee.head.vector(trainee.encoder(thumbnails), trainee.encoder.injection)
    others = iter(trainee.head(target.statistics) if target else ())
    named = trainee.vectors
    picked = [
        photo_style[place] if row == UNCHANGED else next(others) if row == ANY else named[row]
        for place, row in enumerate(batch.rows)
    ]
    return torch.stack(picked)


def painted(net: torch.nn.Module, batch: Batch, vectors: Tensor) -> Tensor:
    """(B, 3, S, S) what the net makes of the batch's photos."""
    half = F.avg_pool2d(batch.fields[:, : len(PATTERN_NAMES)], 2)
    output: Tensor = net(batch.photo, vectors, conditioning_maps(batch.photo, half))
    return output


def answer_parts(
    extractor: vgg.VggFeatures, batch: Batch, output: Tensor, most: int = JUDGED, look: float = LOOK
) -> dict[str, Tensor]:
    """Losses (B,) of samples with a known answer; VGG looks at `most` drawn ones and pulls by `look`."""
    judged = batch.places(lambda row: row >= 0)[:most]
    parts = {
        "answer": losses.answer(output, batch.answer),
        "background": 8 * background_loss(output, batch.photo, batch.background),
    }
    if judged:
        seen = losses.look(extractor, output[judged], batch.answer[judged], 1 - batch.background[judged])
        parts["look"] = look * seen
    return parts
