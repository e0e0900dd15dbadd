"""The objective: the loss of one batch."""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from style_engine.network.conditioning import conditioning_maps
from style_engine.perceptual import vgg
from style_engine.perceptual.fine_tune import StyleObjective
from style_engine.perceptual.losses import background_loss

from ..shared.log import Losses
from .batches import UNCHANGED, UNSEEN_STYLE, StyleBatch
from .losses import style_loss, target_loss
from .networks import StyleNetworks

VGG_SAMPLES: Final = 4
"""Catalogue samples of a batch with a style loss; for each, VGG costs as much as the net."""
STYLE_LOSS_WEIGHT: Final = 0.6
BACKGROUND_LOSS_WEIGHT: Final = 8
ENCODER_SIDE_PX: Final = 128  # of the photo encoder's thumbnail


def batch_loss(
    networks: StyleNetworks, extractor: vgg.VggFeatures, batch: StyleBatch
) -> tuple[Tensor, Losses]:
    """Mean loss over the samples, and its parts for the log."""
    with_target = batch.indices(lambda row: row != UNSEEN_STYLE)
    unseen = batch.indices(lambda row: row == UNSEEN_STYLE)
    objective = StyleObjective(extractor, batch.style_pictures) if unseen else None
    output = paint_batch(networks.net, batch, style_vectors(networks, batch, objective))
    losses = target_losses(extractor, batch.select(with_target), output[with_target])
    if objective is not None:
        unseen_losses = objective(output[unseen], batch.photo[unseen], batch.background[unseen])
        losses |= {f"unseen {name}": loss for name, loss in unseen_losses.items()}
    parts = {name: loss.sum() / len(batch.rows) for name, loss in losses.items()}
    return torch.stack(list(parts.values())).sum(), {name: float(x.detach()) for name, x in parts.items()}


def style_vectors(networks: StyleNetworks, batch: StyleBatch, objective: StyleObjective | None) -> Tensor:
    """(B, vector_size) of each sample: from the catalogue, the style head, or the photo encoder."""
    size = (ENCODER_SIDE_PX, ENCODER_SIDE_PX)
    thumbnails = F.interpolate(batch.photo, size=size, mode="bilinear", antialias=True)
    photo_styles = networks.head.vector(networks.encoder(thumbnails), networks.encoder.injection)
    unseen_styles = iter(networks.head(objective.statistics) if objective else ())
    catalogue = networks.vectors
    vectors = [
        photo_styles[index]
        if row == UNCHANGED
        else next(unseen_styles)
        if row == UNSEEN_STYLE
        else catalogue[row]
        for index, row in enumerate(batch.rows)
    ]
    return torch.stack(vectors)


def paint_batch(net: torch.nn.Module, batch: StyleBatch, vectors: Tensor) -> Tensor:
    """(B, 3, S, S) the batch's photos painted with style vectors (B, vector_size)."""
    conditioning = conditioning_maps(batch.photo, F.avg_pool2d(batch.patterns, 2))
    output: Tensor = net(batch.photo, vectors, conditioning)
    return output


def target_losses(
    extractor: vgg.VggFeatures,
    batch: StyleBatch,
    output: Tensor,
    vgg_samples: int = VGG_SAMPLES,
    style_weight: float = STYLE_LOSS_WEIGHT,
) -> dict[str, Tensor]:
    """Losses (B,) of samples with a target; style loss (A,) of the first `vgg_samples` catalogue styles."""
    drawn = batch.indices(lambda row: row >= 0)[:vgg_samples]
    background = background_loss(output, batch.photo, batch.background)
    losses = {"target": target_loss(output, batch.target), "background": BACKGROUND_LOSS_WEIGHT * background}
    if drawn:
        style = style_loss(extractor, output[drawn], batch.target[drawn], 1 - batch.background[drawn])
        losses["style"] = style_weight * style
    return losses
