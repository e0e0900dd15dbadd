"""Recommend one of a photo's finished looks to a visitor, count what the visitor does, erase a visitor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from pydantic import ValidationError

from limner.errors import InvalidRequest
from limner.photos import Photo
from limner.ports import CursorSigner, PhotoRepository
from limner.recommendation.arms import looks_by_arm
from limner.recommendation.store import RecommendationStore
from limner.recommendation.visitor_events import (
    REPORTABLE_FOR,
    EventOutcome,
    IssuedRecommendation,
    LookRecommendation,
    SentEvent,
    Visitor,
    VisitorEvent,
    recommendation_id,
)
from limner.recommendation.visits import Subjects, control_group, recommend
from limner.reviews.publication import shown_pictures
from limner.tenancy import PhotoKey

CATEGORY_KEY = "category"
"""Of a photo's metadata: the kind of product. Without it the first tag is."""
CLOCK_SKEW = timedelta(minutes=5)
RANDOM_BITS = 64


class VisitorKeys(Protocol):
    def key(self, tenant: str, visitor: str) -> str:
        """The tenant's keyed hash of what the shop calls a visitor: 32 hexadecimal digits."""


@dataclass(frozen=True, kw_only=True)
class RecommendLook:
    photos: PhotoRepository
    store: RecommendationStore
    keys: VisitorKeys
    signatures: CursorSigner
    random: Random
    now: Callable[[], datetime]

    def __call__(self, key: PhotoKey, visitor_hash: str, *, has_consent: bool) -> LookRecommendation:
        """Without consent the visitor's history is not read. Raises PhotoNotFound."""
        photo = self.photos.get(key)
        looks = looks_by_arm(shown_pictures(photo))
        if not looks:
            return LookRecommendation(picture=None)
        visitor = Visitor(self.keys.key(key.tenant, visitor_hash), has_consent)
        subjects = Subjects(key.photo_id, product_kind(photo), visitor.kept_key)
        arms = list(looks)
        counted = self.store.tallies(key.tenant, subjects)
        chosen = recommend(arms, counted, control_group(visitor.fraction), self.random)
        issued = IssuedRecommendation(
            id=recommendation_id(self.now(), self.random.getrandbits(RANDOM_BITS)),
            photo_id=key.photo_id,
            kind=subjects.kind,
            arm=chosen.arm.name,
            family=chosen.arm.family,
            offered=tuple(arm.name for arm in arms),
            expected=tuple(_rounded(each) for each in chosen.expected),
            group=chosen.group,
            propensity=chosen.propensity,
            rate=_rounded(chosen.rate),
            affinity=_rounded(chosen.affinity),
        )
        signed = self.signatures.sign(issued.model_dump_json(), _scope(key.tenant, visitor.key))
        return LookRecommendation(looks[chosen.arm], chosen, signed)


def product_kind(photo: Photo) -> str | None:
    return photo.metadata.get(CATEGORY_KEY) or (photo.tags[0] if photo.tags else None)


@dataclass(frozen=True, kw_only=True)
class CountVisitorEvents:
    store: RecommendationStore
    keys: VisitorKeys
    signatures: CursorSigner
    now: Callable[[], datetime]

    def __call__(self, tenant: str, sent: Sequence[SentEvent]) -> list[EventOutcome]:
        """The outcome of each event, in their order. Raises Unavailable: all may be sent again."""
        now = self.now()
        read = [self._read(tenant, each, now) for each in sent]
        outcomes = iter(self.store.count(tenant, [event for event in read if event]))
        return [next(outcomes) if event else EventOutcome.UNKNOWN_RECOMMENDATION for event in read]

    def _read(self, tenant: str, sent: SentEvent, now: datetime) -> VisitorEvent | None:
        visitor = Visitor(self.keys.key(tenant, sent.visitor), sent.has_consent)
        try:
            text = self.signatures.position(sent.recommendation, _scope(tenant, visitor.key))
            issued = IssuedRecommendation.model_validate_json(text)
        except (InvalidRequest, ValidationError):
            return None
        is_current = now - REPORTABLE_FOR <= issued.issued_at <= now + CLOCK_SKEW
        return VisitorEvent(sent.type, issued, visitor) if is_current else None


@dataclass(frozen=True, kw_only=True)
class EraseVisitor:
    store: RecommendationStore
    keys: VisitorKeys

    def __call__(self, tenant: str, visitor_hash: str) -> None:
        self.store.erase(tenant, self.keys.key(tenant, visitor_hash))


def _scope(tenant: str, visitor_key: str) -> str:
    """What a signature is good for besides its text."""
    return f"recommendation#{tenant}#{visitor_key}"


def _rounded(value: float) -> float:
    """Six significant digits, which keep the signed text short."""
    return float(f"{value:.6g}")
