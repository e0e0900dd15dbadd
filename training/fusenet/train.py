"""Train FuseNet: `python -m training.fusenet.train --data DIR --start START --run DIR --steps 3000`.

START is a released model folder or a file of start weights. One batch holds three kinds of sample: catalogue
styles (each held to the picture its drawing function makes of the same photo), any painting through the style
head, and photos to be given back unchanged through the photo encoder. Resumes from RUN/checkpoint.pt; logs
RUN/log.tsv.
"""

import argparse
import math
import time
from concurrent.futures import Future, ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from style_engine.perceptual import vgg

from ..shared.data import random_crop
from ..styles.recipes import RECIPES
from . import contact_sheets
from .batches import ANY_SAMPLES, SAMPLES, Batch, Pools, draw_batch, load_pools, mixed_rows
from .checkpoint import Run, Trainee
from .objective import batch_loss
from .warm_start import read_start, warm_start
from .widen import Widths, widened, widths_of


def optimiser_for(trainee: Trainee, rate: float) -> torch.optim.Optimizer:
    # Intakes go far (a crisp screen needs weights of 5 and more), the shared nets must go slowly.
    catalogue = [_group([trainee.affines], rate * 4), _group([trainee.injections], rate * 16)]
    shared = [*trainee.net.parameters(), *trainee.head.parameters()]
    groups = [_group(shared, rate), _group(list(trainee.encoder.parameters()), rate * 2)]
    return torch.optim.Adam(groups + catalogue, betas=(0.9, 0.99))


def _group(parameters: list[nn.Parameter], rate: float) -> dict[str, Any]:
    return {"params": parameters, "lr": rate, "rate": rate}


def train_step(run: Run, extractor: vgg.VggFeatures, batch: Batch, share: float) -> dict[str, float]:
    """One step; `share` 0..1 of the run is done and sets the learning rate (cosine to a twentieth)."""
    fade = 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * min(1.0, share)))
    for group in run.optimiser.param_groups:
        group["lr"] = group["rate"] * fade * min(1.0, (run.step + 1) / 50)
    loss, parts = batch_loss(run.trainee, extractor, batch)
    run.optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(run.trainee.parameters(), 2.0)
    run.optimiser.step()
    run.step += 1
    run.update_average(min(0.997, run.step / (run.step + 9)))
    return {"loss": float(loss.detach()), **parts}


def main(arguments: list[str] | None = None) -> None:
    options = _parse(arguments)
    options.run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    start = read_start(options.start)
    if options.widths:
        start = widened(start, options.widths)
    trainee, average = (Trainee(len(RECIPES), widths_of(start.nets)) for _ in range(2))
    pools = load_pools(options.data)
    extractor = vgg.load(start.scales).to(torch.bfloat16)
    rng = np.random.default_rng(options.seed)
    photo = random_crop(pools.scenes[0], 256, rng).photo.unsqueeze(0)
    warm_start(trainee, start, extractor, photo)
    average.load_state_dict(trainee.state_dict())
    for each in (trainee, average, extractor):
        each.to(options.device)
    run = Run(trainee, average, optimiser_for(trainee, options.rate))
    checkpoint = options.run / "checkpoint.pt"
    if checkpoint.exists():
        run.resume(checkpoint)
    _loop(run, extractor, pools, options)


def _loop(run: Run, extractor: vgg.VggFeatures, pools: Pools, options: argparse.Namespace) -> None:
    rng = np.random.default_rng([options.seed, run.step])
    mean: dict[str, float] = {}
    began, done = time.time(), run.step
    ahead = ThreadPoolExecutor(1)

    def next_batch(step: int) -> Future[Batch]:
        large = step >= options.large_after
        size, count = (options.large_size, options.batch // 2) if large else (options.size, options.batch)
        return ahead.submit(draw_batch, pools, size, mixed_rows(count, options.any, rng), rng)

    seconds = options.minutes * 60
    coming = next_batch(run.step)
    while (share := max(run.step / options.steps, (time.time() - began) / seconds)) < 1:
        batch, coming = coming.result(), next_batch(run.step + 1)
        parts = train_step(run, extractor, batch.to(options.device), share)
        mean = {name: 0.96 * mean.get(name, value) + 0.04 * value for name, value in parts.items()}
        if run.step % 20 == 0:
            _log(options.run / "log.tsv", run.step, (time.time() - began) / (run.step - done), mean)
        if run.step % options.keep_every == 0:
            _keep(run, options)
    _keep(run, options)


def _keep(run: Run, options: argparse.Namespace) -> None:
    run.save(options.run / "checkpoint.pt")
    contact_sheets.write(deepcopy(run.average).cpu(), options.data, options.run / f"sheet_{run.step:05d}.png")


def _log(path: Path, step: int, seconds: float, parts: dict[str, float]) -> None:
    numbers = "\t".join(f"{name} {value:.3f}" for name, value in parts.items())
    with path.open("a") as log:
        log.write(f"{step}\t{seconds:.2f} s\t{numbers}\n")


def _widths(text: str) -> Widths:
    half, quarter, eighth = (int(width) for width in text.split(","))
    return half, quarter, eighth


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with products, scenes, paintings, …")
    parser.add_argument(
        "--start", type=Path, required=True, help="released model folder, or file of start weights"
    )
    parser.add_argument("--widths", type=_widths, help="wider than START's: 32,64,128 for the base net")
    parser.add_argument("--run", type=Path, required=True, help="where checkpoints, log and sheets go")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--minutes", type=float, default=1e9, help="end by then; the rate falls in time")
    parser.add_argument("--batch", type=int, default=SAMPLES)
    parser.add_argument("--any", type=int, default=ANY_SAMPLES, help="samples of a batch in unseen styles")
    parser.add_argument("--size", type=int, default=160)
    parser.add_argument("--large-size", type=int, default=256)
    parser.add_argument("--large-after", type=int, default=10**9, help="step from which crops are large")
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--keep-every", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
