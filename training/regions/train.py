"""Train the region net: `python -m training.regions.train --data DIR --teacher DIR --run DIR --steps 3000`.

Resumes from RUN/checkpoint.pt; logs RUN/log.tsv; every few hundred steps RUN/sheet.png shows what the net
makes of fresh samples. One thread is enough: a step of 8 samples takes a seventh of a second of one core.
"""

import argparse
import math
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from style_engine.regions.segmentation_net import RegionNet

from .composites import Batch, Pools, draw_batch, load_pools, mirrored

SHAPES: Final = ((224, 224), (192, 256), (256, 192), (256, 256), (192, 320))  # (width, height) px
RECENT: Final = 24  # batches kept, from which two steps of three are fed again, mirrored or not
FRESH: Final = 0.35  # of the steps that get a new batch
TEXT_SHARE: Final = 0.6  # of the loss that text has beside product
Parts = dict[str, float]


@dataclass
class Run:
    """Net, its exponential average (what is released), optimiser and step."""

    net: RegionNet
    average: RegionNet
    optimiser: torch.optim.Optimizer
    step: int = 0

    def save(self, path: Path) -> None:
        """Write beside and rename, so that a kill never leaves half a checkpoint."""
        state = {name: getattr(self, name).state_dict() for name in ("net", "average", "optimiser")}
        half = path.with_suffix(".part")
        torch.save(state | {"step": self.step}, half)
        half.replace(path)

    def resume(self, path: Path) -> None:
        state = torch.load(path, weights_only=True)
        for name in ("net", "average", "optimiser"):
            getattr(self, name).load_state_dict(state[name])
        self.step = int(state["step"])

    def update_average(self, decay: float) -> None:
        with torch.no_grad():
            pairs = zip(self.average.state_dict().values(), self.net.state_dict().values(), strict=True)
            for kept, current in pairs:
                kept.copy_(kept.lerp(current, 1 - decay) if kept.is_floating_point() else current)


def begin(rate: float, seed: int) -> Run:
    torch.manual_seed(seed)
    net, average = RegionNet(), RegionNet().eval()
    average.load_state_dict(net.state_dict())
    for each in (net, average):
        each.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # its stubs know no format
    return Run(net, average, torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=1e-3))


def mask_loss(logits: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy and soft overlap of masks (B, 1, H, W); `weight` broadcasts, 0 where nothing is known."""
    entropy = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    shown = logits.sigmoid()
    both = (weight * shown * wanted).sum((1, 2, 3))
    either = (weight * (shown + wanted - shown * wanted)).sum((1, 2, 3))
    # Where there is nothing to find, overlap says nothing; the cross-entropy does.
    present = ((weight * wanted).mean((1, 2, 3)) > 1e-3).float() * weight.amax((1, 2, 3))
    missed = (present * (1 - (both + 1) / (either + 1))).mean()
    return (weight * entropy).mean() + missed


def edges(mask: Tensor) -> Tensor:
    """1 within a pixel of a mask's rim."""
    spread = F.max_pool2d(mask, 3, 1, 1) + F.max_pool2d(-mask, 3, 1, 1)
    return (spread > 0.3).float()


def batch_loss(net: RegionNet, batch: Batch) -> tuple[Tensor, Parts]:
    with torch.autocast("cpu", torch.bfloat16):
        logits = net(batch.photo.contiguous(memory_format=torch.channels_last)).float()
    # Truth at the size of the answer: half.
    wanted, confident_text, known = (
        F.avg_pool2d(mask, 2) for mask in (batch.product, batch.text, batch.text_confidence)
    )
    product = mask_loss(logits[:, :1], wanted, batch.mask_confidence * (1 + 2 * edges(wanted)))
    text = mask_loss(logits[:, 1:], confident_text, known * (1 + 3 * confident_text))
    return product + TEXT_SHARE * text, {"product": float(product.detach()), "text": float(text.detach())}


def train_step(run: Run, batch: Batch, rate: float) -> Parts:
    for group in run.optimiser.param_groups:
        group["lr"] = rate
    run.net.train()
    loss, parts = batch_loss(run.net, batch)
    run.optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(run.net.parameters(), 3.0)
    run.optimiser.step()
    run.step += 1
    run.update_average(min(0.998, run.step / (run.step + 9)))
    return {"loss": float(loss.detach()), **parts}


def rate_at(step: int, steps: int, rate: float) -> float:
    """Cosine to a fiftieth, after a short start."""
    fade = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))
    return rate * fade * min(1.0, (step + 1) / 50)


def train(run: Run, pools: Pools, options: argparse.Namespace) -> None:
    rng = np.random.default_rng([options.seed, run.step])
    mean: Parts = {}
    recent: deque[Batch] = deque(maxlen=RECENT)
    began, done = time.time(), run.step
    while run.step < options.steps:
        shape = SHAPES[rng.integers(len(SHAPES))]
        if len(recent) < RECENT or rng.random() < FRESH:
            batch = draw_batch(pools, shape, options.batch, rng)
            recent.append(batch)
        else:
            batch = recent[rng.integers(RECENT)]
            batch = mirrored(batch) if rng.random() < 0.5 else batch
        parts = train_step(run, batch, rate_at(run.step, options.steps, options.rate))
        mean = {name: 0.97 * mean.get(name, value) + 0.03 * value for name, value in parts.items()}
        if run.step % 20 == 0:
            _log(options.run / "log.tsv", run.step, (time.time() - began) / (run.step - done), mean)
        if run.step % options.keep_every == 0 or run.step == options.steps:
            run.save(options.run / "checkpoint.pt")
            write_sheet(run.average, draw_batch(pools, (256, 256), 16, rng), options.run / "sheet.png")


@torch.inference_mode()
def write_sheet(net: RegionNet, batch: Batch, path: Path) -> None:
    """What each sample is and what the net sees in it: outside the product dark, text red."""
    logits = F.interpolate(net(batch.photo), scale_factor=2, mode="bilinear").sigmoid()
    seen = overlay(batch.photo, logits[:, :1], logits[:, 1:])
    known = overlay(batch.photo, batch.product, batch.text)
    rows = torch.cat([known, seen], 3)
    sheet = torch.cat([torch.cat(list(rows[start : start + 4]), 2) for start in range(0, len(rows), 4)], 1)
    Image.fromarray((sheet.permute(1, 2, 0) * 255).byte().numpy()).save(path)


def overlay(photo: Tensor, product: Tensor, text: Tensor) -> Tensor:
    """(B, 3, H, W) the photo, green and dark where ground is, red where text is."""
    green, red = (torch.tensor(colour).view(1, 3, 1, 1) for colour in ((0.0, 0.25, 0.0), (1.0, 0.0, 0.0)))
    shown = photo * (0.4 + 0.6 * product) + green * (1 - product)
    return (shown * (1 - 0.5 * text) + 0.5 * text * red).clamp(0, 1)


def _log(path: Path, step: int, seconds: float, parts: Parts) -> None:
    numbers = "\t".join(f"{name} {value:.3f}" for name, value in parts.items())
    with path.open("a") as log:
        log.write(f"{step}\t{seconds:.2f} s\t{numbers}\n")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with products, scenes, textures, flat"
    )
    parser.add_argument("--teacher", type=Path, required=True, help="masks made by training.regions_teacher")
    parser.add_argument("--run", type=Path, required=True, help="where checkpoint, log and sheet go")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=2.5e-3)
    parser.add_argument("--keep-every", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    options.run.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    pools = load_pools(options.data, options.teacher)
    run = begin(options.rate, options.seed)
    if (options.run / "checkpoint.pt").exists():
        run.resume(options.run / "checkpoint.pt")
    train(run, pools, options)


if __name__ == "__main__":
    main()
