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
from .metrics import View
from .scene import COLOUR_STEP, Scene, seen

LADDER: Final = 0.75  # of a strength is the next one down
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
class Limits:
    """Gate name → limit, for each protection; a gate that is not listed is not asked."""

    by_protection: Mapping[str, Mapping[str, float]]

    @classmethod
    def load(cls, path: Path = CALIBRATED) -> "Limits":
        return cls(json.loads(path.read_text("utf-8"))["limits"])


def style_shown(scene: Scene, result: View) -> float:
    """Mean ΔE2000 of what may be painted, on the goods or around them, where it is more."""
    shift = metrics.shift_map(scene.view, result)
    product, paintable = (metrics.at_pixels(m, COLOUR_STEP) for m in (scene.regions.product, scene.paintable))
    return max(metrics.weighted_mean(shift, part * paintable) for part in (product, 1 - product))


def noise_added(scene: Scene, result: View) -> float:
    """Flat noise of the clean ground, less what the photo has there itself, in 1/255."""
    before, after = (metrics.flat_noise(scene.view, view, scene.outside) for view in (scene.view, result))
    return max(0.0, after - before)


MEASURES: Final[Mapping[str, Callable[[Scene, View], float]]] = {
    "clipping": lambda scene, result: metrics.clipping(scene.view, result, scene.paintable),
    "style_gain": style_shown,
    "product_ssim": lambda scene, result: metrics.masked_ssim(scene.view, result, scene.regions.product),
    "edge_keep": lambda scene, result: metrics.edge_keep(scene.view, result, scene.regions.product),
    "flat_noise": noise_added,
    "halo": lambda scene, result: metrics.halo(scene.view, result, scene.ring),
    "white_ground": lambda scene, result: metrics.drift(scene.view, result, scene.white),
    "ground": lambda scene, result: metrics.drift(scene.view, result, scene.untouched),
    "delta_e": lambda scene, result: metrics.colour_shift(scene.view, result, scene.regions.product),
    "text": lambda scene, result: metrics.text_keep(scene.view, result, scene.written),
}


def judge(scene: Scene, result: Tensor, look: Look, limits: Limits) -> tuple[Gate, ...]:
    """Every gate that the look's protection asks for; a picture that is not finite meets only that gate."""
    return _judge(scene, seen(result), look.protection, look.strength, limits)


def admit(
    render: Callable[[float], Tensor], look: Look, scene: Scene, limits: Limits
) -> tuple[View, Verdict]:
    """The picture that may be published, and why: the look as asked, at a lower strength, or the photo.

    `render` gives the result (1, 3, H, W) at a strength; it is asked once for each strength that is tried.
    """
    tried: list[tuple[Gate, ...]] = []
    strength: float | None = look.strength
    while strength is not None:
        result = seen(render(strength))
        tried.append(_judge(scene, result, look.protection, strength, limits))
        if all(gate.passed for gate in tried[-1]):
            outcome: Outcome = "passed" if len(tried) == 1 else "lowered"
            return result, Verdict(outcome, strength, _refused(tried[0]), tried[-1])
        strength = _next_strength(scene, strength, tried[-1])
    return scene.view, Verdict("fallback", 0.0, _refused(tried[0]), tried[0])


def _judge(
    scene: Scene, result: View, protection: Protection, strength: float, limits: Limits
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
    rungs = [strength * LADDER**count for count in range(1, 1 + _rungs_below(strength))]
    return next((rung for rung in rungs if rung <= share * strength), rungs[-1] if rungs else None)


def _rungs_below(strength: float) -> int:
    if strength * LADDER < LEAST_STRENGTH:
        return 0
    return math.floor(math.log(LEAST_STRENGTH / strength) / math.log(LADDER) + 1e-9)


def _share_within(scene: Scene, gate: Gate) -> float:
    """How far from the photo (0) to the failing result (1) its gate's limit lies."""
    if gate.name not in MEASURES:
        return 1.0
    own = MEASURES[gate.name](scene, scene.view)
    return max(0.0, (gate.limit - own) / (gate.value - own)) if gate.value != own else 0.0
