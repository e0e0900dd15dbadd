"""How a run begins: from start weights or an earlier run, each style from the style head's first answer."""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from style_engine.fusenet import GUIDES, INJECTIONS, FuseNet
from style_engine.guides import NAMES
from style_engine.vgg import Vgg19

from .catalogue import RECIPES
from .checkpoint import Run, Trainee
from .data import random_fields
from .drawings import DRAWINGS
from .targets import StyleTarget, style_target


def warm_start(trainee: Trainee, path: Path) -> dict[str, Tensor]:
    """Load start weights (`net.*`, `hy.*`, `vgg_scale.*`) and return the VGG filter scales."""
    tensors = load_file(path)
    trainee.net.load_state_dict(_under(tensors, "net."))
    head = {
        name.replace("f.", "squeeze.").replace("o.", "expand."): t
        for name, t in _under(tensors, "hy.").items()
    }
    trainee.head.load_state_dict(head | {"intake": trainee.head.intake.data})
    return vgg_scales(path)


def vgg_scales(path: Path) -> dict[str, Tensor]:
    """Mean activation of each VGG-19 filter, by convolution name."""
    return _under(load_file(path), "vgg_scale.")


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}


def first_vectors(trainee: Trainee, eye: Vgg19, targets: dict[str, StyleTarget], photo: Tensor) -> Tensor:
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


def colour_intake(net: FuseNet, slope: float) -> Tensor:
    """(intake_size,) an intake through which the photo's own chroma reaches the logits with this slope.

    Norms take colour away; a style that keeps the product's colours would need long to find this way back.
    """
    # (3, half): what one channel before the last convolution adds to red, green and blue, all taps together
    reach = net.out.weight.detach().sum((2, 3)).view(3, 4, -1).mean(1)
    chroma = torch.eye(3) - torch.tensor([0.299, 0.587, 0.114]).expand(3, 3)
    intake = torch.zeros(INJECTIONS, net.widths[0], GUIDES)
    red = NAMES.index("red")
    intake[1, :, red : red + 3] = slope * torch.linalg.pinv(reach) @ chroma
    return intake.flatten()


def let_colours_in(trainee: Trainee, slope: float = 3.5) -> None:
    """Give that intake to the photo encoder and to every style that keeps the product's colours."""
    intake = colour_intake(trainee.net, slope)
    rows = [row for row, recipe in enumerate(RECIPES) if recipe.colour > 0]
    trainee.intakes.data[rows] += intake
    trainee.encoder.intake.data += intake


def start_from(run: Run, path: Path) -> None:
    """Take the averaged weights of another run; a style new since then keeps its first vector."""
    state = torch.load(path, weights_only=True)["average"]
    known = {name: state.pop(name) for name in ("affines", "intakes")}
    for trainee in (run.trainee, run.average):
        trainee.load_state_dict(state, strict=False)
        trainee.affines.data[: len(known["affines"])] = known["affines"]
        trainee.intakes.data[: len(known["intakes"])] = known["intakes"]
