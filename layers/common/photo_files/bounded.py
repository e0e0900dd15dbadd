"""Opens and encodes photos in a child process with limits on time and memory.

A file that is too slow, too large or crashes its decoder is refused, and the caller lives on.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cache
from io import BytesIO
from typing import Any

from PIL import AvifImagePlugin, Image

from photo_files import intake
from photo_files.child_process.fork_server import Blobs, Bounds, limit_cpu_time
from photo_files.child_process.isolation import ChildDied, ForkServer, ForkServerFailed
from photo_files.credentials.content_credentials import Credentials, read_credentials
from photo_files.credentials.upload_credentials import UploadCredentials, read_upload_credentials
from photo_files.errors import DecoderUnavailable, FileProblem, FileRefused
from photo_files.headers.sniff import read_header
from photo_files.intake import Limits
from photo_files.metadata.provenance import Provenance
from photo_files.metadata.provenance_reader import read_provenance
from photo_files.perceptual_hash import perceptual_hash
from photo_files.variants import Encoded, encode_variants

logger = logging.getLogger(__name__)

OPEN_CPU_SECONDS = 10.0
ENCODE_CPU_SECONDS = 30.0
"""Processor time, because on a busy machine valid photos exceed the same limit in wall clock time."""
_BASE_MEMORY_BYTES = 2**29
_MEMORY_BYTES_PER_PIXEL = 20


@dataclass(frozen=True)
class OpenedPhoto:
    """`credentials` are the file's own Content Credentials, if it has any."""

    image: Image.Image
    provenance: Provenance
    credentials: UploadCredentials | None = None


@dataclass(frozen=True)
class MadeVariants:
    """`photo_width` in pixels; `hash` is the photo's perceptual hash."""

    pictures: tuple[Encoded, ...]
    photo_width: int
    hash: int
    credentials: UploadCredentials | None = None


@dataclass(frozen=True)
class IdentifiedPicture:
    hash: int
    credentials: Credentials | None


def start() -> None:
    """Start the fork server and return at once, so that its imports overlap with the first download."""
    _fork_server().start()


def open_photo(data: bytes, limits: Limits) -> OpenedPhoto:
    """The upright sRGB image of a file, as `intake.open_photo` makes it, and whose it is and how it was made.

    Raises:
        FileRefused: as `intake.open_photo`; DAMAGED_IMAGE if the child crashed or exceeded its limits.
        DecoderUnavailable: the fork server failed; the photo may be fine.
        ChildRaised: an error in this code, with the child's traceback.
    """
    facts, (archive, pixels) = _run_in_child(OPEN_CPU_SECONDS, limits, _open_in_child, data)
    image = Image.frombytes(facts["mode"], tuple(facts["size"]), pixels)
    return OpenedPhoto(image, Provenance(**facts["provenance"]), _credentials(facts, archive))


def make_variants(data: bytes, limits: Limits) -> MadeVariants:
    """The variants of a file, as `variants.encode_variants` makes them. Raises as `open_photo` does."""
    cpu_seconds = OPEN_CPU_SECONDS + ENCODE_CPU_SECONDS
    facts, (archive, *bodies) = _run_in_child(cpu_seconds, limits, _make_variants_in_child, data)
    pictures = tuple(
        Encoded(body=bytes(body), **fields) for fields, body in zip(facts["pictures"], bodies, strict=True)
    )
    return MadeVariants(pictures, facts["width"], facts["hash"], _credentials(facts, archive))


def identify(data: bytes, limits: Limits, trusted: str) -> IdentifiedPicture:
    """What says whose a picture is: its perceptual hash, and its Content Credentials; `trusted` as in
    `read_credentials`. Raises as `open_photo` does."""
    facts, _ = _run_in_child(OPEN_CPU_SECONDS, limits, _identify_in_child, data, trusted)
    found = facts["credentials"]
    return IdentifiedPicture(facts["hash"], Credentials.from_json(found) if found else None)


def _credentials(facts: dict[str, Any], archive: bytearray) -> UploadCredentials | None:
    return UploadCredentials(bytes(archive), tuple(map(str, facts["redactions"]))) if archive else None


def bounds_for(cpu_seconds: float, limits: Limits) -> Bounds:
    """Memory for a photo of `max_pixels` in the format that takes most: just under 1 GiB at 25 megapixels."""
    return Bounds(cpu_seconds, _BASE_MEMORY_BYTES + _MEMORY_BYTES_PER_PIXEL * limits.max_pixels)


@cache
def _fork_server() -> ForkServer:
    return ForkServer(prepare=_import_decoders)


def _run_in_child(
    cpu_seconds: float, limits: Limits, function: Callable[..., Blobs], data: bytes, *more: object
) -> tuple[dict[str, Any], list[bytearray]]:
    """Facts, from JSON, and the blobs that follow them, of `function(data, limits, *more)`. Raises as
    `open_photo` does."""
    try:
        head, *blobs = _fork_server().run(bounds_for(cpu_seconds, limits), function, data, limits, *more)
    except ChildDied as error:
        logger.warning("the child that decoded a photo of %d bytes died: %s", len(data), error)
        raise FileRefused(
            FileProblem.DAMAGED_IMAGE,
            "The picture is damaged or takes too much to open. Please export it again and send the new file.",
        ) from error
    except ForkServerFailed as error:
        raise DecoderUnavailable(str(error)) from error
    facts = json.loads(head)
    if "refused" in facts:
        raise FileRefused(FileProblem(facts["refused"]), facts["message"])
    return facts, blobs


# ── In the fork server ───────────────────────────────────────────────────────────────────────────────


def _import_decoders() -> None:
    """Import everything that a child may need, because it can open no file.

    Pillow imports plugins and libraries their parts on first use, so each format is used once. AVIF gets one
    thread, because a child can start none, and the server must have none when it forks.
    """
    import c2pa  # noqa: F401, PLC0415 - not in the caller, which may never need it

    Image.init()
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    small = Image.new("RGB", (32, 32))
    for format_ in ("AVIF", "JPEG", "PNG", "WEBP"):
        file = BytesIO()
        small.save(file, format_)
        intake.open_photo(file.getvalue(), Limits())


# ── In the child ─────────────────────────────────────────────────────────────────────────────────────


def _open_in_child(data: bytes, limits: Limits) -> Blobs:
    try:
        image = intake.open_photo(data, limits)
    except FileRefused as refusal:
        return _refusal_blobs(refusal)
    provenance, credentials = _read_origin(data)
    facts = {
        "mode": image.mode,
        "size": image.size,
        "provenance": asdict(provenance),
        "redactions": credentials.redactions,
    }
    return [json.dumps(facts).encode(), credentials.archive, image.tobytes()]


def _make_variants_in_child(data: bytes, limits: Limits) -> Blobs:
    try:
        with limit_cpu_time(OPEN_CPU_SECONDS):
            image = intake.open_photo(data, limits)
    except FileRefused as refusal:
        return _refusal_blobs(refusal)
    provenance, credentials = _read_origin(data)
    pictures = [asdict(variant) for variant in encode_variants(image, provenance)]
    bodies = [fields.pop("body") for fields in pictures]
    facts = {
        "pictures": pictures,
        "width": image.width,
        "hash": perceptual_hash(image),
        "redactions": credentials.redactions,
    }
    return [json.dumps(facts).encode(), credentials.archive, *bodies]


def _identify_in_child(data: bytes, limits: Limits, trusted: str) -> Blobs:
    try:
        image = intake.open_photo(data, limits)
    except FileRefused as refusal:
        return _refusal_blobs(refusal)
    header = read_header(data)
    content_type = f"image/{header.format.lower()}" if header else ""
    credentials = read_credentials(data, content_type, trusted)
    facts = {
        "hash": perceptual_hash(image),
        "credentials": asdict(credentials) if credentials else None,
    }
    return [json.dumps(facts).encode()]


def _read_origin(data: bytes) -> tuple[Provenance, UploadCredentials]:
    """The file's provenance, and its credentials with an empty archive if it has none. Where its metadata
    names no source type, that of its credentials counts."""
    header = read_header(data)
    content_type = f"image/{header.format.lower()}" if header else ""
    provenance = read_provenance(data)
    credentials = read_upload_credentials(data, content_type) or UploadCredentials(b"")
    return replace(provenance, source=provenance.source or credentials.source_type), credentials


def _refusal_blobs(refusal: FileRefused) -> Blobs:
    return [json.dumps({"refused": refusal.code, "message": refusal.message}).encode()]
