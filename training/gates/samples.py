"""Measured values of good and corrupted results, for each gate of each protection."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from typing import Final

import torch
from PIL import Image
from rich.progress import track
from torch import Tensor

from style_engine import Look, Stylizer
from style_engine.imaging import tensors
from style_engine.looks import Protection
from style_engine.regions.background import plain_background
from style_engine.safety.gates import MEASURES, PRODUCT_GATES, GateLimits
from style_engine.safety.scene import Scene, measure
from style_engine.safety.skin import skin_cover

from .corruptions import CORRUPTIONS

WORKING_PIXELS: Final = 250_000  # of a photo: the least that the engine works at
CURVE_SHARES: Final = (0.25, 0.5, 0.75, 1.0)  # of the change from photo to result
MIN_PAINTABLE_SHARE: Final = 0.05  # of the picture, for the style gain to be measured

UNPROTECTED_GATES: Final = ("clipping", "style_gain", "flat_noise", "halo")
GATES_BY_PROTECTION: Final[Mapping[str, Sequence[str]]] = {
    "off": UNPROTECTED_GATES,
    "soft": (*UNPROTECTED_GATES, *PRODUCT_GATES),
    "strict": (*UNPROTECTED_GATES, *PRODUCT_GATES, "white_background"),
    "background-only": (*UNPROTECTED_GATES, *PRODUCT_GATES, "white_background"),
    "product-only": (*UNPROTECTED_GATES, "skin", "white_background", "background"),
}


@dataclass
class GateValues:
    """Values of one gate in one protection. `curve`: share of the change → values of good results."""

    good: list[float] = field(default_factory=list)
    bad: list[float] = field(default_factory=list)
    curve: dict[float, list[float]] = field(default_factory=lambda: {share: [] for share in CURVE_SHARES})


ValuesByProtection = dict[str, dict[str, GateValues]]


def collect_values(
    stylizer: Stylizer,
    photos: Sequence[Image.Image],
    styles: Sequence[str],
    styles_per_photo: int,
    measured_gates: Collection[str] = tuple(MEASURES),
) -> ValuesByProtection:
    """Protection → gate → values. Each photo is painted in the next `styles_per_photo` of the styles."""
    measured = {
        protection: [gate for gate in gates if gate in measured_gates]
        for protection, gates in GATES_BY_PROTECTION.items()
    }
    values: ValuesByProtection = {
        protection: {gate: GateValues() for gate in gates} for protection, gates in measured.items() if gates
    }
    ungated, style_cycle = without_gates(stylizer), cycle(styles)
    for photo in track([resize_to_working_size(photo) for photo in photos], "painting"):
        scene, photo_styles = scene_of(stylizer, photo), list(islice(style_cycle, styles_per_photo))
        for protection, by_gate in values.items():
            applicable = {gate: v for gate, v in by_gate.items() if _applies(gate, protection, scene)}
            looks = [Look({style: 1.0}, 1.0, Protection(protection)) for style in photo_styles]
            for styled in ungated.stylize_all(photo, looks):
                _add_values(applicable, scene, tensors.to_tensor(styled.image))
    return values


def without_gates(stylizer: Stylizer) -> Stylizer:
    """A stylizer that publishes every result."""
    limits = GateLimits({protection: {} for protection in GATES_BY_PROTECTION})
    return Stylizer(replace(stylizer.loaded, limits=limits), stylizer.styles)


def scene_of(stylizer: Stylizer, photo: Image.Image) -> Scene:
    tensor = tensors.to_tensor(photo)
    background = plain_background(tensor)
    return Scene(tensor, background, stylizer.loaded.finder(tensor, background))


def resize_to_working_size(image: Image.Image) -> Image.Image:
    """To the least size that the engine works at, so that it resizes nothing before results are measured."""
    scale = math.sqrt(WORKING_PIXELS / (image.width * image.height))
    return image.resize((math.ceil(image.width * scale), math.ceil(image.height * scale)))


def _add_values(values: Mapping[str, GateValues], scene: Scene, result: Tensor) -> None:
    measured = {share: measure(torch.lerp(scene.photo, result, share)) for share in CURVE_SHARES}
    for gate, gate_values in values.items():
        for share, picture in measured.items():
            gate_values.curve[share].append(MEASURES[gate](scene, picture))
        gate_values.good.append(gate_values.curve[1.0][-1])
        gate_values.bad.append(MEASURES[gate](scene, measure(CORRUPTIONS[gate](scene, result))))


def _applies(gate: str, protection: str, scene: Scene) -> bool:
    """Whether the photo has what the gate measures: a background, text, or enough that may be painted."""
    product = scene.regions.product
    painted = {"background-only": 1 - product, "product-only": product}
    may_be_painted = painted.get(protection, torch.ones_like(product)) * scene.paintable_area
    areas = {
        "style_gain": (may_be_painted.mean() > MIN_PAINTABLE_SHARE) * 1.0,
        "flat_noise": scene.clean_area, "halo": scene.halo_ring, "white_background": scene.white_area,
        "background": scene.certain_background, "text": scene.confident_text, "skin": skin_cover(scene),
    }  # fmt: skip
    return gate not in areas or bool(areas[gate].any())
