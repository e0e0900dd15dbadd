"""A network's eye: pictures (B, 3, H, W) in [0, 1] to activations by layer name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from ..errors import InvalidSettings, ModelRefused
from . import vision, weights
from .architectures import ARCHITECTURES, Architecture
from .weights import Weights

HEADS: Final = ("classifier", "fc", "aux")  # take no part in features


class Extractor(nn.Module):
    """Activations of the style and content layers, computed no further than the last of them."""

    def __init__(
        self,
        architecture: Architecture,
        found: Weights,
        style_layers: Sequence[str],
        content_layers: Sequence[str],
    ) -> None:
        super().__init__()
        self.name, self.source = architecture.name, found.source
        self.style_layers, self.content_layers = tuple(style_layers), tuple(content_layers)
        layers = [*self.style_layers, *(x for x in self.content_layers if x not in self.style_layers)]
        self.net = _cut(_filled(architecture, found), architecture, layers)
        self.register_buffer("mean", torch.tensor(found.mean).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(found.std).view(1, 3, 1, 1))
        self.eval().requires_grad_(False)

    @classmethod
    def load(
        cls,
        name: str = "vgg19",
        file: Path | None = None,
        style_layers: Sequence[str] = (),
        content_layers: Sequence[str] = (),
    ) -> "Extractor":
        """A ready extractor; raises InvalidSettings, WeightsMissing, TorchvisionMissing, ModelRefused."""
        architecture = ARCHITECTURES.get(name)
        if architecture is None:
            raise InvalidSettings(f"extractor is {name!r}; allowed: {', '.join(ARCHITECTURES)}")
        style_layers = style_layers or architecture.style_layers
        content_layers = content_layers or architecture.content_layers
        return cls(architecture, weights.find(architecture, file), style_layers, content_layers)

    @property
    def description(self) -> str:
        """All that its activations depend on."""
        layers = " ".join([*self.style_layers, "|", *self.content_layers])
        return f"{self.name} of {self.source} in {next(self.net.parameters()).dtype}: {layers}"

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        dtype = next(self.net.parameters()).dtype
        x = (pictures - self.get_buffer("mean")) / self.get_buffer("deviation")
        found: dict[str, Tensor] = self.net(x.to(dtype).contiguous(memory_format=torch.channels_last))
        return {layer: activation.float() for layer, activation in found.items()}


def fast_dtype() -> torch.dtype:
    """bfloat16 where the processor multiplies it natively: half the time, and no difference to be seen."""
    native = bool(torch.cpu.get_capabilities().get("avx512_bf16"))
    return torch.bfloat16 if native else torch.float32


def _cut(net: nn.Module, architecture: Architecture, layers: Sequence[str]) -> nn.Module:
    unknown = [layer for layer in layers if layer not in architecture.nodes]
    if unknown:
        allowed = ", ".join(architecture.nodes)
        raise InvalidSettings(f"{architecture.name} has no layer {unknown[0]!r}; allowed: {allowed}")
    cut = vision.module("models.feature_extraction").create_feature_extractor
    shortened: nn.Module = cut(net, {architecture.nodes[layer]: layer for layer in layers})
    return shortened


def _filled(architecture: Architecture, found: Weights) -> nn.Module:
    """The network with all weights that its features need, or ModelRefused; its classifier stays empty."""
    with torch.device("meta"):
        net: nn.Module = vision.module("models").get_model(
            architecture.name, weights=None, **architecture.options
        )
    wanted = {name: tensor for name, tensor in net.state_dict().items() if not name.startswith(HEADS)}
    tensors = {name: torch.zeros(()) for name in wanted if name.endswith("num_batches_tracked")}
    tensors |= {name: tensor for name, tensor in found.tensors.items() if name in wanted}
    lacking = [name for name in wanted if name not in tensors]
    if lacking:
        raise ModelRefused(f"{found.source} lacks {lacking[0]} of {architecture.name}")
    try:
        net.load_state_dict(tensors, strict=False, assign=True)
    except RuntimeError as error:
        raise ModelRefused(f"{found.source} does not fit {architecture.name}: {error}") from error
    first = next(module for module in net.modules() if isinstance(module, nn.Conv2d))
    first.padding_mode = "replicate"  # zeros round the picture would be seen as a black frame
    return net.eval()
