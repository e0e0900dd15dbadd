"""Gates: what a styled picture must keep before anyone may see it, and what happens when it does not.

Each gate is one measure and one limit. Limits are calibrated on product photos
(`training/gates/calibrate.py`) and differ by protection: a mode asks the gates that gates.json lists for it.
A result that fails is rendered again at a lower strength; where no strength passes, the photo itself is
published.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from torch import Tensor

from ..looks import Look, Protection
from . import metrics
from .metrics import MeasuredImage
from .scene import COLOUR_STEP, Scene, measure

BACKOFF: Final = 0.75  # of a strength is the next one down
LEAST_STRENGTH: Final = 0.15  # below it a style is not worth its name
AT_LEAST: Final = frozenset({"finite", "style_gain", "product_ssim", "edge_keep", "text"})
CALIBRATED: Final = Path(__file__).parent / "gates.json"

Outcome = Literal["passed", "lowered", "fallback"]


@dataclass(frozen=True)
class Gate:
    """A measured value, the limit it was held against, and whether it kept it."""

    name: str
    value: float
    limit: float
    passed: bool


@dataclass(frozen=True)
class Verdict:
    """What became of a look.

    `strength` is the one published (0: the photo itself); `refused_by` names the gates that refused the look
    as asked; `gates` are those of the published picture or, on fallback, of the one asked for.
    """

    outcome: Outcome
    strength: float
    refused_by: tuple[str, ...]
    gates: tuple[Gate, ...]


@dataclass(frozen=True)
class GateLimits:
    """Gate name → limit, for each protection; a gate that is not listed is not asked."""

    by_protection: Mapping[str, Mapping[str, float]]

    @classmethod
    def load(cls, path: Path = CALIBRATED) -> "GateLimits":
        return cls(json.loads(path.read_text("utf-8"))["limits"])


def style_shown(scene: Scene, result: MeasuredImage) -> float:
    """Mean ΔE2000 of what may be painted, on the goods or around them, where it is more."""
    shift = metrics.delta_e_map(scene.measured, result)
    product, paintable = (metrics.subsample(m, COLOUR_STEP) for m in (scene.regions.product, scene.paintable))
    return max(metrics.weighted_mean(shift, part * paintable) for part in (product, 1 - product))


def noise_added(scene: Scene, result: MeasuredImage) -> float:
    """Flat noise of the clean ground, less what the photo has there itself, in 1/255."""
    before, after = (
        metrics.flat_noise(scene.measured, view, scene.outside) for view in (scene.measured, result)
    )
    return max(0.0, after - before)


MEASURES: Final[Mapping[str, Callable[[Scene, MeasuredImage], float]]] = {
    "clipping": lambda scene, result: metrics.clipping(scene.measured, result, scene.paintable),
    "style_gain": style_shown,
    "product_ssim": lambda scene, result: metrics.masked_ssim(scene.measured, result, scene.regions.product),
    "edge_keep": lambda scene, result: metrics.edge_keep(scene.measured, result, scene.regions.product),
    "flat_noise": noise_added,
    "halo": lambda scene, result: metrics.halo(scene.measured, result, scene.ring),
    "white_background": lambda scene, result: metrics.max_change(scene.measured, result, scene.white),
    "background": lambda scene, result: metrics.max_change(scene.measured, result, scene.certain_background),
    "delta_e": lambda scene, result: metrics.median_delta_e(scene.measured, result, scene.regions.product),
    "text": lambda scene, result: metrics.text_keep(scene.measured, result, scene.confident_text),
}


def evaluate_gates(scene: Scene, result: Tensor, look: Look, limits: GateLimits) -> tuple[Gate, ...]:
    """Every gate that the look's protection asks for; a picture that is not finite meets only that gate."""
    return _evaluate(scene, measure(result), look.protection, look.strength, limits)


def gate_with_backoff(
    render: Callable[[float], Tensor], look: Look, scene: Scene, limits: GateLimits
) -> tuple[MeasuredImage, Verdict]:
    """The picture that may be published, and why: the look as asked, at a lower strength, or the photo.

    `render` gives the result (1, 3, H, W) at a strength; it is asked once for each strength that is tried.
    """
    tried: list[tuple[Gate, ...]] = []
    strength: float | None = look.strength
    while strength is not None:
        result = measure(render(strength))
        tried.append(_evaluate(scene, result, look.protection, strength, limits))
        if all(gate.passed for gate in tried[-1]):
            outcome: Outcome = "passed" if len(tried) == 1 else "lowered"
            return result, Verdict(outcome, strength, _refused(tried[0]), tried[-1])
        strength = _next_strength(scene, strength, tried[-1])
    return scene.measured, Verdict("fallback", 0.0, _refused(tried[0]), tried[0])


def _evaluate(
    scene: Scene, result: MeasuredImage, protection: Protection, strength: float, limits: GateLimits
) -> tuple[Gate, ...]:
    sound = _sound(result.picture)
    if sound < 1:
        return (Gate("finite", sound, 1.0, False),)
    asked = limits.by_protection[protection]
    return (
        Gate("finite", sound, 1.0, True),
        *(_gate(name, MEASURES[name](scene, result), limit, strength) for name, limit in asked.items()),
    )


def _sound(result: Tensor) -> float:
    """Share of numbers that are finite and in [0, 1]."""
    least, most = result.aminmax()
    if least >= 0 and most <= 1:
        return 1.0
    return int(((result >= 0) & (result <= 1)).sum()) / result.numel()


def _gate(name: str, value: float, limit: float, strength: float) -> Gate:
    if name == "style_gain":  # half of a style need gain only half as much
        limit *= strength
    passed = value >= limit if name in AT_LEAST else value <= limit
    return Gate(name, value, limit, passed)


def _refused(gates: tuple[Gate, ...]) -> tuple[str, ...]:
    return tuple(gate.name for gate in gates if not gate.passed)


def _next_strength(scene: Scene, strength: float, gates: tuple[Gate, ...]) -> float | None:
    """The highest rung below at which every gate may pass, if values move evenly from the photo's own.

    Too little style is no better at a lower strength, so nothing is left to try then.
    """
    failed = [gate for gate in gates if not gate.passed]
    if any(gate.name == "style_gain" for gate in failed):
        return None
    share = min(_share_within(scene, gate) for gate in failed)
    steps = [strength * BACKOFF**count for count in range(1, 1 + _steps_below(strength))]
    return next((step for step in steps if step <= share * strength), steps[-1] if steps else None)


def _steps_below(strength: float) -> int:
    if strength * BACKOFF < LEAST_STRENGTH:
        return 0
    return math.floor(math.log(LEAST_STRENGTH / strength) / math.log(BACKOFF) + 1e-9)


def _share_within(scene: Scene, gate: Gate) -> float:
    """How far from the photo (0) to the failing result (1) its gate's limit lies."""
    if gate.name not in MEASURES:
        return 1.0
    photo_style = MEASURES[gate.name](scene, scene.measured)
    return (
        max(0.0, (gate.limit - photo_style) / (gate.value - photo_style))
        if gate.value != photo_style
        else 0.0
    )
