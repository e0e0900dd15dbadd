"""Train a style head on unseen styles, the painting network fixed: `python -m training.fusenet.train_head
--data DIR --run DIR`.

Every step paints each of some photos in each of some style pictures. Resumes from RUN/checkpoint.pt; logs to
RUN/log.tsv, and every EVALUATE_EVERY_STEPS the losses on held-out pictures to RUN/evaluation.tsv.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import torch
import typer
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from style_engine.network.conditioning import conditioning_maps
from style_engine.network.fusenet import FuseNet
from style_engine.network.model import load_model
from style_engine.perceptual import losses, vgg
from style_engine.perceptual.style_distance import STYLE_DISTANCE_LAYERS

from ..shared import cli
from ..shared.data import TrainingPicture, load_pictures, random_crop, random_patterns
from ..shared.files import picture_files
from ..shared.log import LossLog
from ..shared.paths import MODEL, ROOT
from ..shared.run import CHECKPOINT, TrainingRun
from .style_head import RichStyleHead

SCALES_FILE: Final = ROOT / "benchmarks/quality/vgg19_scales.safetensors"  # of VGG-19's filters, to relu5_1
# Content at weight 1 grew from .91 to 1.47 on held-out pictures within 1,200 steps while the style loss fell.
LOSS_WEIGHTS: Final[Mapping[str, float]] = {
    "style": 6.0, "texture": 0.6, "content": 2.0, "colour": 0.15, "flat": 4.0, "laplacian": 0.5,
    "background": 8.0,
}  # fmt: skip
EMA_DECAY: Final = 0.998
BASE_RATE_SHARE: Final = 0.25  # of the learning rate, for the released head inside the new one
WEIGHT_DECAY: Final = 0.01
GRADIENT_MAX_NORM: Final = 2.0
RATE_WARM_UP_STEPS: Final = 50
LOG_WEIGHT: Final = 0.03
SAVE_EVERY_STEPS: Final = 100
EVALUATE_EVERY_STEPS: Final = 400
STANDARDISING_CROPS: Final = 256
COLOUR_MIX_PROBABILITY: Final = 0.5
COLOUR_MIX_STD, GAIN_STD = 0.25, 0.1

Losses = dict[str, Tensor]


@dataclass(frozen=True)
class HeadPools:
    """Photos of products and of scenes, and style pictures."""

    photos: tuple[list[TrainingPicture], list[TrainingPicture]]
    styles: list[TrainingPicture]


@dataclass(frozen=True)
class StyleGoal:
    """Moments and Gram matrices of S style pictures."""

    means: Mapping[str, Tensor]
    stds: Mapping[str, Tensor]
    grams: Mapping[str, Tensor]

    def repeat(self, times: int) -> "StyleGoal":
        """Each style `times` in a row."""
        return StyleGoal(
            *(
                {layer: x.repeat_interleave(times, 0) for layer, x in part.items()}
                for part in (self.means, self.stds, self.grams)
            )
        )


def read_pools(data: Path, held_out: bool = False) -> HeadPools:
    def load(*folders: str, background: bool = False) -> list[TrainingPicture]:
        files = [file for folder in folders for file in picture_files(data / folder, held_out)]
        return load_pictures(files, background)

    return HeadPools(
        (load("products", background=True), load("scenes", "flat")),
        load("paintings", "japanese", "textures", "flat"),
    )


def style_goal(features: Mapping[str, Tensor]) -> StyleGoal:
    everywhere = torch.ones_like(features["relu1_1"][:, :1])
    means, stds = losses.layer_moments(features, everywhere)
    grams = {layer: losses.masked_gram(features[layer], everywhere) for layer in vgg.STYLE_LAYERS}
    return StyleGoal(means, stds, grams)


def goal_losses(
    extractor: vgg.VggFeatures, goal: StyleGoal, output: Tensor, photo: Tensor, background: Tensor
) -> Losses:
    """Unweighted loss terms (B,) of painted photos, one goal for each."""
    mask = 1 - background
    with torch.no_grad():
        photo_features = extractor(photo, ("relu3_1", "relu4_1"))
    features = extractor(output, STYLE_DISTANCE_LAYERS)
    return {
        "style": losses.moment_loss(features, goal.means, goal.stds, mask),
        "texture": losses.gram_loss(features, goal.grams, mask),
        "content": losses.content_loss(features, photo_features),
        "colour": losses.chroma_loss(output, photo),
        "flat": losses.flat_noise_loss(output, photo),
        "laplacian": losses.laplacian_loss(output, photo),
        "background": losses.background_loss(output, photo, background),
    }


class HeadTrainer:
    """What every step uses: the fixed networks, the pools and a run."""

    def __init__(
        self,
        run: TrainingRun[RichStyleHead],
        net: FuseNet,
        extractor: vgg.VggFeatures,
        pools: HeadPools,
        seed: int,
    ) -> None:
        self.run, self.net, self.extractor, self.pools = run, net, extractor, pools
        self.rng = np.random.default_rng([seed, run.step])

    def style_features(self, pictures: Tensor) -> dict[str, Tensor]:
        with torch.no_grad():
            return {name: x.float() for name, x in self.extractor(pictures, STYLE_DISTANCE_LAYERS).items()}

    def draw_styles(self, count: int, size: int) -> Tensor:
        """(count, 3, size, size) crops of style pictures, half of them with mixed colour channels."""
        chosen = [self.pools.styles[self.rng.integers(len(self.pools.styles))] for _ in range(count)]
        return torch.stack(
            [mix_colours(random_crop(each, size, self.rng).photo, self.rng) for each in chosen]
        )

    def losses(self, head: RichStyleHead, styles: Tensor, size: int) -> Losses:
        """Loss terms of one product photo and one scene in each style."""
        crops = [
            random_crop(pool[self.rng.integers(len(pool))], size, self.rng) for pool in self.pools.photos
        ]
        photo = torch.stack([crop.photo for crop in crops])
        background = torch.stack([crop.background for crop in crops])
        patterns = torch.cat([random_patterns(size, self.rng) for _ in crops])
        conditioning = conditioning_maps(photo, F.avg_pool2d(patterns, 2))
        features = self.style_features(styles)
        vectors = head(features).repeat_interleave(len(photo), 0)
        photo, background, conditioning = (
            each.repeat(len(styles), 1, 1, 1) for each in (photo, background, conditioning)
        )
        output = self.net(photo, vectors, conditioning)
        goal = style_goal(features).repeat(len(crops))
        return goal_losses(self.extractor, goal, output, photo, background)

    def step(self, style_count: int, size: int, progress: float) -> dict[str, float]:
        """One step of the optimiser at a cosine learning rate (`progress` 0..1); means of the loss terms."""
        run = self.run
        warm_up = min(1.0, (run.step + 1) / RATE_WARM_UP_STEPS)
        for group in run.optimiser.param_groups:
            group["lr"] = group["rate"] * warm_up * (0.05 + 0.475 * (1 + math.cos(math.pi * progress)))
        run.net.train()
        terms = self.losses(run.net, self.draw_styles(style_count, size), size)
        weighted = {name: LOSS_WEIGHTS[name] * term.mean() for name, term in terms.items()}
        loss = torch.stack([*weighted.values()]).sum()
        run.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(run.net.parameters(), GRADIENT_MAX_NORM)
        run.optimiser.step()
        run.finish_step()
        return {
            "loss": float(loss.detach()),
            **{name: float(term.detach()) for name, term in weighted.items()},
        }


def mix_colours(picture: Tensor, rng: np.random.Generator) -> Tensor:
    """(3, S, S) the picture, or with its channels mixed at random, so that there are more palettes."""
    if rng.random() >= COLOUR_MIX_PROBABILITY:
        return picture
    mix = np.eye(3) + rng.normal(0, COLOUR_MIX_STD, (3, 3))
    mix *= (1 + rng.normal(0, GAIN_STD)) / mix.sum(1, keepdims=True)
    return torch.einsum("oc,chw->ohw", torch.from_numpy(mix).to(picture), picture).clamp(0, 1)


def begin_run(head: RichStyleHead, rate: float) -> TrainingRun[RichStyleHead]:
    released = [*head.base.parameters()]
    added = [parameter for name, parameter in head.named_parameters() if not name.startswith("base.")]
    groups = [
        {"params": released, "lr": rate * BASE_RATE_SHARE, "rate": rate * BASE_RATE_SHARE},
        {"params": added, "lr": rate, "rate": rate},
    ]
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=WEIGHT_DECAY)
    return TrainingRun(head, optimiser, ema_decay=EMA_DECAY)


@torch.no_grad()
def evaluate(trainer: HeadTrainer, held_out: HeadPools, size: int, count: int = 10) -> dict[str, float]:
    """Mean unweighted losses of the averaged head, on the same held-out styles and photos each time."""
    fixed = HeadTrainer(trainer.run, trainer.net, trainer.extractor, held_out, seed=0)
    fixed.rng = np.random.default_rng(0)
    found: list[dict[str, float]] = []
    for _ in range(count):
        terms = fixed.losses(trainer.run.averaged_net, fixed.draw_styles(1, size), size)
        found.append({name: float(term.mean()) for name, term in terms.items()})
    return {name: float(np.mean([each[name] for each in found])) for name in found[0]}


def main(  # noqa: PLR0917 - a command line has as many options as it has
    data: cli.DataOption,
    run: cli.RunOption,
    model: cli.ModelOption = MODEL,
    steps: Annotated[int, typer.Option(help="steps in all")] = 12_000,
    styles: Annotated[int, typer.Option(help="style pictures a step")] = 4,
    size: Annotated[int, typer.Option(help="px, side of the crops")] = 160,
    rate: Annotated[float, typer.Option(help="learning rate")] = 4e-4,
    threads: Annotated[int, typer.Option(help="CPU threads")] = 1,
    seed: cli.SeedOption = 1,
) -> None:
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    run.mkdir(parents=True, exist_ok=True)
    released = load_model(model)
    extractor = vgg.load(load_file(SCALES_FILE), last="conv5_1").to(torch.bfloat16)
    head = RichStyleHead(released.net.widths)
    head.base.load_state_dict(released.head.state_dict())
    head.requires_grad_(True)
    training_run, checkpoint = begin_run(head, rate), run / CHECKPOINT
    resumes = checkpoint.exists()
    if resumes:
        training_run.resume(checkpoint)
    trainer = HeadTrainer(training_run, released.net, extractor, read_pools(data), seed)
    if not resumes:
        crops = trainer.draw_styles(STANDARDISING_CROPS, size).split(styles)
        inputs = torch.cat([head.inputs(trainer.style_features(each)) for each in crops])
        for each in (head, training_run.averaged_net):
            each.standardise_inputs(inputs)
    train(trainer, read_pools(data, held_out=True), run, (steps, styles, size))


def train(trainer: HeadTrainer, held_out: HeadPools, folder: Path, plan: tuple[int, int, int]) -> None:
    steps, styles, size = plan
    run = trainer.run
    log = LossLog(folder / "log.tsv", run.step, LOG_WEIGHT)
    with cli.progress_bar() as bar:
        task = bar.add_task("training", total=steps, completed=run.step)
        while run.step < steps:
            if run.step % EVALUATE_EVERY_STEPS == 0:
                found = evaluate(trainer, held_out, size)
                numbers = "\t".join(f"{name} {value:.3f}" for name, value in found.items())
                with (folder / "evaluation.tsv").open("a") as file:
                    file.write(f"{run.step}\t{numbers}\n")
            losses_of_step = trainer.step(styles, size, progress=run.step / steps)
            log.add(run.step, losses_of_step)
            bar.update(task, completed=run.step)
            if run.step % SAVE_EVERY_STEPS == 0:
                run.save(folder / CHECKPOINT)
    run.save(folder / CHECKPOINT)


if __name__ == "__main__":
    cli.run(main, __doc__)
