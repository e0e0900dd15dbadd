"""Limits of the gates from measured values, and the table behind them."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from style_engine.safety.gates import LOWER_LIMIT_GATES, MEASURES
from style_engine.safety.scene import Scene, measure

from .corruptions import CORRUPTIONS
from .samples import GateValues, ValuesByProtection

GOOD_QUANTILE: Final = 0.97  # of good values, counted from the best, that a limit passes
BAD_QUANTILE: Final = 0.10  # of bad values, counted from the best, that a limit may pass
LIMIT_AT_BAD: Final = frozenset({"style_gain"})  # a faint style is no fault, so only the bad are refused
BISECTION_STEPS: Final = 8
TABLE_QUANTILES: Final = (0.01, 0.03, 0.1, 0.5, 0.9, 0.97, 0.99)

PROMISED_LIMITS: Final[Mapping[str, Mapping[str, float]]] = {
    "off": {},
    # From about 7 ΔE on, a colour has another name.
    "soft": {"product_ssim": 0.85, "delta_e": 7.0, "skin": 7.0},
    "strict": {"product_ssim": 0.95, "delta_e": 2.0, "skin": 2.0, "white_background": 3.0},
    "background-only": {  # the product stays the photo
        "product_ssim": 0.99, "edge_keep": 0.98, "delta_e": 0.5, "text": 0.98, "skin": 7.0,
        "white_background": 3.0,
    },
    "product-only": {"skin": 7.0, "white_background": 3.0, "background": 3.0},
}  # fmt: skip
"""By protection and gate; not calibrated."""

Limits = Mapping[str, Mapping[str, float]]


def limit_between(gate: str, good: Sequence[float], bad: Sequence[float]) -> float:
    """Midway between the quantiles of good and bad values; at the good quantile where they overlap."""
    sign = -1.0 if gate in LOWER_LIMIT_GATES else 1.0
    worst_good = float(np.quantile(sign * np.array(good), GOOD_QUANTILE))
    mildest_bad = float(np.quantile(sign * np.array(bad), BAD_QUANTILE))
    if mildest_bad <= worst_good:
        return sign * worst_good
    return sign * (mildest_bad if gate in LIMIT_AT_BAD else (worst_good + mildest_bad) / 2)


def calibrate_limits(values: ValuesByProtection) -> dict[str, dict[str, float]]:
    """Protection → gate → limit."""
    return {
        protection: {
            gate: PROMISED_LIMITS[protection].get(gate, _round(limit_between(gate, v.good, v.bad)))
            for gate, v in by_gate.items()
        }
        for protection, by_gate in values.items()
    }


def passes(gate: str, value: float, limit: float) -> bool:
    return value >= limit if gate in LOWER_LIMIT_GATES else value <= limit


def corrupt_to_limit(scene: Scene, result: Tensor, gate: str, limit: float) -> Tensor:
    """The result, corrupted for a gate as far as the gate still passes it."""
    corrupted = CORRUPTIONS[gate](scene, result)
    low, high = 0.0, 1.0
    for _ in range(BISECTION_STEPS):
        share = (low + high) / 2
        value = MEASURES[gate](scene, measure(torch.lerp(result, corrupted, share)))
        low, high = (share, high) if passes(gate, value, limit) else (low, share)
    return torch.lerp(result, corrupted, low)


def limit_table(values: ValuesByProtection, limits: Limits) -> dict[str, Any]:
    """Behind each limit: shares kept and refused, quantiles, medians by share of the change."""
    return {
        protection: {gate: _row(gate, v, limits[protection][gate]) for gate, v in by_gate.items()}
        for protection, by_gate in values.items()
    }


def _row(gate: str, values: GateValues, limit: float) -> dict[str, Any]:
    def kept(numbers: Sequence[float]) -> float:
        return round(fmean(passes(gate, number, limit) for number in numbers), 4)

    return {
        "limit": limit,
        "count": len(values.good),
        "good_kept": kept(values.good),
        "bad_refused": round(1 - kept(values.bad), 4),
        "good": _quantiles(values.good),
        "bad": _quantiles(values.bad),
        "median_by_share": {
            str(share): _round(np.median(numbers)) for share, numbers in values.curve.items()
        },
    }


def _quantiles(values: Sequence[float]) -> list[float]:
    return [_round(value) for value in np.quantile(values, TABLE_QUANTILES)]


def _round(value: Any) -> float:
    """To three significant digits."""
    return float(f"{float(value):.3g}")
