"""The report: recommended looks against the shop's own, with intervals.

Visitors are in one group for good, so that a visitor's visits are not independent of each other. They are
counted in buckets of visitors; the interval is the delete-one-bucket jackknife of the difference of rates
(Efron and Tibshirani, "An Introduction to the Bootstrap", chapter 11), which needs no independence within
one.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from limner.recommendation.visitor_events import REPORT_BUCKETS, VisitorEventType
from limner.recommendation.visits import Group

Counts = Mapping[VisitorEventType, int]
Buckets = Sequence[Mapping[Group, Counts]]
"""REPORT_BUCKETS of them."""
T_QUANTILE_975 = 2.093
"""Of Student's distribution with REPORT_BUCKETS - 1 = 19 degrees of freedom: for intervals of 95 %."""


@dataclass(frozen=True)
class Comparison:
    """Events of one type by impression. `difference` is recommended less control, with its 95 % interval;
    None where a group has too few visitors."""

    type: VisitorEventType
    recommended: float | None
    control: float | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None


def compare(buckets: Buckets, type_: VisitorEventType) -> Comparison:
    groups = {group: _rate(buckets, group, type_) for group in Group}
    without_one = [
        _difference([*buckets[:number], *buckets[number + 1 :]], type_) for number in range(len(buckets))
    ]
    difference = _difference(buckets, type_)
    rates = Comparison(type_, groups[Group.RECOMMENDED], groups[Group.CONTROL])
    known = [each for each in without_one if each is not None]
    if difference is None or len(known) < REPORT_BUCKETS:
        return rates
    margin = T_QUANTILE_975 * _jackknife_error(known)
    return Comparison(
        type_, rates.recommended, rates.control, difference, difference - margin, difference + margin
    )


def total(buckets: Buckets, group: Group) -> dict[VisitorEventType, int]:
    return {each: _sum(buckets, group, each) for each in VisitorEventType}


def _jackknife_error(without_one: Sequence[float]) -> float:
    count = len(without_one)
    mean = sum(without_one) / count
    return math.sqrt((count - 1) / count * sum((each - mean) ** 2 for each in without_one))


def _difference(buckets: Buckets, type_: VisitorEventType) -> float | None:
    recommended, control = (_rate(buckets, group, type_) for group in (Group.RECOMMENDED, Group.CONTROL))
    return None if recommended is None or control is None else recommended - control


def _rate(buckets: Buckets, group: Group, type_: VisitorEventType) -> float | None:
    shown = _sum(buckets, group, VisitorEventType.IMPRESSION)
    return _sum(buckets, group, type_) / shown if shown else None


def _sum(buckets: Iterable[Mapping[Group, Counts]], group: Group, type_: VisitorEventType) -> int:
    return sum(bucket.get(group, {}).get(type_, 0) for bucket in buckets)
