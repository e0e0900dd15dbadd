"""Train the skin decoder of a region model.

`python -m training.regions.skin.train --data DIR --masks DIR --run DIR`; `training.regions.release` writes
the model. The encoder and the decoder of product and text stay as released, so their masks do not change.
Resumes from RUN/checkpoint.pt; logs to RUN/log.tsv; with each checkpoint RUN/sheet.png shows masks of new
samples.
"""

from pathlib import Path
from typing import Annotated, Final

import torch
import typer
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from style_engine.regions.segmentation_net import RegionNet

from ...shared import cli
from ...shared.log import Losses
from ...shared.paths import ROOT
from ..loop import RegionRun, TrainingTask, start_run, train
from ..train import mask_loss, overlay_masks
from .labels import read_labels
from .samples import SkinBatch, SkinPools, draw_batch, make_pools

RELEASED: Final = ROOT / "engine/models/regions-lite/model.safetensors"
NO_SKIN_WEIGHT: Final = 1.0  # added to the weight 1 of samples without skin, which have no overlap loss
SHEET_SAMPLES: Final = 16


def begin_run(released: dict[str, Tensor], rate: float, seed: int) -> RegionRun:
    """A network with the released weights, of which only the skin decoder is trained."""
    torch.manual_seed(seed)
    net = RegionNet()
    fresh = {name: weights for name, weights in net.state_dict().items() if name.startswith("skin.")}
    net.load_state_dict(released | fresh)
    net.requires_grad_(False).skin.requires_grad_(True)
    return start_run(net, net.skin, rate)


def batch_loss(net: RegionNet, batch: SkinBatch) -> tuple[Tensor, Losses]:
    photo = batch.photo.contiguous(memory_format=torch.channels_last)
    net.eval().skin.train()
    with torch.autocast("cpu", torch.bfloat16):
        with torch.no_grad():
            features = net.encode(photo)
        logits = net.skin(photo, features).float()
    # Logits have half the photo's size.
    skin, known = (F.avg_pool2d(plane, 2) for plane in (batch.skin, batch.known))
    empty = (skin.amax((1, 2, 3), keepdim=True) == 0).float()
    return mask_loss(logits, skin, known * (1 + NO_SKIN_WEIGHT * empty)), {}


def task_of(net: RegionNet, average: RegionNet, pools: SkinPools, batch_size: int) -> TrainingTask[SkinBatch]:
    return TrainingTask(
        draw=lambda rng: draw_batch(pools, batch_size, rng),
        vary=lambda batch, _: batch,
        loss=lambda batch: batch_loss(net, batch),
        sheet=lambda rng: shown_masks(average, draw_batch(pools, SHEET_SAMPLES, rng)),
    )


@torch.inference_mode()
def shown_masks(net: RegionNet, batch: SkinBatch) -> Tensor:
    """(B, 3, H, 2 W) each sample with its labels and with the prediction, side by side; skin red."""
    predicted = F.interpolate(net(batch.photo)[:, 2:], scale_factor=2, mode="bilinear").sigmoid()
    everywhere = torch.ones_like(batch.skin)
    pairs = [overlay_masks(batch.photo, everywhere, mask) for mask in (batch.skin, predicted)]
    return torch.cat(pairs, 3)


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
    torch.set_num_threads(1)
    pools = make_pools(read_labels(data, masks, held_out=False))
    run = begin_run(load_file(RELEASED), rate, seed)
    task = task_of(run.net, run.averaged_net, pools, batch)
    train(run, task, folder, steps=steps, rate=rate, keep_every=keep_every, seed=seed)


if __name__ == "__main__":
    cli.run(main, __doc__)
