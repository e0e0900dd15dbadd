"""The intake in a bounded child: a file that is slow, huge or kills its decoder is refused, and no more."""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from io import BytesIO
from typing import Any

from PIL import AvifImagePlugin, Image

from limner.errors import PhotoRefused, RefusalCode, Unavailable
from limner.images.intake import Limits
from limner.images.intake import open_photo as _open_here
from limner.images.isolation import Blobs, Bounds, ChildLost, ForkServer, ServerLost, within
from limner.images.provenance import Provenance
from limner.images.provenance_reader import read_provenance
from limner.images.variants import Encoded, encode_variants

logger = logging.getLogger(__name__)

OPENING_SECONDS = 10.0
ENCODING_SECONDS = 30.0
"""The processor's seconds: by the clock an honest photo would be refused on a machine that is busy."""
_AVIF_THREADS = 2  # each takes memory
_MEMORY, _MEMORY_PER_PIXEL = 2**29, 20


@dataclass(frozen=True)
class Opened:
    image: Image.Image
    provenance: Provenance


def start() -> None:
    """Returns at once; the first photo then need not wait for the server's imports."""
    _server().start()


def open_photo(data: bytes, limits: Limits) -> Opened:
    """As `intake.open_photo`, with its provenance; what breaks the bounds is refused as DAMAGED_IMAGE."""
    facts, (pixels,) = _ask(OPENING_SECONDS, limits, _opened, data)
    image = Image.frombytes(facts["mode"], tuple(facts["size"]), pixels)
    return Opened(image, Provenance(**facts["provenance"]))


def make_variants(data: bytes, limits: Limits) -> tuple[Encoded, ...]:
    """`variants.encode_variants` of a file, with its provenance; raises as `open_photo` does."""
    facts, bodies = _ask(OPENING_SECONDS + ENCODING_SECONDS, limits, _variants, data)
    pictures = zip(facts["pictures"], bodies, strict=True)
    return tuple(Encoded(body=bytes(body), **each) for each, body in pictures)


@cache
def _server() -> ForkServer:
    return ForkServer(prepare=_prepare)


def _ask(
    seconds: float, limits: Limits, work: Callable[[bytes, Limits], Blobs], data: bytes
) -> tuple[dict[str, Any], list[bytearray]]:
    try:
        head, *blobs = _server().run(bounds_for(seconds, limits), work, data, limits)
    except ChildLost as error:
        logger.warning("a photo of %d bytes ended its worker: %s", len(data), error)
        raise PhotoRefused(
            RefusalCode.DAMAGED_IMAGE,
            "The picture is damaged or takes too much to open. Please export it again and send the new file.",
        ) from error
    except ServerLost as error:
        raise Unavailable(str(error)) from error
    facts = json.loads(head)
    if "refused" in facts:
        raise PhotoRefused(RefusalCode(facts["refused"]), facts["message"])
    return facts, blobs


def bounds_for(seconds: float, limits: Limits) -> Bounds:
    """Memory for the largest photo allowed, in the format that takes most: just under 1 GiB for 25 MP."""
    return Bounds(seconds, _MEMORY + _MEMORY_PER_PIXEL * limits.max_pixels)


# ── In the child ─────────────────────────────────────────────────────────────────────────────────────


def _prepare() -> None:
    """Pillow imports its plugins on first use."""
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    small = Image.new("RGB", (32, 32))
    for format_ in ("AVIF", "JPEG", "PNG", "WEBP"):
        file = BytesIO()
        small.save(file, format_)
        _open_here(file.getvalue(), Limits())
    AvifImagePlugin.DEFAULT_MAX_THREADS = _AVIF_THREADS


def _opened(data: bytes, limits: Limits) -> Blobs:
    try:
        image = _open_here(data, limits)
    except PhotoRefused as refusal:
        return _refused(refusal)
    facts = {"mode": image.mode, "size": image.size, "provenance": asdict(read_provenance(data))}
    return [json.dumps(facts).encode(), image.tobytes()]


def _variants(data: bytes, limits: Limits) -> Blobs:
    try:
        with within(OPENING_SECONDS):
            image = _open_here(data, limits)
    except PhotoRefused as refusal:
        return _refused(refusal)
    pictures = [asdict(each) for each in encode_variants(image, read_provenance(data))]
    bodies = [each.pop("body") for each in pictures]
    return [json.dumps({"pictures": pictures}).encode(), *bodies]


def _refused(refusal: PhotoRefused) -> Blobs:
    return [json.dumps({"refused": refusal.code, "message": refusal.message}).encode()]
