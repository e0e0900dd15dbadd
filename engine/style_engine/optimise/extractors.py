"""Feature extractors: pictures (B, 3, H, W) in [0, 1] → activations by layer name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from ..errors import InvalidSettings, ModelRefused
from . import vision, weights
from .architectures import ARCHITECTURES, Architecture
from .weights import StoredWeights

CLASSIFIER_PREFIXES: Final = ("classifier", "fc", "aux")  # modules that features do not need


class Extractor(nn.Module):
    """Activations of the style and content layers, computed no further than the last of them."""

    def __init__(
        self,
        architecture: Architecture,
        stored: StoredWeights,
        style_layers: Sequence[str],
        content_layers: Sequence[str],
    ) -> None:
        super().__init__()
        self.name, self.source = architecture.name, stored.source
        self.style_layers, self.content_layers = tuple(style_layers), tuple(content_layers)
        layers = [*self.style_layers, *(x for x in self.content_layers if x not in self.style_layers)]
        self.net = _truncate(_load(architecture, stored), architecture, layers)
        self.register_buffer("mean", torch.tensor(stored.mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(stored.std).view(1, 3, 1, 1))
        self.eval().requires_grad_(False)

    @classmethod
    def load(
        cls,
        name: str = "vgg19",
        file: Path | None = None,
        style_layers: Sequence[str] = (),
        content_layers: Sequence[str] = (),
    ) -> "Extractor":
        """Load an extractor; raises InvalidSettings, WeightsMissing, TorchvisionMissing, ModelRefused."""
        architecture = ARCHITECTURES.get(name)
        if architecture is None:
            raise InvalidSettings(f"extractor is {name!r}; allowed: {', '.join(ARCHITECTURES)}")
        style_layers = style_layers or architecture.style_layers
        content_layers = content_layers or architecture.content_layers
        return cls(architecture, weights.find(architecture, file), style_layers, content_layers)

    @property
    def description(self) -> str:
        """Identifies everything that the activations depend on."""
        layers = " ".join([*self.style_layers, "|", *self.content_layers])
        return f"{self.name} of {self.source} in {next(self.net.parameters()).dtype}: {layers}"

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        dtype = next(self.net.parameters()).dtype
        x = (pictures - self.get_buffer("mean")) / self.get_buffer("std")
        features: dict[str, Tensor] = self.net(x.to(dtype).contiguous(memory_format=torch.channels_last))
        return {layer: activation.float() for layer, activation in features.items()}


def fast_dtype() -> torch.dtype:
    """bfloat16 if the CPU multiplies it natively: half the time without a visible difference."""
    native = bool(torch.cpu.get_capabilities().get("avx512_bf16"))
    return torch.bfloat16 if native else torch.float32


def _truncate(net: nn.Module, architecture: Architecture, layers: Sequence[str]) -> nn.Module:
    unknown = [layer for layer in layers if layer not in architecture.nodes]
    if unknown:
        allowed = ", ".join(architecture.nodes)
        raise InvalidSettings(f"{architecture.name} has no layer {unknown[0]!r}; allowed: {allowed}")
    create = vision.module("models.feature_extraction").create_feature_extractor
    shortened: nn.Module = create(net, {architecture.nodes[layer]: layer for layer in layers})
    return shortened


def _load(architecture: Architecture, stored: StoredWeights) -> nn.Module:
    """The network with all weights that its features need; raises ModelRefused if one is missing."""
    with torch.device("meta"):
        net: nn.Module = vision.module("models").get_model(
            architecture.name, weights=None, **architecture.options
        )
    needed = [name for name in net.state_dict() if not name.startswith(CLASSIFIER_PREFIXES)]
    tensors = {name: torch.zeros(()) for name in needed if name.endswith("num_batches_tracked")}
    tensors |= {name: tensor for name, tensor in stored.tensors.items() if name in needed}
    missing = [name for name in needed if name not in tensors]
    if missing:
        raise ModelRefused(f"{stored.source} lacks {missing[0]} of {architecture.name}")
    try:
        net.load_state_dict(tensors, strict=False, assign=True)
    except RuntimeError as error:
        raise ModelRefused(f"{stored.source} does not fit {architecture.name}: {error}") from error
    first = next(module for module in net.modules() if isinstance(module, nn.Conv2d))
    first.padding_mode = "replicate"  # zero padding would act as a black frame
    return net.eval()
