"""What the HTTP API says of a photo; private places become expiring links here."""

from collections.abc import Callable, Iterable
from datetime import datetime

from limner.photos import Frozen, Look, Photo, PhotoStatus, Rendition, StyledPicture

Link = Callable[[str], str]


class RenditionView(Frozen):
    url: str
    width: int
    height: int
    bytes: int
    content_type: str


class StyledView(Frozen):
    """`renditions` begin with the full size."""

    name: str
    look: Look
    renditions: list[RenditionView]
    metrics: dict[str, float]


class FailureView(Frozen):
    code: str
    message: str


class PhotoView(Frozen):
    photo_id: str
    filename: str
    status: PhotoStatus
    created_at: datetime
    submitted_at: datetime | None
    finished_at: datetime | None
    looks: list[Look]
    failure: FailureView | None
    original: list[RenditionView]
    results: list[StyledView]
    model: str | None
    timings: dict[str, float]


def photo_view(photo: Photo, link: Link) -> PhotoView:
    """The newest upload's parts only: after a re-upload nothing of the older one shows."""
    newest = photo.newest
    results, variants = newest.results, newest.variants
    timings = dict(results.timings) if results else {}
    if variants:
        timings["variants"] = variants.seconds
    return PhotoView(
        photo_id=photo.photo_id,
        filename=photo.filename,
        status=photo.status,
        created_at=photo.created_at,
        submitted_at=newest.job.submitted_at if newest.job else None,
        finished_at=results.finished_at if results else None,
        looks=list(photo.looks),
        failure=FailureView(code=newest.failure.code, message=newest.failure.message)
        if newest.failure
        else None,
        original=_renditions(variants.renditions if variants else (), link),
        results=[_styled(picture, link) for picture in results.pictures] if results else [],
        model=results.model if results else None,
        timings=timings,
    )


def _styled(picture: StyledPicture, link: Link) -> StyledView:
    return StyledView(
        name=picture.look.slug,
        look=picture.look,
        renditions=_renditions(picture.renditions, link),
        metrics=picture.metrics,
    )


def _renditions(renditions: Iterable[Rendition], link: Link) -> list[RenditionView]:
    return [RenditionView(url=link(each.key), **each.model_dump(exclude={"key"})) for each in renditions]
