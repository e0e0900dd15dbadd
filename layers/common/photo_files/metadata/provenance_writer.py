"""Writes provenance into an encoded picture: XMP, IPTC-IIM (JPEG only) and EXIF."""

import struct
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from photo_files.metadata.provenance import (
    IIM_BY_LINE,
    IIM_COPYRIGHT,
    IIM_CREDIT,
    UNKNOWN,
    XML_NAMESPACES,
    Licensor,
    Provenance,
)


def save_options(provenance: Provenance, encoder: str) -> dict[str, Any]:
    """Arguments with which Pillow's `save` writes the provenance; none for UNKNOWN."""
    if provenance == UNKNOWN:
        return {}
    packet = _xmp(provenance)
    options: dict[str, Any] = {"exif": _exif(provenance)} if provenance.creators or provenance.rights else {}
    if encoder == "PNG":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet)
        return options | {"pnginfo": info}
    if encoder == "JPEG":
        options["extra"] = _iim(provenance)
    return options | {"xmp": packet.encode()}


def _exif(provenance: Provenance) -> bytes:
    exif = Image.Exif()
    if provenance.creators:
        exif[ExifTags.Base.Artist] = "; ".join(provenance.creators).encode()
    if provenance.rights:
        exif[ExifTags.Base.Copyright] = provenance.rights.encode()
    return exif.tobytes()


def _xmp(provenance: Provenance) -> str:
    names = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in XML_NAMESPACES.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF {names}><rdf:Description rdf:about="">{"".join(_properties(provenance))}'
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    )


def _properties(provenance: Provenance) -> Iterator[str]:
    if provenance.creators:
        items = "".join(f"<rdf:li>{escape(creator)}</rdf:li>" for creator in provenance.creators)
        yield f"<dc:creator><rdf:Seq>{items}</rdf:Seq></dc:creator>"
    if provenance.rights:
        yield f"<dc:rights>{_in_default_language(provenance.rights)}</dc:rights>"
    if provenance.usage_terms:
        terms = _in_default_language(provenance.usage_terms)
        yield f"<xmpRights:UsageTerms>{terms}</xmpRights:UsageTerms>"
    if provenance.web_statement:
        yield f"<xmpRights:WebStatement>{escape(provenance.web_statement)}</xmpRights:WebStatement>"
    if provenance.licensors:
        items = "".join(map(_licensor, provenance.licensors))
        yield f"<plus:Licensor><rdf:Seq>{items}</rdf:Seq></plus:Licensor>"
    if provenance.credit:
        yield f"<photoshop:Credit>{escape(provenance.credit)}</photoshop:Credit>"
    if provenance.source:
        yield f"<Iptc4xmpExt:DigitalSourceType>{provenance.source}</Iptc4xmpExt:DigitalSourceType>"


def _in_default_language(text: str) -> str:
    return f'<rdf:Alt><rdf:li xml:lang="x-default">{escape(text)}</rdf:li></rdf:Alt>'


def _licensor(licensor: Licensor) -> str:
    members = {"Name": licensor.name, "URL": licensor.url}
    elements = "".join(
        f"<plus:Licensor{name}>{escape(value)}</plus:Licensor{name}>"
        for name, value in members.items()
        if value
    )
    return f'<rdf:li rdf:parseType="Resource">{elements}</rdf:li>'


def _iim(provenance: Provenance) -> bytes:
    """An APP13 segment with the fields, truncated to IIM 4.2's maximum lengths; empty without fields."""
    fields = [
        *((IIM_BY_LINE, creator, 32) for creator in provenance.creators),
        (IIM_CREDIT, provenance.credit, 32),
        (IIM_COPYRIGHT, provenance.rights, 128),
    ]
    records = b"".join(_dataset(*tag, _truncate(text, max_bytes)) for tag, text, max_bytes in fields if text)
    if not records:
        return b""
    block = _dataset(1, 90, b"\x1b%G") + records  # declares UTF-8
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(block)) + block + bytes(len(block) % 2)
    segment = b"Photoshop 3.0\0" + resource
    return b"\xff\xed" + struct.pack(">H", len(segment) + 2) + segment


def _dataset(record: int, number: int, data: bytes) -> bytes:
    return struct.pack(">BBBH", 0x1C, record, number, len(data)) + data


def _truncate(text: str, max_bytes: int) -> bytes:
    return text.encode()[:max_bytes].decode("utf-8", "ignore").encode()
