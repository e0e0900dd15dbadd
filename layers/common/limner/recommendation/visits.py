"""A recommendation, and what it adds to the sums that the next ones are estimated from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import NamedTuple

from limner.recommendation.arms import Arm
from limner.recommendation.rates import (
    ALL_LOOKS,
    Estimate,
    Level,
    Tally,
    VisitTallies,
    best_of,
    estimate,
    shares,
)

CONTROL_SHARE = 0.05
"""Of visitors, who are always shown the photo's first look: what the shop shows without recommendations."""
SHOP = "shop"


class Group(StrEnum):
    RECOMMENDED = "recommended"
    CONTROL = "control"


class Reason(StrEnum):
    """Why a look is shown: what raised its expected reward most, or that something is tried or compared."""

    VISITOR = Level.VISITOR.value
    PHOTO = Level.PHOTO.value
    PRODUCT_KIND = Level.PRODUCT_KIND.value
    SHOP = Level.SHOP.value
    FIRST_LOOK = "first_look"
    ONLY_LOOK = "only_look"
    EXPLORATION = "exploration"
    CONTROL = "control"


@dataclass(frozen=True)
class Subjects:
    """Whose sums concern a visit. `kind` and `visitor` are None where they are unknown."""

    photo_id: str
    kind: str | None = None
    visitor: str | None = None

    @property
    def photo_subject(self) -> str:
        return f"photo#{self.photo_id}"

    @property
    def kind_subject(self) -> str | None:
        return f"kind#{self.kind}" if self.kind else None

    @property
    def visitor_subject(self) -> str | None:
        return f"visitor#{self.visitor}" if self.visitor else None

    @property
    def all(self) -> tuple[str, ...]:
        named = (SHOP, self.kind_subject, self.photo_subject, self.visitor_subject)
        return tuple(subject for subject in named if subject)


@dataclass(frozen=True)
class Recommended:
    """Which of the offered looks is shown, and all that its later events need. `position` counts from 0."""

    position: int
    arm: Arm
    group: Group
    propensity: float
    rate: float
    affinity: float
    reason: Reason
    expected: tuple[float, ...]
    """Of every offered look."""


def control_group(fraction: float) -> Group:
    """`fraction` in [0, 1), a fixed property of the visitor."""
    return Group.CONTROL if fraction < CONTROL_SHARE else Group.RECOMMENDED


def recommend(arms: Sequence[Arm], counted: VisitTallies, group: Group, random: Random) -> Recommended:
    """`arms` are those of the photo's looks, at least one and each once, in the order in which the shop has
    them."""
    estimates = [estimate(arm, counted) for arm in arms]
    propensities = [1.0, *[0.0] * (len(arms) - 1)] if group is Group.CONTROL else shares(estimates, random)
    (position,) = random.choices(range(len(arms)), propensities)
    chosen = estimates[position]
    return Recommended(
        position=position,
        arm=chosen.arm,
        group=group,
        propensity=propensities[position],
        rate=chosen.rate,
        affinity=chosen.affinity,
        reason=_reason(estimates, position, group),
        expected=tuple(each.expected for each in estimates),
    )


def _reason(estimates: Sequence[Estimate], position: int, group: Group) -> Reason:
    if group is Group.CONTROL:
        return Reason.CONTROL
    if len(estimates) == 1:
        return Reason.ONLY_LOOK
    if position != best_of(estimates):
        return Reason.EXPLORATION
    factors = estimates[position].factors
    level = max(factors, key=lambda each: factors[each])
    return Reason(level.value) if factors[level] > 1.0 else Reason.FIRST_LOOK


REJECTION_VISITS = 20.0
"""That the shop has rejected a picture counts as so many visits without a reward, for this photo, this kind
of product and the shop: as many as the shop's mean rate is worth before the first visit."""


def rejection_additions(subjects: Subjects, arm: Arm) -> Iterator["Addition"]:
    """What a rejected picture adds, before the weight of `decay`. The shop's mean rate and its family stay:
    one bad picture says little of others."""
    amount = Tally(REJECTION_VISITS, 0.0)
    for subject in (SHOP, subjects.kind_subject, subjects.photo_subject):
        if subject:
            yield Addition(subject, arm.name, amount)


class Addition(NamedTuple):
    subject: str
    key: str
    amount: Tally


def additions(
    subjects: Subjects, arm: Arm, rate: float, affinity: float, *, is_shown: bool, reward: float
) -> Iterator[Addition]:
    """What a visit's events add, before the weight of `decay`.

    In the sums of shop, kind and photo a visit counts as many times as the visitor is more easily rewarded by
    such looks than others: otherwise looks that are shown to those who like them would seem better to all.
    """
    of_any_visitor = Tally(affinity if is_shown else 0.0, reward)
    of_visitor = Tally(rate if is_shown else 0.0, reward)
    for key in (ALL_LOOKS, arm.family, arm.name):
        yield Addition(SHOP, key, of_any_visitor)
    for subject in (subjects.kind_subject, subjects.photo_subject):
        if subject:
            yield Addition(subject, arm.name, of_any_visitor)
    if subjects.visitor_subject:
        for key in (arm.family, arm.name):
            yield Addition(subjects.visitor_subject, key, of_visitor)
