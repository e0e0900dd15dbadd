"""Explain a look: the shares of its levels and styles, the kinds of change, and the gates by strength.

Shares are measured by ablation: a level or style is left out and a small copy of the photo is rendered again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Final

import torch
from PIL import Image
from torch import Tensor

from .imaging.colour import lengths
from .imaging.filters import gaussian
from .imaging.tensors import to_image
from .looks import Levels, Look
from .safety import metrics
from .safety.gates import Gate, GateLimits, evaluate_gates
from .safety.metrics import MeasuredImage, Picture
from .safety.scene import Scene

EXPLAINED_LONG_SIDE_PX: Final = 224  # of the copy that is rendered
STRIP_STRENGTHS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
TONE_SIGMA_PX: Final = 3.0  # changes blurred by this are colour or tone, the rest is texture
HALF_CONTOUR_GRADIENT: Final = 60.0  # Sobel magnitude at which a pixel counts half as contour
HEAT_MAP_MAX_DELTA_E: Final = 24.0  # ΔE at which a difference map is fully red
HEAT_MAP_RGB: Final = (0.84, 0.16, 0.11)

Render = Callable[[Look], Tensor]
Shares = dict[str, float]


@dataclass(frozen=True)
class Trial:
    """The look at one strength: gate name → value, and whether all of them passed."""

    strength: float
    gates: dict[str, float]
    passed: bool


@dataclass(frozen=True)
class Explanation:
    """What a picture consists of. Each table's shares sum to 1, or are all 0 if nothing has changed.

    `levels`: colour, stroke, motif; `styles`: by style id; `difference`: structure, colour, texture.
    `pictures`: a heat map of each kind of difference, and the strip of strengths.
    """

    levels: Shares
    styles: Shares
    difference: Shares
    strip: tuple[Trial, ...]
    words: str
    pictures: dict[str, Image.Image] = field(repr=False)


def explain(
    look: Look, scene: Scene, render: Render, limits: GateLimits, names: Mapping[str, str]
) -> Explanation:
    """`render` gives the result (1, 3, H, W) of a look on the scene; `names` maps style ids to names."""
    result = render(look)
    measured = MeasuredImage(result)
    levels, styles = level_shares(look, measured, render), style_shares(look, measured, render)
    maps = difference_maps(scene.photo, measured)
    difference = _shares({name: float(plane.sum()) for name, plane in maps.items()})
    frames = [
        result if strength == look.strength else render(replace(look, strength=strength))
        for strength in STRIP_STRENGTHS
    ]
    strip = tuple(
        _trial(evaluate_gates(scene, frame, replace(look, strength=strength), limits), strength)
        for strength, frame in zip(STRIP_STRENGTHS, frames, strict=True)
    )
    pictures = {f"difference-{name}": _heat_map(scene.photo, plane) for name, plane in maps.items()}
    return Explanation(
        levels,
        styles,
        difference,
        strip,
        describe(look, (levels, styles, difference), strip, names),
        pictures | {"strip": to_image(torch.cat(frames, 3))},
    )


def level_shares(look: Look, result: Picture, render: Render) -> Shares:
    """Share of each level in the change of the result when one level is set to 0."""
    changes = {}
    for level in fields(Levels):
        without = replace(look, levels=replace(look.levels, **{level.name: 0.0}))
        changes[level.name] = 0.0 if without == look else _distance(result, render(without))
    return _shares(changes)


def style_shares(look: Look, result: Picture, render: Render) -> Shares:
    """Share of each style in the change of the result when one style is left out; 1 for a single style."""
    if len(look.styles) == 1:
        return dict.fromkeys(look.styles, 1.0)
    changes = {}
    for name in look.styles:
        others = {other: weight for other, weight in look.styles.items() if other != name}
        changes[name] = _distance(result, render(replace(look, styles=others)))
    return _shares(changes)


def difference_maps(photo: Tensor, result: Picture) -> dict[str, Tensor]:
    """(1, 1, H, W) by kind, in units of Lab: the change split into structure, colour and texture.

    Low-frequency changes of chroma are colour; low-frequency changes of lightness, and high-frequency changes
    on the photo's contours, are structure; other high-frequency changes are texture.
    """
    change = metrics.as_measured(result).lab - MeasuredImage(photo).lab
    low_pass = gaussian(change, TONE_SIGMA_PX)
    high_pass = lengths(change - low_pass)
    contour = _contour(photo)
    return {
        "structure": low_pass[:, :1].abs() + contour * high_pass,
        "colour": lengths(low_pass[:, 1:]),
        "texture": (1 - contour) * high_pass,
    }


def describe(
    look: Look, shares: tuple[Shares, Shares, Shares], strip: tuple[Trial, ...], names: Mapping[str, str]
) -> str:
    """The explanation as one paragraph; `shares` are those of levels, styles and differences."""
    levels, styles, difference = shares
    if not any(difference.values()):
        return "The picture is the photo itself: no style was applied."
    style_list = _list({names[name]: share for name, share in styles.items()}) if len(styles) > 1 else ""
    parts = [
        f"The photo was painted as {' and '.join(names[name].lower() for name in styles)}"
        f" at {_percent(look.strength)} of full strength.",
        f"Measured by leaving out one style at a time, the shares are {style_list}." if style_list else "",
        f"By level, the change comes from {_list(levels)}.",
        f"Of the visible change, {_list(difference)}.",
        _last_passed(strip),
    ]
    return " ".join(part for part in parts if part)


def _last_passed(strip: tuple[Trial, ...]) -> str:
    passed = [trial.strength for trial in strip if trial.passed]
    if len(passed) == len(strip):
        return "Every check holds at every strength of the strip, up to full."
    return f"All checks hold up to a strength of {_percent(max(passed, default=0.0))}, and not above it."


def _list(shares: Mapping[str, float]) -> str:
    """`colour 52 %, texture 31 % and structure 17 %`, the largest first."""
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    parts = [f"{name} {_percent(share)}" for name, share in ordered]
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]


def _percent(share: float) -> str:
    return f"{round(100 * share)} %"


def _trial(gates: tuple[Gate, ...], strength: float) -> Trial:
    return Trial(strength, {gate.name: gate.value for gate in gates}, all(gate.passed for gate in gates))


def _distance(first: Picture, second: Tensor) -> float:
    return float(metrics.delta_e_map(first, second).mean())


def _shares(amounts: Mapping[str, float]) -> Shares:
    total = sum(amounts.values())
    return {name: amount / total if total > 0 else 0.0 for name, amount in amounts.items()}


def _contour(photo: Tensor) -> Tensor:
    """(1, 1, H, W) 0..1, 1 on the contours of the photo."""
    gradient_magnitude = torch.nn.functional.pad(
        MeasuredImage(photo).gradient_magnitude, (1, 1, 1, 1), "replicate"
    )
    return gradient_magnitude / (gradient_magnitude + HALF_CONTOUR_GRADIENT)


def _heat_map(photo: Tensor, amount: Tensor) -> Image.Image:
    """The photo in light grey, red where the difference is large."""
    grey = 0.45 + 0.5 * metrics.luminance(photo).expand(-1, 3, -1, -1) / 255
    share = (amount / HEAT_MAP_MAX_DELTA_E).clamp(0, 1)
    return to_image(torch.lerp(grey, grey.new_tensor(HEAT_MAP_RGB).view(1, 3, 1, 1).expand_as(grey), share))
