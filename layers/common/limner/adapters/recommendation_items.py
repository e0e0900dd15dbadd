"""Items of the table of recommendations: their keys, and what events add to them.

dynamodb_recommendations lists the items.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from limner.recommendation.arms import Arm
from limner.recommendation.decay import Clock
from limner.recommendation.rates import Tally
from limner.recommendation.visitor_events import (
    REPORT_LIFETIME,
    REWARDS,
    SUMS_LIFETIME,
    IssuedRecommendation,
    VisitorEvent,
    VisitorEventType,
)
from limner.recommendation.visits import SHOP, Group, Subjects, additions, rejection_additions
from limner.tenancy import KEY_SEPARATOR

SUM_SHARDS = 4
"""Of the sums that many visits write to. Two transactions on one item at a time are a conflict."""
_EXPECTED, _REWARDED = "e:", "r:"
VISITS, _DAY = "visits", f"day{KEY_SEPARATOR}"
Key = tuple[str, str]
"""Subject, without its tenant, and record."""


class Uncounted:
    """Events of one recommendation, of which those in `logged` have been counted before."""

    def __init__(self, events: Sequence[VisitorEvent], logged: frozenset[VisitorEventType]) -> None:
        self.recommendation = events[0].recommendation
        self.visitor_key = (
            events[0].visitor.key if all(event.visitor.has_consent for event in events) else None
        )
        self.bucket = events[0].visitor.bucket
        self.logged = logged
        sent = {event.type for event in events} | {VisitorEventType.IMPRESSION}
        self.types = [each for each in VisitorEventType if each in sent - logged]
        """What the visitor has acted on it has also been shown: the impression may come later, or never."""

    def amounts(self, clock: Clock, shard: str) -> Iterator[tuple[Key, str, float]]:
        """What is to be added to which attribute of which item."""
        made, weight = self.recommendation, clock.weight
        added = additions(
            made.subjects(self.visitor_key),
            made.shown_arm,
            made.rate,
            made.affinity,
            is_shown=VisitorEventType.IMPRESSION in self.types,
            reward=sum(REWARDS[each] for each in self.types),
        )
        for subject, key, tally in added:
            record = sum_record(subject, clock.generation, shard)
            if tally.expected:
                yield (subject, record), _EXPECTED + key, weight * tally.expected
            if tally.rewarded:
                yield (subject, record), _REWARDED + key, weight * tally.rewarded
        day = (day_subject(made.day), str(self.bucket))
        yield from ((day, _counter(made.group, each), 1) for each in self.types)


def rejection_amounts(
    subjects: Subjects, arm: Arm, clock: Clock, shard: str
) -> Iterator[tuple[Key, str, float]]:
    """What a rejected picture adds to which attribute of which item."""
    for subject, key, tally in rejection_additions(subjects, arm):
        record = sum_record(subject, clock.generation, shard)
        yield (subject, record), _EXPECTED + key, clock.weight * tally.expected


def sum_keys(subjects: Subjects, clock: Clock) -> Iterator[Key]:
    for subject in subjects.all:
        for generation in clock.read_generations:
            shards = range(SUM_SHARDS) if is_sharded(subject) else range(1)
            yield from ((subject, sum_record(subject, generation, str(shard))) for shard in shards)


def sum_record(subject: str, generation: int, shard: str) -> str:
    return f"{generation}{KEY_SEPARATOR}{shard if is_sharded(subject) else 0}"


def is_sharded(subject: str) -> bool:
    return subject == SHOP or subject.startswith(f"kind{KEY_SEPARATOR}")


def add_tallies(tallies: dict[str, Tally], item: Mapping[str, Any], scale: float) -> None:
    for name, value in item.items():
        kind, key, amount = name[:2], name[2:], 0.0
        if kind in {_EXPECTED, _REWARDED}:
            amount = scale * float(value)
            before = tallies.get(key, Tally(0.0, 0.0))
            more = Tally(amount, 0.0) if kind == _EXPECTED else Tally(0.0, amount)
            tallies[key] = Tally(before.expected + more.expected, before.rewarded + more.rewarded)


def day_subject(day: date) -> str:
    return f"{_DAY}{day}"


def _counter(group: Group, type_: VisitorEventType) -> str:
    return f"{group}:{type_}"


def bucket_of(items: Sequence[Mapping[str, Any]]) -> dict[Group, dict[VisitorEventType, int]]:
    """The counters of one bucket's items, summed."""
    return {
        group: {
            each: sum(int(item.get(_counter(group, each), 0)) for item in items) for each in VisitorEventType
        }
        for group in Group
    }


def log_key(made: IssuedRecommendation) -> Key:
    return log_subject(made.day, made.id[-1]), made.id


def log_subject(day: date, digit: str) -> str:
    """`digit` is the last one of the ids; so a day's recommendations are in sixteen partitions."""
    return KEY_SEPARATOR.join(["log", str(day), digit])


def item_key(tenant: str, key: Key) -> dict[str, str]:
    return {"subject": full_subject(tenant, key[0]), "record": key[1]}


def full_subject(tenant: str, subject: str) -> str:
    return f"{tenant}{KEY_SEPARATOR}{subject}"


def lifetime_of(subject: str) -> timedelta | None:
    if subject == VISITS:
        return None
    return REPORT_LIFETIME if subject.startswith(_DAY) else SUMS_LIFETIME


def to_number(amount: float) -> Decimal:
    """Twelve digits: DynamoDB's sums keep 38, whatever the weights."""
    return Decimal(f"{amount:.12g}")
