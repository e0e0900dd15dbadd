"""Train the region network: `python -m training.regions.train --data DIR --teacher DIR --run DIR`.

Resumes from RUN/checkpoint.pt; logs to RUN/log.tsv; with each checkpoint RUN/sheet.png shows masks of new
samples. One thread is enough: a step of 8 samples takes a seventh of a second of one core.
"""

from pathlib import Path
from typing import Annotated, Final

import numpy as np
import torch
import typer
from torch import Tensor
from torch.nn import functional as F

from style_engine.regions.segmentation_net import RegionNet

from ..shared import cli
from ..shared.log import Losses
from .composites import RegionBatch, draw_batch, mirror
from .loop import RegionRun, TrainingTask, start_run, train
from .photos import RegionPools, load_pools

SAMPLE_SIZES_PX: Final = ((224, 224), (192, 256), (256, 192), (256, 256), (192, 320))  # (width, height)
TEXT_LOSS_WEIGHT: Final = 0.6
EDGE_WEIGHT: Final = 2  # added to the weight 1 of product pixels near the edge
TEXT_PIXEL_WEIGHT: Final = 3  # added to the weight 1 of text pixels
PRESENT_MIN_MEAN: Final = 1e-3  # of a mask; below it the sample has no overlap loss
SHEET_SIZE_PX, SHEET_SAMPLES = (256, 256), 16


def begin_run(rate: float, seed: int) -> RegionRun:
    torch.manual_seed(seed)
    net = RegionNet()
    return start_run(net, net, rate)


def mask_loss(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy plus soft IoU loss of masks (B, 1, H, W); `weight` broadcasts, 0 where unlabelled."""
    entropy = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    predicted = logits.sigmoid()
    intersection = (weight * predicted * target).sum((1, 2, 3))
    union = (weight * (predicted + target - predicted * target)).sum((1, 2, 3))
    # The IoU of an empty target is 0 for any prediction, so only the cross-entropy is used there.
    present = ((weight * target).mean((1, 2, 3)) > PRESENT_MIN_MEAN).float() * weight.amax((1, 2, 3))
    iou_loss = (present * (1 - (intersection + 1) / (union + 1))).mean()
    return (weight * entropy).mean() + iou_loss


def edges(mask: Tensor) -> Tensor:
    """1 within a pixel of a mask's edge."""
    spread = F.max_pool2d(mask, 3, 1, 1) + F.max_pool2d(-mask, 3, 1, 1)
    return (spread > 0.3).float()


def batch_loss(net: RegionNet, batch: RegionBatch) -> tuple[Tensor, Losses]:
    with torch.autocast("cpu", torch.bfloat16):
        logits = net(batch.photo.contiguous(memory_format=torch.channels_last)).float()
    # Logits have half the photo's size.
    product, text, text_confidence = (
        F.avg_pool2d(mask, 2) for mask in (batch.product, batch.text, batch.text_confidence)
    )
    product_weight = batch.mask_confidence * (1 + EDGE_WEIGHT * edges(product))
    text_weight = text_confidence * (1 + TEXT_PIXEL_WEIGHT * text)
    product_loss = mask_loss(logits[:, :1], product, product_weight)
    text_loss = mask_loss(logits[:, 1:2], text, text_weight)
    parts = {"product": float(product_loss.detach()), "text": float(text_loss.detach())}
    return product_loss + TEXT_LOSS_WEIGHT * text_loss, parts


def task_of(
    net: RegionNet, average: RegionNet, pools: RegionPools, batch_size: int
) -> TrainingTask[RegionBatch]:
    def draw(rng: np.random.Generator) -> RegionBatch:
        size = SAMPLE_SIZES_PX[rng.integers(len(SAMPLE_SIZES_PX))]
        return draw_batch(pools, size, batch_size, rng)

    def sheet(rng: np.random.Generator) -> Tensor:
        return shown_masks(average, draw_batch(pools, SHEET_SIZE_PX, SHEET_SAMPLES, rng))

    def vary(batch: RegionBatch, rng: np.random.Generator) -> RegionBatch:
        return mirror(batch) if rng.random() < 0.5 else batch

    return TrainingTask(draw, vary, lambda batch: batch_loss(net.train(), batch), sheet)


@torch.inference_mode()
def shown_masks(net: RegionNet, batch: RegionBatch) -> Tensor:
    """(B, 3, H, 2 W) each sample with its true masks and with the predicted ones, side by side."""
    predicted = F.interpolate(net(batch.photo), scale_factor=2, mode="bilinear").sigmoid()
    truth = overlay_masks(batch.photo, batch.product, batch.text)
    return torch.cat([truth, overlay_masks(batch.photo, predicted[:, :1], predicted[:, 1:2])], 3)


def overlay_masks(photo: Tensor, product: Tensor, text: Tensor) -> Tensor:
    """(B, 3, H, W) the photo with its background dark green, and text red."""
    green, red = (torch.tensor(colour).view(1, 3, 1, 1) for colour in ((0.0, 0.25, 0.0), (1.0, 0.0, 0.0)))
    shown = photo * (0.4 + 0.6 * product) + green * (1 - product)
    return (shown * (1 - 0.5 * text) + 0.5 * text * red).clamp(0, 1)


def main(  # noqa: PLR0917 - a command line has as many options as it has
    data: cli.DataOption,
    teacher: Annotated[Path, typer.Option(help="masks by training.regions.teacher", exists=True)],
    folder: cli.RunOption,
    steps: int = 3000,
    batch: Annotated[int, typer.Option(help="samples of a batch")] = 8,
    rate: Annotated[float, typer.Option(help="learning rate")] = 2.5e-3,
    keep_every: Annotated[int, typer.Option(help="steps between checkpoints")] = 200,
    seed: cli.SeedOption = 1,
) -> None:
    torch.set_num_threads(1)
    pools = load_pools(data, teacher)
    run = begin_run(rate, seed)
    task = task_of(run.net, run.averaged_net, pools, batch)
    train(run, task, folder, steps=steps, rate=rate, keep_every=keep_every, seed=seed)


if __name__ == "__main__":
    cli.run(main, __doc__)
