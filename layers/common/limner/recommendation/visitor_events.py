"""What a shop reports of its visitors, and what it has been given to report it with.

A recommendation is handed out signed, with all that counting its events needs: nothing is stored before the
visitor has seen the picture. It names the visitor nowhere; the signature is bound to the visitor's key.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from limner.looks import MAX_PICTURES, FrozenModel
from limner.recommendation.arms import Arm
from limner.recommendation.visits import Group, Recommended, Subjects
from limner.report import StyledPicture
from limner.tenancy import PhotoId

VISITOR_PATTERN = r"^[0-9a-f]{64}$"
"""A SHA-256 in hexadecimal: an address or a name is refused before anything reads it."""
MAX_EVENTS = 100
"""Of one call."""
REPORTABLE_FOR = timedelta(days=30)
"""A recommendation's events are counted so long after it was made."""
LOG_LIFETIME = timedelta(days=90)
"""Of the log, longer than events are counted, so that a repeated one is always found."""
SUMS_LIFETIME = timedelta(days=90)
"""Of a subject's sums after its last visit; of a visitor's, this is the retention of its history."""
REPORT_LIFETIME = timedelta(days=400)
"""Of the counters by day that the report reads."""
REPORT_BUCKETS = 20
"""Of visitors, by which the report knows how much they differ."""
ID_PATTERN = r"[0-9a-f]{11}-[0-9a-f]{16}"
"""Milliseconds since 1970 and 64 random bits: sorted by time, and unique."""
RecommendationId = Annotated[str, StringConstraints(pattern=rf"^{ID_PATTERN}$")]
Probability = Annotated[float, Field(gt=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class VisitorEventType(StrEnum):
    """What a visitor did with the picture that was recommended."""

    IMPRESSION = "impression"
    CLICK = "click"
    BASKET = "basket"
    PURCHASE = "purchase"


REWARDS = {
    VisitorEventType.IMPRESSION: 0.0,
    VisitorEventType.CLICK: 1.0,
    VisitorEventType.BASKET: 1.0,
    VisitorEventType.PURCHASE: 2.0,
}
"""Added to the reward of a visit by each of its events; what is learned is the expected sum."""


class EventOutcome(StrEnum):
    COUNTED = "counted"
    REPEATED = "repeated"
    """It has been counted before, so it is not counted again."""
    UNKNOWN_RECOMMENDATION = "unknown_recommendation"
    """Not signed here, for another visitor or tenant, or too old."""


class IssuedRecommendation(FrozenModel):
    """What is signed. `offered` are the arms of the photo's looks, `expected` their expected rewards then."""

    id: RecommendationId
    photo_id: PhotoId
    kind: Annotated[str, StringConstraints(min_length=1, max_length=128)] | None
    arm: str
    family: str
    offered: tuple[str, ...] = Field(min_length=1, max_length=MAX_PICTURES)
    expected: tuple[Positive, ...] = Field(min_length=1, max_length=MAX_PICTURES)
    group: Group
    propensity: Probability
    rate: Positive
    affinity: Positive

    @property
    def issued_at(self) -> datetime:
        return datetime.fromtimestamp(int(self.id.partition("-")[0], 16) / 1000, UTC)

    @property
    def day(self) -> date:
        """In UTC; all events of a recommendation are counted on it."""
        return self.issued_at.date()

    @property
    def shown_arm(self) -> Arm:
        return Arm(self.arm, self.family)

    def subjects(self, visitor: str | None) -> Subjects:
        return Subjects(self.photo_id, self.kind, visitor)


def recommendation_id(now: datetime, random_bits: int) -> str:
    return f"{int(now.timestamp() * 1000):011x}-{random_bits:016x}"


@dataclass(frozen=True)
class Visitor:
    """A visitor by the tenant's keyed hash of what the shop calls it. `key` is stored with its consent
    alone; `fraction` and `bucket` follow from it and are always the same."""

    key: str
    has_consent: bool

    @property
    def fraction(self) -> float:
        """In [0, 1): below CONTROL_SHARE the visitor is in the control group."""
        return int(self.key[:8], 16) / 2**32

    @property
    def bucket(self) -> int:
        """One of REPORT_BUCKETS, by which the report knows how much visitors differ."""
        return int(self.key[8:16], 16) % REPORT_BUCKETS

    @property
    def kept_key(self) -> str | None:
        return self.key if self.has_consent else None


@dataclass(frozen=True)
class VisitorEvent:
    """An event of a recommendation that was signed here for this visitor."""

    type: VisitorEventType
    recommendation: IssuedRecommendation
    visitor: Visitor


@dataclass(frozen=True)
class SentEvent:
    """As a shop sends it."""

    type: VisitorEventType
    recommendation: str
    visitor: str
    has_consent: bool


@dataclass(frozen=True)
class LookRecommendation:
    """`picture` is None where the photo has no finished look, and `signed` too: there is nothing to count."""

    picture: StyledPicture | None
    chosen: Recommended | None = None
    signed: str | None = None
