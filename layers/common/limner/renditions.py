"""Encoded pictures in the results bucket, and their short form in a photo's row.

A picture has up to thirteen files in one folder. Written out, they would be most of a row, and each later
write of the row pays for them; the short form names the folder once and each file in a line.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    StringConstraints,
)
from pydantic.functional_serializers import WrapSerializer

from limner.looks import FrozenModel

IN_ROW = {"in_row": True}
"""Serialization context for what is stored in a row."""
_TYPE_BY_EXTENSION = {
    "avif": "image/avif",
    "webp": "image/webp",
    "jpg": "image/jpeg",
    "png": "image/png",
}
DominantColour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
ThumbHash = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{20,40}={0,2}$")]
"""Base64."""


class Rendition(FrozenModel):
    """One encoded picture in the results bucket; sizes in pixels and bytes."""

    key: str
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    bytes: int = Field(gt=0)
    content_type: str


def is_for_row(info: SerializationInfo) -> bool:
    return isinstance(info.context, Mapping) and bool(info.context.get("in_row"))


def _short(renditions: Sequence[Rendition]) -> dict[str, Any] | None:
    """`{"folder": …, "files": "w640.avif 640 480 12345\\n…"}`, or None for renditions that it cannot hold."""
    folders = {rendition.key.rpartition("/")[0] for rendition in renditions}
    if len(folders) != 1 or not all(map(_has_known_type, renditions)):
        return None
    return {"folder": folders.pop(), "files": "\n".join(map(_line, renditions))}


def _has_known_type(rendition: Rendition) -> bool:
    name = rendition.key.rpartition("/")[2]
    return " " not in name and _TYPE_BY_EXTENSION.get(name.rpartition(".")[2]) == rendition.content_type


def _line(rendition: Rendition) -> str:
    return f"{rendition.key.rpartition('/')[2]} {rendition.width} {rendition.height} {rendition.bytes}"


def _written_out(value: object) -> object:
    """The renditions of a short form, which had a list of lines at first; anything else is left to
    validation. Raises ValueError."""
    if not isinstance(value, Mapping):
        return value
    try:
        files = value["files"]
        lines = files.split("\n") if isinstance(files, str) else files
        return [_from_line(str(value["folder"]), str(line)) for line in lines]
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a short form of renditions: {error!r}") from error


def _from_line(folder: str, line: str) -> dict[str, Any]:
    name, width, height, nbytes = line.split(" ")
    return {
        "key": f"{folder}/{name}",
        "width": int(width),
        "height": int(height),
        "bytes": int(nbytes),
        "content_type": _TYPE_BY_EXTENSION[name.rpartition(".")[2]],
    }


def _serialized(
    renditions: tuple[Rendition, ...], whole: SerializerFunctionWrapHandler, info: SerializationInfo
) -> Any:
    return (_short(renditions) if is_for_row(info) else None) or whole(renditions)


Renditions = Annotated[tuple[Rendition, ...], BeforeValidator(_written_out), WrapSerializer(_serialized)]
