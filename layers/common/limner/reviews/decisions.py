"""What a person decides about a picture, and the record of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, NamedTuple, Protocol

from pydantic import Field, StringConstraints

from limner.errors import LimnerError
from limner.looks import FrozenModel, OrderedShare
from limner.photos import Photo
from limner.report import StyledPicture
from limner.reviews.publication import reviewed_pictures
from limner.reviews.review import (
    MAX_REVIEWS,
    PICTURE_ID_PATTERN,
    PictureId,
    RejectionReason,
    Review,
    ReviewState,
)
from limner.tenancy import KEY_SEPARATOR, PHOTO_ID_PATTERN, PhotoId, PhotoKey

REVIEW_ID_PATTERN = rf"{PHOTO_ID_PATTERN}-{PICTURE_ID_PATTERN}"
ReviewId = Annotated[str, StringConstraints(pattern=rf"^{REVIEW_ID_PATTERN}$")]
MAX_COMMENT_LENGTH = 500
Comment = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=MAX_COMMENT_LENGTH)]
DECISION_LIFETIME = timedelta(days=400)
"""Of a decision's record."""


class ReviewNotFound(LimnerError):
    """The photo has no such picture any more, or no person is asked about it."""

    code = "review_not_found"


class Decision(FrozenModel):
    """The record of one: who decided (the id of a key or of a token's user), and when."""

    photo_id: PhotoId
    picture_id: PictureId
    look: str = Field(max_length=400)
    styles: tuple[str, ...]
    state: ReviewState
    reason: RejectionReason | None = None
    comment: Comment | None = None
    redone_strength: OrderedShare | None = None
    by: str = Field(max_length=300)
    at: datetime

    @property
    def review_id(self) -> str:
        return f"{self.photo_id}-{self.picture_id}"

    @property
    def position(self) -> str:
        return decision_position(self.at, self.review_id)


def decision_position(at: datetime, review_id: str) -> str:
    """Of a decision's record: sorts in the order in which decisions were made."""
    return f"{at.astimezone(UTC).isoformat()}{KEY_SEPARATOR}{review_id}"


@dataclass(frozen=True)
class PictureInReview:
    """A picture that a person decides about, and its photo."""

    photo: Photo
    picture: StyledPicture
    review: Review

    @property
    def review_id(self) -> str:
        return f"{self.photo.photo_id}-{self.review.picture_id}"


class ReviewKey(NamedTuple):
    photo: PhotoKey
    picture_id: str

    @classmethod
    def of(cls, tenant: str, review_id: str) -> "ReviewKey":
        photo_id, _, picture_id = review_id.partition("-")
        return cls(PhotoKey(tenant, photo_id), picture_id)


def pictures_in_review(photo: Photo) -> list[PictureInReview]:
    return [PictureInReview(photo, picture, review) for picture, review in reviewed_pictures(photo)]


def picture_in_review(photo: Photo, picture_id: str) -> PictureInReview:
    """Raises ReviewNotFound."""
    for each in pictures_in_review(photo):
        if each.review.picture_id == picture_id:
            return each
    raise ReviewNotFound(
        f"no picture {picture_id} of photo {photo.photo_id} is reviewed; it may have been made anew"
    )


def decided(reviewed: PictureInReview, decision: Decision) -> Photo:
    """The photo after the decision."""
    after = _after(reviewed.review, decision)
    others = [each for each in reviewed.photo.reviews or () if each.picture_id != after.picture_id]
    reviews = (*others, after)[-MAX_REVIEWS:]
    return reviewed.photo.model_copy(update={"reviews": reviews, "updated_at": decision.at})


def is_decided_so(review: Review, decision: Decision) -> bool:
    """Whether the decision changes nothing of the review; its comment is in the record alone."""
    return _after(review, decision).model_copy(update={"at": review.at}) == review


def _after(review: Review, decision: Decision) -> Review:
    return review.model_copy(
        update={
            "state": decision.state,
            "reason": decision.reason,
            "redone_strength": decision.redone_strength,
            "at": decision.at,
        }
    )


@dataclass(frozen=True)
class ReviewPage:
    """Photos in the order in which their pictures began to wait, or were decided about. `cursor` continues
    the list; None on the last page."""

    photos: tuple[Photo, ...]
    cursor: str | None


class ReviewRepository(Protocol):
    def page(self, tenant: str, *, are_waiting: bool, cursor: str | None, limit: int) -> ReviewPage:
        """Photos of which at least one picture waits, those first that have waited longest; or photos of
        which every picture was decided about. A photo whose state has just changed may be in both or neither
        for a moment."""

    def decide(self, before: Photo, after: Photo, decision: Decision) -> None:
        """Write the reviews of `after` and the decision's record, both or neither. Raises StaleWrite if the
        upload, the revision, its parts or the reviews are no longer those of `before`."""

    def decision(self, tenant: str, at: datetime, review_id: str) -> Decision | None:
        """The record of a decision, as long as it is kept."""

    def decisions(self, tenant: str, day: date, *, after: str | None, limit: int) -> Sequence[Decision]:
        """Of one day (UTC), in the order in which they were made, from the one behind `after` on."""

    def decisions_of(self, tenant: str, days: Sequence[date]) -> Iterator[Decision]:
        """All of these days, in any order."""
