"""Train the skin decoder of a region model.

`python -m training.regions.skin.train --data DIR --masks DIR --run DIR`; `training.regions.release` writes
the model. The encoder and the decoder of product and text stay as released, so their masks do not change.
Resumes from RUN/checkpoint.pt; logs to RUN/log.tsv; with each checkpoint RUN/sheet.png shows masks of new
samples.
"""

from collections import deque
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import torch
import typer
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from style_engine.regions.segmentation_net import RegionNet

from ...shared import cli
from ...shared.log import Losses, LossLog
from ...shared.paths import ROOT
from ...shared.run import CHECKPOINT, TrainingRun
from ..train import (
    EMA_DECAY,
    GRADIENT_MAX_NORM,
    LOG_WEIGHT,
    NEW_BATCH_SHARE,
    REPLAY_BATCHES,
    WEIGHT_DECAY,
    learning_rate,
    mask_loss,
    overlay_masks,
)
from .labels import read_labels
from .samples import SkinBatch, SkinPools, draw_batch, make_pools

RELEASED: Final = ROOT / "engine/models/regions-lite/model.safetensors"
NO_SKIN_WEIGHT: Final = 1.0  # added to the weight 1 of samples without skin, which have no overlap loss
SHEET_SAMPLES, SHEET_COLUMNS = 16, 4

SkinRun = TrainingRun[RegionNet]


def begin_run(released: dict[str, Tensor], rate: float, seed: int) -> SkinRun:
    """A network with the released weights, of which only the skin decoder is trained."""
    torch.manual_seed(seed)
    net = RegionNet()
    fresh = {name: weights for name, weights in net.state_dict().items() if name.startswith("skin.")}
    net.load_state_dict(released | fresh)
    net.requires_grad_(False).skin.requires_grad_(True)
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in torch's stubs
    optimiser = torch.optim.AdamW(net.skin.parameters(), lr=rate, weight_decay=WEIGHT_DECAY)
    return TrainingRun(net, optimiser, ema_decay=EMA_DECAY)


def train_step(run: SkinRun, batch: SkinBatch, rate: float) -> Losses:
    for group in run.optimiser.param_groups:
        group["lr"] = rate
    run.net.eval().skin.train()
    photo = batch.photo.contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        with torch.no_grad():
            features = run.net.encode(photo)
        logits = run.net.skin(photo, features).float()
    # Logits have half the photo's size.
    skin, known = (F.avg_pool2d(plane, 2) for plane in (batch.skin, batch.known))
    empty = (skin.amax((1, 2, 3), keepdim=True) == 0).float()
    loss = mask_loss(logits, skin, known * (1 + NO_SKIN_WEIGHT * empty))
    run.optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(run.net.skin.parameters(), GRADIENT_MAX_NORM)
    run.optimiser.step()
    run.finish_step()
    return {"loss": float(loss.detach())}


def train(
    run: SkinRun,
    pools: SkinPools,
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
    recent: deque[SkinBatch] = deque(maxlen=REPLAY_BATCHES)
    log = LossLog(folder / "log.tsv", run.step, LOG_WEIGHT)
    while run.step < steps:
        if len(recent) < REPLAY_BATCHES or rng.random() < NEW_BATCH_SHARE:
            recent.append(draw_batch(pools, batch_size, rng))
            batch = recent[-1]
        else:
            batch = recent[rng.integers(REPLAY_BATCHES)]
        losses = train_step(run, batch, learning_rate(run.step, steps, rate))
        log.add(run.step, losses)
        if run.step % keep_every == 0 or run.step == steps:
            run.save(folder / CHECKPOINT)
            write_sheet(run.averaged_net, draw_batch(pools, SHEET_SAMPLES, rng), folder / "sheet.png")


@torch.inference_mode()
def write_sheet(net: RegionNet, batch: SkinBatch, path: Path) -> None:
    """Each sample with its labels and with the prediction, side by side; skin red."""
    predicted = F.interpolate(net(batch.photo)[:, 2:], scale_factor=2, mode="bilinear").sigmoid()
    everywhere = torch.ones_like(batch.skin)
    pairs = [overlay_masks(batch.photo, everywhere, mask) for mask in (batch.skin, predicted)]
    rows = [torch.cat(list(row), 2) for row in torch.cat(pairs, 3).split(SHEET_COLUMNS)]
    Image.fromarray((torch.cat(rows, 1).permute(1, 2, 0) * 255).byte().numpy()).save(path)


def main(  # noqa: PLR0917 - a command line has as many options as it has
    data: cli.DataOption,
    masks: Annotated[Path, typer.Option(help="masks by training.regions.skin.teacher", exists=True)],
    folder: cli.RunOption,
    steps: int = 6000,
    batch: Annotated[int, typer.Option(help="samples of a batch")] = 8,
    rate: Annotated[float, typer.Option(help="learning rate")] = 2.5e-3,
    keep_every: Annotated[int, typer.Option(help="steps between checkpoints")] = 200,
    seed: cli.SeedOption = 1,
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    pools = make_pools(read_labels(data, masks, held_out=False))
    run = begin_run(load_file(RELEASED), rate, seed)
    if (folder / CHECKPOINT).exists():
        run.resume(folder / CHECKPOINT)
    train(run, pools, folder, steps=steps, batch_size=batch, rate=rate, keep_every=keep_every, seed=seed)


if __name__ == "__main__":
    cli.run(main, __doc__)
