"""What VGG sees of a style: the numbers that a painted style is trained towards."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from style_engine import vgg

from . import losses
from .catalogue import Recipe
from .data import read_picture


@dataclass(frozen=True)
class StyleTarget:
    """What VGG sees of a style: means and deviations (1, C) and Grams (1, C, C) for each layer."""

    means: dict[str, Tensor]
    deviations: dict[str, Tensor]
    grams: dict[str, Tensor]
    statistics: Tensor


def style_target(eye: vgg.Vgg19, picture: Tensor) -> StyleTarget:
    with torch.no_grad():
        features = {name: x.float() for name, x in eye(picture).items()}
        everywhere = torch.ones_like(picture[:, :1])
        both = {name: losses.masked_moments(x, everywhere) for name, x in features.items()}
        grams = {name: losses.masked_gram(features[name], everywhere) for name in vgg.STYLE_LAYERS}
    return StyleTarget(
        {name: pair[0] for name, pair in both.items()},
        {name: pair[1] for name, pair in both.items()},
        grams,
        vgg.statistics(features),
    )


def catalogue_targets(eye: vgg.Vgg19, paintings: Path, recipes: tuple[Recipe, ...]) -> dict[str, StyleTarget]:
    return {
        recipe.id: style_target(eye, painting_of(recipe, paintings))
        for recipe in recipes
        if recipe.kind == "painted"
    }


def painting_of(recipe: Recipe, paintings: Path) -> Tensor:
    """(1, 3, H, W) the recipe's painting at its size, with as much of its colour as the recipe shows."""
    painting = short_side(read_picture(paintings / recipe.source), recipe.size)
    return losses.toned(painting, torch.tensor(recipe.palette))


def short_side(picture: Tensor, size: int) -> Tensor:
    scale = size / min(picture.shape[2:])
    shape = [round(side * scale) for side in picture.shape[2:]]
    return F.interpolate(picture, size=shape, mode="bilinear", antialias=True).clamp(0, 1)
