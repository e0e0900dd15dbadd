"""Train the grade tables to undo degradations: `python -m training.grade.train --data DIR --run DIR`.

Light, cast, contrast and saturation of a good photo are degraded; from a thumbnail of the result the network
predicts a table that restores its pixels. Resumes from RUN/checkpoint.pt; logs to RUN/log.jsonl.
"""

import json
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from style_engine.grade.lut import BASIS_TABLE_SIDE, BASIS_TABLES, TablePredictor, identity_table, keep_white
from style_engine.imaging.filters import REC_601

from ..shared import cli
from ..shared.files import picture_files
from ..shared.run import CHECKPOINT, TrainingRun
from .photos import Degradation, GradePhotos, load_photos, random_batch, random_degradation

BATCH_CROPS: Final = 32
LEARNING_RATE: Final = 1e-3
WEIGHT_DECAY: Final = 0.02
EMA_DECAY: Final = 0.998
EMA_WARM_UP_STEPS: Final = 10
SMOOTHNESS_WEIGHT: Final = 0.05
MONOTONICITY_WEIGHT: Final = 5.0
LOG_LOSS_FROM: Final = 0.2  # share of the steps after which the loss is logarithmic
LOG_LOSS_WEIGHT: Final = 0.03  # gives both losses gradients of about the same size
INVISIBLE_ERROR: Final = 8 / 255
CHECKPOINT_EVERY_STEPS: Final = 500

GradeRun = TrainingRun[TablePredictor]


def begin_run(seed: int) -> GradeRun:
    random = torch.Generator().manual_seed(seed)
    predictor = initial_predictor(random)
    optimiser = torch.optim.AdamW(predictor.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    return TrainingRun(
        predictor, optimiser, ema_decay=EMA_DECAY, ema_warm_up_steps=EMA_WARM_UP_STEPS, random=random
    )


def initial_predictor(random: torch.Generator) -> TablePredictor:
    """A network that predicts identity_table tables. Its bases are changes that are likely to be needed.

    They are a gain of each channel, two curves of light, contrast and saturation; the last is zero.
    """
    predictor = TablePredictor()
    with torch.no_grad():
        for weights in predictor.parameters():
            if weights.dim() == 4:  # of a convolution
                weights.normal_(0, math.sqrt(2 / weights[0].numel()), generator=random)
            else:
                weights.zero_()
        predictor.bases.copy_(_initial_bases())
    return predictor


def _initial_bases() -> Tensor:
    colours = identity_table(BASIS_TABLE_SIDE)
    tables = torch.zeros(BASIS_TABLES, 3, BASIS_TABLE_SIDE, BASIS_TABLE_SIDE, BASIS_TABLE_SIDE)
    for channel in range(3):
        tables[channel, channel] = colours[channel]
    tables[3] = colours * (1 - colours)
    tables[4] = colours * (1 - colours) * (2 * colours - 1)
    tables[5] = colours - 0.5
    tables[6] = colours - sum(weight * colours[channel] for channel, weight in enumerate(REC_601))
    return tables


def apply_tables(tables: Tensor, colours: Tensor) -> Tensor:
    """Colours (B, 3, N) looked up in tables (B, 3, S, S, S), trilinear."""
    points = (2 * colours - 1).transpose(1, 2)[:, None, None]
    return F.grid_sample(tables, points, align_corners=True, padding_mode="border")[:, :, 0, 0]


def correct(predictor: TablePredictor, thumbnails: Tensor, colours: Tensor) -> tuple[Tensor, Tensor]:
    """Colours (B, 3, N) corrected as in the engine, and the tables."""
    tables = predictor(thumbnails)
    corrected = apply_tables(tables, colours)
    return keep_white(colours.transpose(0, 1), corrected.transpose(0, 1)).transpose(0, 1), tables


def grade_loss(
    predictor: TablePredictor, photos: GradePhotos, degrade: Degradation, logarithmic: bool
) -> Tensor:
    """Mean absolute error; or mean logarithm of the squared error, which is PSNR with its sign turned.

    With the logarithm, leaving a good photo unchanged counts as much as restoring a bad one.
    """
    corrected, tables = correct(predictor, degrade(photos.thumbnails), degrade(photos.pixels))
    error = corrected - photos.pixels
    if not logarithmic:
        return error.abs().mean() + roughness(tables)
    log_error = (error.square().mean((1, 2)) + INVISIBLE_ERROR**2).log().mean()
    return LOG_LOSS_WEIGHT * log_error + roughness(tables)


def roughness(tables: Tensor) -> Tensor:
    """Penalty on curvature of the tables, and on values that fall along their own channel's axis."""
    curvature, falls = torch.zeros(()), torch.zeros(())
    for axis in (2, 3, 4):
        steps = tables.diff(dim=axis)
        curvature = curvature + steps.diff(dim=axis).square().mean() * BASIS_TABLE_SIDE**2
        falls = falls + F.relu(-steps[:, 4 - axis]).mean() * BASIS_TABLE_SIDE
    return SMOOTHNESS_WEIGHT * curvature + MONOTONICITY_WEIGHT * falls


def train_step(run: GradeRun, photos: GradePhotos, steps: int) -> float:
    """One of `steps` steps; returns the loss."""
    cosine = math.cos(math.pi * run.step / steps)
    run.optimiser.param_groups[0]["lr"] = LEARNING_RATE * (0.501 + 0.5 * cosine)
    batch = random_batch(photos, BATCH_CROPS, run.random)
    with torch.random.fork_rng(devices=[]):  # dropout draws from torch's global generator
        torch.manual_seed(run.step)
        degradation = random_degradation(BATCH_CROPS, run.random)
        loss = grade_loss(run.net, batch, degradation, run.step >= LOG_LOSS_FROM * steps)
    run.optimiser.zero_grad()
    loss.backward()
    run.optimiser.step()
    run.finish_step()
    return float(loss.detach())


def train(files: Sequence[Path], folder: Path, steps: int, seed: int) -> TablePredictor:
    """The averaged network after `steps` steps. Continues from the folder's checkpoint, if it has one."""
    folder.mkdir(parents=True, exist_ok=True)
    photos = load_photos(files, np.random.default_rng(seed))
    run, checkpoint = begin_run(seed), folder / CHECKPOINT
    if checkpoint.is_file():
        run.resume(checkpoint)
    began, losses = time.monotonic(), []
    with cli.progress_bar() as bar:
        task = bar.add_task("training", total=steps, completed=run.step)
        while run.step < steps:
            losses.append(train_step(run, photos, steps))
            bar.update(task, completed=run.step)
            if run.step % CHECKPOINT_EVERY_STEPS == 0 or run.step == steps:
                run.save(checkpoint)
                _log(folder, run.step, sum(losses) / len(losses), time.monotonic() - began)
                losses.clear()
    return run.averaged_net


def _log(folder: Path, step: int, loss: float, seconds: float) -> None:
    row = {"step": step, "loss": round(loss, 5), "seconds": round(seconds)}
    with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def main(data: cli.DataOption, folder: cli.RunOption, steps: int = 12_000, seed: cli.SeedOption = 1) -> None:
    files = [path for kind in ("products", "scenes") for path in picture_files(data / kind)]
    train(files, folder, steps, seed)


if __name__ == "__main__":
    cli.run(main, __doc__)
