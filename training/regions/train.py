"""Train the region network: `python -m training.regions.train --data DIR --teacher DIR --run DIR`.

Resumes from RUN/checkpoint.pt; logs to RUN/log.tsv; with each checkpoint RUN/sheet.png shows masks of new
samples. One thread is enough: a step of 8 samples takes a seventh of a second of one core.
"""

import math
from collections import deque
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import torch
import typer
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from style_engine.regions.segmentation_net import RegionNet

from ..shared import cli
from ..shared.log import Losses, LossLog
from ..shared.run import CHECKPOINT, TrainingRun
from .composites import RegionBatch, draw_batch, mirror
from .photos import RegionPools, load_pools

SAMPLE_SIZES_PX: Final = ((224, 224), (192, 256), (256, 192), (256, 256), (192, 320))  # (width, height)
REPLAY_BATCHES: Final = 24  # newest batches, which most steps draw from, mirrored or not
NEW_BATCH_SHARE: Final = 0.35  # of steps
TEXT_LOSS_WEIGHT: Final = 0.6
EDGE_WEIGHT: Final = 2  # added to the weight 1 of product pixels near the edge
TEXT_PIXEL_WEIGHT: Final = 3  # added to the weight 1 of text pixels
PRESENT_MIN_MEAN: Final = 1e-3  # of a mask; below it the sample has no overlap loss
WEIGHT_DECAY: Final = 1e-3
GRADIENT_MAX_NORM: Final = 3.0
EMA_DECAY: Final = 0.998
RATE_WARM_UP_STEPS: Final = 50
FINAL_RATE_SHARE: Final = 0.02  # of the learning rate at the end of the cosine
LOG_WEIGHT: Final = 0.03  # of the newest loss in the running mean
SHEET_SIZE_PX, SHEET_SAMPLES, SHEET_COLUMNS = (256, 256), 16, 4

RegionRun = TrainingRun[RegionNet]


def begin_run(rate: float, seed: int) -> RegionRun:
    torch.manual_seed(seed)
    net = RegionNet()
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in torch's stubs
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=WEIGHT_DECAY)
    return TrainingRun(net, optimiser, ema_decay=EMA_DECAY)


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


def train_step(run: RegionRun, batch: RegionBatch, rate: float) -> Losses:
    for group in run.optimiser.param_groups:
        group["lr"] = rate
    run.net.train()
    loss, parts = batch_loss(run.net, batch)
    run.optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(run.net.parameters(), GRADIENT_MAX_NORM)
    run.optimiser.step()
    run.finish_step()
    return {"loss": float(loss.detach()), **parts}


def learning_rate(step: int, steps: int, rate: float) -> float:
    """Linear warm-up, then a cosine."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))
    factor = FINAL_RATE_SHARE + (1 - FINAL_RATE_SHARE) * cosine
    return rate * factor * min(1.0, (step + 1) / RATE_WARM_UP_STEPS)


def train(
    run: RegionRun,
    pools: RegionPools,
    folder: Path,
    *,
    steps: int,
    batch_size: int,
    rate: float,
    keep_every: int,
    seed: int,
) -> None:
    """Steps up to `steps`; every `keep_every` steps the checkpoint and a sheet are written to the folder."""
    rng = np.random.default_rng([seed, run.step])
    recent: deque[RegionBatch] = deque(maxlen=REPLAY_BATCHES)
    log = LossLog(folder / "log.tsv", run.step, LOG_WEIGHT)
    with cli.progress_bar() as bar:
        task = bar.add_task("training", total=steps, completed=run.step)
        while run.step < steps:
            size = SAMPLE_SIZES_PX[rng.integers(len(SAMPLE_SIZES_PX))]
            if len(recent) < REPLAY_BATCHES or rng.random() < NEW_BATCH_SHARE:
                batch = draw_batch(pools, size, batch_size, rng)
                recent.append(batch)
            else:
                batch = recent[rng.integers(REPLAY_BATCHES)]
                batch = mirror(batch) if rng.random() < 0.5 else batch
            losses = train_step(run, batch, learning_rate(run.step, steps, rate))
            log.add(run.step, losses)
            bar.update(task, completed=run.step, description=f"loss {losses['loss']:.3f}")
            if run.step % keep_every == 0 or run.step == steps:
                run.save(folder / CHECKPOINT)
                samples = draw_batch(pools, SHEET_SIZE_PX, SHEET_SAMPLES, rng)
                write_sheet(run.averaged_net, samples, folder / "sheet.png")


@torch.inference_mode()
def write_sheet(net: RegionNet, batch: RegionBatch, path: Path) -> None:
    """Each sample with its true masks and with the predicted ones, side by side."""
    predicted = F.interpolate(net(batch.photo), scale_factor=2, mode="bilinear").sigmoid()
    truth = overlay_masks(batch.photo, batch.product, batch.text)
    cells = torch.cat([truth, overlay_masks(batch.photo, predicted[:, :1], predicted[:, 1:2])], 3)
    rows = [torch.cat(list(row), 2) for row in cells.split(SHEET_COLUMNS)]
    Image.fromarray((torch.cat(rows, 1).permute(1, 2, 0) * 255).byte().numpy()).save(path)


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
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    pools = load_pools(data, teacher)
    run = begin_run(rate, seed)
    if (folder / CHECKPOINT).exists():
        run.resume(folder / CHECKPOINT)
    train(run, pools, folder, steps=steps, batch_size=batch, rate=rate, keep_every=keep_every, seed=seed)


if __name__ == "__main__":
    cli.run(main, __doc__)
