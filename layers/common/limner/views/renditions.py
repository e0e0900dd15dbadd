"""Encoded pictures in the API: S3 keys are replaced by links that expire."""

from collections.abc import Callable, Iterable, Sequence

from limner.looks import FrozenModel
from limner.renditions import Rendition

THUMBNAIL_MIN_WIDTH_PX = 160
Link = Callable[[str], str]
"""Key in the results bucket → link that expires."""


class RenditionView(FrozenModel):
    url: str
    width: int
    height: int
    bytes: int
    content_type: str


def rendition_view(rendition: Rendition, link: Link) -> RenditionView:
    return RenditionView(url=link(rendition.key), **rendition.model_dump(exclude={"key"}))


def rendition_views(renditions: Iterable[Rendition], link: Link) -> list[RenditionView]:
    return [rendition_view(rendition, link) for rendition in renditions]


def smallest(renditions: Sequence[Rendition]) -> Rendition | None:
    """The narrowest that is at least THUMBNAIL_MIN_WIDTH_PX wide, else the widest; None where there is none.
    No AVIF: an <img> that cannot show it has no other."""
    shown_everywhere = [each for each in renditions if each.content_type != "image/avif"]
    by_width = sorted(shown_everywhere, key=lambda each: (each.width, each.bytes))
    wide_enough = [each for each in by_width if each.width >= THUMBNAIL_MIN_WIDTH_PX]
    return next(iter(wide_enough or by_width[::-1]), None)
