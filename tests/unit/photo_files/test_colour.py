"""Decoded colours against those that the file defines, as ΔE2000.

The references are computed from the colour spaces' specifications and share no code with the colour engine. A
ΔE2000 of 1 is about the least that is visible; the limits here are lower.
"""

import zlib

import numpy as np
import pytest
from PIL import Image

from photo_files.errors import FileProblem, FileRefused
from photo_files.headers.common import Header
from photo_files.intake import Limits, check_header, open_photo
from photo_files.variants import Encoded, encode_rendition, encode_variants
from tests.pictures import (
    ADOBE_GAMMA,
    ADOBE_RGB,
    CODING_MAX_DE2000,
    COLOURS,
    DISPLAY_P3,
    FORMATS,
    INKS,
    INKS_LAB,
    amounts,
    assert_patches,
    chart,
    cmyk_profile,
    differences,
    encoded,
    full_inks,
    grey_profile,
    lab_to_xyz,
    patch_colours,
    png,
    png_chunk,
    png_rows,
    rgb_profile,
    to_srgb,
    with_orientation,
)
from tests.unit.photo_files.test_variants import decoded

LIMITS = Limits()
ONE_STEP_MAX_DE2000 = 0.9
"""The largest difference of one 8-bit step, by which a profile's result may be rounded differently."""
ROUNDING_MAX_MEAN_DE2000 = 0.05
"""Over all colours."""
SPACES = {
    "sRGB": None,
    "Display P3": (DISPLAY_P3, 2.2),
    "Adobe RGB": (ADOBE_RGB, ADOBE_GAMMA),
}


def in_srgb(colours: object, space: str) -> np.ndarray:
    """8-bit or fractional values of a colour space as (N, 3) sRGB."""
    values = np.asarray(colours, float).reshape(-1, 3)
    if (definition := SPACES[space]) is None:
        return values
    primaries, gamma = definition
    return to_srgb((values / 255) ** (round(gamma * 256) / 256) @ primaries.T)


def tagged(space: str) -> dict[str, bytes]:
    return {"icc_profile": rgb_profile(*SPACES[space])} if SPACES[space] else {}


# --- the ways to store a picture

STORED = {
    "RGB": chart(),
    "RGBA": chart(mode="RGBA"),
    "L": chart(mode="L"),
    "LA": chart(mode="LA"),
    "palette": chart().quantize(16),
    "palette with alpha": chart(mode="RGBA").quantize(16),
    "1-bit": chart(mode="L").convert("1", dither=Image.Dither.NONE),
    "16-bit grey": Image.fromarray(np.asarray(chart(mode="L")).astype(np.uint16) * 257),
    "CMYK": chart(mode="CMYK"),
}
MODES_BY_FORMAT = {
    "JPEG": ["RGB", "L", "CMYK"],
    "PNG": ["RGB", "RGBA", "L", "LA", "palette", "palette with alpha", "1-bit", "16-bit grey"],
    "WEBP": ["RGB", "RGBA"],
    "AVIF": ["RGB", "RGBA", "L"],
}
REFERENCE_BY_MODE = {"L": "L", "LA": "L", "16-bit grey": "L", "1-bit": "1-bit"}
"""Modes that lose colour, and the stored picture that has the same colours."""


@pytest.mark.parametrize(("format_", "kind"), [(f, kind) for f in FORMATS for kind in MODES_BY_FORMAT[f]])
def test_every_mode_of_a_format_becomes_rgb(format_: str, kind: str) -> None:
    image = open_photo(encoded(STORED[kind], format_), LIMITS)
    expected = STORED[REFERENCE_BY_MODE[kind]].convert("RGB") if kind in REFERENCE_BY_MODE else chart()
    assert (image.mode, image.size, image.info) == ("RGB", (96, 64), {})
    assert_patches(image, patch_colours(expected), CODING_MAX_DE2000[format_])


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_becomes_upright_and_srgb(format_: str, orientation: int, space: str) -> None:
    image = open_photo(with_orientation(chart(), format_, orientation, **tagged(space)), LIMITS)
    assert image.size == (96, 64)
    assert not image.getexif()
    assert_patches(
        image,
        in_srgb(COLOURS, space),
        CODING_MAX_DE2000[format_] + (ONE_STEP_MAX_DE2000 if SPACES[space] else 0),
    )


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_opened_twice_stays_upright(format_: str, orientation: int) -> None:
    once = open_photo(with_orientation(chart(), format_, orientation), LIMITS)
    again = open_photo(encoded(once, format_), LIMITS)
    assert_patches(again, COLOURS, 2 * CODING_MAX_DE2000[format_])


# --- colour spaces

STEPS = np.linspace(0, 255, 16).round()
ALL_COLOURS = np.array([(r, g, b) for r in STEPS for g in STEPS for b in STEPS], np.uint8).reshape(64, 64, 3)
"""4,096 colours, a pixel each."""


@pytest.mark.parametrize("format_", ["PNG", "WEBP"])
@pytest.mark.parametrize("space", ["Display P3", "Adobe RGB"])
def test_every_colour_of_a_wide_gamut_is_converted_to_srgb(format_: str, space: str) -> None:
    data = encoded(Image.fromarray(ALL_COLOURS), format_, **tagged(space))
    expected = in_srgb(ALL_COLOURS, space)
    assert differences(ALL_COLOURS, expected).max() > 5, "the conversion is visible"
    difference = differences(open_photo(data, LIMITS), expected)
    assert difference.max() <= ONE_STEP_MAX_DE2000
    assert difference.mean() <= ROUNDING_MAX_MEAN_DE2000


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_grey_profile_is_applied(mode: str) -> None:
    image = open_photo(encoded(chart(mode=mode), "PNG", icc_profile=grey_profile(1.0)), LIMITS)
    light = patch_colours(chart(mode="L")) / 255
    assert_patches(image, to_srgb(light[:, None] * np.array([[0.9642, 1.0, 0.8249]])), ONE_STEP_MAX_DE2000)


@pytest.mark.parametrize(
    "profile",
    [b"x", rgb_profile(DISPLAY_P3, 2.2)[:200], cmyk_profile(), grey_profile(2.2), bytes(500)],
    ids=["junk", "cut off", "for CMYK", "for grey", "zeros"],
)
def test_an_unusable_profile_counts_as_srgb(profile: bytes) -> None:
    assert_patches(open_photo(encoded(chart(), "PNG", icc_profile=profile), LIMITS), COLOURS, 0)


# --- inks

NAIVE_INKS = [(255, 255, 255), (0, 255, 255), (255, 0, 255), (255, 255, 0), (255, 0, 0), (0, 0, 0)]
PRINTED_OVER = [(0b0000, 0b1000), (0b0000, 0b0100), (0b0000, 0b0010), (0b0000, 0b0001), (0b1000, 0b0100),
                (0b0100, 0b0010), (0b1000, 0b0010)]  # fmt: skip
"""An ink in sixteen steps over what lies under it."""


def lab_of(inks: int) -> np.ndarray:
    return np.array(INKS_LAB.get(inks, (0, 0, 0)), float)


def test_full_inks_are_converted_with_their_profile() -> None:
    data = encoded(full_inks(INKS), "JPEG", icc_profile=cmyk_profile())
    expected = to_srgb(lab_to_xyz(np.array([lab_of(inks) for inks in INKS])))
    assert differences(NAIVE_INKS, expected).max() > 5
    assert_patches(open_photo(data, LIMITS), expected, CODING_MAX_DE2000["JPEG"])


def test_inks_in_steps_are_converted_with_their_profile() -> None:
    shares = np.linspace(0, 255, 16).round()[None, :, None] / 255
    under, over = (
        np.array([amounts(inks) for inks in column])[:, None] for column in zip(*PRINTED_OVER, strict=True)
    )
    steps = (under + over * shares).round().astype(np.uint8).repeat(16, 0).repeat(16, 1)
    data = encoded(Image.frombytes("CMYK", (256, 112), steps.tobytes()), "JPEG", icc_profile=cmyk_profile())
    start, end = (
        np.array([lab_of(inks) for inks in column])[:, None]
        for column in ([under for under, _ in PRINTED_OVER], [under | over for under, over in PRINTED_OVER])
    )
    expected = to_srgb(lab_to_xyz((start + (end - start) * shares).reshape(-1, 3)))
    shown = np.asarray(open_photo(data, LIMITS))[8::16, 8::16]
    assert differences(shown, expected).max() <= ONE_STEP_MAX_DE2000


@pytest.mark.parametrize("profile", [b"", b"not a profile", rgb_profile(DISPLAY_P3, 2.2)])
def test_cmyk_without_a_usable_profile_is_ink_over_white(profile: bytes) -> None:
    data = encoded(full_inks(INKS), "JPEG", icc_profile=profile)
    assert b"Adobe" in data
    assert_patches(open_photo(data, LIMITS), NAIVE_INKS, CODING_MAX_DE2000["JPEG"])


def test_cmyk_without_adobes_marker_is_not_inverted() -> None:
    inverted = Image.frombytes("CMYK", (96, 64), bytes(255 - v for v in full_inks(INKS).tobytes()))
    data = encoded(inverted, "JPEG")
    at = data.index(b"\xff\xee\x00\x0eAdobe")
    assert_patches(open_photo(data[:at] + data[at + 16 :], LIMITS), NAIVE_INKS, CODING_MAX_DE2000["JPEG"])


# --- more bits, and fewer


SIXTEEN = np.linspace(0, 65535, 4096).astype(np.uint16).reshape(64, 64, 1)
SIXTEEN_COLOURS = np.concatenate([SIXTEEN, SIXTEEN[::-1], SIXTEEN.transpose(1, 0, 2)], 2)
OPAQUE = np.full_like(SIXTEEN, 65535)


@pytest.mark.parametrize("alpha", [False, True])
def test_sixteen_bits_of_grey_are_scaled_and_not_clipped(alpha: bool) -> None:
    samples = np.concatenate([SIXTEEN, OPAQUE], 2) if alpha else SIXTEEN
    image = open_photo(png((64, 64), 16, 4 if alpha else 0, png_rows(samples)), LIMITS)
    assert differences(image, SIXTEEN.repeat(3, 2) / 257).max() <= ONE_STEP_MAX_DE2000


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("alpha", [False, True])
def test_sixteen_bits_of_colour_are_scaled_and_not_clipped(alpha: bool, space: str) -> None:
    samples = np.concatenate([SIXTEEN_COLOURS, OPAQUE], 2) if alpha else SIXTEEN_COLOURS
    profile = [in_png(icc_profile) for icc_profile in tagged(space).values()]
    image = open_photo(png((64, 64), 16, 6 if alpha else 2, png_rows(samples), *profile), LIMITS)
    difference = differences(image, in_srgb(SIXTEEN_COLOURS / 257, space))
    assert difference.max() <= (2 if profile else 1) * ONE_STEP_MAX_DE2000


def in_png(profile: bytes) -> bytes:
    return png_chunk(b"iCCP", b"test\0\0" + zlib.compress(profile))


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_a_palette_of_few_bits_keeps_its_colours(bits: int) -> None:
    colours = np.array(COLOURS[: min(2**bits, 6)], np.uint8)
    indices = np.arange(64).reshape(1, 64).repeat(64, 0) // 8 % len(colours)
    digits = indices[..., None] >> np.arange(bits)[::-1] & 1
    rows = b"".join(b"\0" + np.packbits(row.reshape(-1).astype(np.uint8)).tobytes() for row in digits)
    image = open_photo(png((64, 64), bits, 3, rows, png_chunk(b"PLTE", colours.tobytes())), LIMITS)
    assert differences(image, colours[indices]).max() == 0


# --- alpha


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("format_", ["PNG", "WEBP", "AVIF"])
def test_a_semi_transparent_picture_keeps_its_colours_on_white_and_on_black(format_: str, space: str) -> None:
    picture = chart(mode="RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size).point(lambda v: max(v, 60)))
    image = open_photo(encoded(picture, format_, **tagged(space)), LIMITS)
    expected_image = Image.fromarray(in_srgb(np.asarray(chart()), space).reshape(64, 96, 3).astype(np.uint8))
    expected_image.putalpha(picture.getchannel("A"))
    assert image.mode == "RGBA"
    for background in ("white", "black"):
        shown, expected = (
            patch_colours(composited(picture, background)) for picture in (image, expected_image)
        )
        assert differences(shown, expected).max() <= 1.5 * CODING_MAX_DE2000[format_] + ONE_STEP_MAX_DE2000


def composited(picture: Image.Image, background: str) -> Image.Image:
    under = Image.new("RGBA", picture.size, background)
    return Image.alpha_composite(under, picture).convert("RGB")


# --- several pictures in a file


def test_of_a_two_picture_jpeg_the_first_is_opened() -> None:
    data = encoded(chart(), "MPO", save_all=True, append_images=[chart().rotate(180)], quality=100)
    assert check_header(data, complete=True, limits=LIMITS) == Header("JPEG", 96, 64)
    assert_patches(open_photo(data, LIMITS), COLOURS, 3 * CODING_MAX_DE2000["JPEG"])


def test_an_animation_of_one_frame_is_accepted() -> None:
    control = png_chunk(b"acTL", (1).to_bytes(4, "big") + bytes(4))
    size = (96).to_bytes(4, "big") + (64).to_bytes(4, "big")
    frame = png_chunk(b"fcTL", bytes(4) + size + bytes(8) + b"\0\1\0\1\0\0")
    data = png((96, 64), 8, 2, png_rows(np.asarray(chart())), control, frame)
    assert_patches(open_photo(data, LIMITS), COLOURS, 0)


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "AVIF"])
def test_animations_are_refused_as_several_frames(format_: str) -> None:
    data = encoded(chart(), format_, save_all=True, append_images=[chart().rotate(180)])
    with pytest.raises(FileRefused) as caught:
        open_photo(data, LIMITS)
    assert caught.value.code == FileProblem.SEVERAL_FRAMES


# --- encoded pictures


def test_variants_and_renditions_keep_the_colours() -> None:
    encoded_pictures: list[Encoded] = [*encode_variants(chart(1920, 1280)), encode_rendition(chart())]
    for picture in encoded_pictures:
        assert_patches(decoded(picture), COLOURS, ONE_STEP_MAX_DE2000)
