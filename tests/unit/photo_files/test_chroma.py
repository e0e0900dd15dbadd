"""Thin coloured lines keep their colours in every format, and ordinary photos their size."""

from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from photo_files.chroma import loses_coloured_detail
from photo_files.variants import Encoded, encode_exhibit, encode_variants
from tests.pictures import chart

RGB = tuple[int, int, int]
RED, BLUE, GREEN, MAGENTA, YELLOW, BLACK, WHITE = (
    (255, 0, 0), (10, 20, 120), (0, 150, 0), (255, 0, 255), (255, 255, 0), (0, 0, 0), (255, 255, 255),
)  # fmt: skip
PAIRS = [(RED, BLUE), (MAGENTA, GREEN), (RED, BLACK), (YELLOW, BLUE), (RED, WHITE)]
LABEL_PX = 13


def label(size: tuple[int, int], ink: RGB, paper: RGB) -> Image.Image:
    image = Image.new("RGB", size, paper)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(LABEL_PX)
    for top in range(10, size[1] - LABEL_PX, 2 * LABEL_PX):
        draw.text((20, top), "Ingredients: oats, honey, salt. May contain nuts. 0123456789", ink, font)
    return image


def stripes(size: tuple[int, int], ink: RGB, paper: RGB, thickness: int, *, vertical: bool) -> Image.Image:
    pixels = np.full((size[1], size[0], 3), paper, np.uint8)
    across = pixels if not vertical else pixels.transpose(1, 0, 2)
    for offset in range(thickness):
        across[offset :: 3 * thickness + 4] = ink
    return Image.fromarray(pixels)


def ink_colours(source: Image.Image, variant: Encoded, ink: RGB) -> Iterator[np.ndarray]:
    """The mean colour of the pixels nearest to the ink, in the resized source and in the variant."""
    size = (variant.width, variant.height)
    resized = np.asarray(source.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)).astype(int)
    distance = np.abs(resized - np.array(ink)).sum(axis=-1)
    strokes = distance <= np.percentile(distance, 2)
    for pixels in (resized, np.asarray(Image.open(BytesIO(variant.body)).convert("RGB"))):
        yield pixels[strokes].mean(axis=0)


def test_red_lettering_on_blue_stays_red_in_every_format() -> None:
    source = label((640, 400), RED, BLUE)
    variants = [variant for variant in encode_variants(source) if variant.width == source.width]
    assert len(variants) == 3
    for variant in variants:
        _, (red, _, blue) = ink_colours(source, variant, RED)
        assert red >= 205, variant.name
        assert blue <= 45, variant.name


@pytest.mark.parametrize(("ink", "paper"), PAIRS)
@pytest.mark.parametrize("thickness", [1, 2, 3])
@pytest.mark.parametrize("vertical", [True, False])
def test_stripes_keep_their_colours_at_their_own_width_and_at_half_of_it(
    ink: RGB, paper: RGB, thickness: int, vertical: bool
) -> None:
    source = stripes((640, 420), ink, paper, thickness, vertical=vertical)
    for variant in encode_variants(source):
        if thickness == 1 and variant.width < source.width:
            continue  # half of a pixel's width: resizing has mixed the colours already
        expected, shown = ink_colours(source, variant, ink)
        assert np.abs(shown - expected).max() <= 20, (variant.name, expected, shown)


def test_an_exhibit_keeps_the_colours_of_lettering() -> None:
    source = label((640, 400), RED, BLUE)
    _, (red, _, blue) = ink_colours(source, encode_exhibit("map", source), RED)
    assert red >= 205
    assert blue <= 45


def test_lettering_of_a_cut_out_keeps_its_colours() -> None:
    source = label((640, 400), RED, BLUE)
    cut_out = source.copy()
    cut_out.putalpha(Image.new("L", source.size, 255))
    cut_out.paste((0, 0, 0, 0), (600, 0, 640, 400))
    for variant in encode_variants(cut_out):
        if variant.width == source.width:
            _, (red, _, blue) = ink_colours(source, variant, RED)
            assert (red >= 205, blue <= 45) == (True, True), variant.name


def test_one_line_of_lettering_in_a_large_photo_counts() -> None:
    photo = Image.effect_mandelbrot((1600, 1066), (-2.2, -1.5, 0.8, 1.5), 60).convert("RGB")
    assert not loses_coloured_detail(photo)
    photo.paste(label((420, 30), RED, BLUE), (300, 200))
    assert loses_coloured_detail(photo)


def test_soft_edges_of_large_coloured_areas_do_not_count() -> None:
    assert not loses_coloured_detail(chart(1600, 1066).filter(ImageFilter.GaussianBlur(1)))


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (3, 3), (33, 41)])
def test_pictures_of_any_size_are_measured(size: tuple[int, int]) -> None:
    assert not loses_coloured_detail(Image.new("RGB", size, RED))


def test_lettering_without_colour_does_not_count() -> None:
    assert not loses_coloured_detail(label((640, 400), BLACK, WHITE))


def test_camera_noise_does_not_count() -> None:
    photo = np.asarray(chart(640, 480).filter(ImageFilter.GaussianBlur(1))).astype(float)
    noisy = photo + np.random.default_rng(1).normal(0, 12, photo.shape)
    assert not loses_coloured_detail(Image.fromarray(noisy.clip(0, 255).astype(np.uint8)))
