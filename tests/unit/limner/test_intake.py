"""Every kind of file a seller may send: what is accepted looks right, the rest is refused by name."""

import struct
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from limner.errors import PhotoRefused, RefusalCode
from limner.pictures.headers_jpeg import MOST_SCANS
from limner.pictures.intake import Header, Limits, check_header, check_size, open_photo
from tests.pictures import (
    ADOBE_GAMMA,
    ADOBE_RGB,
    COLOURS,
    DISPLAY_P3,
    FORMATS,
    INKS_LAB,
    chart,
    cmyk_profile,
    encoded,
    grey_profile,
    lab_to_xyz,
    patch_colours,
    png,
    png_chunk,
    png_rows,
    rgb_profile,
    to_srgb,
    turned,
)

LIMITS = Limits()
NEAR = {"JPEG": 3, "PNG": 0, "WEBP": 0, "AVIF": 3}
"""Largest difference of a channel (of 255) that each format's own coding may bring at these settings."""


def refusal(data: bytes, limits: Limits = LIMITS) -> PhotoRefused:
    with pytest.raises(PhotoRefused) as caught:
        open_photo(data, limits)
    return caught.value


def assert_shows(image: Image.Image, expected: object, within: int) -> None:
    difference = np.abs(patch_colours(image) - np.array(expected))
    assert difference.max() <= within, patch_colours(image)


# --- accepted


STORED = {
    "RGB": chart(),
    "RGBA": chart(mode="RGBA"),
    "L": chart(mode="L"),
    "LA": chart(mode="LA"),
    "P": chart().quantize(16),
    "P with alpha": chart(mode="RGBA").quantize(16),
    "1": chart(mode="L").convert("1", dither=Image.Dither.NONE),
    "I;16": Image.fromarray(np.asarray(chart(mode="L")).astype(np.uint16) * 257),
    "CMYK": chart(mode="CMYK"),
}
HELD = {
    "JPEG": ["RGB", "L", "CMYK"],
    "PNG": ["RGB", "RGBA", "L", "LA", "P", "P with alpha", "1", "I;16"],
    "WEBP": ["RGB", "RGBA"],
    "AVIF": ["RGB", "RGBA", "L"],
}


@pytest.mark.parametrize(("format_", "kind"), [(f, kind) for f in FORMATS for kind in HELD[f]])
def test_every_mode_a_format_can_hold_becomes_rgb(format_: str, kind: str) -> None:
    image = open_photo(encoded(STORED[kind], format_), LIMITS)
    grey = STORED[kind if kind == "1" else "L"]
    expected = grey.convert("RGB") if kind in ("1", "L", "LA", "I;16") else chart()
    assert (image.mode, image.size, image.info) == ("RGB", (96, 64), {})
    assert_shows(image, patch_colours(expected), NEAR[format_])


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_orientations_come_out_upright_and_are_reset(format_: str, orientation: int) -> None:
    image = open_photo(turned(chart(), format_, orientation), LIMITS)
    assert image.size == (96, 64)
    assert_shows(image, COLOURS, NEAR[format_])
    assert not image.getexif()
    again = open_photo(encoded(image, format_), LIMITS)
    assert_shows(again, COLOURS, 2 * NEAR[format_])


def test_an_orientation_in_xmp_alone_is_not_applied() -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf tiff:Orientation="6"/></x:xmpmeta>'
    assert open_photo(encoded(chart(), "JPEG", xmp=xmp), LIMITS).size == (96, 64)


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0nonsense", b"Exif\0\0II*\0\xff\xff\xff\xff"])
def test_broken_exif_is_no_reason_to_refuse(exif: bytes) -> None:
    assert_shows(open_photo(encoded(chart(), "JPEG", exif=exif), LIMITS), COLOURS, NEAR["JPEG"])


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    ("primaries", "gamma"), [(DISPLAY_P3, 2.2), (ADOBE_RGB, ADOBE_GAMMA)], ids=["Display P3", "Adobe RGB"]
)
def test_wide_colours_reach_srgb(format_: str, primaries: np.ndarray, gamma: float) -> None:
    data = encoded(chart(), format_, icc_profile=rgb_profile(primaries, gamma))
    linear = (np.array(COLOURS) / 255) ** (round(gamma * 256) / 256)
    expected = to_srgb(linear @ primaries.T)
    assert np.abs(expected - np.array(COLOURS)).max() > 10
    assert_shows(open_photo(data, LIMITS), expected, 2 + NEAR[format_])


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "AVIF"])
def test_colours_are_managed_under_transparency_too(format_: str) -> None:
    picture = chart(mode="RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size).point(lambda v: max(v, 60)))
    image = open_photo(encoded(picture, format_, icc_profile=rgb_profile(ADOBE_RGB, ADOBE_GAMMA)), LIMITS)
    expected = to_srgb((np.array(COLOURS) / 255) ** ADOBE_GAMMA @ ADOBE_RGB.T)
    assert image.mode == "RGBA"
    assert_shows(image.convert("RGB"), expected, 2 + NEAR[format_])
    assert np.abs(np.asarray(image)[..., 3].astype(int) - np.asarray(picture)[..., 3]).max() <= NEAR[format_]


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_grey_profile_is_applied(mode: str) -> None:
    image = open_photo(encoded(chart(mode=mode), "PNG", icc_profile=grey_profile(1.0)), LIMITS)
    light = patch_colours(chart(mode="L")) / 255
    assert_shows(image, to_srgb(light[:, None] * np.array([[0.9642, 1.0, 0.8249]])), 2)


def _inks(order: list[int]) -> Image.Image:
    """The chart's patches as full inks, by their bits C M Y K."""
    values = [[255 * (inks >> bit & 1) for bit in (3, 2, 1, 0)] for inks in order]
    patches = Image.frombytes("CMYK", (3, 2), bytes(np.array(values, np.uint8)))
    return patches.resize((96, 64), Image.Resampling.NEAREST)


INKS = [0b0000, 0b1000, 0b0100, 0b0010, 0b0110, 0b0001]


def test_cmyk_goes_through_its_profile() -> None:
    data = encoded(_inks(INKS), "JPEG", icc_profile=cmyk_profile())
    lab = np.array([INKS_LAB.get(inks, (0, 0, 0)) for inks in INKS], float)
    assert_shows(open_photo(data, LIMITS), to_srgb(lab_to_xyz(lab)), 6)


NAIVE_INKS = [(255, 255, 255), (0, 255, 255), (255, 0, 255), (255, 255, 0), (255, 0, 0), (0, 0, 0)]


@pytest.mark.parametrize("profile", [b"", b"not a profile", rgb_profile(DISPLAY_P3, 2.2)])
def test_cmyk_without_a_usable_profile_is_ink_over_white(profile: bytes) -> None:
    data = encoded(_inks(INKS), "JPEG", icc_profile=profile)
    assert b"Adobe" in data
    assert_shows(open_photo(data, LIMITS), NAIVE_INKS, 3)


def test_cmyk_without_adobes_marker_is_not_inverted() -> None:
    inverted = Image.frombytes("CMYK", (96, 64), bytes(255 - v for v in _inks(INKS).tobytes()))
    data = encoded(inverted, "JPEG")
    at = data.index(b"\xff\xee\x00\x0eAdobe")
    assert_shows(open_photo(data[:at] + data[at + 16 :], LIMITS), NAIVE_INKS, 3)


@pytest.mark.parametrize(
    "profile",
    [b"x", rgb_profile(DISPLAY_P3, 2.2)[:200], cmyk_profile(), grey_profile(2.2), bytes(500)],
    ids=["junk", "cut off", "for CMYK", "for grey", "zeros"],
)
def test_an_unusable_profile_counts_as_srgb(profile: bytes) -> None:
    assert_shows(open_photo(encoded(chart(), "PNG", icc_profile=profile), LIMITS), COLOURS, 0)


@pytest.mark.parametrize("colour_type", [0, 2, 4, 6], ids=["grey", "RGB", "grey+alpha", "RGBA"])
def test_sixteen_bits_are_scaled_and_not_clipped(colour_type: int) -> None:
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour_type]
    ramp = np.linspace(0, 65535, 64 * 64).astype(np.uint16).reshape(64, 64, 1).repeat(channels, 2)
    if colour_type in (4, 6):
        ramp[..., -1] = 65535
    image = open_photo(png((64, 64), 16, colour_type, png_rows(ramp)), LIMITS)
    difference = np.asarray(image)[..., 0] - ramp[..., 0] / 257
    assert np.abs(difference).max() < 1


QUARTERS = np.array([[0, 1], [2, 3]], np.uint8).repeat(32, 0).repeat(32, 1)
TWO_BITS = b"".join(b"\0" + np.packbits(row[:, None] >> [1, 0] & 1).tobytes() for row in QUARTERS)
SIXTEEN_BITS = (QUARTERS.astype(np.uint16) * 20000 + 300)[..., None]
PALETTE = png_chunk(b"PLTE", bytes(range(12)))
KEYED = {
    "2-bit grey": (2, 0, TWO_BITS, b"\0\2"),
    "8-bit grey": (8, 0, png_rows(QUARTERS), b"\0\2"),
    "16-bit grey": (16, 0, png_rows(SIXTEEN_BITS), struct.pack(">H", 40300)),
    "16-bit RGB": (16, 2, png_rows(SIXTEEN_BITS.repeat(3, 2)), struct.pack(">3H", *[40300] * 3)),
    "one entry of a palette": (8, 3, png_rows(QUARTERS), b"\xff\xff\0"),
    "a palette's table": (8, 3, png_rows(QUARTERS), b"\xff\xff\0\xff"),
}


@pytest.mark.parametrize("kind", KEYED)
def test_a_transparent_colour_is_found_on_its_own_scale(kind: str) -> None:
    bits, colour_type, rows, key = KEYED[kind]
    extra = [PALETTE] if colour_type == 3 else []
    image = open_photo(png((64, 64), bits, colour_type, rows, *extra, png_chunk(b"tRNS", key)), LIMITS)
    quarters = [image.getpixel(at) for at in ((16, 16), (48, 16), (16, 48), (48, 48))]
    assert [quarter[3] for quarter in quarters] == [255, 255, 0, 255]


def test_half_transparent_palette() -> None:
    alpha = png_chunk(b"tRNS", b"\xff\x80\x40\xff")
    image = open_photo(png((64, 64), 8, 3, png_rows(QUARTERS), PALETTE, alpha), LIMITS)
    assert image.getpixel((48, 16)) == (3, 4, 5, 0x80)
    assert image.getpixel((16, 48)) == (6, 7, 8, 0x40)


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "AVIF"])
def test_alpha_is_kept_only_where_something_shows_through(format_: str) -> None:
    clear = chart(mode="RGBA")
    assert open_photo(encoded(clear, format_), LIMITS).mode == "RGB"
    clear.paste((0, 0, 0, 0), (0, 0, 32, 32))
    assert open_photo(encoded(clear, format_), LIMITS).mode == "RGBA"


@pytest.mark.parametrize("format_", FORMATS)
def test_what_a_phone_hangs_on_behind_the_picture_is_passed_over(format_: str) -> None:
    film = b"\0\0\0\x18ftypmp42" + b"\xff\xda\0\2" * 500
    box = struct.pack(">I4s", 8 + len(film), b"free") if format_ == "AVIF" else b""
    assert_shows(open_photo(encoded(chart(), format_) + box + film, LIMITS), COLOURS, NEAR[format_])


def test_a_two_picture_jpeg_is_its_first_picture() -> None:
    data = encoded(chart(), "MPO", save_all=True, append_images=[chart().rotate(180)], quality=100)
    assert check_header(data, complete=True, limits=LIMITS) == Header("JPEG", 96, 64)
    assert open_photo(data, LIMITS).size == (96, 64)


def test_an_animation_of_one_frame_is_a_photo() -> None:
    control = png_chunk(b"acTL", struct.pack(">II", 1, 0))
    frame = png_chunk(b"fcTL", struct.pack(">5I2H2B", 0, 64, 64, 0, 0, 1, 1, 0, 0))
    rows = png_rows(np.zeros((64, 64, 3), np.uint8))
    assert open_photo(png((64, 64), 8, 2, rows, control, frame), LIMITS).size == (64, 64)


# --- refused

FOREIGN = {
    "GIF": b"GIF89a",
    "TIFF": b"II*\0",
    "BMP": b"BM" + bytes(12) + b"\x28\0\0\0",
    "ICO": b"\0\0\1\0",
    "PSD": b"8BPS",
    "PDF": b"%PDF-1.7",
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "HEIF": b"\0\0\0\x18ftypmif1\0\0\0\0mif1miaf",
    "JPEG XL": b"\xff\x0a",
    "JPEG 2000": b"\0\0\0\x0cjP  \r\n",
    "video": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
    "SVG": b'<?xml version="1.0"?>\n<!-- a drawing -->\n<svg xmlns="http://www.w3.org/2000/svg">',
}


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("padding", [0, 5000])
def test_known_but_unwanted_formats_are_named(name: str, padding: int) -> None:
    refused = refusal(FOREIGN[name] + bytes(padding))
    assert refused.code == RefusalCode.UNSUPPORTED_FORMAT
    assert name in refused.message


@pytest.mark.parametrize(
    "format_", ["GIF", "TIFF", "BMP", "ICO", "PPM", "PDF", "JPEG2000", "DDS", "QOI", "EPS"]
)
def test_what_pillow_itself_writes_in_other_formats_is_unsupported(format_: str) -> None:
    assert refusal(encoded(chart(), format_)).code == RefusalCode.UNSUPPORTED_FORMAT


@pytest.mark.parametrize(
    "data",
    [b"x", b"hello, this is a price list\n" * 200, b"<html><body>", bytes(9000), b"\xff\xd8", b"PK\3\4" * 50],
)
def test_what_is_no_picture_is_said_to_be_none(data: bytes) -> None:
    assert refusal(data).code == RefusalCode.NOT_AN_IMAGE


def test_empty_and_too_big_files() -> None:
    assert refusal(b"").code == RefusalCode.EMPTY_FILE
    check_size(20 * 2**20, LIMITS)
    with pytest.raises(PhotoRefused, match=r"20\.0? ?MB|25 MB") as caught:
        check_size(25 * 2**20, LIMITS)
    assert caught.value.code == RefusalCode.TOO_MANY_BYTES


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97])
def test_a_file_cut_off_is_damaged(format_: str, share: float) -> None:
    noisy = Image.effect_noise((96, 64), 80).convert("RGB")
    data = encoded(noisy, format_)
    cut = max(13, int(len(data) * share))
    assert refusal(data[:cut]).code == RefusalCode.DAMAGED_IMAGE


@pytest.mark.parametrize("format_", FORMATS)
def test_even_the_last_byte_is_missed(format_: str) -> None:
    assert refusal(encoded(chart(), format_)[:-1]).code == RefusalCode.DAMAGED_IMAGE


def test_a_wrong_checksum_is_damage() -> None:
    data = bytearray(encoded(chart(), "PNG"))
    at = data.index(b"IDAT")
    length = struct.unpack(">I", data[at - 4 : at])[0]
    data[at + 4 + length] ^= 1
    assert refusal(bytes(data)).code == RefusalCode.DAMAGED_IMAGE


@pytest.mark.parametrize(
    ("size", "code"),
    [
        ((10_000, 6_000), RefusalCode.TOO_MANY_PIXELS),
        ((5_001, 5_000), RefusalCode.TOO_MANY_PIXELS),
        ((2**31 - 1, 2**31 - 1), RefusalCode.TOO_MANY_PIXELS),
        ((4, 400), RefusalCode.TOO_SMALL),
        ((31, 32), RefusalCode.TOO_SMALL),
        ((32, 641), RefusalCode.EXTREME_ASPECT),
        ((641, 32), RefusalCode.EXTREME_ASPECT),
        ((0, 100), RefusalCode.DAMAGED_IMAGE),
    ],
)
def test_sizes_are_judged_by_the_header_alone(size: tuple[int, int], code: RefusalCode) -> None:
    data = png(size, 8, 2, None)
    assert refusal(data).code == code
    with pytest.raises(PhotoRefused) as caught:
        check_header(data[:60], complete=len(data) <= 60, limits=LIMITS)
    assert caught.value.code == code


def test_the_limits_themselves_are_allowed() -> None:
    assert open_photo(encoded(chart(32, 640), "PNG"), LIMITS).size == (32, 640)
    assert check_header(png((5_000, 5_000), 8, 2, None), complete=True, limits=LIMITS)


def test_a_refusal_says_what_was_given_and_what_is_allowed() -> None:
    assert refusal(png((10_000, 6_000), 8, 2, None)).message == (
        "This photo is 10000 × 6000 pixels (60.0 megapixels); the most we accept is 25 megapixels."
    )


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "AVIF"])
def test_animations_are_several_frames(format_: str) -> None:
    data = encoded(chart(), format_, save_all=True, append_images=[chart().rotate(180)])
    assert refusal(data).code == RefusalCode.SEVERAL_FRAMES


def test_a_jpeg_of_twelve_bits_is_not_called_damaged() -> None:
    data = bytearray(encoded(chart(), "JPEG"))
    data[data.index(b"\xff\xc0") + 4] = 12
    assert refusal(bytes(data)).code == RefusalCode.UNSUPPORTED_FORMAT


# --- files built to be expensive


def test_a_jpeg_may_not_send_the_decoder_over_itself_again_and_again() -> None:
    data = encoded(chart(), "JPEG", progressive=True)
    last_scan = data[data.rindex(b"\xff\xda") : -2]
    assert open_photo(data[:-2] + last_scan * 3 + data[-2:], LIMITS)
    hostile = data[:-2] + last_scan * MOST_SCANS + data[-2:]
    assert refusal(hostile).code == RefusalCode.DAMAGED_IMAGE


@pytest.mark.parametrize(
    "data",
    [
        png((64, 64), 8, 2, b"", *[png_chunk(b"tEXt", b"")] * 300_000),
        b"\xff\xd8" + b"\xff\xfe\0\2" * 900_000,
        b"\0\0\0\x10ftypavif\0\0\0\0" + b"\0\0\0\x08free" * 400_000,
    ],
    ids=["PNG", "JPEG", "AVIF"],
)
def test_a_file_of_nothing_but_parts_is_given_up(data: bytes) -> None:
    assert refusal(data).code == RefusalCode.DAMAGED_IMAGE


@pytest.mark.parametrize("alpha", [False, True])
def test_an_avif_cannot_hide_a_larger_picture_behind_a_small_size(alpha: bool) -> None:
    data = encoded(chart(800, 600, "RGBA" if alpha else "RGB"), "AVIF")
    hidden = data.replace(struct.pack(">II", 800, 600), struct.pack(">II", 80, 60))
    limits = Limits(max_pixels=100_000)
    assert refusal(hidden, limits).code == RefusalCode.TOO_MANY_PIXELS


def _item_places(items: int, count: int) -> bytes:
    """An AVIF of many items, each said to lie in `count` places that take no bytes to name."""
    places = b"".join(struct.pack(">HHH", number, 0, count) for number in range(items))
    iloc = b"iloc\0\0\0\0\0\0" + struct.pack(">H", items) + places
    sizes = b"\0\0\0\x24iprp\0\0\0\x1cipco\0\0\0\x14ispe\0\0\0\0" + struct.pack(">II", 64, 64)
    meta = b"meta\0\0\0\0" + sizes + struct.pack(">I", len(iloc) + 4) + iloc
    return b"\0\0\0\x10ftypavif\0\0\0\0" + struct.pack(">I", len(meta) + 4) + meta


@pytest.mark.parametrize(("items", "count"), [(65_535, 1), (4096, 16), (2, 65_535)])
def test_items_in_countless_places_are_not_counted(items: int, count: int) -> None:
    assert refusal(_item_places(items, count)).code == RefusalCode.DAMAGED_IMAGE


def test_text_that_unpacks_to_gigabytes_is_not_unpacked() -> None:
    bomb = png_chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(30_000_000)))
    rows = png_rows(np.zeros((64, 64, 3), np.uint8))
    assert refusal(png((64, 64), 8, 2, rows, *[bomb] * 50)).code == RefusalCode.DAMAGED_IMAGE


# --- a part of the file


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("extended", [False, True])
def test_a_beginning_decides_as_the_whole_does_or_not_at_all(format_: str, extended: bool) -> None:
    options = {"icc_profile": rgb_profile(DISPLAY_P3, 2.2)} if extended else {}
    data = encoded(chart(), format_, **options)
    whole = check_header(data, complete=True, limits=LIMITS)
    parts = [check_header(data[:cut], complete=False, limits=LIMITS) for cut in range(len(data) + 1)]
    assert whole is not None
    assert (whole.format, whole.width, whole.height, whole.frames) == (format_, 96, 64, 1)
    known = next(i for i, part in enumerate(parts) if part)
    assert parts == [None] * known + [whole] * (len(parts) - known)


def test_a_beginning_that_is_no_picture_is_refused_once_it_is_long_enough() -> None:
    text = b"a price list " * 1000
    assert check_header(text[:1000], complete=False, limits=LIMITS) is None
    with pytest.raises(PhotoRefused):
        check_header(text[:8000], complete=False, limits=LIMITS)


# --- anything at all

_PROFILE = rgb_profile(DISPLAY_P3, 2.2)
SEEDS = [
    *[encoded(chart(), f, icc_profile=_PROFILE) for f in FORMATS],
    *[turned(chart(mode="RGBA" if f != "JPEG" else "RGB"), f, 6) for f in FORMATS],
    *[encoded(chart(), f, save_all=True, append_images=[chart().rotate(180)]) for f in FORMATS[1:]],
    encoded(_inks(INKS), "JPEG", icc_profile=cmyk_profile()),
    encoded(chart(), "JPEG", progressive=True),
    encoded(chart(), "MPO", save_all=True, append_images=[chart()]),
    encoded(chart().quantize(4), "PNG", bits=2),
]

edits = st.lists(
    st.tuples(
        st.floats(0, 1), st.sampled_from(["set", "cut", "put", "swap"]), st.binary(min_size=1, max_size=4)
    ),
    min_size=1,
    max_size=8,
)


def mutated(data: bytes, changes: list[tuple[float, str, bytes]]) -> bytes:
    for share, kind, new in changes:
        # Most of what matters is at the beginning.
        at = int(share**2 * len(data))
        keep = {"set": len(new), "cut": 40 * len(new), "put": 0, "swap": 4 * len(new)}[kind]
        middle = {"set": new, "cut": b"", "put": new, "swap": data[at : at + keep][::-1]}[kind]
        data = data[:at] + middle + data[at + keep :]
    return data


def assert_settled(data: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            image = open_photo(data, LIMITS)
        except PhotoRefused as caught:
            refused = caught
        else:
            assert image.mode in ("RGB", "RGBA")
            assert min(image.size) >= LIMITS.min_side
            return
    assert refused.code in RefusalCode
    assert refused.message


@settings(max_examples=1000, deadline=None)
@given(st.sampled_from(SEEDS), edits)
def test_a_mutated_file_is_opened_or_refused_and_nothing_else(
    data: bytes, changes: list[tuple[float, str, bytes]]
) -> None:
    assert_settled(mutated(data, changes))


@settings(max_examples=150, deadline=None)
@given(edits)
def test_a_mutated_profile_never_fails_a_photo(changes: list[tuple[float, str, bytes]]) -> None:
    for profile, picture in ((_PROFILE, chart()), (cmyk_profile(), _inks(INKS))):
        broken = mutated(profile, changes)
        open_photo(encoded(picture, "JPEG", icc_profile=broken), LIMITS)


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP"]),
)
def test_noise_is_refused(noise: bytes, beginning: bytes) -> None:
    assert_settled(beginning + noise)
