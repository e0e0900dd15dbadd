"""Encoded pictures: sizes, formats, colours, and no metadata."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageFilter

from photo_files.variants import VARIANT_WIDTHS_PX, Encoded, encode_rendition, encode_variants
from tests.pictures import COLOURS, chart, patch_colours

FORMATS = {"avif": "AVIF", "webp": "WEBP", "jpg": "JPEG"}


def decoded(encoded: Encoded) -> Image.Image:
    image = Image.open(BytesIO(encoded.body))
    image.load()
    return image


def cut_out(width: int, height: int) -> Image.Image:
    """The chart with its first patch transparent."""
    image = chart(width, height, "RGBA")
    image.paste((255, 0, 0, 0), (0, 0, width // 3, height // 2))
    return image


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return chart(1920, 1280)


@pytest.fixture(scope="module")
def variants(photo: Image.Image) -> list[Encoded]:
    return list(encode_variants(photo))


def test_three_formats_at_four_widths(variants: list[Encoded]) -> None:
    expected = [f"w{width}.{extension}" for width in reversed(VARIANT_WIDTHS_PX) for extension in FORMATS]
    assert [variant.name for variant in variants] == expected


def test_format_and_size_of_each_variant_match_its_name(variants: list[Encoded]) -> None:
    for variant in variants:
        stem, extension = variant.name.split(".")
        image = decoded(variant)
        assert (image.format, image.mode) == (FORMATS[extension], "RGB")
        assert variant.content_type == Image.MIME[FORMATS[extension]]
        assert image.size == (variant.width, variant.height) == (int(stem[1:]), round(int(stem[1:]) / 1.5))


def test_variants_keep_the_colours(variants: list[Encoded]) -> None:
    for variant in variants:
        assert np.abs(patch_colours(decoded(variant)) - np.array(COLOURS)).max() <= 4, variant.name


def test_jpegs_without_sharp_coloured_edges_are_progressive_and_subsampled() -> None:
    soft = chart(640, 480).filter(ImageFilter.GaussianBlur(1))
    jpeg = decoded(next(variant for variant in encode_variants(soft) if variant.name == "w640.jpg"))
    assert jpeg.info.get("progressive")
    assert [layer[1:3] for layer in jpeg.layer] == [(2, 2), (1, 1), (1, 1)]


@pytest.mark.parametrize(
    ("size", "widths"),
    [
        ((1600, 900), [1600, 1024, 640, 320]),
        ((1599, 900), [1599, 1024, 640, 320]),
        ((640, 480), [640, 320]),
        ((500, 300), [500, 320]),
        ((40, 40), [40]),
        ((33, 640), [33]),
    ],
)
def test_variants_are_not_upscaled_and_widths_are_distinct(size: tuple[int, int], widths: list[int]) -> None:
    names_and_widths = [(variant.name, variant.width) for variant in encode_variants(chart(*size))]
    assert names_and_widths == [(f"w{width}.{extension}", width) for width in widths for extension in FORMATS]


def test_height_of_a_tall_variant_stays_within_webps_maximum() -> None:
    heights = {variant.height for variant in encode_variants(Image.new("RGB", (40, 16_500)))}
    assert max(heights) <= 16_383


def test_alpha_is_kept_in_avif_and_webp_and_becomes_white_in_jpeg() -> None:
    for variant in encode_variants(cut_out(480, 320)):
        image = decoded(variant)
        corner = image.getpixel((image.width // 6, image.height // 4))
        if variant.name.endswith("jpg"):
            assert image.mode == "RGB"
            assert min(corner) >= 253
        else:
            assert image.mode == "RGBA"
            assert corner[3] <= 2
        shown = patch_colours(image.convert("RGB"))[1:]
        assert np.abs(shown - np.array(COLOURS[1:])).max() <= 5


def test_colours_of_transparent_pixels_do_not_bleed_when_resizing() -> None:
    image = Image.new("RGBA", (1280, 640), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (640, 0, 1280, 640))
    small = next(v for v in encode_variants(image) if v.name == "w320.webp")
    pixels = np.asarray(decoded(small)).astype(int)
    opaque = pixels[pixels[..., 3] > 250]
    assert opaque[:, 0].max() < 40


def _with_metadata(image: Image.Image) -> Image.Image:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010F] = "SECRET CAMERA"
    image = image.copy()
    image.info = {
        "exif": exif.tobytes(),
        "icc_profile": b"SECRET PROFILE",
        "xmp": b"SECRET PACKET",
        "comment": b"SECRET COMMENT",
        "dpi": (300, 300),
        "transparency": 7,
    }
    return image


@pytest.mark.parametrize("size", [(640, 480), (700, 500)])
def test_variants_and_renditions_have_no_metadata(size: tuple[int, int]) -> None:
    source = _with_metadata(chart(*size))
    pictures = [*encode_variants(source), encode_rendition(source)]
    for variant in pictures:
        image = decoded(variant)
        assert b"SECRET" not in variant.body
        assert not image.getexif(), variant.name
        assert not {"icc_profile", "exif", "xmp", "comment", "transparency"} & set(image.info), variant.name


def test_encoding_does_not_change_the_photo() -> None:
    source = _with_metadata(chart(640, 480))
    list(encode_variants(source))
    encode_rendition(source)
    assert "exif" in source.info


def test_rendition_of_an_opaque_photo_is_a_high_quality_jpeg() -> None:
    rendition = encode_rendition(chart())
    image = decoded(rendition)
    assert (rendition.name, rendition.content_type, image.size) == ("full.jpg", "image/jpeg", (96, 64))
    assert [layer[1:3] for layer in image.layer] == [(1, 1)] * 3
    assert np.abs(patch_colours(image) - np.array(COLOURS)).max() <= 3


def test_rendition_of_a_cut_out_is_lossless() -> None:
    source = cut_out(96, 64)
    rendition = encode_rendition(source)
    assert (rendition.name, rendition.content_type) == ("full.webp", "image/webp")
    black = Image.new("RGBA", source.size, "black")
    shown = [np.asarray(Image.alpha_composite(black, image)) for image in (decoded(rendition), source)]
    assert np.array_equal(*shown)
    assert np.array_equal(decoded(rendition).getchannel("A"), source.getchannel("A"))


def test_rendition_of_a_cut_out_too_large_for_webp_is_a_png() -> None:
    assert encode_rendition(Image.new("RGBA", (900, 16_384))).name == "full.png"


@pytest.mark.parametrize("side", [64, 400, 1600])
def test_a_picture_of_noise_is_encoded(side: int) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (side, side, 3), np.uint8))
    for encoded in (encode_rendition(noise), *encode_variants(noise)):
        assert decoded(encoded).size == (encoded.width, encoded.height)
