"""The steps of a job that the sync and the async client share. No input or output."""

import os
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import httpx
from pydantic import TypeAdapter

from limner_client import operations
from limner_client._calls import Call
from limner_client.errors import ERROR_TEXT_MAX_CHARS, NotConnected, PhotoFailed, UploadRefused
from limner_client.files import EXTENSIONS, LookLike, PhotoFile, as_looks
from limner_client.models import FormView, PhotoView, RenditionView, StyledView

READY: Final = "READY"
FAILED: Final = "FAILED"
TIMEOUT_SECONDS: Final = 60.0
WAIT_SECONDS: Final = 1800.0
LONG_POLL_SECONDS: Final = 20
FIRST_POLL_SECONDS: Final = 0.5
MOST_POLL_SECONDS: Final = 10.0
POLL_GROWTH: Final = 1.5


class HasPhotoId(Protocol):
    @property
    def photo_id(self) -> str: ...


Answer = TypeVar("Answer")
PhotoLike = str | HasPhotoId


def address_and_key(url: str | None, key: str | None) -> tuple[str, str]:
    """What is given, or the environment's LIMNER_URL and LIMNER_KEY.

    Raises:
        ValueError: one of them is missing.
    """
    url, key = url or os.environ.get("LIMNER_URL"), key or os.environ.get("LIMNER_KEY")
    if not url:
        raise ValueError("the address of the API is missing: give url or set LIMNER_URL")
    if not key:
        raise ValueError("the API key is missing: give key or set LIMNER_KEY")
    return url.rstrip("/").removesuffix("/v1"), key


def photo_id_of(photo: PhotoLike) -> str:
    return photo if isinstance(photo, str) else photo.photo_id


def order_of(
    file: PhotoFile,
    looks: Sequence[LookLike],
    external_id: str | None,
    metadata: Mapping[str, str] | None,
    tags: Sequence[str] | None,
) -> dict[str, Any]:
    """Body of an order; what is not given is left out, so that the tenant's defaults hold."""
    given = {
        "looks": as_looks(looks),
        "external_id": external_id,
        "metadata": dict(metadata or {}),
        "tags": list(tags or ()),
    }
    return {"filename": file.name, "content_type": file.content_type} | {
        name: value for name, value in given.items() if value
    }


def form_options(form: FormView, file: PhotoFile) -> dict[str, Any]:
    """Arguments of httpx's `post`: all fields first, then the file. Raises UploadRefused."""
    if len(file.content) > form.max_bytes:
        raise UploadRefused(
            "too_large", f"{len(file.content):,} bytes; at most {form.max_bytes:,} are allowed"
        )
    return {"url": form.url, "data": dict(form.fields), "files": {"file": (file.name, file.content)}}


def checked_by_storage(answer: httpx.Response) -> httpx.Response:
    """Raises UploadRefused for an error of the storage, whose errors are XML."""
    if not answer.is_error:
        return answer
    try:
        error = ET.fromstring(answer.content)  # noqa: S314 - of the storage that the API named
    except ET.ParseError:
        text = answer.text[:ERROR_TEXT_MAX_CHARS]
        raise UploadRefused(f"http_{answer.status_code}", text) from None
    raise UploadRefused(error.findtext("Code") or "unknown", error.findtext("Message") or "")


def finished(photo: PhotoView) -> PhotoView | None:
    """The photo if it is READY, None while it is not final; statuses of later releases are not final.

    Raises:
        PhotoFailed: it is FAILED.
    """
    if photo.status == FAILED:
        raise PhotoFailed(photo)
    return photo if photo.status == READY else None


def poll_delays() -> Iterator[float]:
    """Seconds between polls, where the API does not say how many."""
    seconds = FIRST_POLL_SECONDS
    while True:
        yield seconds
        seconds = min(seconds * POLL_GROWTH, MOST_POLL_SECONDS)


def url_of(file: RenditionView | str) -> str:
    return file if isinstance(file, str) else file.url


def file_name_of(photo: PhotoView, picture: StyledView) -> str:
    """`mug__oil-100.s100.webp`: of the photo's file and the picture's look."""
    extension = EXTENSIONS.get(picture.renditions[0].content_type, "")
    return f"{Path(photo.filename).stem}__{picture.name}{extension}"


def has_parameter(operation: str, name: str) -> bool:
    """Whether the description that this client was made from has this query parameter."""
    return name in operations.QUERY_PARAMETERS.get(operation, ())


def status_call(photo: PhotoLike, long_poll_seconds: int) -> Call:
    waits = long_poll_seconds and has_parameter("get_photo", "wait")
    query = {"wait": long_poll_seconds} if waits else {}
    return Call("GET", f"/v1/photos/{photo_id_of(photo)}", query=query)


ORDER: Final = next(name for name in ("order_photo", "request_upload") if name in operations.QUERY_PARAMETERS)
"""The operation that orders a photo; the second name is that of its former address."""


def read(answer: httpx.Response, kind: type[Answer]) -> Answer:
    """The answer as a model, or as it is where the description has none."""
    return TypeAdapter(kind).validate_json(answer.content)


def answer_or_error(answer: httpx.Response | None, error: httpx.TransportError | None) -> httpx.Response:
    if answer is None:
        raise NotConnected(str(error)) from error
    return answer
