"""Review of pictures: the queue, and what a person decides about one of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from limner.errors import InvalidRequest, StaleWrite
from limner.looks import FrozenModel, Look, StyleId
from limner.photos import FINAL_STATUSES
from limner.ports import CursorSigner, PhotoRepository
from limner.quotas import Standing
from limner.recommendation.arms import Arm, arm_of
from limner.recommendation.visits import Subjects
from limner.report import GateName
from limner.reviews.certainty import unsure_gates
from limner.reviews.decisions import (
    Decision,
    PictureInReview,
    ReviewKey,
    ReviewRepository,
    decided,
    is_decided_so,
    picture_in_review,
    pictures_in_review,
)
from limner.reviews.publication import look_with
from limner.reviews.review import RejectionReason, ReviewState
from limner.use_cases.order_looks import PlaceOrder
from limner.use_cases.recommend_look import product_kind

DECISION_ATTEMPTS = 4
LEAST_REDO_STRENGTH = 0.01
"""Names of looks have whole percents."""
REDO_SHARE = 0.75
"""Of the strength of the picture, at which it is made again unless another strength is asked for."""


class ReviewFilter(FrozenModel):
    """Which pictures are listed. `gate` is one that is a reason to ask, `style` one of the look's styles."""

    state: ReviewState = ReviewState.WAITING
    style: StyleId | None = None
    gate: GateName | None = None
    tag: str | None = None
    reason: RejectionReason | None = None

    def matches(self, each: PictureInReview) -> bool:
        verdict = each.picture.verdict
        return (
            each.review.state is self.state
            and (self.style is None or self.style in each.picture.look.styles)
            and (self.gate is None or (verdict is not None and self.gate in unsure_gates(verdict)))
            and (self.tag is None or self.tag in each.photo.tags)
            and (self.reason is None or each.review.reason is self.reason)
        )


@dataclass(frozen=True, kw_only=True)
class ListReviews:
    reviews: ReviewRepository
    cursors: CursorSigner

    def __call__(
        self, tenant: str, wanted: ReviewFilter, *, limit: int, cursor: str | None
    ) -> tuple[list[PictureInReview], str | None]:
        """The pictures of up to `limit` photos that match, those first that have waited longest, and where
        the list goes on. A page may have none and still a cursor.

        Raises:
            InvalidRequest: the cursor is not from a page of this list.
        """
        scope = f"reviews of {tenant}: {wanted.model_dump_json(exclude_defaults=True)}"
        position = self.cursors.position(cursor, scope) if cursor is not None else None
        are_waiting = wanted.state is ReviewState.WAITING
        page = self.reviews.page(tenant, are_waiting=are_waiting, cursor=position, limit=limit)
        found = [each for photo in page.photos for each in pictures_in_review(photo) if wanted.matches(each)]
        return found, self.cursors.sign(page.cursor, scope) if page.cursor else None


@dataclass(frozen=True, kw_only=True)
class GetReview:
    photos: PhotoRepository

    def __call__(self, key: ReviewKey) -> PictureInReview:
        """Raises PhotoNotFound, ReviewNotFound."""
        return picture_in_review(self.photos.get(key.photo), key.picture_id)


class CountRejection(Protocol):
    def __call__(self, tenant: str, subjects: Subjects, arm: Arm) -> None:
        """Count it against looks of this kind in recommendations."""


@dataclass(frozen=True, kw_only=True)
class DecideReview:
    """Approve or reject a picture, or record that it is redone. The same decision again changes nothing;
    with another comment it is another one."""

    photos: PhotoRepository
    reviews: ReviewRepository
    count_rejection: CountRejection
    now: Callable[[], datetime]

    def __call__(
        self,
        key: ReviewKey,
        state: ReviewState,
        *,
        by: str,
        reason: RejectionReason | None = None,
        comment: str | None = None,
        redone_strength: float | None = None,
    ) -> PictureInReview:
        """The picture as it is afterwards.

        Raises:
            PhotoNotFound: there is no such photo.
            ReviewNotFound: it has no such picture, or no person is asked about it.
            StaleWrite: the photo was changed by others again and again.
        """
        for _ in range(DECISION_ATTEMPTS):
            reviewed = picture_in_review(self.photos.get(key.photo), key.picture_id)
            decision = Decision(
                photo_id=key.photo.photo_id,
                picture_id=key.picture_id,
                look=reviewed.picture.look.slug,
                styles=tuple(sorted(reviewed.picture.look.styles)),
                state=state,
                reason=reason,
                comment=comment,
                redone_strength=redone_strength,
                by=by,
                at=self.now(),
            )
            if is_decided_so(reviewed.review, decision) and not self._has_other_comment(reviewed, decision):
                return reviewed
            after = decided(reviewed, decision)
            try:
                self.reviews.decide(reviewed.photo, after, decision)
            except StaleWrite:
                continue
            if state is ReviewState.REJECTED and reviewed.review.state is not ReviewState.REJECTED:
                self._count(reviewed)
            return picture_in_review(after, key.picture_id)
        raise StaleWrite(f"photo {key.photo.photo_id} is being changed by others")

    def _has_other_comment(self, reviewed: PictureInReview, decision: Decision) -> bool:
        """Than the last decision's record, where there is one: a decision without one changes none."""
        at = reviewed.review.at
        if decision.comment is None or at is None:
            return False
        recorded = self.reviews.decision(reviewed.photo.tenant, at, reviewed.review_id)
        return recorded is None or recorded.comment != decision.comment

    def _count(self, rejected: PictureInReview) -> None:
        photo = rejected.photo
        subjects = Subjects(photo.photo_id, product_kind(photo))
        self.count_rejection(photo.tenant, subjects, arm_of(rejected.picture))


@dataclass(frozen=True, kw_only=True)
class RedoPicture:
    """Order the look of a picture with a lower strength, and take the picture out of the queue."""

    photos: PhotoRepository
    order_looks: PlaceOrder
    decide: DecideReview

    def __call__(
        self, key: ReviewKey, strength: float | None, *, by: str, key_id: str | None
    ) -> tuple[PictureInReview, Standing | None]:
        """The order first: interrupted after it, the same call finds the order, and places no other.

        Raises:
            PhotoNotFound, ReviewNotFound: as DecideReview.
            InvalidRequest: the strength is not lower than that of the picture.
            OrderRunning, OrderRefused, QuotaExceeded, StaleWrite: as OrderLooks.
        """
        photo = self.photos.get(key.photo)
        look = lowered(picture_in_review(photo, key.picture_id), strength)
        standing = None
        is_ordered = look.slug in {each.slug for each in photo.looks}
        if not (is_ordered and photo.status not in FINAL_STATUSES):
            _, standing = self.order_looks(key.photo, (look,), key_id=key_id)
        return self.decide(key, ReviewState.REDONE, by=by, redone_strength=look.strength), standing


def lowered(reviewed: PictureInReview, strength: float | None) -> Look:
    """The look that was painted, with a lower strength than the picture has; in place of a refused look the
    photo is shown, whose strength is that of the order. Raises InvalidRequest."""
    picture, verdict = reviewed.picture, reviewed.picture.verdict
    painted = verdict.strength if verdict and verdict.strength else look_with(picture, None).strength
    wanted = round(painted * REDO_SHARE, 2) if strength is None else strength
    if not LEAST_REDO_STRENGTH <= wanted < painted:
        message = f"strength: must be at least {LEAST_REDO_STRENGTH} and below the picture's, {painted:.2f}"
        raise InvalidRequest(message)
    return look_with(picture, wanted)


@dataclass(frozen=True, kw_only=True)
class ListDecisions:
    reviews: ReviewRepository
    cursors: CursorSigner

    def __call__(
        self, tenant: str, day: date, *, limit: int, cursor: str | None
    ) -> tuple[Sequence[Decision], str | None]:
        """Of one day (UTC), in the order in which they were made, and where the list goes on.

        Raises:
            InvalidRequest: the cursor is not from a page of this list.
        """
        scope = f"decisions of {tenant} on {day}"
        after = self.cursors.position(cursor, scope) if cursor is not None else None
        found = self.reviews.decisions(tenant, day, after=after, limit=limit + 1)
        has_more = len(found) > limit
        return found[:limit], self.cursors.sign(found[limit - 1].position, scope) if has_more else None
