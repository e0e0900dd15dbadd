"""Train the grade tables by undoing degradations: `python -m training.grade.train --data DIR --run DIR`.

A good photo is harmed on purpose (light, cast, contrast, colour); the net sees a thumbnail of the harmed one
and has to give a table that brings its pixels back. Resumes where it stopped; log.jsonl holds the numbers.
"""

import argparse
import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from style_engine.grade.lut import (
    BASIS_TABLE_SIDE,
    BASIS_TABLES,
    GRADE_THUMBNAIL_PX,
    TablePredictor,
    identity_table,
    keep_white,
)
from style_engine.imaging.filters import REC_601
from style_engine.imaging.tensors import to_tensor
from style_engine.regions.background import plain_background

from ..shared.data import picture_files

CROPS: Final = 8  # of each photo
PIXELS: Final = 512  # of each crop, at random
SHARED: Final = 0.3  # of thumbnails are half one photo, half another
PAINTED: Final = 0.5  # of plain grounds get a colour that is meant, and must stay
PAINT: Final = 0.75  # the least factor of a painted ground, in each channel
BATCH: Final = 32
UNCHANGED_SHARE: Final = 0.25  # share of photos that are shown unharmed, and must stay so
RATE: Final = 1e-3
WEIGHT_DECAY: Final = 0.02  # weight decay
DECAY: Final = 0.998  # of the average that is released
SMOOTH: Final = 0.05
MONOTONE: Final = 5.0
LOG_LOSS_FROM: Final = 0.2  # share of the steps after which the loss becomes a logarithm
LOGARITHM: Final = 0.03  # its weight; both losses then have gradients of one size
UNSEEN: Final = 8 / 255  # an error that hardly anybody sees
DEGRADE_PROBABILITY: Final = 0.5  # share of the other photos that each harm befalls
EVERY: Final = 500  # steps between checkpoints


Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Photos:
    """(N, 3, 64, 64) thumbnails and (N, 3, PIXELS) pixels of the same photos, 0..1 or bytes."""

    thumbnails: Tensor
    pixels: Tensor


@dataclass(frozen=True)
class Degradation:
    """What happens to the light and colour of B photos: all (B, …) factors, 1 or 0 where nothing does."""

    light: Tensor  # of linear light
    cast: Tensor  # (B, 3), of sRGB values
    contrast: Tensor
    colour: Tensor  # saturation

    def __call__(self, colours: Tensor) -> Tensor:
        """Colours (B, 3, …) harmed, clipped to 0..1 as a camera would."""

        def shaped(factor: Tensor) -> Tensor:
            return factor.view(len(factor), -1, *[1] * (colours.dim() - 2))

        x = (colours.clamp(min=1e-6) ** 2.2 * shaped(self.light)) ** (1 / 2.2) * shaped(self.cast)
        x = 0.5 + (x.clamp(0, 1) - 0.5) * shaped(self.contrast)
        grey = sum(weight * x[:, channel : channel + 1] for channel, weight in enumerate(REC_601))
        return (grey + (x - grey) * shaped(self.colour)).clamp(0, 1)


def random_degradation(count: int, random: torch.Generator) -> Degradation:
    """Light ± 1 stop, each channel ± 15 %, contrast ± 25 %, saturation ± 20 %; each for some photos."""

    def within(reach: float, channels: int = 1) -> Tensor:
        drawn = reach * (2 * torch.rand(count, channels, generator=random) - 1)
        return drawn * (torch.rand(count, 1, generator=random) < DEGRADE_PROBABILITY)

    good = (torch.rand(count, 1, generator=random) >= UNCHANGED_SHARE).float()
    return Degradation(
        2 ** (within(1.0) * good), 1 + within(0.15, 3) * good, 1 + within(0.25) * good, 1 + within(0.2) * good
    )


def load_photos(files: Sequence[Path], rng: np.random.Generator) -> Photos:
    """Several crops of each file, in bytes: few photos are soon known by heart, and their light with them."""
    pairs = [pair for path in files for pair in _crops(path, rng)]
    thumbnails, pixels = (torch.from_numpy(np.stack(part)) for part in zip(*pairs, strict=True))
    return Photos(thumbnails, pixels)


def random_batch(photos: Photos, random: torch.Generator) -> Photos:
    """BATCH crops, mirrored half of the time; some thumbnails share their frame with another photo."""
    chosen = torch.randint(len(photos.thumbnails), (BATCH,), generator=random)
    thumbnails, pixels = (part[chosen].float() / 255 for part in (photos.thumbnails, photos.pixels))
    mirrored = torch.rand(BATCH, 1, 1, 1, generator=random) < 0.5
    thumbnails = torch.where(mirrored, thumbnails.flip(3), thumbnails)
    shared = torch.rand(BATCH, generator=random) < SHARED
    half = GRADE_THUMBNAIL_PX // 2
    thumbnails[shared, :, :, half:] = thumbnails.roll(1, 0)[shared, :, :, half:]
    pixels[shared, :, PIXELS // 2 :] = pixels.roll(1, 0)[shared, :, PIXELS // 2 :]
    return Photos(thumbnails, pixels)


def _crops(path: Path, rng: np.random.Generator) -> Iterator[tuple[Bytes, Bytes]]:
    with Image.open(path) as image:
        photo = image.convert("RGB")
    background = plain_background(to_tensor(photo))[0, 0].numpy()[..., None]
    for _ in range(CROPS):
        tint = rng.uniform(PAINT, 1, 3) if rng.random() < PAINTED else np.ones(3)
        painted = np.rint(np.asarray(photo) * (1 + background * (tint - 1))).astype(np.uint8)
        width, height = (max(8, round(side * rng.uniform(0.5, 1))) for side in photo.size)
        left, top = rng.integers(photo.width - width + 1), rng.integers(photo.height - height + 1)
        crop = painted[top : top + height, left : left + width]
        small = Image.fromarray(crop).resize((GRADE_THUMBNAIL_PX, GRADE_THUMBNAIL_PX), Image.Resampling.BOX)
        pixels = crop.reshape(-1, 3)
        yield np.asarray(small).transpose(2, 0, 1), pixels[rng.integers(len(pixels), size=PIXELS)].T


def begin(random: torch.Generator) -> TablePredictor:
    """A net that changes nothing yet, whose tables lean towards what is likely to be needed:
    each channel's gain, more and less light, contrast, saturation; two are free."""
    predictor = TablePredictor()
    with torch.no_grad():
        for weights in predictor.parameters():
            if weights.dim() == 4:  # of a convolution
                weights.normal_(0, math.sqrt(2 / weights[0].numel()), generator=random)
            else:
                weights.zero_()
        predictor.bases.copy_(_likely_tables())
    return predictor


def _likely_tables() -> Tensor:
    colours = identity_table(BASIS_TABLE_SIDE)
    tables = torch.zeros(BASIS_TABLES, 3, BASIS_TABLE_SIDE, BASIS_TABLE_SIDE, BASIS_TABLE_SIDE)
    for channel in range(3):
        tables[channel, channel] = colours[channel]
    tables[3] = colours * (1 - colours)
    tables[4] = colours * (1 - colours) * (2 * colours - 1)
    tables[5] = colours - 0.5
    tables[6] = colours - sum(weight * colours[channel] for channel, weight in enumerate(REC_601))
    return tables


def through_tables(tables: Tensor, colours: Tensor) -> Tensor:
    """Colours (B, 3, N) through tables (B, 3, S, S, S), trilinear."""
    points = (2 * colours - 1).transpose(1, 2)[:, None, None]
    return F.grid_sample(tables, points, align_corners=True, padding_mode="border")[:, :, 0, 0]


def corrected(predictor: TablePredictor, thumbnails: Tensor, colours: Tensor) -> tuple[Tensor, Tensor]:
    """Colours (B, 3, N) as the engine would correct them, and the tables."""
    tables = predictor(thumbnails)
    after = through_tables(tables, colours)
    return keep_white(colours.transpose(0, 1), after.transpose(0, 1)).transpose(0, 1), tables


def loss(predictor: TablePredictor, photos: Photos, degrade: Degradation, log_loss_from: bool) -> Tensor:
    """Mean error; while settling the mean logarithm of the squared error (PSNR with its sign turned), so that
    to leave a good photo alone is worth as much as to bring a bad one back."""
    degraded, pixels = degrade(photos.thumbnails), degrade(photos.pixels)
    after, tables = corrected(predictor, degraded, pixels)
    error = after - photos.pixels
    if not log_loss_from:
        return error.abs().mean() + roughness(tables)
    return LOGARITHM * (error.square().mean((1, 2)) + UNSEEN**2).log().mean() + roughness(tables)


def roughness(tables: Tensor) -> Tensor:
    """Bends of the tables beyond straight lines, and any step down along a channel's own axis."""
    bends, falls = torch.zeros(()), torch.zeros(())
    for axis in (2, 3, 4):
        steps = tables.diff(dim=axis)
        bends = bends + steps.diff(dim=axis).square().mean() * BASIS_TABLE_SIDE**2
        falls = falls + F.relu(-steps[:, 4 - axis]).mean() * BASIS_TABLE_SIDE
    return SMOOTH * bends + MONOTONE * falls


@dataclass
class Run:
    """A training run between two steps; the average is what is released."""

    trainee: TablePredictor
    average: TablePredictor
    optimiser: torch.optim.Optimizer
    random: torch.Generator
    step: int = 0

    @classmethod
    def begin(cls, seed: int) -> "Run":
        random = torch.Generator().manual_seed(seed)
        trainee, average = begin(random), TablePredictor()
        average.load_state_dict(trainee.state_dict())
        return cls(
            trainee, average, torch.optim.AdamW(trainee.parameters(), RATE, weight_decay=WEIGHT_DECAY), random
        )

    def save(self, path: Path) -> None:
        """Write beside and rename, so that a kill never leaves half a checkpoint."""
        parts = {name: getattr(self, name).state_dict() for name in ("trainee", "average", "optimiser")}
        torch.save(parts | {"step": self.step, "random": self.random.get_state()}, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def resume(self, path: Path) -> None:
        state = torch.load(path, weights_only=True)
        for name in ("trainee", "average", "optimiser"):
            getattr(self, name).load_state_dict(state[name])
        self.random.set_state(state["random"])
        self.step = int(state["step"])

    def advance(self, photos: Photos, steps: int) -> float:
        """One step of `steps`; the loss."""
        self.optimiser.param_groups[0]["lr"] = RATE * (0.501 + 0.5 * math.cos(math.pi * self.step / steps))
        batch = random_batch(photos, self.random)
        log_loss_from = self.step >= LOG_LOSS_FROM * steps
        with torch.random.fork_rng(devices=[]):  # dropout draws from torch's own generator
            torch.manual_seed(self.step)
            value = loss(self.trainee, batch, random_degradation(BATCH, self.random), log_loss_from)
        self.optimiser.zero_grad()
        value.backward()
        self.optimiser.step()
        self.step += 1
        self._follow(min(DECAY, self.step / (10 + self.step)))
        return float(value.detach())

    @torch.no_grad()
    def _follow(self, decay: float) -> None:
        for kept, current in zip(self.average.parameters(), self.trainee.parameters(), strict=True):
            kept.lerp_(current, 1 - decay)


def train(files: Sequence[Path], folder: Path, steps: int, seed: int) -> TablePredictor:
    """The averaged net after so many steps; goes on where a checkpoint in the folder stopped."""
    folder.mkdir(parents=True, exist_ok=True)
    photos = load_photos(files, np.random.default_rng(seed))
    run, checkpoint = Run.begin(seed), folder / "checkpoint.pt"
    if checkpoint.is_file():
        run.resume(checkpoint)
    begun, losses = time.monotonic(), []
    while run.step < steps:
        losses.append(run.advance(photos, steps))
        if run.step % EVERY == 0 or run.step == steps:
            run.save(checkpoint)
            _log(folder, run.step, sum(losses) / len(losses), time.monotonic() - begun)
            losses.clear()
    return run.average


def _log(folder: Path, step: int, value: float, seconds: float) -> None:
    row = {"step": step, "loss": round(value, 5), "seconds": round(seconds)}
    with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with products/ and scenes/")
    parser.add_argument("--run", type=Path, required=True, help="folder for checkpoint and log")
    parser.add_argument("--steps", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    files = [path for kind in ("products", "scenes") for path in picture_files(options.data / kind)]
    train(files, options.run, options.steps, options.seed)


if __name__ == "__main__":
    main()
