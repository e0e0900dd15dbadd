"""The loop in which the region network's decoders are trained.

Drawing a batch costs more than a step, so most steps take a recent batch again.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from style_engine.regions.segmentation_net import RegionNet

from ..shared import cli
from ..shared.log import Losses, LossLog
from ..shared.run import CHECKPOINT, TrainingRun

REPLAY_BATCHES: Final = 24  # newest batches, which most steps draw from
NEW_BATCH_SHARE: Final = 0.35  # of steps
WEIGHT_DECAY: Final = 1e-3
GRADIENT_MAX_NORM: Final = 3.0
EMA_DECAY: Final = 0.998
RATE_WARM_UP_STEPS: Final = 50
FINAL_RATE_SHARE: Final = 0.02  # of the learning rate at the end of the cosine
LOG_WEIGHT: Final = 0.03  # of the newest loss in the running mean
SHEET_COLUMNS: Final = 4

RegionRun = TrainingRun[RegionNet]
Batch = TypeVar("Batch")


@dataclass(frozen=True)
class TrainingTask(Generic[Batch]):
    """What a decoder is trained on: `draw` a new batch; `vary` a recent one; the `loss` of a batch and its
    parts; the pictures of a contact `sheet` (B, 3, H, W)."""

    draw: Callable[[np.random.Generator], Batch]
    vary: Callable[[Batch, np.random.Generator], Batch]
    loss: Callable[[Batch], tuple[Tensor, Losses]]
    sheet: Callable[[np.random.Generator], Tensor]


def start_run(net: RegionNet, trained: nn.Module, rate: float) -> RegionRun:
    """A run in which the weights of `trained`, the network or a part of it, are optimised."""
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in torch's stubs
    optimiser = torch.optim.AdamW(trained.parameters(), lr=rate, weight_decay=WEIGHT_DECAY)
    return TrainingRun(net, optimiser, ema_decay=EMA_DECAY)


def train(
    run: RegionRun,
    task: TrainingTask[Batch],
    folder: Path,
    *,
    steps: int,
    rate: float,
    keep_every: int,
    seed: int,
) -> None:
    """Steps up to `steps`, from the folder's checkpoint if there is one; every `keep_every` steps the
    checkpoint and a sheet are written to the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / CHECKPOINT).exists():
        run.resume(folder / CHECKPOINT)
    rng = np.random.default_rng([seed, run.step])
    recent: deque[Batch] = deque(maxlen=REPLAY_BATCHES)
    log = LossLog(folder / "log.tsv", run.step, LOG_WEIGHT)
    with cli.progress_bar() as bar:
        row = bar.add_task("training", total=steps, completed=run.step)
        while run.step < steps:
            batch = _next_batch(task, recent, rng)
            losses = take_step(run, task.loss, batch, learning_rate(run.step, steps, rate))
            log.add(run.step, losses)
            bar.update(row, completed=run.step, description=f"loss {losses['loss']:.3f}")
            if run.step % keep_every == 0 or run.step == steps:
                run.save(folder / CHECKPOINT)
                save_sheet(task.sheet(rng), folder / "sheet.png")


def take_step(
    run: RegionRun, loss_of: Callable[[Batch], tuple[Tensor, Losses]], batch: Batch, rate: float
) -> Losses:
    """One step of the optimiser; the losses by name, the whole one as `loss`."""
    for group in run.optimiser.param_groups:
        group["lr"] = rate
    loss, parts = loss_of(batch)
    run.optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(run.optimiser.param_groups[0]["params"], GRADIENT_MAX_NORM)
    run.optimiser.step()
    run.finish_step()
    return {"loss": float(loss.detach()), **parts}


def learning_rate(step: int, steps: int, rate: float) -> float:
    """Linear warm-up, then a cosine."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))
    factor = FINAL_RATE_SHARE + (1 - FINAL_RATE_SHARE) * cosine
    return rate * factor * min(1.0, (step + 1) / RATE_WARM_UP_STEPS)


def save_sheet(cells: Tensor, path: Path) -> None:
    """Pictures (B, 3, H, W), 0..1, in SHEET_COLUMNS columns."""
    rows = [torch.cat(list(row), 2) for row in cells.split(SHEET_COLUMNS)]
    Image.fromarray((torch.cat(rows, 1).permute(1, 2, 0) * 255).byte().numpy()).save(path)


def _next_batch(task: TrainingTask[Batch], recent: deque[Batch], rng: np.random.Generator) -> Batch:
    if len(recent) < REPLAY_BATCHES or rng.random() < NEW_BATCH_SHARE:
        recent.append(task.draw(rng))
        return recent[-1]
    return task.vary(recent[rng.integers(REPLAY_BATCHES)], rng)
