"""Explain a look: which level and which style made how much of it, what kind of change it is, what it costs.

Everything is measured by leaving something out and rendering again, on a small copy of the photo.
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

LONG_SIDE: Final = 224  # px of the copy that is explained
STRENGTHS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
BROAD: Final = 3.0  # px (sigma) above which a change is one of colour or tone, not of texture
CONTOUR: Final = 60.0  # Sobel magnitude at which a pixel is half contour
STRONG: Final = 24.0  # ΔE at which a difference map is fully red
RED: Final = (0.84, 0.16, 0.11)

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
    """Where a picture comes from. Each table's shares sum to 1, or are all 0 where nothing has changed.

    `levels`: colour, stroke, motif; `styles`: by style id; `difference`: structure, colour, texture.
    `pictures`: a map of each difference, and the strip.
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
    """`render` gives the finished result (1, 3, H, W) of a look on the scene; `names` are of style ids."""
    result = render(look)
    seen = MeasuredImage(result)
    levels, styles = level_shares(look, seen, render), style_shares(look, seen, render)
    maps = difference_maps(scene.photo, seen)
    difference = _shares({name: float(plane.sum()) for name, plane in maps.items()})
    frames = [
        result if strength == look.strength else render(replace(look, strength=strength))
        for strength in STRENGTHS
    ]
    strip = tuple(
        _trial(evaluate_gates(scene, frame, replace(look, strength=strength), limits), strength)
        for strength, frame in zip(STRENGTHS, frames, strict=True)
    )
    pictures = {f"difference-{name}": _heat(scene.photo, plane) for name, plane in maps.items()}
    return Explanation(
        levels,
        styles,
        difference,
        strip,
        words(look, (levels, styles, difference), strip, names),
        pictures | {"strip": to_image(torch.cat(frames, 3))},
    )


def level_shares(look: Look, result: Picture, render: Render) -> Shares:
    """How much of the result goes when a level is left as the photo has it."""
    lost = {}
    for level in fields(Levels):
        without = replace(look, levels=replace(look.levels, **{level.name: 0.0}))
        lost[level.name] = 0.0 if without == look else _distance(result, render(without))
    return _shares(lost)


def style_shares(look: Look, result: Picture, render: Render) -> Shares:
    """How much of the result goes when a style is left out of the mix; a lone style has made all of it."""
    if len(look.styles) == 1:
        return dict.fromkeys(look.styles, 1.0)
    lost = {}
    for name in look.styles:
        others = {other: weight for other, weight in look.styles.items() if other != name}
        lost[name] = _distance(result, render(replace(look, styles=others)))
    return _shares(lost)


def difference_maps(photo: Tensor, result: Picture) -> dict[str, Tensor]:
    """(1, 1, H, W) by kind, in units of Lab: what of the change is structure, what colour, what texture.

    Broad changes of chroma are colour; broad changes of tone and fine ones on the photo's own contours are
    structure; fine changes elsewhere are texture.
    """
    change = metrics.as_measured(result).lab - MeasuredImage(photo).lab
    broad = gaussian(change, BROAD)
    fine = lengths(change - broad)
    contour = _contour(photo)
    return {
        "structure": broad[:, :1].abs() + contour * fine,
        "colour": lengths(broad[:, 1:]),
        "texture": (1 - contour) * fine,
    }


def words(
    look: Look, shares: tuple[Shares, Shares, Shares], strip: tuple[Trial, ...], names: Mapping[str, str]
) -> str:
    """The explanation in one paragraph; `shares` are those of levels, styles and differences."""
    levels, styles, difference = shares
    if not any(difference.values()):
        return "The picture is the photo itself: no style was put on it."
    mixed = _listed({names[name]: share for name, share in styles.items()}) if len(styles) > 1 else ""
    parts = [
        f"The photo was painted as {' and '.join(names[name].lower() for name in styles)}"
        f" at {_percent(look.strength)} of full strength.",
        f"Left out one by one, the styles made this much of it: {mixed}." if mixed else "",
        f"By level, the change comes from {_listed(levels)}.",
        f"Of what you see changed, {_listed(difference)}.",
        _last_passed(strip),
    ]
    return " ".join(part for part in parts if part)


def _last_passed(strip: tuple[Trial, ...]) -> str:
    passed = [trial.strength for trial in strip if trial.passed]
    if len(passed) == len(strip):
        return "Every check holds at every strength of the strip, up to full."
    return f"All checks hold up to a strength of {_percent(max(passed, default=0.0))}, and not above it."


def _listed(shares: Mapping[str, float]) -> str:
    """`colour 52 %, texture 31 % and structure 17 %`, the largest first."""
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    said = [f"{name} {_percent(share)}" for name, share in ordered]
    return " and ".join([", ".join(said[:-1]), said[-1]]) if len(said) > 1 else said[0]


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
    """(1, 1, H, W) 0..1, how much a pixel lies on a contour of the photo."""
    gradient_magnitude = torch.nn.functional.pad(
        MeasuredImage(photo).gradient_magnitude, (1, 1, 1, 1), "replicate"
    )
    return gradient_magnitude / (gradient_magnitude + CONTOUR)


def _heat(photo: Tensor, amount: Tensor) -> Image.Image:
    """The photo in pale grey, red where the difference is strong."""
    pale = 0.45 + 0.5 * metrics.luminance(photo).expand(-1, 3, -1, -1) / 255
    share = (amount / STRONG).clamp(0, 1)
    return to_image(torch.lerp(pale, pale.new_tensor(RED).view(1, 3, 1, 1).expand_as(pale), share))
