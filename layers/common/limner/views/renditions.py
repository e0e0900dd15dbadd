"""Encoded pictures in the API: S3 keys are replaced by addresses or by links that expire."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from pydantic import Field

from limner.looks import FrozenModel
from limner.ports import Address
from limner.renditions import Rendition

THUMBNAIL_MIN_WIDTH_PX = 160
Link = Callable[[str], Address]
"""Key in the results bucket → where it can be read."""
_NAME_BY_TYPE = {"image/avif": "avif", "image/webp": "webp", "image/jpeg": "jpeg", "image/png": "png"}


class RenditionView(FrozenModel):
    """One file of a picture; sizes in pixels and bytes."""

    url: str
    width: int
    height: int
    bytes: int
    content_type: str
    expires_at: datetime | None = Field(
        description="When the link ends. Null for an address that lives as long as the picture."
    )


class ResponsiveImage(FrozenModel):
    """What a web page needs besides the files: values of `srcset` and `sizes`, and what to show until the
    picture is loaded."""

    srcset: dict[str, str] = Field(
        description="By format (`avif`, `webp`, `jpeg`): the value of the attribute `srcset`. Links end "
        "in it when those of the files do."
    )
    sizes: str | None = Field(
        description="A value of the attribute `sizes` for a picture that fills its column, up to its width."
    )
    dominant_colour: str | None = Field(description="The most frequent colour, `#rrggbb`.")
    placeholder: str | None = Field(description="ThumbHash, base64: a blurred picture in about 25 bytes.")


def rendition_view(rendition: Rendition, link: Link) -> RenditionView:
    found = link(rendition.key)
    return RenditionView(
        url=found.url,
        width=rendition.width,
        height=rendition.height,
        bytes=rendition.bytes,
        content_type=rendition.content_type,
        expires_at=found.expires_at,
    )


def rendition_views(renditions: Iterable[Rendition], link: Link) -> list[RenditionView]:
    return [rendition_view(rendition, link) for rendition in renditions]


def srcset_of(views: Sequence[RenditionView]) -> dict[str, str]:
    """By format, narrowest first; of two files of one width the smaller one."""
    return {
        _NAME_BY_TYPE[content_type]: ", ".join(f"{view.url} {view.width}w" for view in of_type)
        for content_type, of_type in _by_type(views)
    }


def sizes_of(views: Sequence[RenditionView]) -> str | None:
    """The picture is as wide as the page, and at most as wide as its widest file in every format."""
    widest = [of_type[-1].width for _, of_type in _by_type(views)]
    return f"(max-width: {min(widest)}px) 100vw, {min(widest)}px" if widest else None


def _by_type(views: Sequence[RenditionView]) -> Iterator[tuple[str, list[RenditionView]]]:
    for content_type in _NAME_BY_TYPE:
        largest_first = sorted(views, key=lambda view: view.bytes, reverse=True)
        by_width = {view.width: view for view in largest_first if view.content_type == content_type}
        if by_width:
            yield content_type, [by_width[width] for width in sorted(by_width)]


def smallest(renditions: Sequence[Rendition]) -> Rendition | None:
    """The narrowest that is at least THUMBNAIL_MIN_WIDTH_PX wide, else the widest; None where there is none.
    No AVIF: an <img> that cannot show it has no other."""
    shown_everywhere = [each for each in renditions if each.content_type != "image/avif"]
    by_width = sorted(shown_everywhere, key=lambda each: (each.width, each.bytes))
    wide_enough = [each for each in by_width if each.width >= THUMBNAIL_MIN_WIDTH_PX]
    return next(iter(wide_enough or by_width[::-1]), None)
