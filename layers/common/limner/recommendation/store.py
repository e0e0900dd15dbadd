"""What recommendations need stored, by role; adapters/dynamodb_recommendations implements it."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from limner.recommendation.arms import Arm
from limner.recommendation.experiment import Buckets
from limner.recommendation.rates import VisitTallies
from limner.recommendation.visitor_events import EventOutcome, VisitorEvent
from limner.recommendation.visits import Subjects


class RecommendationStore(Protocol):
    """The sums that recommendations are estimated from, their log, and the counters of the report."""

    def tallies(self, tenant: str, subjects: Subjects) -> VisitTallies:
        """What has been counted that concerns a visit; a moment old at most."""

    def count(self, tenant: str, events: Sequence[VisitorEvent]) -> list[EventOutcome]:
        """Count each event once, however often it comes and whoever else writes: COUNTED or REPEATED for
        each. Raises Unavailable, after which the events may be sent again."""

    def count_rejection(self, tenant: str, subjects: Subjects, arm: Arm) -> None:
        """The shop has rejected a picture of this arm. Raises Unavailable."""

    def report(self, tenant: str, days: Sequence[date]) -> Buckets:
        """What was counted on these days, by bucket of visitors."""

    def erase(self, tenant: str, visitor_key: str) -> None:
        """Erase a visitor's history; without effect where there is none."""
