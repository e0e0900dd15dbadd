"""Responses of GET /v1/photos and GET /v1/photos/{photo_id}."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from limner.errors import RefusalCode
from limner.languages import LANGUAGES, Language
from limner.looks import FrozenModel, Look
from limner.photo_lists import updated_at
from limner.photos import Failure, Photo, PhotoStatus, Variants
from limner.ports import Page
from limner.report import Choice, RegionsFound, Step, StyledPicture
from limner.reviews.publication import review_of
from limner.reviews.review import Review, ReviewState
from limner.tenancy import is_live
from limner.views.alt_texts import alt_of_photo, alt_of_picture
from limner.views.renditions import (
    Link,
    RenditionView,
    ResponsiveImage,
    rendition_view,
    rendition_views,
    sizes_of,
    smallest,
    srcset_of,
)
from limner.views.verdicts import VerdictView, verdict_view


class Expandable(StrEnum):
    """Parts of a photo that a list has only where they are asked for."""

    RESULTS = "results"
    ORIGINAL = "original"


ALL_PARTS = frozenset(Expandable)
LANGUAGES_OF_CARDS: tuple[Language, ...] = ("en",)
"""Where no others are asked for: a list of cards in all six would have half as many bytes again."""


class StyledView(ResponsiveImage):
    """`renditions` begin with the full size. What the stylizer does not report is null or empty."""

    name: str
    alt: dict[str, str]
    look: Look
    renditions: list[RenditionView]
    metrics: dict[str, float]
    verdict: VerdictView | None
    regions: RegionsFound | None
    steps: list[Step]
    chosen: Choice | None
    review: ReviewState | None


class FailureView(FrozenModel):
    """Why a photo is FAILED."""

    code: str = Field(json_schema_extra={"enum": list(RefusalCode)})
    message: str


class PhotoView(ResponsiveImage):
    """`is_earlier_file`: `original` and `results` are of the file before, since the newest one has none. A
    file that cannot be read takes no picture away. `srcset`, `sizes`, `dominant_colour`, `placeholder` and
    `alt` are of the `original`.

    `revision` counts the orders after the first for the same file. While a further order runs, `results` has
    the pictures of those before it; `looks` names all that are to be made."""

    photo_id: str
    livemode: bool
    filename: str
    status: PhotoStatus
    revision: int
    created_at: datetime
    external_id: str | None
    metadata: dict[str, str]
    tags: list[str]
    batch_id: str | None
    import_url: str | None
    updated_at: datetime
    submitted_at: datetime | None
    finished_at: datetime | None
    looks: list[Look]
    failure: FailureView | None
    original: list[RenditionView]
    alt: dict[str, str]
    results: list[StyledView]
    model: str | None
    timings: dict[str, float]
    is_earlier_file: bool = False


class PhotoCard(FrozenModel):
    """A photo in a list. `thumbnail`, with its `alt`, is the smallest rendition of its first picture, or of
    the photo itself while there is none; `look_names` are those of its pictures, as in `results`."""

    photo_id: str
    livemode: bool
    external_id: str | None
    filename: str
    status: PhotoStatus
    created_at: datetime
    updated_at: datetime
    look_names: list[str]
    thumbnail: RenditionView | None
    alt: dict[str, str]
    failure_code: str | None


class PhotosView(BaseModel):
    """Cards, or with `expand` whole photos, whose other parts are empty."""

    photos: list[PhotoView | PhotoCard]
    next_cursor: str | None


def photos_view(
    page: Page,
    link: Link,
    expand: Collection[Expandable],
    languages: Sequence[Language] | None = None,
) -> PhotosView:
    """Cards where nothing is to be expanded. `languages` are those of `alt`."""
    photos = [
        photo_view(photo, link, expand, languages or LANGUAGES)
        if expand
        else photo_card(photo, link, languages or LANGUAGES_OF_CARDS)
        for photo in page.photos
    ]
    return PhotosView(photos=photos, next_cursor=page.cursor)


def photo_card(photo: Photo, link: Link, languages: Sequence[Language]) -> PhotoCard:
    newest, earlier = photo.newest, photo.earlier_parts
    variants, results = earlier or (newest.variants, photo.published)
    renditions = results.pictures[0].renditions if results else variants.renditions if variants else ()
    thumbnail = smallest(renditions)
    if results:
        alt = alt_of_picture(photo, results.pictures[0], languages)
    else:
        alt = alt_of_photo(photo, variants.dominant_colour if variants else None, languages)
    return PhotoCard(
        photo_id=photo.photo_id,
        livemode=is_live(photo.tenant),
        external_id=photo.external_id,
        filename=photo.filename,
        status=photo.status,
        created_at=photo.created_at,
        updated_at=updated_at(photo),
        look_names=[look.slug for look in photo.looks],
        thumbnail=rendition_view(thumbnail, link) if thumbnail else None,
        alt=alt,
        failure_code=newest.failure.code if newest.failure else None,
    )


def photo_view(
    photo: Photo,
    link: Link,
    parts: Collection[Expandable] = ALL_PARTS,
    languages: Sequence[Language] = LANGUAGES,
) -> PhotoView:
    """The parts of the newest upload; those of the one before while the newest has neither variants nor
    results. Links are signed for `parts` alone; the others are empty."""
    newest, earlier = photo.newest, photo.earlier_parts
    variants, results = earlier or (newest.variants, photo.published)
    shown_renditions = variants.renditions if variants and Expandable.ORIGINAL in parts else ()
    shown_pictures = results.pictures if results and Expandable.RESULTS in parts else ()
    timings = dict(results.timings) if results else {}
    if variants:
        timings["variants"] = variants.seconds
    original = rendition_views(shown_renditions, link)
    return PhotoView(
        photo_id=photo.photo_id,
        livemode=is_live(photo.tenant),
        filename=photo.filename,
        status=photo.status,
        revision=photo.revision,
        created_at=photo.created_at,
        external_id=photo.external_id,
        metadata=photo.metadata,
        tags=list(photo.tags),
        batch_id=photo.batch_id,
        import_url=photo.import_url,
        updated_at=updated_at(photo),
        submitted_at=newest.job.submitted_at if newest.job else None,
        finished_at=results.finished_at if results else None,
        looks=list(photo.looks),
        failure=_failure_view(newest.failure) if newest.failure else None,
        original=original,
        alt=alt_of_photo(photo, variants.dominant_colour if variants else None, languages),
        **_responsive_fields(original, variants),
        results=[
            styled_view(picture, link, alt_of_picture(photo, picture, languages), review_of(photo, picture))
            for picture in shown_pictures
        ],
        model=results.model if results else None,
        timings=timings,
        is_earlier_file=earlier is not None,
    )


def shared_fields(picture: StyledPicture) -> dict[str, Any]:
    """The fields that a photo's view and its explanation both have."""
    return {
        "name": picture.look.slug,
        "look": picture.look,
        "verdict": verdict_view(picture.verdict) if picture.verdict else None,
        "regions": picture.regions,
        "steps": picture.steps,
        "chosen": picture.chosen,
    }


def styled_view(
    picture: StyledPicture, link: Link, alt: dict[str, str], review: Review | None = None
) -> StyledView:
    """`review` is None where no person decides about the picture."""
    renditions = rendition_views(picture.renditions, link)
    return StyledView(
        renditions=renditions,
        alt=alt,
        metrics=picture.metrics,
        review=review.state if review else None,
        **shared_fields(picture),
        **_responsive_fields(renditions, picture),
    )


def _responsive_fields(
    renditions: list[RenditionView], picture: StyledPicture | Variants | None
) -> dict[str, Any]:
    return {
        "srcset": srcset_of(renditions),
        "sizes": sizes_of(renditions),
        "dominant_colour": picture.dominant_colour if picture else None,
        "placeholder": picture.placeholder if picture else None,
    }


def _failure_view(failure: Failure) -> FailureView:
    return FailureView(code=failure.code, message=failure.message)
