"""Reads provenance from a photo's XMP, IPTC-IIM and EXIF.

Where blocks differ on a field, XMP takes precedence over IPTC-IIM, and IPTC-IIM over EXIF.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

from PIL import ExifTags, Image, ImageFile
from PIL.IptcImagePlugin import getiptcinfo

from photo_files.headers.sniff import read_header
from photo_files.provenance import (
    IIM_BY_LINE,
    IIM_COPYRIGHT,
    IIM_CREDIT,
    UNKNOWN,
    XML_NAMESPACES,
    Provenance,
)

_MAX_XMP_BYTES = 256 * 1024


def read_provenance(data: bytes) -> Provenance:
    """The provenance of a file that `intake.open_photo` accepts; UNKNOWN if its metadata cannot be read."""
    with suppress(Exception):  # a photo is not refused for invalid metadata
        header = read_header(data)
        with Image.open(BytesIO(data), formats=[header.format] if header else []) as image:
            return _merge([fields for read in _READERS for fields in _try_reading(read, image)])
    return UNKNOWN


def _try_reading(
    read: Callable[[ImageFile.ImageFile], dict[str, Any]], image: ImageFile.ImageFile
) -> Iterator[dict[str, Any]]:
    with suppress(Exception):
        yield read(image)


def _merge(blocks: Iterable[Mapping[str, Any]]) -> Provenance:
    """For each field the first value that is not empty."""
    fields: dict[str, Any] = {}
    for block in blocks:
        fields = {name: value for name, value in block.items() if value} | fields
    return Provenance(**fields)


def _from_xmp(image: ImageFile.ImageFile) -> dict[str, Any]:
    packet = bytes(image.info.get("xmp", b""))
    text = packet.decode("utf-8").strip("\0\ufeff \r\n\t")
    if len(packet) > _MAX_XMP_BYTES or "<!DOCTYPE" in text:
        return {}
    root = ElementTree.fromstring(text)  # noqa: S314 - no entities without a document type
    return {
        "creators": tuple(_values(root, "dc:creator")),
        "rights": next(_values(root, "dc:rights"), ""),
        "credit": next(_values(root, "photoshop:Credit"), ""),
        "source": next(_values(root, "Iptc4xmpExt:DigitalSourceType"), ""),
    }


def _values(root: ElementTree.Element, name: str) -> Iterator[str]:
    """The values of a property in each of RDF's notations: list items, an element, an attribute."""
    qualified, resource = _qualified(name), _qualified("rdf:resource")
    for description in root.iter(_qualified("rdf:Description")):
        yield from filter(None, [description.get(qualified)])
        for element in description.iterfind(qualified):
            items = list(element.iter(_qualified("rdf:li"))) or [element]
            yield from filter(None, (item.text or item.get(resource) for item in items))


def _qualified(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{XML_NAMESPACES[prefix]}}}{local}"


def _from_iim(image: ImageFile.ImageFile) -> dict[str, Any]:
    records = getiptcinfo(image) or {}
    lines = {
        name: [_decode(line) for line in _as_list(records.get(name, []))]
        for name in (IIM_BY_LINE, IIM_CREDIT, IIM_COPYRIGHT)
    }
    return {
        "creators": tuple(lines[IIM_BY_LINE]),
        "rights": "".join(lines[IIM_COPYRIGHT][:1]),
        "credit": "".join(lines[IIM_CREDIT][:1]),
    }


def _as_list(value: bytes | list[bytes]) -> list[bytes]:
    return value if isinstance(value, list) else [value]


def _from_exif(image: ImageFile.ImageFile) -> dict[str, Any]:
    exif = image.getexif()
    artist, rights = (
        _decode(str(exif.get(tag, "")).encode("latin-1", "ignore"))  # undoes Pillow's decoding
        for tag in (ExifTags.Base.Artist, ExifTags.Base.Copyright)
    )
    creators = tuple(name.strip() for name in artist.split(";") if name.strip())
    return {"creators": creators, "rights": rights.partition("\0")[0]}


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8").rstrip("\0")
    except UnicodeDecodeError:
        return raw.decode("latin-1").rstrip("\0")


_READERS = (_from_xmp, _from_iim, _from_exif)
