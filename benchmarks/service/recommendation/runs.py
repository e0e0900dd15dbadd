"""Runs of a policy in the simulated shop, and what they cost against the best look of each visit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from .policies import Choice, Fixed, Policy
from .shop import ARMS, Shop, Visit


@dataclass
class Run:
    """`regret`, of each visit: how much less probable a click was than with the visit's best look.
    `uniform`: the same of a look chosen uniformly, at the same visits."""

    regret: list[float] = field(default_factory=list)
    uniform: list[float] = field(default_factory=list)
    logged: list[tuple[Visit, Choice, bool]] = field(default_factory=list)

    def gain(self, visits: slice) -> float:
        """How much of the uniform choice's regret was avoided; 1 is the best look at every visit."""
        return 1 - sum(self.regret[visits]) / sum(self.uniform[visits])


def run(shop: Shop, policy: Policy, visits: int, into: Run | None = None) -> Run:
    """`visits` more visits, added to `into`. Equal seeds of shops give equal visits to all policies."""
    record = into or Run()
    clicks = Random(f"clicks {shop.seed}")
    for _ in range(visits):
        visit = shop.visit()
        probabilities = shop.click_probabilities(visit)
        best = max(probabilities)
        choice = policy.choose(visit)
        clicked = clicks.random() < probabilities[choice.look]
        policy.learn(visit, choice, clicked)
        record.regret.append(best - probabilities[choice.look])
        record.uniform.append(best - sum(probabilities) / len(probabilities))
        record.logged.append((visit, choice, clicked))
    return record


def best_fixed(seed: int, visits: int) -> Run:
    """Of the look that, shown at all these visits, has the least regret: nobody knows it beforehand."""
    runs = [run(Shop(seed), Fixed(look), visits) for look in range(len(ARMS))]
    return min(runs, key=lambda each: sum(each.regret))


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
