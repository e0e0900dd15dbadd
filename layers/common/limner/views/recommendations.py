"""Bodies about recommendations: one of them, visitors' events, and the report."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from limner.json_types import JsonBoolean
from limner.looks import FrozenModel, at_most
from limner.recommendation.experiment import Buckets, compare, total
from limner.recommendation.visitor_events import (
    MAX_EVENTS,
    VISITOR_PATTERN,
    EventOutcome,
    LookRecommendation,
    SentEvent,
    VisitorEventType,
)
from limner.recommendation.visits import CONTROL_SHARE, Group

MAX_RECOMMENDATION_LENGTH = 4_000
NO_FINISHED_LOOK = "no_finished_look"
VisitorHash = Annotated[str, StringConstraints(pattern=VISITOR_PATTERN)]
_DECIMALS = 6


class RecommendationView(BaseModel):
    """The look to show. Without a finished look, `look_name` is null and there is nothing to report."""

    photo_id: str
    look_name: str | None
    recommendation: str | None
    group: Group | None
    propensity: float | None
    reason: str
    expected_reward: float | None


class VisitorEventRequest(FrozenModel):
    """What a visitor did with a recommended picture."""

    type: VisitorEventType
    recommendation: str = Field(min_length=1, max_length=MAX_RECOMMENDATION_LENGTH)
    visitor: VisitorHash
    consent: JsonBoolean

    @property
    def sent(self) -> SentEvent:
        return SentEvent(self.type, self.recommendation, self.visitor, self.consent)


class VisitorEventsRequest(FrozenModel):
    """Events of visitors, in any order."""

    events: Annotated[
        list[VisitorEventRequest], Field(min_length=1, max_length=MAX_EVENTS), at_most(MAX_EVENTS)
    ]


class VisitorEventView(BaseModel):
    """What became of one event."""

    index: int
    outcome: EventOutcome


class VisitorEventsView(BaseModel):
    """What became of each event, in the order of the request."""

    items: list[VisitorEventView]


class GroupView(BaseModel):
    """Visits by what their visitors did."""

    group: Group
    impressions: int
    clicks: int
    baskets: int
    purchases: int


class ComparisonView(BaseModel):
    """Events of one type by impression, in both groups; the interval is null with too few visitors."""

    type: VisitorEventType
    recommended_rate: float | None
    control_rate: float | None
    rate_difference: float | None
    interval_low: float | None
    interval_high: float | None


class RecommendationReportView(BaseModel):
    """Recommended looks against the first look of each photo, over all these days."""

    since: date
    until: date
    control_share: float
    groups: list[GroupView]
    comparisons: list[ComparisonView]


def recommendation_view(photo_id: str, made: LookRecommendation) -> RecommendationView:
    chosen = made.chosen
    return RecommendationView(
        photo_id=photo_id,
        look_name=made.picture.look.slug if made.picture else None,
        recommendation=made.signed,
        group=chosen.group if chosen else None,
        propensity=round(chosen.propensity, _DECIMALS) if chosen else None,
        reason=chosen.reason if chosen else NO_FINISHED_LOOK,
        expected_reward=round(chosen.expected[chosen.position], _DECIMALS) if chosen else None,
    )


def outcomes_view(outcomes: Sequence[EventOutcome]) -> VisitorEventsView:
    items = [VisitorEventView(index=index, outcome=outcome) for index, outcome in enumerate(outcomes)]
    return VisitorEventsView(items=items)


def report_view(since: date, until: date, buckets: Buckets) -> RecommendationReportView:
    return RecommendationReportView(
        since=since,
        until=until,
        control_share=CONTROL_SHARE,
        groups=[_group_view(buckets, group) for group in Group],
        comparisons=[
            _comparison_view(buckets, each)
            for each in VisitorEventType
            if each is not VisitorEventType.IMPRESSION
        ],
    )


def _group_view(buckets: Buckets, group: Group) -> GroupView:
    counted = total(buckets, group)
    return GroupView(
        group=group,
        impressions=counted[VisitorEventType.IMPRESSION],
        clicks=counted[VisitorEventType.CLICK],
        baskets=counted[VisitorEventType.BASKET],
        purchases=counted[VisitorEventType.PURCHASE],
    )


def _comparison_view(buckets: Buckets, type_: VisitorEventType) -> ComparisonView:
    found = compare(buckets, type_)
    return ComparisonView(
        type=type_,
        recommended_rate=_rounded(found.recommended),
        control_rate=_rounded(found.control),
        rate_difference=_rounded(found.difference),
        interval_low=_rounded(found.low),
        interval_high=_rounded(found.high),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)
