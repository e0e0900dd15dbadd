"""Gates: the checks that a styled picture must pass before it is published.

A gate is a metric and a limit. Limits are calibrated on product photos (`training/gates/calibrate.py`);
gates.json lists the gates of each protection. A result that fails is rendered again at a lower strength; if
no strength passes, the photo itself is published.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from torch import Tensor

from ..imaging.colour import delta_e2000, lab
from ..looks import Look, Protection
from . import metrics
from .edges import least_kept_edges
from .metrics import MeasuredImage
from .scene import GATE_COLOUR_STRIDE_PX, Scene, measure
from .skin import skin_delta_e
from .structure import least_ssim

BACKOFF_FACTOR: Final = 0.75  # between one strength and the next lower one
BACKOFF_MIN_STRENGTH: Final = 0.15  # below this a style is hardly visible
LOWER_LIMIT_GATES: Final = frozenset({"finite", "style_gain", "product_ssim", "edge_keep", "text"})
PRODUCT_GATES: Final = ("product_ssim", "edge_keep", "delta_e", "text", "skin")  # promises, from the upload
LIMITS_FILE: Final = Path(__file__).parent / "gates.json"

Outcome = Literal["passed", "lowered", "fallback"]


@dataclass(frozen=True)
class Gate:
    """A measured value, its limit, and whether it passed."""

    name: str
    value: float
    limit: float
    passed: bool


@dataclass(frozen=True)
class Verdict:
    """The outcome of the gates for a look.

    `strength` is the published one (0: the photo itself); `refused_by` names the gates that failed at the
    requested strength; `gates` are those of the published picture or, on fallback, of the requested strength.
    """

    outcome: Outcome
    strength: float
    refused_by: tuple[str, ...]
    gates: tuple[Gate, ...]


@dataclass(frozen=True)
class GateLimits:
    """Gate name → limit, for each protection; a gate that is not listed is not evaluated."""

    by_protection: Mapping[str, Mapping[str, float]]

    @classmethod
    def load(cls, path: Path = LIMITS_FILE) -> "GateLimits":
        return cls(json.loads(path.read_text("utf-8"))["limits"])


def style_gain(scene: Scene, result: MeasuredImage) -> float:
    """Mean ΔE2000 over the paintable area: inside the product or outside it, whichever is larger."""
    delta_e = metrics.delta_e_map(scene.measured, result)
    product, paintable = (
        metrics.subsample(mask, GATE_COLOUR_STRIDE_PX)
        for mask in (scene.regions.product, scene.paintable_area)
    )
    return max(metrics.weighted_mean(delta_e, part * paintable) for part in (product, 1 - product))


def added_noise(scene: Scene, result: MeasuredImage) -> float:
    """Increase of the flat noise of the clean area over the photo's, in 1/255, at least 0."""
    before, after = (
        metrics.flat_noise(scene.measured, image, scene.clean_area) for image in (scene.measured, result)
    )
    return max(0.0, after - before)


def worst_part_delta_e(scene: Scene, result: MeasuredImage) -> float:
    """Median ΔE2000 from the upload in the area of the product where it is largest; 0 without a product."""
    areas = scene.judged_areas
    delta_e = delta_e2000(scene.colours_of(areas).upload_lab, lab(areas.pixels(result.picture)))
    return float(areas.quantiles(delta_e).max(initial=0.0))


MEASURES: Final[Mapping[str, Callable[[Scene, MeasuredImage], float]]] = {
    "clipping": lambda scene, result: metrics.clipping(scene.measured, result, scene.paintable_area),
    "style_gain": style_gain,
    "product_ssim": least_ssim,
    "edge_keep": least_kept_edges,
    "flat_noise": added_noise,
    "halo": lambda scene, result: metrics.halo(scene.measured, result, scene.halo_ring),
    "white_background": lambda scene, result: metrics.max_change(scene.measured, result, scene.white_area),
    "background": lambda scene, result: metrics.max_change(scene.measured, result, scene.certain_background),
    "delta_e": worst_part_delta_e,
    "text": lambda scene, result: metrics.text_keep(scene.reference, result, scene.confident_text),
    "skin": skin_delta_e,
}
"""By gate. What is promised about the product is counted from the seller's upload, the rest from the photo
that was painted, which may be enhanced."""


def report(scene: Scene, result: MeasuredImage) -> dict[str, float]:
    """The metrics, by name, that are reported for every picture, all from the seller's upload."""
    return metrics.report(scene.reference, result) | {"delta_e": worst_part_delta_e(scene, result)}


def evaluate_gates(scene: Scene, result: Tensor, look: Look, limits: GateLimits) -> tuple[Gate, ...]:
    """Every gate of the look's protection; a picture with invalid values is given the `finite` gate alone."""
    return _evaluate(scene, measure(result), look.protection, look.strength, limits)


def used_shares_of_limits(
    scene: Scene, result: MeasuredImage, limits: Mapping[str, float]
) -> dict[str, float]:
    """For each gate how far the result is on the way from the scene's photo (0) to the limit (1)."""
    return {
        name: _position(scene, name, MEASURES[name](scene, result), limit) for name, limit in limits.items()
    }


def gate_with_backoff(
    render: Callable[[float], Tensor], look: Look, scene: Scene, limits: GateLimits
) -> tuple[MeasuredImage, Verdict]:
    """The picture that may be published and its verdict: as requested, at a lower strength, or the photo.

    `render` gives the result (1, 3, H, W) at a strength; it is called once for each strength that is tried.
    """
    attempts: list[tuple[Gate, ...]] = []
    strength: float | None = look.strength
    while strength is not None:
        result = measure(render(strength))
        attempts.append(_evaluate(scene, result, look.protection, strength, limits))
        if all(gate.passed for gate in attempts[-1]):
            outcome: Outcome = "passed" if len(attempts) == 1 else "lowered"
            return result, Verdict(outcome, strength, _failed_names(attempts[0]), attempts[-1])
        strength = _next_strength(scene, strength, attempts[-1])
    return scene.measured, Verdict("fallback", 0.0, _failed_names(attempts[0]), attempts[0])


def _evaluate(
    scene: Scene, result: MeasuredImage, protection: Protection, strength: float, limits: GateLimits
) -> tuple[Gate, ...]:
    valid = _valid_share(result.picture)
    if valid < 1:
        return (Gate("finite", valid, 1.0, False),)
    gate_limits = limits.by_protection[protection]
    return (
        Gate("finite", valid, 1.0, True),
        *(_gate(name, MEASURES[name](scene, result), limit, strength) for name, limit in gate_limits.items()),
    )


def _valid_share(result: Tensor) -> float:
    """Share of values that are finite and in [0, 1]."""
    low, high = result.aminmax()
    if low >= 0 and high <= 1:
        return 1.0
    return int(((result >= 0) & (result <= 1)).sum()) / result.numel()


def _gate(name: str, value: float, limit: float, strength: float) -> Gate:
    if name == "style_gain":  # the required gain is proportional to the strength
        limit *= strength
    passed = value >= limit if name in LOWER_LIMIT_GATES else value <= limit
    return Gate(name, value, limit, passed)


def _failed_names(gates: tuple[Gate, ...]) -> tuple[str, ...]:
    return tuple(gate.name for gate in gates if not gate.passed)


def _next_strength(scene: Scene, strength: float, gates: tuple[Gate, ...]) -> float | None:
    """The highest lower step at which every gate passes if values are linear in strength.

    None if no step is left, or if the style gain fails, which only falls with the strength.
    """
    failed = [gate for gate in gates if not gate.passed]
    if any(gate.name == "style_gain" for gate in failed):
        return None
    share = min(_passing_share(scene, gate) for gate in failed)
    steps = [strength * BACKOFF_FACTOR**count for count in range(1, 1 + _lower_step_count(strength))]
    return next((step for step in steps if step <= share * strength), steps[-1] if steps else None)


def _lower_step_count(strength: float) -> int:
    if strength * BACKOFF_FACTOR < BACKOFF_MIN_STRENGTH:
        return 0
    return math.floor(math.log(BACKOFF_MIN_STRENGTH / strength) / math.log(BACKOFF_FACTOR) + 1e-9)


def _passing_share(scene: Scene, gate: Gate) -> float:
    """Position of the gate's limit between the photo's value (0) and the failing result's value (1)."""
    if gate.name not in MEASURES:
        return 1.0
    return max(0.0, _position(scene, gate.name, gate.limit, gate.value))


def _position(scene: Scene, name: str, value: float, end: float) -> float:
    """Position of a value between that of the scene's photo (0) and an end (1); 0 if those are equal."""
    if name not in scene.photo_values:
        scene.photo_values[name] = MEASURES[name](scene, scene.measured)
    photo_value = scene.photo_values[name]
    return (value - photo_value) / (end - photo_value) if end != photo_value else 0.0
