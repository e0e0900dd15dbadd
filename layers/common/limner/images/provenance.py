"""Whose a picture is and how it came to be: read from a seller's file, written into every picture made of it.

Fields after the IPTC Photo Metadata Standard; digital source types after https://cv.iptc.org/newscodes/digitalsourcetype.
Where several blocks of a file tell the same field, XMP is believed before IPTC-IIM, and that before EXIF.
"""

import struct
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from PIL import ExifTags, Image, ImageFile
from PIL.IptcImagePlugin import getiptcinfo
from PIL.PngImagePlugin import PngInfo

from limner.images.headers.sniff import read_header

SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
STYLED = SOURCES + "compositeWithTrainedAlgorithmicMedia"
ENHANCED = SOURCES + "algorithmicallyEnhanced"
TRAINED = SOURCES + "trainedAlgorithmicMedia"
_NOT_FROM_LIFE = frozenset(
    SOURCES + term
    for term in (
        "algorithmicMedia", "composite", "compositeSynthetic", "compositeWithTrainedAlgorithmicMedia",
        "dataDrivenMedia", "digitalArt", "digitalCreation", "screenCapture", "trainedAlgorithmicMedia",
        "virtualRecording",
    )
)  # fmt: skip
_FROM_LIFE = frozenset(
    SOURCES + term
    for term in (
        "algorithmicallyEnhanced", "compositeCapture", "computationalCapture", "digitalCapture", "humanEdits",
        "minorHumanEdits", "negativeFilm", "positiveFilm", "print",
    )
)  # fmt: skip

_MOST_CREATORS, _LONGEST = 8, 500
_MOST_XMP_BYTES = 256 * 1024
_UNPRINTED = frozenset({"Cc", "Cs", "Cn", "Co"})


def _line(text: object) -> str:
    """At most _LONGEST characters, spaces for line breaks, and nothing that XML forbids."""
    kept = (letter for letter in str(text)[: 2 * _LONGEST] if letter.isspace() or _is_printed(letter))
    return " ".join("".join(kept).split())[:_LONGEST].strip()


def _is_printed(letter: str) -> bool:
    return unicodedata.category(letter) not in _UNPRINTED


@dataclass(frozen=True)
class Provenance:
    """Whatever it is made of, its texts are one line each, bounded, and fit for XML once escaped; `source` is
    a digital source type, or empty where nobody said."""

    creators: tuple[str, ...] = ()
    rights: str = ""
    credit: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        creators = [_line(creator) for creator in self.creators[:_MOST_CREATORS]]
        known = self.source in _FROM_LIFE | _NOT_FROM_LIFE
        object.__setattr__(self, "creators", tuple(filter(None, creators)))
        object.__setattr__(self, "rights", _line(self.rights))
        object.__setattr__(self, "credit", _line(self.credit))
        object.__setattr__(self, "source", self.source if known else "")

    @property
    def styled(self) -> "Provenance":
        """Of a picture that a trained net painted over this one."""
        return replace(self, source=TRAINED if self.source == TRAINED else STYLED)

    @property
    def enhanced(self) -> "Provenance":
        """Of this picture with light and colour mended; what was never captured from life stays so."""
        return replace(self, source=self.source if self.source in _NOT_FROM_LIFE else ENHANCED)


UNKNOWN = Provenance()


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────


def read_provenance(data: bytes) -> Provenance:
    """What a photo that the intake has opened says of itself; nothing where that cannot be read."""
    with suppress(Exception):  # a photo is not refused for a broken note on its back
        header = read_header(data)
        with Image.open(BytesIO(data), formats=[header.format] if header else []) as image:
            return _merged([fields for read in _READERS for fields in _attempt(read, image)])
    return UNKNOWN


def _attempt(
    read: Callable[[ImageFile.ImageFile], dict[str, Any]], image: ImageFile.ImageFile
) -> Iterator[dict[str, Any]]:
    with suppress(Exception):
        yield read(image)


def _merged(told: Iterable[Mapping[str, Any]]) -> Provenance:
    fields: dict[str, Any] = {}
    for each in told:
        fields = {name: value for name, value in each.items() if value} | fields
    return Provenance(**fields)


_NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}


def _from_xmp(image: ImageFile.ImageFile) -> dict[str, Any]:
    packet = bytes(image.info.get("xmp", b""))
    text = packet.decode("utf-8").strip("\0\ufeff \r\n\t")
    if len(packet) > _MOST_XMP_BYTES or "<!DOCTYPE" in text:
        return {}
    root = ElementTree.fromstring(text)  # noqa: S314 - without a document type there are no entities
    return {
        "creators": tuple(_values(root, "dc:creator")),
        "rights": next(_values(root, "dc:rights"), ""),
        "credit": next(_values(root, "photoshop:Credit"), ""),
        "source": next(_values(root, "Iptc4xmpExt:DigitalSourceType"), ""),
    }


def _values(root: ElementTree.Element, name: str) -> Iterator[str]:
    """Of a property, in every way that RDF writes one: the items of a list, an element, an attribute."""
    qualified, resource = _qualified(name), _qualified("rdf:resource")
    for described in root.iter(_qualified("rdf:Description")):
        yield from filter(None, [described.get(qualified)])
        for element in described.iterfind(qualified):
            items = list(element.iter(_qualified("rdf:li"))) or [element]
            yield from filter(None, (item.text or item.get(resource) for item in items))


def _qualified(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{_NAMESPACES[prefix]}}}{local}"


_BY_LINE, _CREDIT, _COPYRIGHT = (2, 80), (2, 110), (2, 116)


def _from_iim(image: ImageFile.ImageFile) -> dict[str, Any]:
    told = getiptcinfo(image) or {}
    lines = {
        name: [_text(line) for line in _listed(told.get(name, []))]
        for name in (_BY_LINE, _CREDIT, _COPYRIGHT)
    }
    return {
        "creators": tuple(lines[_BY_LINE]),
        "rights": "".join(lines[_COPYRIGHT][:1]),
        "credit": "".join(lines[_CREDIT][:1]),
    }


def _listed(value: bytes | list[bytes]) -> list[bytes]:
    return value if isinstance(value, list) else [value]


def _from_exif(image: ImageFile.ImageFile) -> dict[str, Any]:
    exif = image.getexif()
    artist, rights = (
        _text(str(exif.get(tag, "")).encode("latin-1", "ignore"))  # so has Pillow decoded it
        for tag in (ExifTags.Base.Artist, ExifTags.Base.Copyright)
    )
    creators = tuple(name.strip() for name in artist.split(";") if name.strip())
    return {"creators": creators, "rights": rights.partition("\0")[0]}


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8").rstrip("\0")
    except UnicodeDecodeError:
        return raw.decode("latin-1").rstrip("\0")


_READERS = (_from_xmp, _from_iim, _from_exif)


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────


def embedded(provenance: Provenance, format_: str) -> dict[str, Any]:
    """What Pillow's `save` takes to write it into a file of this format; nothing for UNKNOWN."""
    if provenance == UNKNOWN:
        return {}
    packet = _xmp(provenance)
    options: dict[str, Any] = {"exif": _exif(provenance)} if provenance.creators or provenance.rights else {}
    if format_ == "PNG":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet)
        return options | {"pnginfo": info}
    if format_ == "JPEG":
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
    names = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _NAMESPACES.items())
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
        item = f'<rdf:li xml:lang="x-default">{escape(provenance.rights)}</rdf:li>'
        yield f"<dc:rights><rdf:Alt>{item}</rdf:Alt></dc:rights>"
    if provenance.credit:
        yield f"<photoshop:Credit>{escape(provenance.credit)}</photoshop:Credit>"
    if provenance.source:
        yield f"<Iptc4xmpExt:DigitalSourceType>{provenance.source}</Iptc4xmpExt:DigitalSourceType>"


def _iim(provenance: Provenance) -> bytes:
    """The APP13 segment with the ownership fields, each cut to the length that IIM 4.2 allows; or nothing."""
    fields = [
        *((_BY_LINE, creator, 32) for creator in provenance.creators),
        (_CREDIT, provenance.credit, 32),
        (_COPYRIGHT, provenance.rights, 128),
    ]
    records = b"".join(_dataset(*name, _cut(text, most)) for name, text, most in fields if text)
    if not records:
        return b""
    block = _dataset(1, 90, b"\x1b%G") + records  # all is UTF-8
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(block)) + block + bytes(len(block) % 2)
    segment = b"Photoshop 3.0\0" + resource
    return b"\xff\xed" + struct.pack(">H", len(segment) + 2) + segment


def _dataset(record: int, number: int, data: bytes) -> bytes:
    return struct.pack(">BBBH", 0x1C, record, number, len(data)) + data


def _cut(text: str, most: int) -> bytes:
    return text.encode()[:most].decode("utf-8", "ignore").encode()
