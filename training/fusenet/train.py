"""Train FuseNet: `python -m training.fusenet.train --data DIR --start START --run DIR --steps 3000`.

START is a released model folder or a file of start weights. A batch holds three kinds of samples: catalogue
styles, whose target is the same photo in their tones; unseen styles, the style of a picture through the style
head; and unchanged photos, through the photo encoder. Resumes from RUN/checkpoint.pt; logs to RUN/log.tsv.
"""

import math
import time
from concurrent.futures import Future, ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import torch
import typer
from torch import nn

from style_engine.perceptual import vgg

from ..shared import cli
from ..shared.data import random_crop
from ..shared.log import Losses, LossLog
from ..shared.run import CHECKPOINT, TrainingRun
from ..styles.recipes import RECIPES
from . import contact_sheets
from .batches import (
    BATCH_SAMPLES,
    UNSEEN_STYLE_SAMPLES,
    StyleBatch,
    StylePools,
    draw_batch,
    load_pools,
    mixed_rows,
)
from .networks import StyleNetworks
from .objective import batch_loss
from .warm_start import read_start, warm_start
from .widen import Widths, widen, widths_of

EMA_DECAY: Final = 0.997
ADAM_BETAS: Final = (0.9, 0.99)
GRADIENT_MAX_NORM: Final = 2.0
RATE_WARM_UP_STEPS: Final = 50
FINAL_RATE_SHARE: Final = 0.05  # of the learning rate at the end of the cosine
LOG_WEIGHT: Final = 0.04  # of the newest loss in the running mean
FIRST_PHOTO_SIDE_PX: Final = 256  # of the photo whose tones give the first style vectors

FuseNetRun = TrainingRun[StyleNetworks]


@dataclass(frozen=True)
class Schedule:
    """Length of a run, and its batches: `batch` crops of `size` px, half as many of `large_size` px from step
    `large_after`."""

    steps: int
    minutes: float
    batch: int
    unseen: int
    size: int
    large_size: int
    large_after: int
    keep_every: int
    seed: int
    device: str


def begin_run(networks: StyleNetworks, rate: float) -> FuseNetRun:
    return TrainingRun(networks, make_optimiser(networks, rate), ema_decay=EMA_DECAY)


def make_optimiser(networks: StyleNetworks, rate: float) -> torch.optim.Optimizer:
    # Injection weights reach 5 and more where a style needs a crisp screen; all styles share the networks.
    catalogue = [_group([networks.affines], rate * 4), _group([networks.injections], rate * 16)]
    shared = [*networks.net.parameters(), *networks.head.parameters()]
    groups = [_group(shared, rate), _group(list(networks.encoder.parameters()), rate * 2)]
    return torch.optim.Adam(groups + catalogue, betas=ADAM_BETAS)


def _group(parameters: list[nn.Parameter], rate: float) -> dict[str, Any]:
    return {"params": parameters, "lr": rate, "rate": rate}


def train_step(run: FuseNetRun, extractor: vgg.VggFeatures, batch: StyleBatch, share: float) -> Losses:
    """One step. `share` of the run, 0 to 1, is done: the learning rate is a cosine of it, after a warm-up."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, share)))
    factor = FINAL_RATE_SHARE + (1 - FINAL_RATE_SHARE) * cosine
    for group in run.optimiser.param_groups:
        group["lr"] = group["rate"] * factor * min(1.0, (run.step + 1) / RATE_WARM_UP_STEPS)
    loss, parts = batch_loss(run.net, extractor, batch)
    run.optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(run.net.parameters(), GRADIENT_MAX_NORM)
    run.optimiser.step()
    run.finish_step()
    return {"loss": float(loss.detach()), **parts}


def train(  # noqa: PLR0917 - all of them are parts of one run
    run: FuseNetRun,
    extractor: vgg.VggFeatures,
    pools: StylePools,
    schedule: Schedule,
    data: Path,
    folder: Path,
) -> None:
    """Steps until the schedule ends; checkpoints, log and contact sheets go to the folder."""
    rng = np.random.default_rng([schedule.seed, run.step])
    log = LossLog(folder / "log.tsv", run.step, LOG_WEIGHT)
    began = time.time()
    loader = ThreadPoolExecutor(1)

    def load_batch(step: int) -> Future[StyleBatch]:
        large = step >= schedule.large_after
        size, count = (schedule.large_size, schedule.batch // 2) if large else (schedule.size, schedule.batch)
        return loader.submit(draw_batch, pools, size, mixed_rows(count, schedule.unseen, rng), rng)

    def share_done() -> float:
        return max(run.step / schedule.steps, (time.time() - began) / (schedule.minutes * 60))

    next_batch = load_batch(run.step)
    with cli.progress_bar() as bar:
        task = bar.add_task("training", total=1.0)
        while (share := share_done()) < 1:
            batch, next_batch = next_batch.result(), load_batch(run.step + 1)
            losses = train_step(run, extractor, batch.to(schedule.device), share)
            log.add(run.step, losses)
            bar.update(task, completed=share, description=f"step {run.step}, loss {losses['loss']:.3f}")
            if run.step % schedule.keep_every == 0:
                keep(run, data, folder)
    keep(run, data, folder)


def keep(run: FuseNetRun, data: Path, folder: Path) -> None:
    """Write the checkpoint and a contact sheet of the averaged networks."""
    run.save(folder / CHECKPOINT)
    contact_sheets.write(deepcopy(run.averaged_net).cpu(), data, folder / f"sheet_{run.step:05d}.png")


def parse_widths(text: str) -> Widths:
    half, quarter, eighth = (int(width) for width in text.split(","))
    return half, quarter, eighth


def main(  # noqa: PLR0917 - a command line has as many options as it has
    data: cli.DataOption,
    start: Annotated[Path, typer.Option(help="released model folder, or file of start weights", exists=True)],
    folder: cli.RunOption,
    widths: Annotated[str, typer.Option(help="wider than START's: 32,64,128 for the base net")] = "",
    steps: int = 3000,
    minutes: Annotated[float, typer.Option(help="time limit; the learning rate falls with it")] = 1e9,
    batch: Annotated[int, typer.Option(help="samples of a batch")] = BATCH_SAMPLES,
    unseen: Annotated[
        int, typer.Option("--any", help="samples of a batch in unseen styles")
    ] = UNSEEN_STYLE_SAMPLES,
    size: Annotated[int, typer.Option(help="px, side of the crops")] = 160,
    large_size: Annotated[int, typer.Option(help="px, side of large crops")] = 256,
    large_after: Annotated[int, typer.Option(help="step from which crops are large")] = 10**9,
    rate: Annotated[float, typer.Option(help="learning rate")] = 5e-4,
    keep_every: Annotated[int, typer.Option(help="steps between checkpoints")] = 100,
    seed: cli.SeedOption = 1,
    device: Annotated[str, typer.Option(help="cpu or cuda")] = "cpu",
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    weights = read_start(start)
    if widths:
        weights = widen(weights, parse_widths(widths))
    networks = StyleNetworks(len(RECIPES), widths_of(weights.nets))
    pools = load_pools(data)
    extractor = vgg.load(weights.scales).to(torch.bfloat16)
    photo = random_crop(pools.scenes[0], FIRST_PHOTO_SIDE_PX, np.random.default_rng(seed)).photo.unsqueeze(0)
    warm_start(networks, weights, extractor, photo)
    run = begin_run(networks.to(device), rate)
    if (folder / CHECKPOINT).exists():
        run.resume(folder / CHECKPOINT)
    schedule = Schedule(
        steps, minutes, batch, unseen, size, large_size, large_after, keep_every, seed, device
    )
    train(run, extractor.to(device), pools, schedule, data, folder)


if __name__ == "__main__":
    cli.run(main, __doc__)
