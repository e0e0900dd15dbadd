"""Reads provenance from a photo's XMP, IPTC-IIM, EXIF and PNG texts.

Where blocks differ on a field, XMP takes precedence over IPTC-IIM, then EXIF, then PNG's texts.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any
from xml.etree import ElementTree

from PIL import ExifTags, Image

from photo_files.headers.sniff import read_header
from photo_files.metadata.blocks import MAX_XMP_BYTES, IimRecords, MetadataBlocks, find_blocks
from photo_files.metadata.provenance import (
    IIM_BY_LINE,
    IIM_COPYRIGHT,
    IIM_CREDIT,
    UNKNOWN,
    XML_NAMESPACES,
    Licensor,
    Provenance,
)

_MAX_XMP_PACKETS = 4
Fields = dict[str, Any]


def read_provenance(data: bytes) -> Provenance:
    """The provenance of a file that `intake.open_photo` accepts; UNKNOWN if its metadata cannot be read."""
    with suppress(Exception):  # a photo is not refused for invalid metadata
        header = read_header(data)
        if header:
            return _merge(_fields(find_blocks(data, header.format)))
    return UNKNOWN


def _fields(blocks: MetadataBlocks) -> Iterator[Fields]:
    """The fields of each block, by precedence. An invalid block loses only itself."""
    for packet in blocks.xmp[:_MAX_XMP_PACKETS]:
        yield _try(_from_xmp, packet)
    yield _try(_from_iim, blocks.iim)
    for exif in blocks.exif:
        yield _try(_from_exif, exif)
    yield _try(_from_png_text, blocks.text)


def _try(read: Callable[[Any], Fields], block: object) -> Fields:
    with suppress(Exception):
        return read(block)
    return {}


def _merge(blocks: Iterable[Mapping[str, Any]]) -> Provenance:
    """For each field the first value that is not empty."""
    fields: Fields = {}
    for block in blocks:
        fields = {name: value for name, value in block.items() if value} | fields
    return Provenance(**fields)


# ── XMP ──────────────────────────────────────────────────────────────────────────────────────────────


def _from_xmp(packet: bytes) -> Fields:
    text = packet.decode("utf-8").strip("\0\ufeff \r\n\t")
    if len(packet) > MAX_XMP_BYTES or "<!DOCTYPE" in text:
        return {}
    root = ElementTree.fromstring(text)  # noqa: S314 - no entities without a document type
    return {
        "creators": tuple(_values(root, "dc:creator")),
        "rights": next(_values(root, "dc:rights"), ""),
        "credit": next(_values(root, "photoshop:Credit"), ""),
        "source": next(_values(root, "Iptc4xmpExt:DigitalSourceType"), ""),
        "usage_terms": next(_values(root, "xmpRights:UsageTerms"), ""),
        "web_statement": next(_values(root, "xmpRights:WebStatement"), ""),
        "licensors": tuple(_licensors(root)),
    }


def _values(root: ElementTree.Element, name: str) -> Iterator[str]:
    """The values of a property in each of RDF's notations: list items, an element, an attribute."""
    qualified, resource = _qualified(name), _qualified("rdf:resource")
    for description in root.iter(_qualified("rdf:Description")):
        yield from filter(None, [description.get(qualified)])
        for element in description.iterfind(qualified):
            items = list(element.iter(_qualified("rdf:li"))) or [element]
            yield from filter(None, (item.text or item.get(resource) for item in items))


def _licensors(root: ElementTree.Element) -> Iterator[Licensor]:
    """Each licensor is a structure: in a list item or alone."""
    for element in root.iter(_qualified("plus:Licensor")):
        for structure in list(element.iter(_qualified("rdf:li"))) or [element]:
            name, url = (_member(structure, f"plus:Licensor{member}") for member in ("Name", "URL"))
            if name or url:
                yield Licensor(name, url)


def _member(structure: ElementTree.Element, name: str) -> str:
    """A member of a structure: an attribute or an element, of the structure or of a description in it."""
    qualified, resource = _qualified(name), _qualified("rdf:resource")
    for element in structure.iter():
        if element.tag == qualified:
            return "".join(element.itertext()).strip() or element.get(resource, "")
        if qualified in element.attrib:
            return element.attrib[qualified]
    return ""


def _qualified(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{XML_NAMESPACES[prefix]}}}{local}"


# ── IPTC-IIM, EXIF, PNG texts ────────────────────────────────────────────────────────────────────────


def _from_iim(records: IimRecords) -> Fields:
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


def _from_exif(block: bytes) -> Fields:
    exif = Image.Exif()
    exif.load(block)
    artist, rights = (
        _decode(str(exif.get(tag, "")).encode("latin-1", "ignore"))  # undoes Pillow's decoding
        for tag in (ExifTags.Base.Artist, ExifTags.Base.Copyright)
    )
    return {"creators": _names(artist), "rights": rights.partition("\0")[0]}


def _from_png_text(texts: Mapping[bytes, bytes]) -> Fields:
    author, rights = (_decode(texts.get(keyword, b"")) for keyword in (b"Author", b"Copyright"))
    return {"creators": _names(author), "rights": rights}


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(";") if name.strip())


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8").rstrip("\0")
    except UnicodeDecodeError:
        return raw.decode("latin-1").rstrip("\0")
