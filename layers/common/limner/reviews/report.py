"""The report: what was decided on some days, by look's style and by reason."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from limner.reviews.decisions import Decision
from limner.reviews.review import RejectionReason, ReviewState


@dataclass
class DecisionCounts:
    """How many decisions of each kind, and why pictures were rejected."""

    decided: Counter[ReviewState] = field(default_factory=Counter)
    reasons: Counter[RejectionReason] = field(default_factory=Counter)

    def add(self, decision: Decision) -> None:
        self.decided[decision.state] += 1
        if decision.reason:
            self.reasons[decision.reason] += 1


@dataclass(frozen=True)
class ReviewReport:
    total: DecisionCounts
    by_style: dict[str, DecisionCounts]
    """A picture of several styles counts for each of them."""


def report_of(decisions: Iterable[Decision]) -> ReviewReport:
    total, by_style = DecisionCounts(), dict[str, DecisionCounts]()
    for decision in decisions:
        total.add(decision)
        for style in decision.styles:
            by_style.setdefault(style, DecisionCounts()).add(decision)
    return ReviewReport(total, by_style)
