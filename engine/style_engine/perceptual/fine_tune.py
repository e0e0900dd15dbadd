"""Refine a style on its own vector: some hundred steps of Adam on its gammas, betas and intake."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import torch
from PIL import Image
from torch import Tensor

from ..imaging import tensors
from ..network.conditioning import conditioning_maps
from ..network.fusenet import injection_size
from ..network.model import Model
from ..network.patterns import half_size_patterns
from ..network.styles import Style
from ..regions.background import plain_background
from . import losses, vgg
from .learn import STYLE_PIXELS

RATE: Final = 2e-3
INJECTION_RATE: Final = 8e-3  # intakes go far: a crisp screen needs weights of 5 and more
WINDOW: Final = 192  # px, side of the squares of the photos that are painted while refining
WINDOWS: Final = 2  # at a time


@dataclass(frozen=True)
class Weights:
    """How hard each part of a style goal pulls."""

    style: float = 5.0
    texture: float = 0.5
    content: float = 1.0
    colour: float = 0.4
    flat_share: float = 3.0


class StyleObjective:
    """What pictures (1 or B, 3, H, W) ask of all that is painted in their style, all samples or each its own.

    `statistics` (1 or B, 1920) are for the head.
    """

    def __init__(self, extractor: vgg.VggFeatures, picture: Tensor, weights: Weights = Weights()) -> None:
        self.extractor, self.weights = extractor, weights
        with torch.no_grad():
            features = {name: x.float() for name, x in extractor(picture).items()}
            everywhere = torch.ones_like(picture[:, :1])
            self.means, self.stds = losses.style_of(features, everywhere)
            self.grams = {name: losses.masked_gram(features[name], everywhere) for name in vgg.STYLE_LAYERS}
            self.statistics = vgg.statistics(features)

    def __call__(self, output: Tensor, photo: Tensor, background: Tensor) -> Mapping[str, Tensor]:
        """The parts of the loss, each (B,), of pictures (B, 3, H, W); plain ground (B, 1, H, W) stays out."""
        seen, weights, mask = self.extractor(output), self.weights, 1 - background
        with torch.no_grad():
            wanted = self.extractor(photo)
        return {
            "style": weights.style * losses.moments(seen, self.means, self.stds, mask),
            "texture": weights.texture * losses.texture(seen, self.grams, mask),
            "content": weights.content * losses.content(seen, wanted),
            "colour": weights.colour * losses.chroma_shift(output, photo),
            "flat": weights.flat_share * losses.flat_noise(output, photo),
            "laplacian": 0.5 * losses.laplacian(output, photo),
            "background": 8 * losses.background_change(output, photo, background),
        }


def fit(vector: Tensor, injection: int, steps: int, loss_of: Callable[[Tensor], Tensor]) -> Tensor:
    """The vector (vector_size,) after so many steps; its last `intake` numbers learn faster.

    `loss_of` takes a vector (1, vector_size) and gives a scalar, from a batch of its own each time. What
    comes back is the mean over the last part of the way, which is calmer than its end.
    """
    halves = [half.clone().requires_grad_() for half in vector.split([len(vector) - injection, injection])]
    rates = (RATE, INJECTION_RATE)
    groups = [{"params": [half], "lr": rate} for half, rate in zip(halves, rates, strict=True)]
    optimiser = torch.optim.Adam(groups, betas=(0.9, 0.98))
    mean = vector.clone()
    for step in range(steps):
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * _fade(step, steps)
        optimiser.zero_grad()
        loss_of(torch.cat(halves).unsqueeze(0)).backward()
        optimiser.step()
        mean.lerp_(torch.cat([half.detach() for half in halves]), 1 - min(0.97, step / (step + 9)))
    return mean


def refine_style(
    model: Model,
    style: Style,
    picture: Image.Image,
    photos: Sequence[Image.Image],
    steps: int,
) -> Style:
    """The style fitted to its picture on photos of the kind it will paint; raises WeightsMissing."""
    extractor = vgg.load(model.vgg_scales)
    target = StyleObjective(extractor, _tensor(picture, STYLE_PIXELS))
    windows = _windows([_tensor(photo, model.working_pixels[0]) for photo in photos])
    fields = half_size_patterns(WINDOW, WINDOW)

    def loss_of(vector: Tensor) -> Tensor:
        photo, background = next(windows)
        output = model.net(photo, vector.expand(WINDOWS, -1), conditioning_maps(photo, fields))
        return torch.stack(list(target(output, photo, background).values())).sum(0).mean()

    fitted = fit(style.vector, injection_size(model.net.widths), steps, loss_of)
    return replace(style, source=f"{style.source}, refined by {steps} steps", vector=fitted)


def _tensor(image: Image.Image, most: int) -> Tensor:
    tensors.require_supported(image)
    return tensors.padded(tensors.to_tensor(tensors.to_working_size(tensors.over_white(image), most)))


def _windows(photos: Sequence[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
    """Without end: squares (WINDOWS, 3, WINDOW, WINDOW) of the photos and their plain ground."""
    random = torch.Generator().manual_seed(0)
    layers = [torch.cat([photo, plain_background(photo)], 1) for photo in map(_at_least_a_window, photos)]
    while True:
        both = torch.cat([_window(layers[_pick(len(layers), random)], random) for _ in range(WINDOWS)])
        yield both[:, :3], both[:, 3:]


def _window(layers: Tensor, random: torch.Generator) -> Tensor:
    top, left = (_pick(side - WINDOW + 1, random) for side in layers.shape[2:])
    return layers[:, :, top : top + WINDOW, left : left + WINDOW]


def _at_least_a_window(photo: Tensor) -> Tensor:
    scale = max(1.0, WINDOW / min(photo.shape[2:]))
    size = [max(WINDOW, round(side * scale)) for side in photo.shape[2:]]
    return torch.nn.functional.interpolate(photo, size=size, mode="bilinear", antialias=True)


def _pick(count: int, random: torch.Generator) -> int:
    return int(torch.randint(count, (1,), generator=random))


def _fade(step: int, steps: int) -> float:
    """Rise over the first steps, then cosine to a twentieth."""
    return (0.05 + 0.475 * (1 + math.cos(math.pi * step / steps))) * min(1.0, (step + 1) / 10)
