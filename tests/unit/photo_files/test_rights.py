"""Licence fields and the places of metadata in a file: behind the pixels, compressed, in several parts."""

import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from photo_files import bounded
from photo_files.formats.jpeg import header_of_jpeg
from photo_files.intake import Limits
from photo_files.metadata.provenance import SOURCE_TYPE_URL, STYLED, TRAINED, UNKNOWN, Licensor, Provenance
from photo_files.metadata.provenance_reader import read_provenance
from photo_files.metadata.provenance_writer import _exif, _xmp, save_options
from photo_files.variants import encode_rendition, encode_variants
from tests.pictures import FORMATS, chart, encoded

LICENSED = Provenance(
    ("Ana Example",),
    "© Example Studio",
    "Example Studio",
    usage_terms="Editorial use only",
    web_statement="https://example.com/licence",
    licensors=(Licensor("Example Sales", "https://example.com/buy"),),
)
XMP = _xmp(LICENSED).encode()
EXIF = _exif(Provenance(("Ana Example",), "© Example Studio")).removeprefix(b"Exif\0\0")
FROM_EXIF = Provenance(("Ana Example",), "© Example Studio")


def png_with(*chunks: tuple[bytes, bytes], behind_pixels: bool = True) -> bytes:
    data = encoded(chart(), "PNG")
    at = data.index(b"IEND" if behind_pixels else b"IDAT") - 4
    added = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    return data[:at] + added + data[at:]


def hexadecimal(name: str, block: bytes) -> bytes:
    """ImageMagick's notation of a profile in a text chunk."""
    return f"\n{name}\n{len(block):8}\n{block.hex()}\n".encode()


XMP_KEYWORD = b"XML:com.adobe.xmp\0"
PNG_NOTES: dict[str, tuple[tuple[bytes, bytes], Provenance]] = {
    "XMP": ((b"iTXt", XMP_KEYWORD + b"\0\0\0\0" + XMP), LICENSED),
    "compressed XMP": ((b"iTXt", XMP_KEYWORD + b"\1\0en\0\0" + zlib.compress(XMP)), LICENSED),
    "XMP profile": ((b"zTXt", b"Raw profile type xmp\0\0" + zlib.compress(hexadecimal("xmp", XMP))), LICENSED),
    "EXIF": ((b"eXIf", EXIF), FROM_EXIF),
    "EXIF profile": ((b"tEXt", b"Raw profile type exif\0" + hexadecimal("exif", b"Exif\0\0" + EXIF)), FROM_EXIF),
    "Author": ((b"tEXt", "Author\0Zoë".encode("latin-1")), Provenance(("Zoë",))),
    "Copyright": ((b"zTXt", b"Copyright\0\0" + zlib.compress("© Mugs".encode("latin-1"))), Provenance(rights="© Mugs")),
    "Author in UTF-8": ((b"iTXt", b"Author\0\0\0\0\0" + "山田".encode()), Provenance(("山田",))),
}  # fmt: skip


@pytest.mark.parametrize("behind_pixels", [False, True], ids=["before the pixels", "behind the pixels"])
@pytest.mark.parametrize("note", PNG_NOTES)
def test_notes_of_a_png_are_read_wherever_they_are(note: str, behind_pixels: bool) -> None:
    chunk, expected = PNG_NOTES[note]
    assert read_provenance(png_with(chunk, behind_pixels=behind_pixels)) == expected


def test_xmp_takes_precedence_over_the_texts_of_a_png() -> None:
    texts = ((b"tEXt", b"Author\0Nobody"), (b"tEXt", b"Copyright\0nobody's"))
    assert read_provenance(png_with(*texts, PNG_NOTES["XMP"][0])) == LICENSED


@pytest.mark.parametrize("format_", FORMATS)
def test_licence_fields_are_kept_in_every_output_format(format_: str) -> None:
    data = encoded(chart(640, 480), format_, **save_options(LICENSED, format_))
    opened = bounded.open_photo(data, Limits())
    assert opened.provenance == LICENSED
    outputs = [
        *encode_variants(opened.image, opened.provenance),
        encode_rendition(opened.image, opened.provenance),
        encode_rendition(opened.image.convert("RGBA").resize((40, 16_384)), opened.provenance),
    ]
    assert {output.content_type.partition("/")[2].upper() for output in outputs} == set(FORMATS)
    for output in outputs:
        assert read_provenance(output.body) == LICENSED, output.name


def test_notes_behind_the_pixels_are_kept_in_every_variant() -> None:
    variants = bounded.make_variants(png_with(PNG_NOTES["XMP"][0]), Limits()).pictures
    assert {read_provenance(variant.body) for variant in variants} == {LICENSED}


def _webp(*order: bytes) -> bytes:
    data = encoded(chart(), "WEBP", xmp=XMP, exif=EXIF)
    chunks, at = {}, 12
    while at < len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        chunks[kind] = data[at : at + 8 + length + length % 2]
        at += 8 + length + length % 2
    body = b"".join(chunks[kind] for kind in order)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


@pytest.mark.parametrize(
    "order",
    [
        (b"VP8X", b"XMP ", b"EXIF", b"VP8L"),
        (b"VP8X", b"VP8L", b"XMP ", b"EXIF"),
        (b"VP8X", b"EXIF", b"VP8L", b"XMP "),
        (b"VP8L", b"XMP "),
    ],
    ids=b" ".join,
)
def test_chunks_of_a_webp_are_read_in_any_order(order: tuple[bytes, ...]) -> None:
    assert read_provenance(_webp(*order)) == LICENSED


def _segment(body: bytes) -> bytes:
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def test_extended_xmp_of_a_jpeg_is_read_from_its_parts_in_any_order() -> None:
    digest, half = b"0" * 32, len(XMP) // 2
    header = b"http://ns.adobe.com/xmp/extension/\0" + digest
    parts = [
        _segment(header + struct.pack(">II", len(XMP), at) + XMP[at:end])
        for at, end in ((half, len(XMP)), (0, half))
    ]
    main = _segment(b"http://ns.adobe.com/xap/1.0/\0" + _xmp(Provenance(credit="Main")).encode())
    jpeg = encoded(chart(), "JPEG")
    provenance = read_provenance(jpeg[:2] + main + b"".join(parts) + jpeg[2:])
    assert (provenance.credit, provenance.licensors) == ("Main", LICENSED.licensors)


@pytest.mark.parametrize("at", [0, 2**20, 2**32 - 1])
def test_extended_xmp_of_wrong_lengths_is_ignored(at: int) -> None:
    part = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + struct.pack(">II", 2**32 - 1, at) + XMP
    jpeg = encoded(chart(), "JPEG")
    assert read_provenance(jpeg[:2] + _segment(part) + jpeg[2:]) == UNKNOWN


# ── Notations ────────────────────────────────────────────────────────────────────────────────────────

NAMESPACES = (
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/" '
    'xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/" '
    'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
)
BUY = "https://example.com/buy"


def _read(attributes: str, elements: str = "") -> Provenance:
    packet = f"<rdf:RDF {NAMESPACES}><rdf:Description {attributes}>{elements}</rdf:Description></rdf:RDF>"
    return read_provenance(encoded(chart(), "WEBP", xmp=packet.encode()))


@pytest.mark.parametrize(
    "structure",
    [
        f'<rdf:li rdf:parseType="Resource"><plus:LicensorURL>{BUY}</plus:LicensorURL></rdf:li>',
        f'<rdf:li plus:LicensorURL="{BUY}"/>',
        f'<rdf:li><rdf:Description plus:LicensorURL="{BUY}"/></rdf:li>',
        f"<rdf:li><rdf:Description><plus:LicensorURL>{BUY}</plus:LicensorURL></rdf:Description></rdf:li>",
        f'<rdf:li rdf:parseType="Resource"><plus:LicensorURL rdf:resource="{BUY}"/></rdf:li>',
    ],
)
def test_a_licensor_is_read_in_each_notation_of_rdf(structure: str) -> None:
    provenance = _read("", f"<plus:Licensor><rdf:Seq>{structure}</rdf:Seq></plus:Licensor>")
    assert provenance.licensors == (Licensor(url=BUY),)


def test_a_web_statement_is_read_as_attribute_and_as_resource() -> None:
    assert _read(f'xmpRights:WebStatement="{BUY}"').web_statement == BUY
    assert _read("", f'<xmpRights:WebStatement rdf:resource="{BUY}"/>').web_statement == BUY


@pytest.mark.parametrize(
    "spelling",
    [
        TRAINED,
        TRAINED.replace("http:", "https:"),
        TRAINED + "/",
        TRAINED.upper(),
        f"  {TRAINED}\n",
        "digsrctype:trainedAlgorithmicMedia",
    ],
)
def test_spellings_of_a_source_type_mean_the_same(spelling: str) -> None:
    assert (
        _read("", f"<Iptc4xmpExt:DigitalSourceType>{spelling}</Iptc4xmpExt:DigitalSourceType>").source
        == TRAINED
    )
    assert Provenance(source=spelling).styled.source == TRAINED


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "//example.com/x",
        "https://",
        "https:// example.com",
        "https://example.com/<script>",
        'https://example.com/"onclick=',
        "https://[::1",
        "https://example.com/\x00",
        "https://example.com/" + "x" * 500,
        "not a URL",
    ],
)
def test_only_whole_http_and_https_urls_are_kept(url: str) -> None:
    provenance = Provenance(web_statement=url, licensors=(Licensor("Sales", url),))
    assert provenance == Provenance(licensors=(Licensor("Sales"),))
    assert Provenance(licensors=(Licensor(url=url),)) == UNKNOWN


# ── Bounds ───────────────────────────────────────────────────────────────────────────────────────────


def _bomb() -> bytes:
    return png_with((b"zTXt", b"Copyright\0\0" + zlib.compress(b"(" * 2**24)))


def _many_texts() -> bytes:
    return png_with(*[(b"tEXt", b"Author\0")] * 300, (b"tEXt", b"Copyright\0late"))


def test_texts_of_other_subjects_do_not_count() -> None:
    data = png_with(*[(b"tEXt", b"Comment\0x")] * 300, (b"tEXt", b"Copyright\0late"))
    assert read_provenance(data) == Provenance(rights="late")


def _wrong_length() -> bytes:
    return png_with((b"tEXt", b"Author\0Ana"))[:-30] + struct.pack(">I4s", 2**32 - 1, b"tEXt")


@pytest.mark.parametrize("make", [_bomb, _many_texts], ids=["unpacks to 16 MiB", "300 texts"])
def test_too_much_text_in_a_png_is_dropped(make: Callable[[], bytes]) -> None:
    assert read_provenance(make()) == UNKNOWN


def test_a_chunk_that_is_longer_than_the_file_ends_the_reading() -> None:
    assert read_provenance(_wrong_length()) in (UNKNOWN, Provenance(("Ana",)))


def test_a_broken_text_loses_only_itself() -> None:
    broken = [
        (b"zTXt", b"Copyright\0\0no zlib"),
        (b"tEXt", b"Raw profile type xmp\0\nxmp\n 3\nzz"),
        (b"iTXt", b""),
    ]
    assert read_provenance(png_with(*broken, (b"tEXt", b"Author\0Ana"))) == Provenance(("Ana",))


def test_pillow_s_own_texts_are_read() -> None:
    info = PngInfo()
    info.add_text("Author", "Ana Example; Max")
    info.add_itxt("Copyright", "© Mugs", zip=True)
    data = encoded(chart(), "PNG", pnginfo=info)
    assert read_provenance(data) == Provenance(("Ana Example", "Max"), "© Mugs")


def test_the_orientation_behind_the_pixels_still_counts() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = png_with((b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")))
    assert bounded.open_photo(data, Limits()).image.size == (64, 96)


def test_known_terms_are_not_invented() -> None:
    assert Provenance(source=SOURCE_TYPE_URL + "digitalCapture/more").source == ""
    assert Provenance(source="x" + STYLED).source == ""


@pytest.mark.parametrize(
    "segment",
    [b"\xff\xed\0\x16Photoshop 3.0\x008BIM\x04\x04", b"\xff\xe0\0\x07JFIF\0", b"\xff\xe1\0\x08Exif\0\0"],
    ids=["Photoshop", "JFIF", "EXIF"],
)
def test_an_invalid_segment_of_a_jpeg_loses_only_itself(segment: bytes) -> None:
    data = encoded(chart(), "JPEG", **save_options(LICENSED, "JPEG"))
    assert read_provenance(data[:2] + segment + data[2:]) == LICENSED


def test_what_lies_between_the_segments_of_a_jpeg_is_not_searched_for_metadata() -> None:
    data = encoded(chart(), "JPEG", **save_options(LICENSED, "JPEG"))
    filled = data[:2] + b"\xff" * 2**20 + data[2:]
    assert len(header_of_jpeg(filled, {0xE1, 0xED})) < len(data)
    assert read_provenance(filled) == LICENSED
