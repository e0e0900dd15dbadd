"""A style head with a richer input than the released one, trained while the painting network stays fixed.

The released head sees mean and std of relu1_1 to relu4_1 and predicts gammas and betas only. This one adds
relu5_1 and Gram matrices of learned projections of all five layers, and predicts injection weights too. Its
output is added to the released head's; its last layers start at zero, so training starts from that head.
"""

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor, nn

from style_engine.imaging.filters import channel_mean_std
from style_engine.network.fusenet import StyleHead, affine_size, injection_size
from style_engine.perceptual import vgg
from style_engine.perceptual.style_distance import STYLE_DISTANCE_LAYERS

CHANNELS: Final = dict(zip(STYLE_DISTANCE_LAYERS, (64, 128, 256, 512, 512), strict=True))
PROJECTED_CHANNELS: Final = 32  # of each layer, whose Gram matrix is an input
HIDDEN_SIZE: Final = 512
DROPOUT: Final = 0.1
INJECTION_SCALE: Final = 4.0  # injection weights move further than gammas and betas
MIN_INPUT_STD: Final = 0.02

Features = Mapping[str, Tensor]


class RichStyleHead(nn.Module):
    """VGG-19 features of pictures, relu1_1 to relu5_1 → style vectors (B, vector_size)."""

    def __init__(self, widths: tuple[int, int, int]) -> None:
        super().__init__()
        self.base = StyleHead(widths)
        self.projections = nn.ParameterDict(
            {
                layer: nn.Parameter(torch.randn(PROJECTED_CHANNELS, channels) / channels**0.5)
                for layer, channels in CHANNELS.items()
            }
        )
        upper = torch.triu(torch.ones(PROJECTED_CHANNELS, PROJECTED_CHANNELS)).flatten().nonzero()[:, 0]
        self.register_buffer("upper_triangle", upper)
        size = 2 * sum(CHANNELS.values()) + len(CHANNELS) * len(upper)
        self.register_buffer("input_mean", torch.zeros(size))
        self.register_buffer("input_std", torch.ones(size))
        self.trunk = nn.Sequential(
            nn.Linear(size, HIDDEN_SIZE), nn.SiLU(), nn.Dropout(DROPOUT),
            nn.Linear(HIDDEN_SIZE, HIDDEN_SIZE), nn.SiLU(),
        )  # fmt: skip
        self.affine = nn.Linear(HIDDEN_SIZE, affine_size(widths))
        self.injection = nn.Linear(HIDDEN_SIZE, injection_size(widths))
        for layer in (self.affine, self.injection):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, features: Features) -> Tensor:
        inputs = (self.inputs(features) - self.get_buffer("input_mean")) / self.get_buffer("input_std")
        hidden = self.trunk(inputs)
        change = torch.cat([self.affine(hidden), INJECTION_SCALE * self.injection(hidden)], 1)
        released: Tensor = self.base(vgg.statistics(features))
        return released + change

    def inputs(self, features: Features) -> Tensor:
        """(B, inputs) logarithms of means, stds and Gram matrices, before they are standardised."""
        moments = [
            torch.log1p(moment)
            for layer in CHANNELS
            for moment in channel_mean_std(features[layer].float(), vgg.VARIANCE_EPSILON)
        ]
        return torch.cat([*moments, *(self._gram(layer, features[layer].float()) for layer in CHANNELS)], 1)

    @torch.no_grad()
    def standardise_inputs(self, inputs: Tensor) -> None:
        """Set the mean and std of the inputs from those of many pictures (N, inputs)."""
        self.get_buffer("input_mean").copy_(inputs.mean(0))
        self.get_buffer("input_std").copy_(inputs.std(0).clamp(min=MIN_INPUT_STD))

    def _gram(self, layer: str, feature: Tensor) -> Tensor:
        projected = torch.einsum("pc,bchw->bphw", self.projections[layer], feature).flatten(2)
        gram = projected @ projected.transpose(1, 2) / projected.shape[2]
        entries = gram.flatten(1)[:, self.get_buffer("upper_triangle")]
        return entries.sign() * entries.abs().log1p()
