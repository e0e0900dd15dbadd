"""What another choice of looks would have brought, estimated from the log of the recommendations made.

Inverse propensity scoring weighs the visits at which the log shows the look that the other choice would have
shown, by one over the probability with which it was shown. The doubly robust estimate (Dudík, Langford and
Li, ICML 2011, "Doubly Robust Policy Evaluation and Learning") begins with the rewards that were expected when
the look was chosen, and weighs only what they were wrong by: it has the same mean and varies less. Both need
exact propensities, none of them 0: visits of the control group are left out.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

NORMAL_QUANTILE_975 = 1.96


@dataclass(frozen=True)
class LoggedVisit:
    """`shown` is a number in `offered`, the arms of the looks; `expected` are their expected rewards."""

    offered: tuple[str, ...]
    expected: tuple[float, ...]
    shown: int
    propensity: float
    reward: float


Choose = Callable[[LoggedVisit], int]
"""The number in `offered` that the other choice would have shown."""


@dataclass(frozen=True)
class Value:
    """Mean reward of a visit, with a 95 % interval by the normal distribution."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class OfflineEstimate:
    visits: int
    inverse_propensity: Value
    doubly_robust: Value


def evaluate(visits: Iterable[LoggedVisit], choose: Choose) -> OfflineEstimate:
    """Raises ValueError without visits."""
    weighted, robust = [], []
    for visit in visits:
        chosen = choose(visit)
        weight = 1 / visit.propensity if chosen == visit.shown else 0.0
        weighted.append(weight * visit.reward)
        robust.append(visit.expected[chosen] + weight * (visit.reward - visit.expected[visit.shown]))
    return OfflineEstimate(len(weighted), _mean(weighted), _mean(robust))


def always(arm: str) -> Choose:
    """The first look of this arm, or where the photo has none, the first look."""
    return lambda visit: visit.offered.index(arm) if arm in visit.offered else 0


def _mean(values: Sequence[float]) -> Value:
    if not values:
        raise ValueError("no visits to estimate from")
    mean = sum(values) / len(values)
    variance = sum((each - mean) ** 2 for each in values) / max(1, len(values) - 1)
    margin = NORMAL_QUANTILE_975 * math.sqrt(variance / len(values))
    return Value(mean, mean - margin, mean + margin)
