"""How a run begins: from start weights, or from a released model and its styles."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from style_engine.imaging.filters import REC_601
from style_engine.network.conditioning import CONDITIONING_NAMES
from style_engine.network.fusenet import CONDITIONING_MAPS, INJECTIONS, FuseNet
from style_engine.network.model import current_key
from style_engine.network.styles import load_catalogue
from style_engine.perceptual.vgg import VggFeatures, statistics

from ..shared.data import random_patterns
from ..styles.drawings import DRAWINGS
from ..styles.recipes import RECIPES, Recipe
from .checkpoint import Trainee

VGG: Final = "vgg_scale."


@dataclass(frozen=True)
class Start:
    """Nets by name (`net.*`, `head.*`, `encoder.*`), VGG filter scales, and the style vectors there are."""

    nets: dict[str, Tensor]
    scales: dict[str, Tensor]
    styles: dict[str, Tensor]


def read_start(path: Path) -> Start:
    """A released model folder, or a file of start weights (`net.*`, `hy.*`, `vgg_scale.*`) without styles."""
    tensors = {
        _todays_key(name): tensor.float()
        for name, tensor in load_file(path / "model.safetensors" if path.is_dir() else path).items()
    }
    scales = {name.removeprefix(VGG): t for name, t in tensors.items() if name.startswith(VGG)}
    nets = {name: t for name, t in tensors.items() if not name.startswith(VGG)}
    styles = load_catalogue(path / "styles") if path.is_dir() else {}
    return Start(nets, scales, {name: style.vector for name, style in styles.items()})


def _todays_key(name: str) -> str:
    return current_key(name.replace("hy.f.", "head.squeeze.").replace("hy.o.", "head.expand."))


def warm_start(trainee: Trainee, start: Start, extractor: VggFeatures, photo: Tensor) -> None:
    """Fill the nets, and each catalogue vector from itself, from a like style, or from the style head."""
    trainee.load_state_dict(trainee.state_dict() | start.nets)
    known = [_known_vector(recipe, start) for recipe in RECIPES]
    if all(vector is not None for vector in known):
        trainee.set_vectors(torch.stack([vector for vector in known if vector is not None]))
        return
    first = first_vectors(trainee, extractor, photo)
    if not start.styles:
        first = with_colours(trainee, first)
    rows = [first[row] if vector is None else vector for row, vector in enumerate(known)]
    trainee.set_vectors(torch.stack(rows))


def _known_vector(recipe: Recipe, start: Start) -> Tensor | None:
    return start.styles.get(recipe.id, start.styles.get(recipe.like))


def first_vectors(trainee: Trainee, extractor: VggFeatures, photo: Tensor) -> Tensor:
    """(styles, vector_size) the head's answer to one drawn picture of each style."""
    size = photo.shape[2]
    fields = random_patterns(size, np.random.default_rng(0))
    drawn = [DRAWINGS[recipe.id](photo, fields) for recipe in RECIPES]
    with torch.no_grad():
        return torch.cat([trainee.head(statistics(extractor(picture))) for picture in drawn])


def colour_injection(net: FuseNet, slope: float) -> Tensor:
    """(intake_size,) an intake through which the photo's own chroma reaches the logits with this slope.

    Norms take colour away; a style that keeps the product's colours would need long to find this way back.
    """
    # (3, half): what one channel before the last convolution adds to red, green and blue, all taps together
    reach = net.out.weight.detach().sum((2, 3)).view(3, 4, -1).mean(1)
    chroma = torch.eye(3) - torch.tensor(REC_601).expand(3, 3)
    injection = torch.zeros(INJECTIONS, net.widths[0], CONDITIONING_MAPS)
    red = CONDITIONING_NAMES.index("red")
    injection[1, :, red : red + 3] = slope * torch.linalg.pinv(reach) @ chroma
    return injection.flatten()


def with_colours(trainee: Trainee, vectors: Tensor, slope: float = 3.5) -> Tensor:
    """That intake added where a style keeps the product's colours, and to the encoder's."""
    injection = colour_injection(trainee.net, slope)
    trainee.encoder.injection.data += injection
    keeps = torch.tensor([[float(recipe.coloured)] for recipe in RECIPES])
    affine = vectors.shape[1] - len(injection)
    return torch.cat([vectors[:, :affine], vectors[:, affine:] + keeps * injection], 1)
