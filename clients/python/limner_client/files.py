"""A photo to upload: a path, its bytes, or an open file."""

import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from limner_client.models import Look

Upload = str | Path | bytes | BinaryIO
LookLike = str | Look | Mapping[str, Any]
"""A style id alone (`"oil"`), or a whole look."""
UNKNOWN_CONTENT_TYPE = "application/octet-stream"
EXTENSIONS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/avif": ".avif"}
DEFAULT_FILENAME = "photo"


@dataclass(frozen=True)
class PhotoFile:
    name: str
    content: bytes
    content_type: str


def photo_file(file: Upload, filename: str | None, content_type: str | None) -> PhotoFile:
    """Raises OSError for a file that cannot be read."""
    if isinstance(file, (str, Path)):
        name, content = Path(file).name, Path(file).read_bytes()
    elif isinstance(file, bytes):
        name, content = DEFAULT_FILENAME, file
    else:
        name, content = Path(str(getattr(file, "name", DEFAULT_FILENAME))).name, file.read()
    name = filename or name
    return PhotoFile(name, content, content_type or content_type_of(name))


def content_type_of(name: str) -> str:
    """By the name, as a browser does it; the API looks into the file."""
    guessed = mimetypes.guess_type(name.lower())[0] or UNKNOWN_CONTENT_TYPE
    return guessed if guessed.startswith("image/") else UNKNOWN_CONTENT_TYPE


def as_looks(looks: Sequence[LookLike]) -> list[dict[str, Any]]:
    """Looks as the API takes them; what is left out gets the API's defaults."""
    return [_as_look(look) for look in looks]


def _as_look(look: LookLike) -> dict[str, Any]:
    if isinstance(look, str):
        return {"styles": {look: 1.0}}
    return look.model_dump(mode="json", exclude_unset=True) if isinstance(look, Look) else dict(look)
