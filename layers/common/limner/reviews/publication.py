"""Which pictures of a photo may be shown. Whatever is shown to others than the tenant itself, by campaigns
and recommendations or in a pack, goes through `shown_pictures` or `shown_in_place_of`. The tenant's own
photos and previews have all pictures."""

import hashlib
from collections.abc import Collection
from datetime import datetime

from limner.keys import job_digits_of_picture
from limner.looks import Look
from limner.photos import Photo, Results
from limner.report import StyledPicture
from limner.reviews.certainty import is_sure
from limner.reviews.review import MAX_REVIEWS, Review, ReviewState

_LOOK_DIGITS = 8
_NO_JOB = "0" * 12
"""Of pictures that are at no job's place, as in rows that were migrated."""


def shown_pictures(photo: Photo) -> tuple[StyledPicture, ...]:
    """Of the newest upload, those that need no review and those that were approved, in their order."""
    results = photo.published
    return tuple(each for each in results.pictures if may_be_shown(photo, each)) if results else ()


def may_be_shown(photo: Photo, picture: StyledPicture) -> bool:
    review = review_of(photo, picture)
    return review is None or review.state is ReviewState.APPROVED


def shown_in_place_of(photo: Photo, look_name: str) -> StyledPicture | None:
    """The picture of a look, or the one that it was redone as; None where neither may be shown."""
    by_name = {picture.look.slug: picture for picture in photo.published.pictures} if photo.published else {}
    tried: set[str] = set()
    name: str | None = look_name
    while name in by_name and name not in tried:
        tried.add(name)
        review = review_of(photo, by_name[name])
        if review is None or review.state is ReviewState.APPROVED:
            return by_name[name]
        name = name_of_redone(by_name[name], review)
    return None


def name_of_redone(picture: StyledPicture, review: Review) -> str | None:
    """Of the look that was ordered in the picture's place."""
    return look_with(picture, review.redone_strength).slug if review.redone_strength else None


def look_with(picture: StyledPicture, strength: float | None) -> Look:
    """The look that was painted, which `auto` may have chosen; with another strength, if one is given."""
    look = picture.chosen.look if picture.chosen else picture.look
    return look if strength is None else look.model_copy(update={"strength": strength})


def waiting_pictures(photo: Photo) -> tuple[StyledPicture, ...]:
    """Of the newest upload, those that wait for a decision."""
    return tuple(each for each, review in reviewed_pictures(photo) if review.state is ReviewState.WAITING)


def reviewed_pictures(photo: Photo) -> list[tuple[StyledPicture, Review]]:
    """The photo's pictures that a person decides about, with what is known of their reviews."""
    pictures = photo.published.pictures if photo.published else ()
    return [(each, review) for each in pictures if (review := review_of(photo, each))]


def waiting_since(photo: Photo, review: Review) -> datetime:
    """When the picture began to wait; of a restored one, when it was restored."""
    return review.since or (photo.results.finished_at if photo.results else photo.created_at)


def review_of(photo: Photo, picture: StyledPicture) -> Review | None:
    """None where the gates were sure of it, or review was off when it was made."""
    wanted, reviews = picture_id_of(picture), photo.reviews or ()
    known = next((each for each in reviews if each.picture_id == wanted), None)
    if known is None and len(reviews) >= MAX_REVIEWS and not is_sure(picture.verdict):
        return Review(picture_id=wanted)  # what was decided about a restored picture is no longer known
    return known


def picture_id_of(picture: StyledPicture) -> str:
    look = hashlib.sha256(picture.look.slug.encode()).hexdigest()[:_LOOK_DIGITS]
    return (job_digits_of_picture(picture.renditions[0].key) or _NO_JOB) + look


def reviews_with(row: Photo, results: Results) -> tuple[Review, ...] | None:
    """The row's reviews after these results were recorded: with those of the new pictures that the gates are
    not sure of, if the tenant's review was on when their job began.

    What was decided about a picture stays as long as the picture can be restored, of MAX_REVIEWS at most;
    of others that the gates are not sure of a person is asked again.
    """
    before = row.reviews or ()
    known = {each.picture_id for each in before}
    added = tuple(
        Review(picture_id=picture_id_of(each), since=results.finished_at)
        for each in _of_job(row, results)
        if picture_id_of(each) not in known and not is_sure(each.verdict)
    )
    kept_jobs = {job for version in row.versions for job in version.jobs}
    current = {picture_id_of(each) for each in results.pictures}
    former = [
        each.state_alone for each in before if each.picture_id not in current and _job(each) in kept_jobs
    ]
    kept = (*former, *(each for each in before if each.picture_id in current))
    if row.reviews is None and not added:
        return None
    return (*kept, *added)[-MAX_REVIEWS:]


def _of_job(row: Photo, results: Results) -> Collection[StyledPicture]:
    job = row.job
    if job is None or not job.is_reviewed:
        return ()
    digits = job.job_id.rpartition(".")[2]
    return [each for each in results.pictures if job_digits_of_picture(each.renditions[0].key) == digits]


def _job(review: Review) -> str:
    return review.picture_id[:-_LOOK_DIGITS]
