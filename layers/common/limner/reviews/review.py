"""What is known of the review of a picture. It is a part of the photo's row."""

import json
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    StringConstraints,
    TypeAdapter,
)
from pydantic.functional_serializers import WrapSerializer
from pydantic_core import from_json

from limner.looks import FrozenModel, OrderedShare
from limner.renditions import is_for_row

PICTURE_ID_PATTERN = r"[0-9a-f]{20}"
PictureId = Annotated[str, StringConstraints(pattern=rf"^{PICTURE_ID_PATTERN}$")]
"""Of one picture among those of its photo: what its job's id has after the photo's, and eight hexadecimal
digits of its look. A picture that is made anew, of another file or by another model, has another one."""


MAX_REVIEWS = 40
"""Kept of a photo: those of its pictures, and the state of some that earlier versions had."""


class ReviewState(StrEnum):
    """WAITING for a decision; only APPROVED pictures may be shown. In place of one that is REDONE, another
    with a lower strength is."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    REDONE = "redone"


class RejectionReason(StrEnum):
    """Why a picture is rejected: a closed list, so that reasons can be counted."""

    PRODUCT_CHANGED = "product_changed"
    WRONG_COLOURS = "wrong_colours"
    UNREADABLE_TEXT = "unreadable_text"
    BACKGROUND = "background"
    ARTEFACTS = "artefacts"
    STYLE_UNSUITABLE = "style_unsuitable"
    TOO_STRONG = "too_strong"
    OTHER = "other"


class Review(FrozenModel):
    """Of one picture. `since` is when it began to wait, `at` when it was decided about last; both are not
    kept of a picture that the photo has no more, and could have again as a restored version. Who decided, and
    in which words, is in the record of the decision (limner.reviews.decisions)."""

    picture_id: PictureId
    state: ReviewState = ReviewState.WAITING
    since: datetime | None = None
    at: datetime | None = None
    reason: RejectionReason | None = None
    redone_strength: OrderedShare | None = None
    """With which the look was ordered in its place."""

    @property
    def state_alone(self) -> "Review":
        """So that the row has room for those of all versions that can be restored."""
        return Review(picture_id=self.picture_id, state=self.state)


def _reviews_of_row(value: Any) -> Any:
    return from_json(value) if isinstance(value, str) else value


def _text_for_row(
    reviews: tuple[Review, ...] | None, whole: SerializerFunctionWrapHandler, info: SerializationInfo
) -> object:
    values = whole(reviews)
    if reviews is None or not is_for_row(info):
        return values
    known = [{name: value for name, value in each.items() if value is not None} for each in values]
    return json.dumps(known, ensure_ascii=False, separators=(",", ":"))


Reviews = Annotated[
    tuple[Review, ...] | None, BeforeValidator(_reviews_of_row), WrapSerializer(_text_for_row)
]
"""One JSON text in a row, as pictures are; None in the row of a photo that no person was asked about."""
REVIEWS: TypeAdapter[tuple[Review, ...] | None] = TypeAdapter(Reviews)
