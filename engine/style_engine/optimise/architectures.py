"""Loss networks: torchvision's definitions, with layers named as in the literature."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Architecture:
    """`nodes` maps a layer's name to torchvision's; style layers go from fine to coarse.

    torchvision's weights expect (RGB in [0, 1] - mean) / std.
    """

    name: str
    nodes: Mapping[str, str]
    style_layers: tuple[str, ...]
    content_layers: tuple[str, ...]
    mean: Triple = (0.485, 0.456, 0.406)
    std: Triple = (0.229, 0.224, 0.225)
    options: Mapping[str, bool] = field(default_factory=dict)


def _vgg(name: str, blocks: tuple[int, ...]) -> Architecture:
    nodes: dict[str, str] = {}
    index = 0
    for block, count in enumerate(blocks, start=1):
        for number in range(1, count + 1):
            nodes[f"conv{block}_{number}"] = f"features.{index}"
            nodes[f"relu{block}_{number}"] = f"features.{index + 1}"
            index += 2
        nodes[f"pool{block}"] = f"features.{index}"
        index += 1
    return Architecture(name, nodes, tuple(f"relu{block}_1" for block in range(1, 6)), ("relu4_1",))


def _resnet(name: str) -> Architecture:
    layers = tuple(f"layer{number}" for number in range(1, 5))
    nodes = {"relu1": "relu"} | {layer: layer for layer in layers}
    return Architecture(name, nodes, ("relu1", *layers[:3]), ("layer3",))


def _densenet(name: str) -> Architecture:
    blocks = tuple(f"denseblock{number}" for number in range(1, 5))
    nodes = {layer: f"features.{layer}" for layer in ("relu0", *blocks)}
    nodes |= {f"transition{number}": f"features.transition{number}.pool" for number in range(1, 4)}
    return Architecture(name, nodes, ("relu0", *blocks[:3]), ("denseblock3",))


def _googlenet(name: str) -> Architecture:
    modules = ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")
    nodes = {f"conv{number}": f"conv{number}" for number in range(1, 4)}
    nodes |= {f"inception{module}": f"inception{module}" for module in modules}
    return Architecture(
        name,
        nodes,
        style_layers=("conv1", "conv3", "inception3b", "inception4c"),
        content_layers=("inception4c",),
        mean=(0.5, 0.5, 0.5),  # ported from TensorFlow
        std=(0.5, 0.5, 0.5),
        options={"aux_logits": False, "init_weights": False},
    )


ARCHITECTURES: Final = {
    architecture.name: architecture
    for architecture in (
        _vgg("vgg16", (2, 2, 3, 3, 3)),
        _vgg("vgg19", (2, 2, 4, 4, 4)),
        _resnet("resnet18"),
        _resnet("resnet50"),
        _densenet("densenet121"),
        _googlenet("googlenet"),
    )
}
