"""Encoded pictures in the API: S3 keys are replaced by links that expire."""

from collections.abc import Callable, Iterable

from limner.looks import FrozenModel
from limner.renditions import Rendition

Link = Callable[[str], str]
"""Key in the results bucket → link that expires."""


class RenditionView(FrozenModel):
    """One encoded file of a picture."""

    url: str
    width: int
    height: int
    bytes: int
    content_type: str


def rendition_view(rendition: Rendition, link: Link) -> RenditionView:
    return RenditionView(url=link(rendition.key), **rendition.model_dump(exclude={"key"}))


def rendition_views(renditions: Iterable[Rendition], link: Link) -> list[RenditionView]:
    return [rendition_view(rendition, link) for rendition in renditions]
