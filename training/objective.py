"""The objective: one batch through the net, and everything that is asked of what comes out."""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from style_engine import vgg
from style_engine.fields import NAMES
from style_engine.guides import guides, luminance

from . import losses
from .batches import ANY_STYLE, UNCHANGED, Batch
from .checkpoint import Trainee
from .targets import StyleTarget, style_target

JUDGED: Final = 4  # drawn samples of a batch that VGG looks at; each costs as much as the net


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
    vectors = style_vectors(trainee, batch, any_style)
    output = trainee.net(batch.photo, vectors, guides(batch.photo, half))
    known = torch.tensor([float(recipe.kind == "drawn") for recipe in batch.recipes])
    parts = {
        "answer": known * losses.answer(output, batch.answer),
        "ground": 8 * losses.held_ground(output, batch.photo, batch.ground),
        "flat": (1 - known) * _weights(batch, "calm") * losses.flat_noise(output, batch.photo),
        "laplacian": (1 - known) * 0.5 * losses.laplacian(output, batch.photo),
        "colour": (1 - known) * 2 * _weights(batch, "colour") * _chroma_shift(output, batch.photo),
        "look": _drawn_look(eye, batch, output),
    } | _painted_parts(eye, batch, output, targets, any_style)
    total = torch.stack(list(parts.values())).sum(0).mean()
    return total, {name: float(part.detach().mean()) for name, part in parts.items()}, output


def _drawn_look(eye: vgg.Vgg19, batch: Batch, output: Tensor) -> Tensor:
    """What VGG sees of the first few drawn samples against their answers.

    Pixel distances forgive a pale screen or hatch: half the ink is half the error. Moments do not. The
    logarithm gives a faint style the same pull as a loud one.
    """
    part = torch.zeros(len(batch.recipes))
    drawn = [index for index, recipe in enumerate(batch.recipes) if recipe.source and recipe.kind == "drawn"]
    judged = drawn[:JUDGED]
    if not judged:
        return part
    mask = 1 - batch.ground[judged]
    with torch.no_grad():
        means, deviations = losses.style_of(eye(batch.answer[judged]), mask)
    part[judged] = torch.log(losses.moments(eye(output[judged]), means, deviations, mask) + 0.1)
    return 0.6 * part


def _painted_parts(
    eye: vgg.Vgg19,
    batch: Batch,
    output: Tensor,
    targets: dict[str, StyleTarget],
    any_style: StyleTarget | None,
) -> dict[str, Tensor]:
    """What VGG says of the painted samples; drawn ones have a known answer and need no VGG."""
    parts = {name: torch.zeros(len(batch.recipes)) for name in ("content", "style", "texture")}
    painted = [index for index, recipe in enumerate(batch.recipes) if recipe.kind == "painted"]
    if not painted:
        return parts
    palette = _weights(batch, "palette")[painted].view(-1, 1, 1, 1)
    seen = eye(losses.toned(output[painted], palette))
    with torch.no_grad():
        wanted = eye(losses.toned(batch.photo[painted], palette))
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
    chroma = [F.avg_pool2d(x - luminance(x), 8) for x in (output, photo)]
    return losses.per_sample((chroma[0] - chroma[1]).abs())
