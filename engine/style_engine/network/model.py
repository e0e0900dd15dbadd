"""The painting model: network, style head and photo encoder of a model folder."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeVar

import torch
from torch import Tensor, nn

from ..artifacts import read_folder
from .fusenet import FuseNet, PhotoEncoder, StyleHead

MODEL_FORMAT: Final = 1  # of the model folder
RENAMED_KEYS: Final = {"head.intake": "head.injection", "encoder.intake": "encoder.injection"}
Net = TypeVar("Net", bound=nn.Module)


@dataclass(frozen=True)
class Model:
    """The networks of a model folder in evaluation mode; `version` identifies weights and styles."""

    name: str
    version: str
    working_pixels: tuple[int, int]  # (most, least); small photos are enlarged towards the least
    net: FuseNet = field(repr=False)
    head: StyleHead = field(repr=False)
    encoder: PhotoEncoder = field(repr=False)
    vgg_scales: Mapping[str, Tensor] = field(repr=False)

    @property
    def device(self) -> torch.device:
        return self.net.out.weight.device

    def to(self, device: torch.device, precision: torch.dtype = torch.float32) -> "Model":
        """A copy on a device; the network in `precision`, head and encoder, which are cheap, in fp32."""
        return replace(
            self,
            net=deepcopy(self.net).to(device, precision),
            head=deepcopy(self.head).to(device),
            encoder=deepcopy(self.encoder).to(device),
        )


def load_model(folder: Path) -> Model:
    """Raises ModelRefused when a file is missing, altered, unlisted, or a pickle."""
    stored = read_folder(folder, MODEL_FORMAT)
    config, tensors = stored.config, stored.tensors
    half, quarter, eighth = (int(width) for width in config["widths"])
    widths = (half, quarter, eighth)
    return Model(
        name=str(config["name"]),
        version=stored.version,
        working_pixels=(int(config["most_pixels"]), int(config["least_pixels"])),
        net=_load(FuseNet(widths), tensors, "net."),
        head=_load(StyleHead(widths), tensors, "head."),
        encoder=_load(PhotoEncoder(widths), tensors, "encoder."),
        vgg_scales=_under(tensors, "vgg_scale."),
    )


def _load(net: Net, tensors: Mapping[str, Tensor], prefix: str) -> Net:
    net.load_state_dict(_under(tensors, prefix))
    # Channels last: the convolutions run 1.4 times as fast on a CPU (docs/decisions/0065).
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return net.eval().requires_grad_(False)


def current_key(name: str) -> str:
    """The current name of a tensor of an older model file."""
    return RENAMED_KEYS.get(name, name)


def _under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    renamed = {current_key(name): tensor for name, tensor in tensors.items()}
    return {name.removeprefix(prefix): t for name, t in renamed.items() if name.startswith(prefix)}
