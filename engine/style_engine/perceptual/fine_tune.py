"""Fine-tune a style vector by a few hundred steps of Adam on its gammas, betas and injection weights."""

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
from .learn import STYLE_PICTURE_MAX_PIXELS

AFFINE_LEARNING_RATE: Final = 2e-3
INJECTION_LEARNING_RATE: Final = 8e-3  # a crisp dot screen needs injection weights of 5 and more
CROP_SIDE_PX: Final = 192  # of the crops of the photos that are painted in each step
CROPS_PER_STEP: Final = 2


@dataclass(frozen=True)
class LossWeights:
    """Weights of the terms of a style objective."""

    style: float = 5.0
    texture: float = 0.5
    content: float = 1.0
    colour: float = 0.4
    flat_noise: float = 3.0


class StyleObjective:
    """The training loss for the style of pictures (1 or B, 3, H, W): one for all samples, or one each.

    `statistics` (1 or B, 1920) are the style head's input.
    """

    def __init__(
        self, extractor: vgg.VggFeatures, picture: Tensor, weights: LossWeights = LossWeights()
    ) -> None:
        self.extractor, self.weights = extractor, weights
        with torch.no_grad():
            features = {name: x.float() for name, x in extractor(picture).items()}
            everywhere = torch.ones_like(picture[:, :1])
            self.means, self.stds = losses.layer_moments(features, everywhere)
            self.grams = {name: losses.masked_gram(features[name], everywhere) for name in vgg.STYLE_LAYERS}
            self.statistics = vgg.statistics(features)

    def __call__(self, output: Tensor, photo: Tensor, background: Tensor) -> Mapping[str, Tensor]:
        """The loss terms, each (B,), of pictures (B, 3, H, W); plain background (B, 1, H, W) is excluded."""
        features, weights, mask = self.extractor(output), self.weights, 1 - background
        with torch.no_grad():
            photo_features = self.extractor(photo)
        return {
            "style": weights.style * losses.moment_loss(features, self.means, self.stds, mask),
            "texture": weights.texture * losses.gram_loss(features, self.grams, mask),
            "content": weights.content * losses.content_loss(features, photo_features),
            "colour": weights.colour * losses.chroma_loss(output, photo),
            "flat": weights.flat_noise * losses.flat_noise_loss(output, photo),
            "laplacian": 0.5 * losses.laplacian_loss(output, photo),
            "background": 8 * losses.background_loss(output, photo, background),
        }


def fit_vector(vector: Tensor, injection: int, steps: int, loss_of: Callable[[Tensor], Tensor]) -> Tensor:
    """The vector (vector_size,) after `steps` of Adam; its last `injection` elements have a higher rate.

    `loss_of` takes a vector (1, vector_size) and gives a scalar loss on a new batch. Returns a running
    average of the iterates, which varies less than the last one.
    """
    sizes = [len(vector) - injection, injection]
    parts = [part.clone().requires_grad_() for part in vector.split(sizes)]
    rates = (AFFINE_LEARNING_RATE, INJECTION_LEARNING_RATE)
    groups = [{"params": [part], "lr": rate} for part, rate in zip(parts, rates, strict=True)]
    optimiser = torch.optim.Adam(groups, betas=(0.9, 0.98))
    average = vector.clone()
    for step in range(steps):
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * _rate_factor(step, steps)
        optimiser.zero_grad()
        loss_of(torch.cat(parts).unsqueeze(0)).backward()
        optimiser.step()
        average.lerp_(torch.cat([part.detach() for part in parts]), 1 - min(0.97, step / (step + 9)))
    return average


def refine_style(
    model: Model,
    style: Style,
    picture: Image.Image,
    photos: Sequence[Image.Image],
    steps: int,
) -> Style:
    """The style fine-tuned to its picture on photos of the kind it will paint; raises WeightsMissing."""
    extractor = vgg.load(model.vgg_scales)
    objective = StyleObjective(extractor, _tensor(picture, STYLE_PICTURE_MAX_PIXELS))
    crops = _crops([_tensor(photo, model.working_pixels[0]) for photo in photos])
    patterns = half_size_patterns(CROP_SIDE_PX, CROP_SIDE_PX)

    def loss_of(vector: Tensor) -> Tensor:
        photo, background = next(crops)
        conditioning = conditioning_maps(photo, patterns)
        output = model.net(photo, vector.expand(CROPS_PER_STEP, -1), conditioning)
        return torch.stack(list(objective(output, photo, background).values())).sum(0).mean()

    fitted = fit_vector(style.vector, injection_size(model.net.widths), steps, loss_of)
    return replace(style, source=f"{style.source}, refined by {steps} steps", vector=fitted)


def _tensor(image: Image.Image, most: int) -> Tensor:
    tensors.require_supported(image)
    return tensors.padded(tensors.to_tensor(tensors.to_working_size(tensors.over_white(image), most)))


def _crops(photos: Sequence[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless random square crops (B, 3, side, side) of the photos with their plain background."""
    random = torch.Generator().manual_seed(0)
    layers = [torch.cat([photo, plain_background(photo)], 1) for photo in map(_enlarge_to_crop, photos)]
    while True:
        crops = [_random_crop(layers[_pick(len(layers), random)], random) for _ in range(CROPS_PER_STEP)]
        batch = torch.cat(crops)
        yield batch[:, :3], batch[:, 3:]


def _random_crop(layers: Tensor, random: torch.Generator) -> Tensor:
    top, left = (_pick(side - CROP_SIDE_PX + 1, random) for side in layers.shape[2:])
    return layers[:, :, top : top + CROP_SIDE_PX, left : left + CROP_SIDE_PX]


def _enlarge_to_crop(photo: Tensor) -> Tensor:
    scale = max(1.0, CROP_SIDE_PX / min(photo.shape[2:]))
    size = [max(CROP_SIDE_PX, round(side * scale)) for side in photo.shape[2:]]
    return torch.nn.functional.interpolate(photo, size=size, mode="bilinear", antialias=True)


def _pick(count: int, random: torch.Generator) -> int:
    return int(torch.randint(count, (1,), generator=random))


def _rate_factor(step: int, steps: int) -> float:
    """Learning rate schedule: linear warm-up over ten steps, cosine decay to a twentieth."""
    return (0.05 + 0.475 * (1 + math.cos(math.pi * step / steps))) * min(1.0, (step + 1) / 10)
