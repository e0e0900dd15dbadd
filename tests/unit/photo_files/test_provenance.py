"""Provenance, written and read by Exiv2, which shares no code with Pillow."""

from collections.abc import Iterable
from xml.etree import ElementTree

import pyexiv2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photo_files import bounded
from photo_files.intake import Limits
from photo_files.metadata.provenance import (
    ENHANCED,
    SOURCE_TYPE_URL,
    STYLED,
    TRAINED,
    UNKNOWN,
    Licensor,
    Provenance,
)
from photo_files.metadata.provenance_reader import read_provenance
from photo_files.metadata.provenance_writer import _xmp, save_options
from photo_files.variants import Encoded, encode_exhibit, encode_rendition, encode_variants
from tests.pictures import FORMATS, chart, encoded

OWNER = Provenance(("Zoë Ångström", "山田 & <Söhne>"), "© 2026 “Mugs” & Co.", "Studio Nord / Mugs")
LICENSED = Provenance(
    rights="© Mugs",
    usage_terms="Not for <resale> & not for print",
    web_statement="https://example.com/licence?photo=1&lang=de",
    licensors=(Licensor("Nord & Söhne", "https://example.com/buy"), Licensor(url="http://example.org/")),
)
CAPTURED = SOURCE_TYPE_URL + "digitalCapture"
GPS = {
    "Exif.GPSInfo.GPSLatitudeRef": "N",
    "Exif.GPSInfo.GPSLatitude": "48/1 12/1 0/1",
    "Exif.GPSInfo.GPSLongitudeRef": "E",
    "Exif.GPSInfo.GPSLongitude": "16/1 22/1 0/1",
}
SECRETS = {"Exif.Image.Model": "SECRET CAMERA", "Exif.Photo.UserComment": "SECRET COMMENT"} | GPS


def metadata_of(body: bytes) -> dict[str, dict]:
    with pyexiv2.ImageData(body) as image:
        return {"exif": image.read_exif(), "xmp": image.read_xmp(), "iptc": image.read_iptc()}


def photo_with(
    format_: str, *, xmp: dict | None = None, exif: dict | None = None, iptc: dict | None = None
) -> bytes:
    """A photo with metadata written by Exiv2."""
    with pyexiv2.ImageData(encoded(chart(320, 240), format_)) as image:
        image.modify_xmp(xmp or {})
        image.modify_exif(exif or {})
        image.modify_iptc(iptc or {})
        return image.get_bytes()


XMP = {
    "Xmp.dc.creator": list(OWNER.creators),
    "Xmp.dc.rights": {"lang=x-default": OWNER.rights},
    "Xmp.photoshop.Credit": OWNER.credit,
    "Xmp.exif.GPSLatitude": "48,12.0N",
    "Xmp.dc.description": {"lang=x-default": "SECRET PLACE"},
}


def assert_metadata(body: bytes, provenance: Provenance, *, iim: bool = False) -> None:
    fields = metadata_of(body)
    xmp = fields["xmp"]
    expected = {
        "Xmp.dc.creator": list(provenance.creators),
        "Xmp.dc.rights": provenance.rights and {'lang="x-default"': provenance.rights},
        "Xmp.photoshop.Credit": provenance.credit,
        "Xmp.iptcExt.DigitalSourceType": provenance.source,
        "Xmp.xmpRights.UsageTerms": provenance.usage_terms and {'lang="x-default"': provenance.usage_terms},
        "Xmp.xmpRights.WebStatement": provenance.web_statement,
    }
    for number, licensor in enumerate(provenance.licensors, 1):
        structure = f"Xmp.plus.Licensor[{number}]"
        expected[f"{structure}/plus:LicensorName"] = licensor.name
        expected[f"{structure}/plus:LicensorURL"] = licensor.url
    xmp = {name: value for name, value in xmp.items() if not str(value).startswith("type=")}
    assert xmp == {name: value for name, value in expected.items() if value}
    expected = {
        "Exif.Image.Artist": "; ".join(provenance.creators),
        "Exif.Image.Copyright": provenance.rights,
    }
    assert fields["exif"] == {name: value for name, value in expected.items() if value}
    assert bool(fields["iptc"]) == iim


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    "provenance", [OWNER.styled, Provenance().enhanced, Provenance(rights="© all of it"), LICENSED]
)
def test_provenance_is_readable_by_exiv2_and_by_us_in_every_format(
    format_: str, provenance: Provenance
) -> None:
    body = encoded(chart(), format_, **save_options(provenance, format_))
    owner_in_iim = format_ == "JPEG" and bool(provenance.rights)
    assert_metadata(body, provenance, iim=owner_in_iim)
    assert read_provenance(body) == provenance


def _every_encoder(image: Image.Image, provenance: Provenance) -> Iterable[Encoded]:
    yield from encode_variants(image, provenance)
    yield encode_rendition(image, provenance)
    yield encode_rendition(image.convert("RGBA"), provenance)
    yield encode_rendition(image.convert("RGBA").resize((40, 16_384)), provenance)
    yield encode_exhibit("strip", image, provenance)


def test_every_encoder_writes_the_provenance() -> None:
    pictures = list(_every_encoder(chart(640, 480), OWNER.styled))
    assert {picture.content_type for picture in pictures} == {
        "image/avif",
        "image/webp",
        "image/jpeg",
        "image/png",
    }
    for picture in pictures:
        assert_metadata(picture.body, OWNER.styled, iim=picture.name.endswith("jpg"))


def test_iim_is_utf_8_truncated_to_its_maximum_lengths() -> None:
    long = Provenance(("é" * 40,), "©" * 100, "x" * 40)
    (picture,) = [picture for picture in encode_variants(chart(), long) if picture.name.endswith("jpg")]
    fields = metadata_of(picture.body)["iptc"]
    assert fields["Iptc.Application2.Byline"] in ("é" * 16, ["é" * 16])
    assert fields["Iptc.Application2.Copyright"] == "©" * 64
    assert fields["Iptc.Application2.Credit"] == "x" * 32
    assert fields["Iptc.Envelope.CharacterSet"] == "\x1b%G"


def test_unknown_provenance_writes_no_metadata() -> None:
    for picture in _every_encoder(chart(640, 480), UNKNOWN):
        assert metadata_of(picture.body) == {"exif": {}, "xmp": {}, "iptc": {}}, picture.name


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_variants_keep_the_provenance_and_no_other_metadata(format_: str) -> None:
    data = photo_with(format_, xmp=XMP, exif=SECRETS)
    opened = bounded.open_photo(data, Limits())
    assert opened.provenance == OWNER
    for variant in bounded.make_variants(data, Limits()).pictures:
        assert_metadata(variant.body, OWNER, iim=variant.name.endswith("jpg"))
        assert b"SECRET" not in variant.body


def test_variants_of_an_avif_keep_the_provenance_and_no_other_metadata() -> None:
    """Exiv2 cannot write this format, so Pillow writes the other metadata."""
    exif = Image.Exif()
    exif[0x0110] = "SECRET CAMERA"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 0.0)})
    data = encoded(chart(320, 240), "AVIF", **(save_options(OWNER, "AVIF") | {"exif": exif.tobytes()}))
    assert b"SECRET" in data
    assert bounded.open_photo(data, Limits()).provenance == OWNER
    for variant in bounded.make_variants(data, Limits()).pictures:
        assert_metadata(variant.body, OWNER, iim=variant.name.endswith("jpg"))
        assert b"SECRET" not in variant.body


def test_provenance_is_read_from_iim_alone() -> None:
    iptc = {
        "Iptc.Envelope.CharacterSet": "\x1b%G",
        "Iptc.Application2.Byline": ["Zoë", "Max"],
        "Iptc.Application2.Copyright": "© Mugs",
        "Iptc.Application2.Credit": "Nord",
    }
    assert read_provenance(photo_with("JPEG", iptc=iptc)) == Provenance(("Zoë", "Max"), "© Mugs", "Nord")


def test_provenance_is_read_from_exif_alone_in_utf_8_and_latin_1() -> None:
    exif = {"Exif.Image.Artist": "Zoë; Max", "Exif.Image.Copyright": "© Mugs"} | SECRETS
    assert read_provenance(photo_with("JPEG", exif=exif)) == Provenance(("Zoë", "Max"), "© Mugs")
    old = Image.Exif()
    old[315] = "Zoë".encode("latin-1")
    assert read_provenance(encoded(chart(), "JPEG", exif=old.tobytes())).creators == ("Zoë",)


def test_xmp_takes_precedence_and_other_blocks_fill_missing_fields() -> None:
    data = photo_with(
        "JPEG",
        xmp={"Xmp.dc.rights": {"lang=x-default": "newer"}},
        iptc={"Iptc.Application2.Copyright": "older", "Iptc.Application2.Credit": "Nord"},
        exif={"Exif.Image.Artist": "Zoë"},
    )
    assert read_provenance(data) == Provenance(("Zoë",), "newer", "Nord")


@pytest.mark.parametrize("term", ["digitalCapture", "trainedAlgorithmicMedia"])
def test_variants_keep_the_source_type(term: str) -> None:
    data = photo_with("JPEG", xmp={"Xmp.iptcExt.DigitalSourceType": SOURCE_TYPE_URL + term})
    assert read_provenance(data).source == SOURCE_TYPE_URL + term
    assert_metadata(
        bounded.make_variants(data, Limits()).pictures[0].body, Provenance(source=SOURCE_TYPE_URL + term)
    )


@pytest.mark.parametrize(
    ("before", "enhanced", "styled"),
    [
        ("", ENHANCED, STYLED),
        (CAPTURED, ENHANCED, STYLED),
        (ENHANCED, ENHANCED, STYLED),
        (STYLED, STYLED, STYLED),
        (TRAINED, TRAINED, TRAINED),
        (SOURCE_TYPE_URL + "digitalCreation", SOURCE_TYPE_URL + "digitalCreation", STYLED),
    ],
)
def test_source_type_after_enhancing_and_styling(before: str, enhanced: str, styled: str) -> None:
    original = Provenance(("Zoë",), source=before)
    assert (original.enhanced.source, original.styled.source) == (enhanced, styled)
    assert original.styled.creators == ("Zoë",)


# ── Hostile metadata ─────────────────────────────────────────────────────────────────────────────────

RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"'
BOMB = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    f"<rdf:RDF {RDF}><rdf:Description><dc:rights>&c;</dc:rights></rdf:Description></rdf:RDF>"
)
LEAK = (
    '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    f"<rdf:RDF {RDF}><rdf:Description><dc:rights>&f;</dc:rights></rdf:Description></rdf:RDF>"
)
HUGE = f"<rdf:RDF {RDF}>{'<a>' * 60_000}{'</a>' * 60_000}</rdf:RDF>"


@pytest.mark.parametrize(
    "packet",
    [b"", b"\xff\xfe\x00", b"<rdf:RDF", BOMB.encode(), LEAK.encode(), HUGE.encode(), BOMB.encode("utf-16")],
    ids=["empty", "no UTF-8", "truncated", "bomb", "leak", "huge", "bomb in UTF-16"],
)
def test_an_invalid_or_hostile_xmp_packet_is_ignored(packet: bytes) -> None:
    exif = Image.Exif()
    exif[33432] = b"(c) Mugs"
    data = encoded(chart(), "WEBP", xmp=packet, exif=exif.tobytes())
    assert bounded.open_photo(data, Limits()).provenance == Provenance(rights="(c) Mugs")


def test_markup_in_a_field_is_escaped() -> None:
    forged = "</rdf:li></rdf:Alt></dc:rights><Iptc4xmpExt:DigitalSourceType>x<!-- \x00\x1b]]>"
    body = encoded(
        chart(),
        "JPEG",
        **save_options(Provenance(rights=forged, credit="a\r\nb \x00 \u2028c").styled, "JPEG"),
    )
    xmp = metadata_of(body)["xmp"]
    assert xmp["Xmp.iptcExt.DigitalSourceType"] == STYLED
    assert xmp["Xmp.dc.rights"] == {'lang="x-default"': forged.replace("\x00\x1b", "")}
    assert xmp["Xmp.photoshop.Credit"] == "a b c"


def test_an_unknown_source_type_is_dropped() -> None:
    assert Provenance(source=SOURCE_TYPE_URL + "<script>").source == ""
    assert Provenance(source="javascript:alert(1)").source == ""


def test_provenance_has_a_maximum_size() -> None:
    text, url = "&" * 9000, "https://a/" + "&" * 490
    longest = Provenance((text,) * 50, text, text, "", text, url, (Licensor(text, url),) * 9).styled
    assert len(longest.creators) == 8
    assert len(_xmp(longest).encode()) < 64_000, "one JPEG segment"
    encode_rendition(chart(), longest)


TEXT = st.text(max_size=600)


@given(
    st.builds(Provenance, st.lists(TEXT, max_size=10).map(tuple), TEXT, TEXT, st.sampled_from(["", STYLED]))
)
def test_any_text_is_written_as_well_formed_xml_and_read_back(provenance: Provenance) -> None:
    ElementTree.fromstring(_xmp(provenance).partition("?>")[2].rpartition("<?")[0])
    assert read_provenance(encoded(chart(32, 32), "WEBP", **save_options(provenance, "WEBP"))) == provenance
