"""A simulated shop: products, looks, and visitors with known preferences.

A visitor who is shown a look of a photo clicks with the probability 1 / (1 + exp(-x)), where x is the sum of
normal effects: the look's in the whole shop, the look's for the kind of product, the look's for the photo,
the visitor's for the family of styles, and the visitor's for the look. The learner assumes products of
factors instead, so it is not given its own model. Nothing that the learner reads comes from here but the kind
of the photo, the visitor's id, and clicks.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from limner.looks import Look
from limner.recommendation.arms import Arm, arm_of_look

STYLES = ("oil", "watercolour", "pencil", "ink-wash", "linocut", "pop-art")
ARMS: tuple[Arm, ...] = tuple(arm_of_look(Look(styles={style: 1.0}), 0.8) for style in STYLES)
FAMILIES = sorted({arm.family for arm in ARMS})
KINDS = ("mug", "shoe", "lamp", "poster", "toy", "bag")
PHOTOS_OF_A_KIND = 10
VISITORS = 400
"""So in 20,000 visits a visitor sees 50 photos on average; a few come often, most a few times."""
MEAN_LOG_ODDS = -2.2
"""A tenth of the visits click on a look without effects, a quarter on the best one of a photo."""


@dataclass(frozen=True)
class Spread:
    """Standard deviations of the effects on log-odds."""

    look: float = 0.2
    kind: float = 1.2
    photo: float = 0.15
    family_of_visitor: float = 0.35
    look_of_visitor: float = 0.1


@dataclass(frozen=True)
class Visit:
    visitor: int
    photo: int
    kind: str


@dataclass
class Shop:
    """Preferences drawn with `seed`."""

    seed: int
    spread: Spread = field(default_factory=Spread)

    def __post_init__(self) -> None:
        self._random = Random(f"shop {self.seed}")
        self._looks = self._normal(self.spread.look, len(ARMS))
        self._kinds: dict[str, list[float]] = {}
        self.drift(KINDS)
        photos = len(KINDS) * PHOTOS_OF_A_KIND
        self._photos = [self._normal(self.spread.photo, len(ARMS)) for _ in range(photos)]
        self._visitors = [self._taste() for _ in range(VISITORS)]
        self._activity = [self._random.expovariate(1.0) + 0.05 for _ in range(VISITORS)]
        self._popularity = [self._random.expovariate(1.0) + 0.05 for _ in range(photos)]
        self._visits = Random(f"visits {self.seed}")

    def drift(self, kinds: Sequence[str]) -> None:
        """The looks' effects for these kinds of product are drawn anew, as when a season begins."""
        self._kinds |= {kind: self._normal(self.spread.kind, len(ARMS)) for kind in kinds}

    def visit(self) -> Visit:
        (visitor,) = self._visits.choices(range(VISITORS), self._activity)
        (photo,) = self._visits.choices(range(len(self._photos)), self._popularity)
        return Visit(visitor, photo, KINDS[photo // PHOTOS_OF_A_KIND])

    def click_probabilities(self, visit: Visit) -> list[float]:
        """Of each of ARMS."""
        effects = (
            self._looks,
            self._kinds[visit.kind],
            self._photos[visit.photo],
            self._visitors[visit.visitor],
        )
        return [1 / (1 + math.exp(-MEAN_LOG_ODDS - sum(each))) for each in zip(*effects, strict=True)]

    def _taste(self) -> list[float]:
        of_family = dict(
            zip(FAMILIES, self._normal(self.spread.family_of_visitor, len(FAMILIES)), strict=True)
        )
        of_look = self._normal(self.spread.look_of_visitor, len(ARMS))
        return [of_family[arm.family] + own for arm, own in zip(ARMS, of_look, strict=True)]

    def _normal(self, deviation: float, count: int) -> list[float]:
        return [self._random.gauss(0.0, deviation) for _ in range(count)]
