"""Encodes the picture of a pack: sRGB, in the canvas' format, within the profile's most bytes."""

from io import BytesIO
from typing import Any

from PIL import Image

from photo_files.metadata.provenance import Provenance
from photo_files.metadata.provenance_writer import save_options
from photo_files.packs.profile import Profile
from photo_files.packs.rules import BytesRule
from photo_files.variants import Encoded

JPEG_QUALITIES = (95, 90, 85, 80, 70, 60)
_EXTENSION_BY_FORMAT = {"JPEG": "jpg", "PNG": "png"}
_OPTIONS_BY_FORMAT: dict[str, dict[str, Any]] = {
    "JPEG": {"subsampling": "4:4:4"},  # Pillow's buffer is too small for noise that is optimised as a whole
    "PNG": {"compress_level": 6},
}


def encode_pack(picture: Image.Image, profile: Profile, provenance: Provenance) -> Encoded:
    """The picture at the best quality whose file has no more bytes than the profile allows; at the least
    quality if none has."""
    file_format = profile.canvas.format
    rules = [rule for rule in profile.rules if isinstance(rule, BytesRule)]
    most = min((rule.max_bytes for rule in rules), default=None)
    body = b""
    for quality in JPEG_QUALITIES if file_format == "JPEG" else (None,):
        body = _encoded(picture, file_format, quality, provenance)
        if most is None or len(body) <= most:
            break
    name = f"{profile.id}.{_EXTENSION_BY_FORMAT[file_format]}"
    return Encoded(name, *picture.size, body, f"image/{file_format.lower()}")


def _encoded(picture: Image.Image, file_format: str, quality: int | None, provenance: Provenance) -> bytes:
    options = dict(_OPTIONS_BY_FORMAT[file_format])
    if quality is not None:
        options["quality"] = quality
    body = BytesIO()
    picture.save(body, file_format, **options, **save_options(provenance, file_format))
    return body.getvalue()
