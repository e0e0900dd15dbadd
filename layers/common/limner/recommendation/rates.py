"""Expected rewards of looks, and the shares with which they are shown.

The reward of a look is a rate: the rewards of a visit that is shown it (`visitor_events.REWARDS`). It is
the shop's mean rate times one factor for each level: family of styles and arm in the shop, arm for products
of this kind, arm for this photo, family and arm for this visitor. Each factor has a gamma distribution with
mean 1 before the first visit. After visits of which E rewards were expected and R came, it has the mean
(R + k) / (E + k) and, in logarithms, a variance of about 1 / (R + k): the conjugate prior of a Poisson rate,
applied level by level. So a level without visits changes nothing, and a new visitor, photo, kind or look
begins with what is known one level above.

A look is chosen by Thompson sampling: its share is how often it is the best in DRAWS draws from these
distributions. The shares are then limited so that exploring stays below EXPLORATION_MAX_SHARE of the visits,
and no look's share is 0. The look is drawn from the limited shares, so its propensity is known exactly.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import NamedTuple

from limner.recommendation.arms import Arm

DRAWS = 16
EXPLORATION_MAX_SHARE = 0.06
"""Of visits that are shown another look than the one with the highest expected reward."""
EXPLORATION_MIN_SHARE = 0.015
"""The same, divided among all other looks: what is never shown cannot be compared."""
PRIOR_RATE = 0.05
"""Rewards of a visit in a shop that has reported none."""
PRIOR_VISITS = 20.0
ALL_LOOKS = "all"
"""The key of the sums over all looks."""


class Tally(NamedTuple):
    """Sums of visits, older ones with less weight: rewards that were expected, or visits, and rewards."""

    expected: float
    rewarded: float


NOTHING_COUNTED = Tally(0.0, 0.0)
Tallies = Mapping[str, Tally]
"""By arm, family, or ALL_LOOKS."""


class Level(StrEnum):
    """What a factor is learned from; the reasons of a recommendation are named so."""

    SHOP = "shop"
    PRODUCT_KIND = "product_kind"
    PHOTO = "photo"
    VISITOR = "visitor"


FACTOR_PRIOR: dict[Level, float] = {
    Level.SHOP: 8.0,
    Level.PRODUCT_KIND: 1.5,
    Level.PHOTO: 12.0,
    Level.VISITOR: 6.0,
}
"""k, in rewards: how many rewards it takes for a factor to come half the way from 1 to what was observed.
The simulator of benchmarks/service/recommendation chose them, with other seeds than its figures."""

EXPLORED = frozenset({Level.SHOP, Level.PRODUCT_KIND})
"""Levels whose uncertainty is drawn: what is learned there serves many later visits. A look is not tried to
find out about one photo or one visitor."""


@dataclass(frozen=True)
class VisitTallies:
    """What was counted that concerns a visit. Tallies of the visitor are empty without its consent."""

    shop: Tallies
    kind: Tallies
    photo: Tallies
    visitor: Tallies


@dataclass(frozen=True)
class Estimate:
    """Of one look at one visit. `rate` is that of any visitor, `affinity` this visitor's factor."""

    arm: Arm
    rate: float
    affinity: float
    log_variance: float
    factors: Mapping[Level, float]

    @property
    def expected(self) -> float:
        return self.rate * self.affinity


def estimate(arm: Arm, counted: VisitTallies) -> Estimate:
    rate = _mean_rate(counted.shop.get(ALL_LOOKS, NOTHING_COUNTED))
    factors = dict.fromkeys(Level, 1.0)
    log_variance = 0.0
    for level, tallies, key in (
        (Level.SHOP, counted.shop, arm.family),
        (Level.SHOP, counted.shop, arm.name),
        (Level.PRODUCT_KIND, counted.kind, arm.name),
        (Level.PHOTO, counted.photo, arm.name),
    ):
        visits, rewarded = tallies.get(key, NOTHING_COUNTED)
        factor, variance = _factor(Tally(visits * rate, rewarded), FACTOR_PRIOR[level])
        rate *= factor
        factors[level] *= factor
        if level in EXPLORED:
            log_variance += variance
    for key in (arm.family, arm.name):
        factor, _ = _factor(counted.visitor.get(key, NOTHING_COUNTED), FACTOR_PRIOR[Level.VISITOR])
        factors[Level.VISITOR] *= factor
    return Estimate(arm, rate, factors[Level.VISITOR], log_variance, factors)


def _mean_rate(tally: Tally) -> float:
    return (tally.rewarded + PRIOR_RATE * PRIOR_VISITS) / (tally.expected + PRIOR_VISITS)


def _factor(tally: Tally, prior: float) -> tuple[float, float]:
    """Mean of a factor, and the variance of its logarithm."""
    return (tally.rewarded + prior) / (tally.expected + prior), 1 / (tally.rewarded + prior)


def best_of(estimates: Sequence[Estimate]) -> int:
    """Of equal ones the first, as the shop has ordered the looks."""
    return max(range(len(estimates)), key=lambda number: (estimates[number].expected, -number))


def shares(estimates: Sequence[Estimate], random: Random) -> list[float]:
    """With which probability each look is shown; they sum to 1."""
    count, best = len(estimates), best_of(estimates)
    if count == 1:
        return [1.0]
    wins = _wins(estimates, random)
    wins[best] = 0
    explored = sum(wins) / DRAWS
    least = EXPLORATION_MIN_SHARE / (count - 1)
    drawn = min(explored, EXPLORATION_MAX_SHARE - EXPLORATION_MIN_SHARE)
    found = [least + (drawn * won / DRAWS / explored if explored else 0.0) for won in wins]
    found[best] = 0.0
    found[best] = 1.0 - sum(found)
    return found


def _wins(estimates: Sequence[Estimate], random: Random) -> list[int]:
    """How often each look is the best in DRAWS draws."""
    spread = [(math.log(each.expected), math.sqrt(each.log_variance)) for each in estimates]
    wins = [0] * len(spread)
    for _ in range(DRAWS):
        drawn = [mean + deviation * random.gauss(0.0, 1.0) for mean, deviation in spread]
        wins[drawn.index(max(drawn))] += 1
    return wins
