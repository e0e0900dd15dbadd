"""Train FuseNet: `python -m training.train --data DIR --start FILE.safetensors --run DIR --steps 3000`.

One batch holds three kinds of sample: catalogue styles (painted ones by VGG statistics, drawn ones by the
picture a drawing function makes of the same photo), any painting through the style head, and photos to be given
back unchanged through the photo encoder. Resumes from RUN/checkpoint.pt; logs RUN/log.tsv.
"""

import argparse
import math
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from style_engine import vgg
from style_engine.fields import NAMES
from style_engine.fusenet import affine_size
from torch import Tensor
from torch.nn import functional as F

from . import losses, sheets
from .catalogue import RECIPES, Recipe
from .checkpoint import Run, Trainee, warm_start
from .data import Picture, load_pictures, picture_files, random_crop, random_fields, read_picture
from .drawings import DRAWINGS

ANY_STYLE: Final = Recipe("any", "Any", "any", "painted", "", texture=0.5, style=5.0, colour=0.2)
UNCHANGED: Final = Recipe("unchanged", "Unchanged", "any", "drawn", "")
SLOTS: Final = ("unchanged", "any", *["painted"] * 2, *["drawn"] * 8)
LAYERS: Final = vgg.STYLE_LAYERS
TEXTURE_LAYERS: Final = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")


@dataclass(frozen=True)
class Pools:
    """Pictures to crop from."""

    products: list[Picture]
    scenes: list[Picture]
    styles: list[Picture]


@dataclass(frozen=True)
class StyleTarget:
    """What VGG sees of a style: means and deviations (1, C) and Grams (1, C, C) for each layer."""

    means: dict[str, Tensor]
    deviations: dict[str, Tensor]
    grams: dict[str, Tensor]
    statistics: Tensor


@dataclass(frozen=True)
class Batch:
    """photo, answer (B, 3, S, S); ground (B, 1, S, S); fields (B, 8, S, S); a recipe and catalogue row each."""

    photo: Tensor
    ground: Tensor
    fields: Tensor
    recipes: list[Recipe]
    rows: list[int]
    any_style: Tensor
    answer: Tensor


def load_pools(data: Path) -> Pools:
    def load(*names: str, ground: bool = False) -> list[Picture]:
        return [p for name in names for p in load_pictures(picture_files(data / name), ground)]

    return Pools(
        products=load("products", ground=True),
        scenes=load("scenes", "flat"),
        styles=load("paintings", "japanese", "textures", "flat"),
    )


def style_target(eye: vgg.Vgg19, picture: Tensor) -> StyleTarget:
    with torch.no_grad():
        features = {name: x.float() for name, x in eye(picture).items()}
        everywhere = torch.ones_like(picture[:, :1])
        both = {name: losses.masked_moments(x, everywhere) for name, x in features.items()}
        grams = {name: losses.masked_gram(features[name], everywhere) for name in TEXTURE_LAYERS}
    return StyleTarget(
        {name: pair[0] for name, pair in both.items()},
        {name: pair[1] for name, pair in both.items()},
        grams,
        vgg.statistics(features),
    )


def catalogue_targets(eye: vgg.Vgg19, paintings: Path, recipes: tuple[Recipe, ...]) -> dict[str, StyleTarget]:
    return {
        recipe.id: style_target(eye, _short_side(read_picture(paintings / recipe.source), recipe.size))
        for recipe in recipes
        if recipe.kind == "painted"
    }


def first_vectors(trainee: Trainee, eye: vgg.Vgg19, targets: dict[str, StyleTarget], photo: Tensor) -> Tensor:
    """Where each catalogue vector starts: the head's answer to its painting, or to one drawn picture."""
    size = photo.shape[2]
    fields = random_fields(size, np.random.default_rng(0))
    rows = []
    for recipe in RECIPES:
        target = targets.get(recipe.id)
        if target is None:
            target = style_target(eye, DRAWINGS[recipe.id](photo, fields))
        rows.append(trainee.head(target.statistics)[0])
    return torch.stack(rows).detach()


def draw_batch(pools: Pools, size: int, count: int, rng: np.random.Generator, only: list[int]) -> Batch:
    """Product and other photos in equal parts; kinds of sample in the shares of SLOTS."""
    crops, recipes, rows = [], [], []
    for slot in rng.permutation(len(SLOTS))[:count]:
        pool = pools.products if rng.random() < 0.5 else pools.scenes
        crops.append(random_crop(pool[rng.integers(len(pool))], size, rng))
        recipe, row = _assign(SLOTS[slot], rng, only)
        recipes.append(recipe)
        rows.append(row)
    any_style = random_crop(pools.styles[rng.integers(len(pools.styles))], 192, rng).photo
    batch = Batch(
        torch.stack([crop.photo for crop in crops]),
        torch.stack([crop.ground for crop in crops]),
        torch.cat([random_fields(size, rng) for _ in crops]),
        recipes,
        rows,
        any_style.unsqueeze(0),
        torch.empty(0),
    )
    return replace(batch, answer=reference(batch))


def _assign(slot: str, rng: np.random.Generator, only: list[int]) -> tuple[Recipe, int]:
    rows = [row for row in only if RECIPES[row].kind == slot]
    if slot == "unchanged":
        return UNCHANGED, -1
    if slot == "any" or not rows:
        return ANY_STYLE, -1
    row = rows[rng.integers(len(rows))]
    return RECIPES[row], row


def reference(batch: Batch) -> Tensor:
    """(B, 3, S, S) the picture whose structure each output must have: the drawing, or the photo itself."""
    answers = batch.photo.clone()
    for index, recipe in enumerate(batch.recipes):
        if recipe.id in DRAWINGS:
            one = slice(index, index + 1)
            answers[one] = DRAWINGS[recipe.id](batch.photo[one], batch.fields[one])
    return batch.ground * batch.photo + (1 - batch.ground) * answers.clamp(0, 1)


def style_vectors(trainee: Trainee, batch: Batch, any_style: StyleTarget | None) -> Tensor:
    """(B, vector_size) for each sample: from the catalogue, the style head, or the photo encoder."""
    thumbnails = F.interpolate(batch.photo, size=(128, 128), mode="bilinear", antialias=True)
    own = trainee.head.vector(trainee.encoder(thumbnails), trainee.encoder.intake)
    other = trainee.head(any_style.statistics)[0] if any_style is not None else own[0]
    picked = []
    for index, (recipe, row) in enumerate(zip(batch.recipes, batch.rows, strict=True)):
        picked.append(own[index] if recipe is UNCHANGED else trainee.vectors[row] if row >= 0 else other)
    return torch.stack(picked)


def batch_loss(
    trainee: Trainee, eye: vgg.Vgg19, batch: Batch, targets: dict[str, StyleTarget]
) -> tuple[Tensor, dict[str, float], Tensor]:
    """Mean loss, its parts for the log, and the pictures made."""
    any_style = style_target(eye, batch.any_style) if ANY_STYLE in batch.recipes else None
    half = F.avg_pool2d(batch.fields[:, : len(NAMES)], 2)
    output = trainee.net(batch.photo, style_vectors(trainee, batch, any_style), half)
    known = torch.tensor([float(recipe.kind == "drawn") for recipe in batch.recipes])
    parts = {
        "answer": known * losses.answer(output, batch.answer),
        "ground": 8 * losses.held_ground(output, batch.photo, batch.ground),
        "flat": (1 - known) * 3 * losses.flat_noise(output, batch.photo),
        "laplacian": (1 - known) * 0.5 * losses.laplacian(output, batch.photo),
        "colour": (1 - known) * 2 * _weights(batch, "colour") * _chroma_shift(output, batch.photo),
    } | _painted_parts(eye, batch, output, targets, any_style)
    total = torch.stack(list(parts.values())).sum(0).mean()
    return total, {name: float(part.detach().mean()) for name, part in parts.items()}, output


def _painted_parts(
    eye: vgg.Vgg19, batch: Batch, output: Tensor, targets: dict[str, StyleTarget], any_style: StyleTarget | None
) -> dict[str, Tensor]:
    """What VGG says of the painted samples; drawn ones have a known answer and need no VGG."""
    parts = {name: torch.zeros(len(batch.recipes)) for name in ("content", "style", "texture")}
    painted = [index for index, recipe in enumerate(batch.recipes) if recipe.kind == "painted"]
    if not painted:
        return parts
    seen = eye(output[painted], LAYERS)
    with torch.no_grad():
        wanted = eye(batch.photo[painted], LAYERS)
    parts["content"][painted] = _weights(batch, "content")[painted] * losses.content(seen, wanted)
    for place, index in enumerate(painted):
        recipe = batch.recipes[index]
        target = any_style if recipe is ANY_STYLE else targets[recipe.id]
        assert target is not None
        one = {name: x[place : place + 1] for name, x in seen.items()}
        mask = 1 - batch.ground[index : index + 1]
        parts["style"][index] = recipe.style * losses.moments(one, target.means, target.deviations, mask)[0]
        parts["texture"][index] = recipe.texture * losses.texture(one, target.grams, mask)[0]
    return parts


def _weights(batch: Batch, name: str) -> Tensor:
    return torch.tensor([float(getattr(recipe, name)) for recipe in batch.recipes])


def _chroma_shift(output: Tensor, photo: Tensor) -> Tensor:
    """L1 between the two pictures' colours, lightness left out, over 8 px patches."""
    chroma = [F.avg_pool2d(x - losses.luminance(x), 8) for x in (output, photo)]
    return losses.per_sample((chroma[0] - chroma[1]).abs())


def _short_side(picture: Tensor, size: int) -> Tensor:
    scale = size / min(picture.shape[2:])
    shape = [round(side * scale) for side in picture.shape[2:]]
    return F.interpolate(picture, size=shape, mode="bilinear", antialias=True).clamp(0, 1)


def optimiser_for(trainee: Trainee, rate: float, refine: bool) -> torch.optim.Optimizer:
    vectors = {"params": [trainee.vectors], "lr": rate * 4, "rate": rate * 4}
    if refine:
        return torch.optim.Adam([vectors], betas=(0.9, 0.98))
    shared = [p for name, p in trainee.named_parameters() if name != "vectors" and "encoder" not in name]
    groups = [
        {"params": shared, "lr": rate, "rate": rate},
        {"params": list(trainee.encoder.parameters()), "lr": rate * 2, "rate": rate * 2},
        vectors,
    ]
    return torch.optim.Adam(groups, betas=(0.9, 0.99))


def train_step(run: Run, eye: vgg.Vgg19, batch: Batch, targets: dict[str, StyleTarget], share: float) -> dict[str, float]:
    """One step; `share` 0..1 of the run is done and sets the learning rate (cosine to a twentieth)."""
    fade = 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * min(1.0, share)))
    for group in run.optimiser.param_groups:
        group["lr"] = group["rate"] * fade * min(1.0, (run.step + 1) / 50)
    loss, parts, _ = batch_loss(run.trainee, eye, batch, targets)
    run.optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(run.trainee.parameters(), 2.0)
    run.optimiser.step()
    run.step += 1
    run.update_average(min(0.997, run.step / (run.step + 9)))
    return {"loss": float(loss.detach()), **parts}


def main(arguments: list[str] | None = None) -> None:
    options = _parse(arguments)
    options.run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    trainee, average = Trainee(len(RECIPES)), Trainee(len(RECIPES))
    eye = vgg.load(warm_start(trainee, options.start)).to(torch.bfloat16)
    targets = catalogue_targets(eye, options.data / "paintings", RECIPES)
    pools = load_pools(options.data)
    rng = np.random.default_rng(options.seed)
    photo = random_crop(pools.scenes[0], 256, rng).photo.unsqueeze(0)
    trainee.vectors.data = first_vectors(trainee, eye, targets, photo)
    average.load_state_dict(trainee.state_dict())
    run = Run(trainee, average, optimiser_for(trainee, options.rate, options.refine))
    checkpoint = options.run / "checkpoint.pt"
    if checkpoint.exists():
        run.resume(checkpoint)
    elif options.base:
        _start_from(run, options.base)
    _loop(run, eye, targets, pools, options)


def _loop(run: Run, eye: vgg.Vgg19, targets: dict[str, StyleTarget], pools: Pools, options: argparse.Namespace) -> None:
    rng = np.random.default_rng([options.seed, run.step])
    only = [row for row, recipe in enumerate(RECIPES) if not options.only or recipe.id in options.only.split(",")]
    mean: dict[str, float] = {}
    began, done = time.time(), run.step
    ahead = ThreadPoolExecutor(1)

    def next_batch(step: int) -> Future[Batch]:
        large = step >= options.large_after
        size, count = (options.large_size, options.batch // 2) if large else (options.size, options.batch)
        return ahead.submit(draw_batch, pools, size, count, rng, only)

    coming = next_batch(run.step)
    while run.step < options.steps:
        batch, coming = coming.result(), next_batch(run.step + 1)
        parts = train_step(run, eye, batch, targets, run.step / options.steps)
        mean = {name: 0.96 * mean.get(name, value) + 0.04 * value for name, value in parts.items()}
        if run.step % 20 == 0:
            _log(options.run / "log.tsv", run.step, (time.time() - began) / (run.step - done), mean)
        if run.step % options.keep_every == 0 or run.step == options.steps:
            run.save(options.run / "checkpoint.pt")
            sheets.write(run.average, options.data, options.run / f"sheet_{run.step:05d}.png")


def _start_from(run: Run, path: Path) -> None:
    """Take the averaged weights of another run; a style new since then keeps its first vector."""
    state = torch.load(path, weights_only=True)["average"]
    first = run.trainee.vectors.data.clone()
    known = state.pop("vectors")
    first[: len(known)] = known
    for trainee in (run.trainee, run.average):
        trainee.load_state_dict({**state, "vectors": first})


def _log(path: Path, step: int, seconds: float, parts: dict[str, float]) -> None:
    numbers = "\t".join(f"{name} {value:.3f}" for name, value in parts.items())
    with path.open("a") as log:
        log.write(f"{step}\t{seconds:.2f} s\t{numbers}\n")


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with products, scenes, paintings, …")
    parser.add_argument("--start", type=Path, required=True, help="start weights with the VGG filter scales")
    parser.add_argument("--run", type=Path, required=True, help="where checkpoints, log and sheets go")
    parser.add_argument("--base", type=Path, help="checkpoint of an earlier run to begin from")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--batch", type=int, default=len(SLOTS))
    parser.add_argument("--size", type=int, default=160)
    parser.add_argument("--large-size", type=int, default=256)
    parser.add_argument("--large-after", type=int, default=10**9, help="step from which crops are large")
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--refine", action="store_true", help="train the catalogue vectors only (phase D)")
    parser.add_argument("--only", default="", help="comma-separated style ids")
    parser.add_argument("--keep-every", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
