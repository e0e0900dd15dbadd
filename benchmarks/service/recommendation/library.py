"""The same visits with a library's learner: Vowpal Wabbit's contextual bandit, if it is installed.

`pip install vowpalwabbit` (9.x). `--squarecb` explores by inverse gap weighting, with its defaults. Its
features are those that Limner's levels are of: look, family, and both with kind, photo and visitor. It has no
control group, and counts old visits like new ones.
"""

import importlib
from importlib.util import find_spec
from random import Random
from typing import Any

from .policies import Choice
from .shop import ARMS, Visit

ARGUMENTS = "--cb_explore_adf --squarecb --cb_type mtr --interactions ::SA --quiet"


def is_installed() -> bool:
    return find_spec("vowpalwabbit") is not None


class VowpalWabbit:
    def __init__(self, seed: int, arguments: str = ARGUMENTS) -> None:
        library: Any = importlib.import_module("vowpalwabbit")
        self._workspace = library.Workspace(arguments)
        self._random = Random(f"library {seed}")

    def choose(self, visit: Visit) -> Choice:
        shares = self._workspace.predict(_lines(visit))
        (look,) = self._random.choices(range(len(ARMS)), shares)
        return Choice(look, shares[look] / sum(shares))

    def learn(self, visit: Visit, choice: Choice, clicked: bool) -> None:
        self._workspace.learn(_lines(visit, choice, clicked))


def _lines(visit: Visit, choice: Choice | None = None, clicked: bool = False) -> list[str]:
    """One shared line, and one for each look; the look that was shown has its cost, -1 for a click."""
    shared = f"shared |S kind={visit.kind} photo={visit.photo} visitor={visit.visitor}"
    looks = [f"|A look={arm.name.partition('@')[0]} family={arm.family}" for arm in ARMS]
    if choice is not None:
        cost = -1.0 if clicked else 0.0
        looks[choice.look] = f"{choice.look}:{cost}:{choice.propensity} {looks[choice.look]}"
    return [shared, *looks]
