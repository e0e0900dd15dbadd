"""Requests and responses of reviews."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from limner.json_types import JsonNumber
from limner.languages import Language
from limner.reviews.certainty import unsure_gates
from limner.reviews.decisions import Comment, Decision, PictureInReview
from limner.reviews.publication import name_of_redone, waiting_since
from limner.reviews.report import DecisionCounts, ReviewReport
from limner.reviews.review import RejectionReason, ReviewState
from limner.views.alt_texts import alt_of_picture
from limner.views.photos import StyledView, styled_view
from limner.views.renditions import Link, RenditionView, rendition_views


class RejectionRequest(BaseModel):
    """Why the picture is rejected; `other` needs a comment."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"reason": "wrong_colours", "comment": "The blue is too dark."}},
    )

    reason: RejectionReason
    comment: Comment | None = None

    @model_validator(mode="after")
    def _require_comment_for_other(self) -> Self:
        if self.reason is RejectionReason.OTHER and self.comment is None:
            raise ValueError("the reason other needs a comment")
        return self


class RedoRequest(BaseModel):
    """Without a strength, three quarters of that of the picture."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"strength": 0.5}})

    strength: Annotated[JsonNumber, Field(gt=0, lt=1)] | None = None


class ReviewView(BaseModel):
    """A picture that a person decides about. `unsure_gates` are the reason why; `original` is the photo, to
    compare; `redone_as` names the look that was ordered in its place."""

    review_id: str
    photo_id: str
    external_id: str | None
    filename: str
    tags: list[str]
    state: ReviewState
    since: datetime
    decided_at: datetime | None
    reason: RejectionReason | None
    redone_as: str | None
    unsure_gates: list[str]
    picture: StyledView
    original: list[RenditionView]


class ReviewsView(BaseModel):
    """Pictures in review, those first that have waited longest."""

    reviews: list[ReviewView]
    next_cursor: str | None


class DecisionView(BaseModel):
    """Who decided what about a picture, and when. `by` is the id of an API key, or the user of a token."""

    review_id: str
    photo_id: str
    look: str
    state: ReviewState
    reason: RejectionReason | None
    comment: str | None
    redone_strength: float | None
    by: str
    at: datetime


class DecisionsView(BaseModel):
    """Decisions of one day (UTC), in the order in which they were made."""

    decisions: list[DecisionView]
    next_cursor: str | None


class DecisionCountsView(BaseModel):
    """How many decisions of each kind; `reasons` are those of rejections."""

    approved: int
    rejected: int
    redone: int
    reasons: dict[RejectionReason, int]


class ReviewReportView(BaseModel):
    """What was decided on these days (UTC), in all and by style. A picture of several styles counts for each
    of them."""

    since: date
    until: date
    total: DecisionCountsView
    styles: dict[str, DecisionCountsView]


def reviews_view(
    found: Sequence[PictureInReview], cursor: str | None, link: Link, languages: Sequence[Language]
) -> ReviewsView:
    return ReviewsView(reviews=[review_view(each, link, languages) for each in found], next_cursor=cursor)


def review_view(reviewed: PictureInReview, link: Link, languages: Sequence[Language]) -> ReviewView:
    photo, picture, review = reviewed.photo, reviewed.picture, reviewed.review
    variants = photo.newest.variants
    return ReviewView(
        review_id=reviewed.review_id,
        photo_id=photo.photo_id,
        external_id=photo.external_id,
        filename=photo.filename,
        tags=list(photo.tags),
        state=review.state,
        since=waiting_since(photo, review),
        decided_at=review.at,
        reason=review.reason,
        redone_as=name_of_redone(picture, review),
        unsure_gates=list(unsure_gates(picture.verdict)) if picture.verdict else [],
        picture=styled_view(picture, link, alt_of_picture(photo, picture, languages), review),
        original=rendition_views(variants.renditions if variants else (), link),
    )


def decisions_view(decisions: Sequence[Decision], cursor: str | None) -> DecisionsView:
    views = [
        DecisionView(review_id=each.review_id, **each.model_dump(exclude={"picture_id", "styles"}))
        for each in decisions
    ]
    return DecisionsView(decisions=views, next_cursor=cursor)


def review_report_view(since: date, until: date, report: ReviewReport) -> ReviewReportView:
    styles = {style: _counts_view(report.by_style[style]) for style in sorted(report.by_style)}
    return ReviewReportView(since=since, until=until, total=_counts_view(report.total), styles=styles)


def _counts_view(counts: DecisionCounts) -> DecisionCountsView:
    return DecisionCountsView(
        approved=counts.decided[ReviewState.APPROVED],
        rejected=counts.decided[ReviewState.REJECTED],
        redone=counts.decided[ReviewState.REDONE],
        reasons=dict(counts.reasons.most_common()),
    )
