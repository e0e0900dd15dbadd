"""Colours given by numbers (PNG cICP, gAMA and cHRM, AVIF nclx) against the formulas of the standards.

The references are written down from ITU-T H.273, BT.2100 and PNG with numpy and share no code with the package.
"""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms

from photo_files.colour.recode import TONE_KNEE_LIGHT, tone_mapped
from photo_files.errors import FileProblem, FileRefused
from photo_files.intake import Limits, open_photo
from tests.pictures import (
    chart,
    differences,
    encoded,
    grey_profile,
    png,
    png_chunk,
    png_rows,
    with_orientation,
)

DATA = Path(__file__).parents[2] / "data"

LIMITS = Limits()
SDR_MAX_DE2000, HDR_MAX_DE2000 = 2.0, 3.0
"""What the service promises."""
D65 = (0.3127, 0.3290)
PRIMARIES = {
    1: ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), D65),
    4: ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), (0.310, 0.316)),
    5: ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), D65),
    6: ((0.63, 0.34), (0.31, 0.595), (0.155, 0.07), D65),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), D65),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), D65),
    22: ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), D65),
}


def srgb_light(codes: np.ndarray) -> np.ndarray:
    return np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)


def srgb_codes(light: np.ndarray) -> np.ndarray:
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def to_xyz(primaries: tuple[tuple[float, float], ...]) -> np.ndarray:
    *colours, white = (np.array([x / y, 1, (1 - x - y) / y]) for x, y in primaries)
    matrix = np.stack(colours, 1)
    return matrix * np.linalg.solve(matrix, white)


def into_primaries(light: np.ndarray, primaries: tuple[tuple[float, float], ...]) -> np.ndarray:
    """Linear sRGB → the linear light of these primaries, white staying white (Bradford)."""
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    here, there = (bradford @ to_xyz(p).sum(1) for p in (PRIMARIES[1], primaries))
    adapt = np.linalg.inv(bradford) @ np.diag(there / here) @ bradford
    return light @ (np.linalg.inv(to_xyz(primaries)) @ adapt @ to_xyz(PRIMARIES[1])).T


def out_of_primaries(light: np.ndarray, primaries: tuple[tuple[float, float], ...]) -> np.ndarray:
    """The opposite of `into_primaries`."""
    return light @ np.linalg.inv(into_primaries(np.eye(3), primaries))


def bt709(light: np.ndarray) -> np.ndarray:
    return np.where(
        light < 0.018053968510807, 4.5 * light, 1.099296826809442 * light**0.45 - 0.099296826809442
    )


def pq(light: np.ndarray) -> np.ndarray:
    power = (light * 203 / 10000) ** (2610 / 16384)
    return ((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32)


def hlg(light: np.ndarray, luminance: np.ndarray) -> np.ndarray:
    """Of display light and its luminance, relative to 203 nit, on a display of 1,000 nit."""
    scene = light * 0.203 * np.maximum(luminance * 0.203, 1e-9)[..., None] ** (1 / 1.2 - 1)
    logarithm = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * np.maximum(scene, 0)), logarithm)


def pq_light(codes: np.ndarray) -> np.ndarray:
    power = codes ** (32 / 2523)
    return (
        10000
        / 203
        * (np.maximum(power - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * power)) ** (16384 / 2610)
    )


def hlg_light(codes: np.ndarray, luminance_shares: np.ndarray) -> np.ndarray:
    """Of the display: the opposite of `hlg`."""
    scene = np.where(
        codes <= 0.5, codes**2 / 3, (np.exp((codes - 0.55991073) / 0.17883277) + 0.28466892) / 12
    )
    return scene * np.maximum(scene @ luminance_shares, 1e-9)[..., None] ** 0.2 / 0.203


CODES: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: bt709,
    4: lambda light: light ** (1 / 2.2),
    5: lambda light: light ** (1 / 2.8),
    6: bt709,
    7: lambda light: np.where(light < 0.0228, 4 * light, 1.1115 * light**0.45 - 0.1115),
    8: lambda light: light,
    13: lambda light: srgb_codes(light) / 255,
    14: bt709,
    15: bt709,
    16: pq,
    17: lambda light: (48 * light / 52.37) ** (1 / 2.6),
}

LEVELS = np.array([0, 20, 40, 60, 100, 150, 200, 235, 250, 255])
WANTED = np.array([(r, g, b) for r in LEVELS for g in LEVELS for b in LEVELS]).reshape(40, 25, 3)
WANTED = WANTED.repeat(2, 0).repeat(2, 1)
"""(80, 50, 3) sRGB of which every file here is made."""
HLG_TRANSFER = 18
HDR_TRANSFERS = (16, HLG_TRANSFER)


def codes_of(primaries: tuple[tuple[float, float], ...], transfer: int) -> tuple[np.ndarray, np.ndarray]:
    """Codes in [0, 1] for WANTED, and where these primaries can give it."""
    light = into_primaries(srgb_light(WANTED / 255), primaries)
    inside = ((light >= -1e-6) & (light <= 1 + 1e-6)).all(-1)
    light = np.clip(light, 0, 1)
    if transfer == HLG_TRANSFER:
        return hlg(light, light @ to_xyz(primaries)[1]), inside
    return CODES[transfer](light), inside


def srgb_of_rounded(codes: np.ndarray, bits: int, primaries: int, transfer: int) -> np.ndarray:
    """sRGB, not rounded, that HDR codes stand for once a file of so many bits holds them."""
    stored = (codes * (2**bits - 1)).round() / (2**bits - 1)
    shares = to_xyz(PRIMARIES[primaries])[1]
    light = hlg_light(stored, shares) if transfer == HLG_TRANSFER else pq_light(stored)
    return srgb_codes(out_of_primaries(light, PRIMARIES[primaries]))


def in_png(codes: np.ndarray, bits: int, *chunks: bytes, alpha: bool = False) -> bytes:
    samples = (codes * (2**bits - 1)).round().astype(np.uint16 if bits == 16 else np.uint8)
    if alpha:
        samples = np.concatenate([samples, np.full_like(samples[..., :1], 2**bits - 1)], 2)
    size = (codes.shape[1], codes.shape[0])
    return png(size, bits, 6 if alpha else 2, png_rows(samples), *chunks)


def cicp(primaries: int, transfer: int, matrix: int = 0, full_range: int = 1) -> bytes:
    return png_chunk(b"cICP", bytes([primaries, transfer, matrix, full_range]))


def gamma(value: float) -> bytes:
    return png_chunk(b"gAMA", struct.pack(">I", round(value * 100_000)))


def chromaticities(primaries: tuple[tuple[float, float], ...]) -> bytes:
    red, green, blue, white = primaries
    values = [round(value * 100_000) for xy in (white, red, green, blue) for value in xy]
    return png_chunk(b"cHRM", struct.pack(">8I", *values))


def worst(data: bytes, where: np.ndarray) -> float:
    return float(differences(np.asarray(open_photo(data, LIMITS))[where], WANTED[where]).max())


@pytest.mark.parametrize("primaries", PRIMARIES)
@pytest.mark.parametrize("transfer", [*CODES, HLG_TRANSFER])
@pytest.mark.parametrize("bits", [8, 16])
def test_a_png_is_shown_in_the_colours_of_its_code_points(primaries: int, transfer: int, bits: int) -> None:
    codes, inside = codes_of(PRIMARIES[primaries], transfer)
    data = in_png(codes, bits, cicp(primaries, transfer))
    if transfer in HDR_TRANSFERS:
        wanted = srgb_of_rounded(codes, bits, primaries, transfer)
        shown = np.asarray(open_photo(data, LIMITS))
        assert differences(shown[inside], wanted[inside]).max() <= HDR_MAX_DE2000
        return
    if bits == 8:  # a step of 8 bits is visible in the darks of some transfers, most in linear ones
        inside &= WANTED.min(-1) >= (100 if transfer == 8 else 40)
    assert inside.any()
    assert worst(data, inside) <= SDR_MAX_DE2000


@pytest.mark.parametrize(("transfer", "highlight"), [(16, 0.752), (16, 0.903), (HLG_TRANSFER, 1.0)])
@pytest.mark.parametrize("primaries", [9, 12])
def test_highlights_darken_no_colour_below_white(primaries: int, transfer: int, highlight: float) -> None:
    codes, inside = codes_of(PRIMARIES[primaries], transfer)
    codes[:2, :2] = highlight
    inside[:2, :2] = False
    assert worst(in_png(codes, 16, cicp(primaries, transfer)), inside) <= HDR_MAX_DE2000


@pytest.mark.parametrize("exponent", [1.0, 1 / 1.8, 1 / 2.4, 1 / 2.8, 0.8])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_png_is_shown_with_its_gamma(exponent: float, alpha: bool) -> None:
    codes = srgb_light(WANTED / 255) ** exponent
    everywhere = np.ones(WANTED.shape[:2], bool)
    assert worst(in_png(codes, 16, gamma(exponent), alpha=alpha), everywhere) <= SDR_MAX_DE2000


def test_a_png_is_shown_with_its_chromaticities() -> None:
    adobe = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), D65)
    light = np.clip(into_primaries(srgb_light(WANTED / 255), adobe), 0, 1)
    for value, codes in ((1 / 2.2, srgb_codes(light) / 255), (0.6, light**0.6)):
        data = in_png(codes, 16, gamma(value), chromaticities(adobe))
        assert worst(data, np.ones(WANTED.shape[:2], bool)) <= SDR_MAX_DE2000


def test_a_white_point_other_than_d65_stays_white() -> None:
    d50 = (*PRIMARIES[1][:3], (0.3457, 0.3585))
    image = open_photo(in_png(np.ones((40, 40, 3)), 8, chromaticities(d50)), LIMITS)
    assert image.getextrema() == ((255, 255),) * 3


@pytest.mark.parametrize("colour_type", [0, 4])
@pytest.mark.parametrize("bits", [8, 16])
def test_grey_is_shown_with_its_gamma(colour_type: int, bits: int) -> None:
    wanted = np.arange(64, 256).reshape(12, 16).repeat(4, 0).repeat(4, 1)[..., None]
    samples = (srgb_light(wanted / 255) * (2**bits - 1)).round().astype(np.uint16 if bits == 16 else np.uint8)
    if colour_type == 4:
        samples = np.concatenate([samples, np.full_like(samples, 2**bits - 1)], 2)
    image = open_photo(png((64, 48), bits, colour_type, png_rows(samples), gamma(1)), LIMITS)
    assert differences(image, wanted.repeat(3, 2)).max() <= SDR_MAX_DE2000


def test_a_narrow_range_is_widened() -> None:
    codes = (16 + 219 * (WANTED / 255)) / 255
    assert worst(in_png(codes, 8, cicp(1, 13, full_range=0)), WANTED.min(-1) >= 20) <= SDR_MAX_DE2000


P3_CHUNKS = {
    "cICP before iCCP": [cicp(12, 13), png_chunk(b"iCCP", b"x\0\0" + zlib.compress(grey_profile(1)))],
    "cICP before sRGB and gAMA": [cicp(12, 13), png_chunk(b"sRGB", b"\0"), gamma(1)],
    "gAMA and cHRM without more": [gamma(0.45455), chromaticities(PRIMARIES[12])],
    "cHRM without gAMA": [chromaticities(PRIMARIES[12])],
    "an unusable profile before cHRM": [png_chunk(b"iCCP", b"x\0\0junk"), chromaticities(PRIMARIES[12])],
}
SRGB_CHUNKS = {
    "sRGB before gAMA and cHRM": [png_chunk(b"sRGB", b"\0"), gamma(1), chromaticities(PRIMARIES[9])],
    "iCCP before gAMA": [
        png_chunk(
            b"iCCP",
            b"x\0\0" + zlib.compress(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()),
        ),
        gamma(1),
    ],
    "unspecified code points": [cicp(2, 2), gamma(1)],
    "the gamma of sRGB": [gamma(0.45455), chromaticities(PRIMARIES[1])],
    "a gamma of zero": [gamma(0)],
    "chromaticities without a triangle": [chromaticities(((0.3, 0.3),) * 3 + (D65,))],
    "a chunk of the wrong length": [png_chunk(b"cICP", b"\x0c\x0d"), png_chunk(b"gAMA", b"\0\1")],
}


@pytest.mark.parametrize("kind", P3_CHUNKS)
def test_the_chunk_of_the_highest_precedence_counts(kind: str) -> None:
    codes, inside = codes_of(PRIMARIES[12], 13)
    assert worst(in_png(codes, 8, *P3_CHUNKS[kind]), inside) <= SDR_MAX_DE2000


@pytest.mark.parametrize("kind", SRGB_CHUNKS)
def test_chunks_of_lower_precedence_or_without_meaning_change_nothing(kind: str) -> None:
    assert worst(in_png(WANTED / 255, 8, *SRGB_CHUNKS[kind]), np.ones(WANTED.shape[:2], bool)) <= 0.5


@pytest.mark.parametrize(
    "chunk",
    [cicp(0, 13), cicp(3, 13), cicp(200, 13), cicp(1, 0), cicp(1, 3), cicp(1, 99), cicp(9, 16, matrix=9),
     cicp(2, 16), cicp(2, 18), cicp(1, 13, full_range=2)],
)  # fmt: skip
def test_code_points_without_a_defined_meaning_are_refused(chunk: bytes) -> None:
    with pytest.raises(FileRefused) as caught:
        open_photo(in_png(WANTED / 255, 8, chunk), LIMITS)
    assert caught.value.code == FileProblem.UNSUPPORTED_COLOUR


# --- AVIF

UNSPECIFIED = b"colrnclx" + struct.pack(">HHH", 1, 13, 6)


def avif(codes: np.ndarray, primaries: int, transfer: int, matrix: int = 6) -> bytes:
    """As Pillow writes it, with other code points."""
    data = encoded(Image.fromarray((codes * 255).round().astype(np.uint8)), "AVIF")
    assert data.count(UNSPECIFIED) == 1
    return data.replace(UNSPECIFIED, b"colrnclx" + struct.pack(">HHH", primaries, transfer, matrix))


@pytest.mark.parametrize(("primaries", "transfer"), [(12, 13), (9, 13), (1, 1), (9, 16), (12, 16), (9, 18)])
def test_an_avif_is_shown_in_the_colours_of_its_code_points(primaries: int, transfer: int) -> None:
    patches = np.array([(200, 60, 40), (250, 250, 250), (90, 110, 150), (60, 120, 80)])
    light = np.clip(into_primaries(srgb_light(patches / 255), PRIMARIES[primaries]), 0, 1)
    codes = hlg(light, light @ to_xyz(PRIMARIES[primaries])[1]) if transfer == 18 else CODES[transfer](light)
    picture = codes.reshape(2, 2, 3).repeat(32, 0).repeat(32, 1)
    image = np.asarray(open_photo(avif(picture, primaries, transfer), LIMITS))
    limit = HDR_MAX_DE2000 if transfer > 15 else SDR_MAX_DE2000
    assert differences(image[16::32, 16::32].reshape(-1, 3), patches).max() <= limit


@pytest.mark.parametrize(
    ("codes", "matrix"), [((3, 13), 6), ((1, 0), 6), ((2, 16), 6), ((9, 16), 14), ((9, 16), 10)]
)
def test_an_avif_of_code_points_that_cannot_be_converted_is_refused(
    codes: tuple[int, int], matrix: int
) -> None:
    with pytest.raises(FileRefused) as caught:
        open_photo(avif(WANTED / 255, *codes, matrix), LIMITS)
    assert caught.value.code == FileProblem.UNSUPPORTED_COLOUR


PATCH_LEVELS, PATCH_PX = (40, 90, 140, 200, 240), 16
PATCHES = np.array([(r, g, b) for r in PATCH_LEVELS for g in PATCH_LEVELS for b in PATCH_LEVELS])


@pytest.mark.parametrize(("name", "limit"), [("pq_bt2020", HDR_MAX_DE2000), ("hlg_bt2020", HDR_MAX_DE2000),
                                             ("p3", SDR_MAX_DE2000)])  # fmt: skip
@pytest.mark.parametrize("is_full_range", [True, False])
def test_no_bit_of_an_avif_of_ten_bits_is_lost(name: str, limit: float, is_full_range: bool) -> None:
    """Files of 4:2:0 with the formulas' codes of PATCHES, five rows of 25, written by libavif (imagecodecs).

    With its flag of the range cleared a file has other colours, but the same two decodings.
    """
    data = (DATA / "avif10" / f"{name}.avif").read_bytes()
    at = data.index(b"colrnclx") + 14
    assert data[at] == 0x80
    shown = np.asarray(open_photo(data[:at] + bytes([0x80 * is_full_range]) + data[at + 1 :], LIMITS))
    middles = shown[PATCH_PX // 2 :: PATCH_PX, PATCH_PX // 2 :: PATCH_PX].reshape(-1, 3)
    if is_full_range:
        assert differences(middles, PATCHES).max() <= limit
    else:
        assert np.ptp(middles[PATCHES.max(1) == PATCHES.min(1)].astype(int), axis=1).max() <= 2  # no tint


def test_the_sequence_header_counts_where_an_avif_has_no_colr_box() -> None:
    hidden = avif(WANTED / 255, 1, 13).replace(b"colrnclx", b"freenclx")
    assert worst(hidden, np.ones(WANTED.shape[:2], bool)) <= SDR_MAX_DE2000


# --- tone mapping


def test_light_up_to_the_knee_stays_and_a_peak_of_white_changes_nothing() -> None:
    assert tone_mapped(TONE_KNEE_LIGHT, 49) == TONE_KNEE_LIGHT
    assert [tone_mapped(light, 1.0) for light in (0.0, 0.9, 1.0)] == pytest.approx([0, 0.9, 1])


@pytest.mark.parametrize("peak", [1.05, 2.0, 4.9, 49.3])
def test_highlights_roll_off_without_a_step_and_white_stays_near_white(peak: float) -> None:
    lights = np.linspace(0, peak, 500)
    shown = np.array([tone_mapped(float(light), peak) for light in lights])
    assert (np.diff(shown) > 0).all()
    assert shown[-1] == pytest.approx(1)
    assert differences(srgb_codes(np.full(3, tone_mapped(1.0, peak))), [255] * 3).max() < 2


def test_highlights_of_a_pq_photo_are_brighter_than_white() -> None:
    nits = np.array([203, 400, 1000, 4000])
    codes = pq(nits / 203)[None, :, None].repeat(3, 2).repeat(40, 0).repeat(10, 1)
    shown = np.asarray(open_photo(in_png(codes, 16, cicp(9, 16)), LIMITS))[20, 5::10, 0]
    assert (np.diff(shown.astype(int)) >= 0).all()
    assert 245 <= shown[0] < shown[1]


# --- JPEG


def test_an_interoperability_index_of_adobe_rgb_is_followed() -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.IFD.Interop] = {ExifTags.Interop.InteropIndex: "R03"}
    adobe = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), D65)
    wanted = np.array([(200, 60, 40), (90, 110, 150)])
    codes = into_primaries(srgb_light(wanted / 255), adobe) ** (256 / 563)
    pixels = (codes * 255).round().astype(np.uint8)[:, None].repeat(64, 1).repeat(32, 0)
    image = np.asarray(open_photo(encoded(Image.fromarray(pixels), "JPEG", exif=exif.tobytes()), LIMITS))
    assert differences(image[16::32, 32], wanted).max() <= SDR_MAX_DE2000


def test_a_jpeg_with_a_gain_map_is_read_by_its_base_picture() -> None:
    """Gain maps follow the base picture as a second one in the multi-picture format, as here the grey one."""
    base, gain_map = chart(), Image.new("RGB", (48, 32), "grey")
    data = encoded(base, "MPO", save_all=True, append_images=[gain_map])
    note = b"http://ns.adobe.com/xap/1.0/\0" + b'<x hdrgm:Version="1.0"/>'
    segment = b"\xff\xe1" + struct.pack(">H", 2 + len(note)) + note
    assert open_photo(data[:2] + segment + data[2:], LIMITS).tobytes() == open_photo(data, LIMITS).tobytes()
    assert differences(open_photo(data, LIMITS), base).max() < 20
    assert open_photo(data, LIMITS).size == base.size


def test_a_rotated_png_of_16_bits_is_upright_and_in_its_colours() -> None:
    upright = chart(mode="RGB")
    data = with_orientation(upright, "PNG", 6)
    exif = data[data.index(b"eXIf") - 4 :]
    length = struct.unpack(">I", exif[:4])[0]
    stored = np.asarray(upright.transpose(Image.Transpose.ROTATE_90))
    codes = srgb_light(stored / 255)
    rotated = in_png(codes, 16, gamma(1), exif[: 12 + length])
    image = open_photo(rotated, LIMITS)
    assert image.size == upright.size
    assert differences(image, upright).max() <= SDR_MAX_DE2000


def test_a_profile_that_states_pq_by_code_points_is_read_by_them() -> None:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", profile[128:132])[0]
    body = b"cicp\0\0\0\0" + bytes([9, 16, 0, 1])
    table_end = 132 + 12 * count
    shifted = bytearray(profile[132:table_end])
    for at in range(4, len(shifted), 12):
        struct.pack_into(">I", shifted, at, struct.unpack_from(">I", shifted, at)[0] + 12)
    entry = struct.pack(">4sII", b"cicp", len(profile) + 12, len(body))
    made = profile[:128] + struct.pack(">I", count + 1) + shifted + entry + profile[table_end:] + body
    struct.pack_into(">I", made, 0, len(made))
    codes, inside = codes_of(PRIMARIES[9], 16)
    data = in_png(codes, 16, png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(made))))
    assert worst(data, inside) <= HDR_MAX_DE2000


def test_the_sequence_header_of_an_avif_counts_without_its_colr_box() -> None:
    data = (DATA / "avif10_pq.avif").read_bytes()
    hidden, shown = (
        np.asarray(open_photo(each, LIMITS)) for each in (data.replace(b"colrnclx", b"freenclx"), data)
    )
    for place in ((4, 6), (60, 80)):  # background and centre; edges have other chroma
        assert differences(hidden[place], shown[place]).max() <= HDR_MAX_DE2000
