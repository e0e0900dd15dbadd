"""Whether a picture has coloured details that chroma subsampling would lose, such as thin red lines on blue.

4:2:0 keeps one colour for 2 × 2 pixels: a line one or two pixels wide takes half of its neighbours' colour.
How the limits were chosen, and what they cost: docs/decisions/0128.
"""

from PIL import Image, ImageChops

_CHANGE_MIN_8BIT = 19
"""Root mean square of 4 × 4 pixels, in levels of Cb or Cr."""
_CHANGED_MIN_SHARE = 0.001
_SQUARES_SCALE = 1 / 8  # squares of up to 45 levels fit 8 bits
_SCALED_SQUARES = [min(255, round(change**2 * _SQUARES_SCALE)) for change in range(256)]
_SCALED_SQUARE_MIN = round(_CHANGE_MIN_8BIT**2 * _SQUARES_SCALE)


def loses_coloured_detail(image: Image.Image) -> bool:
    """Whether 4:2:0 would change the colours of an RGB picture visibly, in a thousandth of its area or more.

    Squares separate lines, which change much in few pixels, from noise, which changes a little everywhere.
    """
    counts = _chroma_change(image).point(_SCALED_SQUARES).reduce(2).histogram()
    return sum(counts[_SCALED_SQUARE_MIN:]) >= _CHANGED_MIN_SHARE * sum(counts)


def _chroma_change(image: Image.Image) -> Image.Image:
    """The larger change of Cb and Cr, mode L, at half the picture's size.

    It is the mean difference of every second pixel, in both directions, from the two blocks of 2 × 2 pixels
    that have it as a corner: decoders interpolate between blocks, so that both contribute to what they show.
    """
    half = (max(1, image.width // 2), max(1, image.height // 2))
    whole_blocks = (0, 0, min(2 * half[0], image.width), min(2 * half[1], image.height))
    pixels = image.resize(half, Image.Resampling.NEAREST, box=whole_blocks).convert("YCbCr")
    first, second = (
        ImageChops.difference(pixels, blocks.convert("YCbCr"))
        for blocks in (image.reduce(2, box=whole_blocks), _blocks_from_second_pixel(image, half))
    )
    _, blue, red = ImageChops.add(first, second, scale=2).split()
    return ImageChops.lighter(blue, red)


def _blocks_from_second_pixel(image: Image.Image, half: tuple[int, int]) -> Image.Image:
    """Means of 2 × 2 pixels, the first of which begins at the second pixel of each side."""
    left, top = min(1, image.width - 1), min(1, image.height - 1)
    return image.reduce(2, box=(left, top, *image.size)).crop((0, 0, *half))
