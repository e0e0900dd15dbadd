"""A model folder: checked against its SHA256SUMS, then read; pickles are refused, not opened."""

import hashlib
import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from ..errors import ModelRefused
from .fusenet import FuseNet, PhotoEncoder, StyleHead

SUMS: Final = "SHA256SUMS"
FORMAT: Final = 1
Net = TypeVar("Net", bound=nn.Module)
PICKLES: Final = frozenset({".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth"})


@dataclass(frozen=True)
class Model:
    """The nets of a model folder in evaluation mode; `version` names these very weights and styles."""

    name: str
    version: str
    working_pixels: tuple[int, int]  # at most, and at least where doubling a small photo reaches it
    net: FuseNet = field(repr=False)
    head: StyleHead = field(repr=False)
    encoder: PhotoEncoder = field(repr=False)
    vgg_scales: Mapping[str, Tensor] = field(repr=False)

    @property
    def device(self) -> torch.device:
        return self.net.out.weight.device

    def on(self, device: torch.device, precision: torch.dtype = torch.float32) -> "Model":
        """A copy on a device, its net in a precision; head and encoder, which cost nothing, stay fp32."""
        return replace(
            self,
            net=deepcopy(self.net).to(device, precision),
            head=deepcopy(self.head).to(device),
            encoder=deepcopy(self.encoder).to(device),
        )


@dataclass(frozen=True)
class Stored:
    """What a model folder of any kind holds: its settings and its tensors as fp32."""

    version: str
    config: Mapping[str, Any]
    tensors: Mapping[str, Tensor] = field(repr=False)


def load_model(folder: Path) -> Model:
    """Raises ModelRefused when a file is missing, altered, unlisted, or a pickle."""
    stored = read_folder(folder, FORMAT)
    config, tensors = stored.config, stored.tensors
    half, quarter, eighth = (int(width) for width in config["widths"])
    widths = (half, quarter, eighth)
    return Model(
        name=str(config["name"]),
        version=stored.version,
        working_pixels=(int(config["most_pixels"]), int(config["least_pixels"])),
        net=_filled(FuseNet(widths), tensors, "net."),
        head=_filled(StyleHead(widths), tensors, "head."),
        encoder=_filled(PhotoEncoder(widths), tensors, "encoder."),
        vgg_scales=_under(tensors, "vgg_scale."),
    )


def read_folder(folder: Path, known_format: int) -> Stored:
    """Raises ModelRefused when a file is missing, altered, unlisted, or a pickle, or of another format."""
    sums = verified_sums(folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    if config.get("format") != known_format:
        raise ModelRefused(f"model format {config.get('format')!r}; this engine reads {known_format}")
    tensors = {name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
    return Stored(version_of(sums), config, tensors)


def verified_sums(folder: Path) -> dict[str, str]:
    """File name → SHA-256 of everything in the folder, each checked."""
    if not (folder / SUMS).is_file():
        raise ModelRefused(f"no {SUMS} in the model folder {folder.name!r}")
    lines = (folder / SUMS).read_text("utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    present = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    present.pop(SUMS)
    for name in present:
        _refuse_stranger(name, sums)
    for name, digest in sums.items():
        if name not in present:
            raise ModelRefused(f"{name} is listed in {SUMS} but missing")
        if sha256(present[name]) != digest:
            raise ModelRefused(f"{name} does not match its checksum")
    return sums


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def version_of(sums: Mapping[str, str]) -> str:
    """Twelve hex digits that change with any weight, style or setting, and with nothing else."""
    parts = [f"{name} {sums[name]}" for name in sorted(sums) if name.endswith((".json", ".safetensors"))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _refuse_stranger(name: str, sums: Mapping[str, str]) -> None:
    if Path(name).suffix.lower() in PICKLES:
        raise ModelRefused(f"{name} may be a pickle; weights must be safetensors")
    if name not in sums:
        raise ModelRefused(f"{name} is not listed in {SUMS}")


def _filled(net: Net, tensors: Mapping[str, Tensor], prefix: str) -> Net:
    net.load_state_dict(_under(tensors, prefix))
    # Channels last: the convolutions run 1.4 times as fast on a CPU (docs/decisions/0065).
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return net.eval().requires_grad_(False)


def _under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}
