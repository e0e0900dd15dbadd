"""Who chooses the look of a visit: Limner's learner, fixed and uniform choices."""

from collections import defaultdict
from collections.abc import Iterable
from random import Random
from typing import Protocol

from limner.recommendation.decay import Clock
from limner.recommendation.rates import Tally, VisitTallies
from limner.recommendation.visits import (
    SHOP,
    Addition,
    Group,
    Recommended,
    Subjects,
    additions,
    control_group,
    recommend,
)

from .shop import ARMS, Visit


class Choice:
    """A look by its number in ARMS, with the probability it was chosen with."""

    __slots__ = ("look", "propensity", "recommended")

    def __init__(self, look: int, propensity: float, recommended: Recommended | None = None) -> None:
        self.look, self.propensity, self.recommended = look, propensity, recommended


class Policy(Protocol):
    def choose(self, visit: Visit) -> Choice: ...

    def learn(self, visit: Visit, choice: Choice, clicked: bool) -> None: ...


class Uniform:
    def __init__(self, seed: int) -> None:
        self._random = Random(f"uniform {seed}")

    def choose(self, visit: Visit) -> Choice:
        return Choice(self._random.randrange(len(ARMS)), 1 / len(ARMS))

    def learn(self, visit: Visit, choice: Choice, clicked: bool) -> None:
        """Nothing is learned."""


class Fixed(Uniform):
    def __init__(self, look: int) -> None:
        self._look = look

    def choose(self, visit: Visit) -> Choice:
        return Choice(self._look, 1.0)


class Sums:
    """The rows of the adapter, in memory: by subject and generation, amounts are only ever added."""

    def __init__(self) -> None:
        self.clock = Clock(0)
        self._rows: dict[tuple[str, int], dict[str, list[float]]] = defaultdict(dict)

    def add(self, additions: Iterable[Addition], visits: int) -> None:
        weight = self.clock.weight
        for subject, key, amount in additions:
            row = self._rows[subject, self.clock.generation].setdefault(key, [0.0, 0.0])
            row[0] += weight * amount.expected
            row[1] += weight * amount.rewarded
        self.clock = Clock(self.clock.visits + visits)

    def tallies(self, subject: str | None) -> dict[str, Tally]:
        found: dict[str, Tally] = {}
        for generation in self.clock.read_generations if subject else ():
            scale = self.clock.scale_of(generation)
            for key, (expected, rewarded) in self._rows.get((str(subject), generation), {}).items():
                before = found.get(key, Tally(0.0, 0.0))
                found[key] = Tally(before.expected + scale * expected, before.rewarded + scale * rewarded)
        return found


class Limner:
    """The learner as it is deployed; the rows of the table are in memory."""

    def __init__(self, seed: int) -> None:
        self._random = Random(f"limner {seed}")
        self._groups = Random(f"groups {seed}")
        self._fractions: dict[int, float] = defaultdict(self._groups.random)
        self.sums = Sums()

    def choose(self, visit: Visit) -> Choice:
        subjects = _subjects(visit)
        tallies = self.sums.tallies
        counted = VisitTallies(
            tallies(SHOP),
            tallies(subjects.kind_subject),
            tallies(subjects.photo_subject),
            tallies(subjects.visitor_subject),
        )
        group = control_group(self._fractions[visit.visitor])
        chosen = recommend(ARMS, counted, group, self._random)
        return Choice(chosen.position, chosen.propensity, chosen)

    def learn(self, visit: Visit, choice: Choice, clicked: bool) -> None:
        shown = choice.recommended
        if shown is None:
            raise ValueError("the choice of another policy")
        added = additions(
            _subjects(visit), shown.arm, shown.rate, shown.affinity, is_shown=True, reward=float(clicked)
        )
        self.sums.add(added, visits=1)


def is_control(choice: Choice) -> bool:
    return choice.recommended is not None and choice.recommended.group is Group.CONTROL


def _subjects(visit: Visit) -> Subjects:
    return Subjects(photo_id=str(visit.photo), kind=visit.kind, visitor=str(visit.visitor))
