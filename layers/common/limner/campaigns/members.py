"""What has come of a photo in the run of a campaign, read from the photo's own row.

The row decides, and not what a step has stored: a step that was interrupted, or that ran twice, finds
that the order is there, and does not place it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from limner.campaigns.campaign import MemberOutcome, OpenPhoto
from limner.errors import OrderProblem, RefusalCode
from limner.photos import FILE_FAULTS, FINAL_STATUSES, Photo
from limner.revisions import is_shown, looks_made


@dataclass(frozen=True)
class Ended:
    outcome: MemberOutcome
    code: str | None = None


GONE = Ended(MemberOutcome.GONE)


def ending_of(photo: Photo, open_photo: OpenPhoto, look_names: Sequence[str]) -> Ended | None:
    """None while it is under way, or has to be ordered."""
    names = set(look_names)
    if is_shown(photo) and names <= {look.slug for look in looks_made(photo)}:
        return Ended(MemberOutcome.READY)
    if photo.source is None:
        return Ended(MemberOutcome.REFUSED, OrderProblem.NOT_UPLOADED)
    if is_to_be_ordered(photo, open_photo) or photo.status not in FINAL_STATUSES:
        return None
    failure = photo.newest.failure
    if failure is None or failure.code == RefusalCode.CANCELLED or not _has_looks(photo, names):
        return Ended(MemberOutcome.CANCELLED)
    outcome = MemberOutcome.REFUSED if failure.code in FILE_FAULTS else MemberOutcome.FAILED
    return Ended(outcome, failure.code)


def is_to_be_ordered(photo: Photo, open_photo: OpenPhoto) -> bool:
    """Also a photo that the campaign has ordered, where a cap of the day or month was used up before its job
    began."""
    has_ended = photo.status in FINAL_STATUSES
    return has_ended and (open_photo.revision is None or is_over_quota(photo, open_photo))


def is_over_quota(photo: Photo, open_photo: OpenPhoto) -> bool:
    failure = photo.newest.failure
    return (
        open_photo.revision is not None and failure is not None and failure.code == RefusalCode.QUOTA_EXCEEDED
    )


def as_found(photo: Photo, open_photo: OpenPhoto, look_names: Sequence[str]) -> OpenPhoto:
    """With the revision of an order that runs and has all the looks: it is the campaign's, placed by a step
    that was interrupted, or as good as it."""
    is_running = photo.status not in FINAL_STATUSES and photo.source is not None
    if open_photo.revision is None and is_running and _has_looks(photo, set(look_names)):
        return open_photo.model_copy(update={"revision": photo.revision})
    return open_photo


def _has_looks(photo: Photo, names: set[str]) -> bool:
    return names <= {look.slug for look in photo.looks}
