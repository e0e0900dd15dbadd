"""Photos and pictures on disk, for command lines: the intake of uploads, names that replace nothing."""

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from photo_files import bounded
from photo_files.bounded import OpenedPhoto
from photo_files.intake import Limits, check_size
from photo_files.metadata.provenance import UNKNOWN, Provenance
from photo_files.metadata.provenance_writer import save_options
from photo_files.variants import Encoded

_ENCODER_BY_SUFFIX = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".avif": "AVIF"}
_PICTURE_SUFFIXES = frozenset(_ENCODER_BY_SUFFIX)
_NAME_MAX_BYTES = 255  # of ext4, APFS and NTFS
_LABEL_MAX_BYTES = 100
_SOURCE_KEY = "limner:source"
"""PNG text with a hash of the path of the photo that a picture was made of."""


def read_photo(path: Path, limits: Limits | None = None) -> OpenedPhoto:
    """A photo as the service opens it. Raises as `bounded.open_photo`, and OSError."""
    limits = limits or Limits()
    check_size(path.stat().st_size, limits)
    return bounded.open_photo(path.read_bytes(), limits)


def picture_files(paths: Iterable[Path]) -> list[Path]:
    """The files, in place of a folder its JPEG, PNG, WebP and AVIF files in name order; each file once."""
    files = [file for path in paths for file in (_pictures_in(path) if path.is_dir() else [path])]
    return list({file.resolve(): file for file in files}.values())


def _pictures_in(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in _PICTURE_SUFFIXES and path.is_file() and not path.name.startswith("."):
            yield path


class PictureFolder:
    """A folder for pictures of many photos. None replaces that of another photo, also of an earlier run."""

    def __init__(self, folder: Path) -> None:
        """Makes the folder if necessary. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._written: set[str] = set()

    def save(
        self,
        picture: Image.Image,
        photo: Path,
        label: str,
        provenance: Provenance = UNKNOWN,
        sign: Callable[[Encoded], Encoded] | None = None,
    ) -> Path:
        """Write `<photo's name>__<label>.png`, numbered where that is another photo's, and return its path.

        The picture of the same photo and label is replaced if this run has not written it. Nothing is written
        if `sign` raises. Raises OSError.
        """
        source = hashlib.sha256(str(photo.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
        path = next(path for path in self._candidates(photo, label) if self._may_write(path, source))
        encoded = _encoded(picture, path.name, source, provenance)
        body = sign(encoded).body if sign else encoded.body
        partial = path.with_name(f".{source}.partial")
        try:
            partial.write_bytes(body)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        self._written.add(_comparable(path.name))
        return path

    def _candidates(self, photo: Path, label: str) -> Iterator[Path]:
        number = 1
        while True:
            ending = f"__{_shorten(label, _LABEL_MAX_BYTES)}.png"
            ending = ending if number == 1 else f"-{number}{ending}"
            yield self._folder / (_shorten(photo.stem, _NAME_MAX_BYTES - len(ending.encode())) + ending)
            number += 1

    def _may_write(self, path: Path, source: str) -> bool:
        if _comparable(path.name) in self._written:
            return False
        return not path.exists() or _source_of(path) == source


def save_picture(
    picture: Image.Image,
    path: Path,
    provenance: Provenance = UNKNOWN,
    sign: Callable[[Encoded], Encoded] | None = None,
) -> None:
    """Write one file in the format of its suffix. Nothing is written if `sign` raises.

    Raises OSError, ValueError for another suffix than those of JPEG, PNG, WebP and AVIF.
    """
    encoder = picture_encoder(path)
    options = save_options(provenance, encoder)
    buffer = BytesIO()
    picture.save(buffer, encoder, **options)
    encoded = Encoded(path.name, *picture.size, buffer.getvalue(), f"image/{encoder.lower()}")
    path.write_bytes(sign(encoded).body if sign else encoded.body)


def picture_encoder(path: Path) -> str:
    """Pillow's name of the format of a file to write. Raises ValueError."""
    encoder = _ENCODER_BY_SUFFIX.get(path.suffix.lower())
    if encoder is None:
        raise ValueError(f"{path.name} has none of the suffixes {', '.join(_ENCODER_BY_SUFFIX)}")
    return encoder


def _encoded(picture: Image.Image, name: str, source: str, provenance: Provenance) -> Encoded:
    options = {"pnginfo": PngInfo()} | save_options(provenance, "PNG")
    options["pnginfo"].add_text(_SOURCE_KEY, source)
    buffer = BytesIO()
    picture.save(buffer, "PNG", **options)
    return Encoded(name, *picture.size, buffer.getvalue(), "image/png")


def _source_of(path: Path) -> str | None:
    with suppress(Exception), Image.open(path, formats=["PNG"]) as image:  # any other file is not ours
        return str(image.info.get(_SOURCE_KEY))
    return None


def _comparable(name: str) -> str:
    """Equal for names that a file system may regard as the same file."""
    return unicodedata.normalize("NFC", name).casefold()


def _shorten(text: str, max_bytes: int) -> str:
    """At most `max_bytes` of UTF-8; a shortened text ends with a hash of the whole, so it stays distinct."""
    encoded = text.encode("utf-8", "surrogateescape")
    if len(encoded) <= max_bytes:
        return text
    digest = f"~{hashlib.sha256(encoded).hexdigest()[:8]}"
    return encoded[: max_bytes - len(digest)].decode("utf-8", "ignore") + digest
