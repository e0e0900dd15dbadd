"""Frames: a border of one colour, bars, a mat inside a border, or rounded corners around a photo.

A frame belongs to the picture and not to the photo: it is kept exactly, and the photo inside is looked at as
if it had none. A plain background also has one colour along the border, but the product begins somewhere in
it; a frame ends on straight lines, all along which the photo begins.

Light bars are a frame only where the photo begins all along them: cut-outs of boxes are often padded with
white to a square, and leave it visible at a corner. There it is plain background.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .frame_gradients import fit_gradient, without_gradient

MIN_FRAMED_SIDE_PX: Final = 32  # of a picture; smaller ones are left whole
MAX_LAYERS: Final = 4  # such as a border with a mat inside
FRAME_MAX_SHARE: Final = 0.42  # of the picture's side, on either end
FRAME_MAX_DEVIATION_8BIT: Final = 8  # of a channel from the frame's colour
FRAME_LINE_MIN_SHARE: Final = 0.98  # of a line's pixels that have the frame's colour
PHOTO_MIN_DEVIATION_8BIT: Final = 12  # of a channel from the frame's colour, where the photo begins
EDGE_REACH_PX: Final = 16  # beyond the frame's even lines, where lossy files blur its edge
EDGE_LINE_SHARE: Final = 0.8  # of the line that is photo to the greatest part: where the frame ends
EDGE_MEAN_SHARE, EDGE_SIDE_SHARE = 0.7, 0.25  # of the inner edge that is photo: of all sides, and of each
EDGE_LINES_PX: Final = 3  # of a frame of a gradient, beside the photo, that compression may have changed
GRADIENT_EDGE_MAX_DEVIATION_8BIT: Final = 5  # median of the lines before those from the gradient
LIGHT_BAR_EDGE_SHARE: Final = 0.95  # of the edge along a light bar that is photo: boxes leave corners light
BLENDED_LINES_PX: Final = 2  # at most, between frame and photo, that count as frame
BLENDED_SHARE: Final = 0.85  # of the distance of the lines further inside from the frame's colour
EQUAL_WIDTHS_TOLERANCE_PX, EQUAL_WIDTHS_TOLERANCE = 2, 0.02  # px, and share of the wider one
SCAN_STEP_PX: Final = 16
LIGHT_FRAME_LEVEL_8BIT: Final = 225  # of the least channel: such a colour may be a studio's background
DARK_FRAME_LEVEL_8BIT: Final = 24  # of the greatest channel: bars of two widths are accepted
ONE_COLOUR_MAX_DEVIATION_8BIT: Final = 24
ONE_COLOUR_MIN_SHARE: Final = 0.6  # of the inner edge, for a box of one colour on a light background
FLAT_MIN_SHARE: Final = 0.98  # of what is inside, where it is an area of one colour and no photo
CONTENT_STRIDE_PX: Final = 4
CORNER_MIN_RADIUS_PX: Final = 8  # smaller arcs are hardly larger than their blended edge
CORNER_MAX_SHARE: Final = 0.35  # of the photo's shorter side
CORNER_MIN_SHARE: Final = 0.95  # of a corner's pixels that have the frame's colour
CORNER_RADII_TOLERANCE: Final = 0.25
CORNER_AREA: Final = 1 - np.pi / 4  # that an arc cuts off its square
CORNER_EDGE_PX: Final = 2  # on either side of the arc, where frame and photo are blended

Pixels = NDArray[np.uint8]
Widths = tuple[int, int, int, int]
"""Of a frame: left, top, right, bottom, px."""


@dataclass(frozen=True)
class Frame:
    """The box of the photo inside the picture, px, and the radius of its corners, 0 if they are square."""

    box: tuple[int, int, int, int]
    corner_radius_px: float = 0.0


def find_frame(image: Image.Image) -> Frame:
    """The frame of a picture, RGB or RGBA; without one the box is the whole picture."""
    whole = Frame((0, 0, *image.size))
    if min(image.size) < MIN_FRAMED_SIDE_PX or not _may_be_framed(image):
        return whole
    pixels = _visible(np.asarray(image))
    left, top, right, bottom = whole.box
    for _ in range(MAX_LAYERS):
        widths = _frame_of(pixels[top:bottom, left:right])
        if widths is None:
            break
        left, top, right, bottom = left + widths[0], top + widths[1], right - widths[2], bottom - widths[3]
    return Frame((left, top, right, bottom), _corner_radius(pixels[top:bottom, left:right]))


def beyond_corners(width: int, height: int, radius_px: float) -> NDArray[np.float32]:
    """(H, W) px by which each pixel lies outside the rounded corners of a box; below 0 inside of them."""
    x, y = (np.arange(side, dtype=np.float32) + 0.5 for side in (width, height))
    past_x = np.maximum(np.maximum(radius_px - x, x - (width - radius_px)), 0)
    past_y = np.maximum(np.maximum(radius_px - y, y - (height - radius_px)), 0)
    return np.asarray(np.hypot(past_x[None], past_y[:, None]) - radius_px, np.float32)


def _may_be_framed(image: Image.Image) -> bool:
    """Whether two opposite sides, or all corners, have one colour or gradient; most photos have not."""
    width, height = image.size
    last_row, last_column = (0, height - 1, width, height), (width - 1, 0, width, height)
    boxes = ((0, 0, 1, height), (0, 0, width, 1), last_column, last_row)
    lines = [_visible(np.asarray(image.crop(box))).reshape(-1, len(image.getbands())) for box in boxes]
    corners = np.stack([lines[1][0], lines[1][-1], lines[3][0], lines[3][-1]])
    same_corners = bool(_deviation(corners, corners[0]).max() <= FRAME_MAX_DEVIATION_8BIT)
    left, top, right, bottom = lines
    return (
        same_corners or _frame_colour(lines) is not None or fit_gradient(left, top, right, bottom) is not None
    )


def _frame_of(pixels: Pixels) -> Widths | None:
    """The widths of the outermost frame of pixels (H, W, C), of one colour or of a gradient; None without."""
    if min(pixels.shape[:2]) < MIN_FRAMED_SIDE_PX:
        return None
    widths = _outer_frame(pixels)
    gradient = None if widths else fit_gradient(pixels[:, 0], pixels[0], pixels[:, -1], pixels[-1])
    if gradient:
        levelled = without_gradient(pixels, gradient)
        widths = _outer_frame(levelled)
        return widths if widths and _is_even_up_to_the_edge(levelled, widths) else None
    return widths


def _is_even_up_to_the_edge(pixels: Pixels, widths: Widths) -> bool:
    """Whether a frame without its gradient has one colour as far as it goes; a wall in a photo drifts off."""
    columns = pixels.transpose(1, 0, 2)
    for lines, width in zip((columns, pixels, columns[::-1], pixels[::-1]), widths, strict=True):
        last = lines[max(0, width - 2 * EDGE_LINES_PX) : max(1, width - EDGE_LINES_PX)]
        colour: Pixels = np.median(lines[0], 0).astype(np.uint8)
        if width and np.median(_deviation(last, colour)) > GRADIENT_EDGE_MAX_DEVIATION_8BIT:
            return False
    return True


def _visible(pixels: Pixels) -> Pixels:
    """The pixels, with white instead of the hidden colours of transparent ones."""
    if pixels.shape[-1] != len("RGBA"):
        return pixels
    visible = pixels.copy()
    visible[..., :3][visible[..., 3] == 0] = 255
    return visible


def _outer_frame(pixels: Pixels) -> Widths | None:
    """The widths of the outermost frame of one colour of pixels (H, W, C); None without one."""
    columns = pixels.transpose(1, 0, 2)
    sides = (columns, pixels, columns[::-1], pixels[::-1])
    colour = _frame_colour([side[0] for side in sides])
    if colour is None:
        return None
    even = [_even_lines(side, colour) for side in sides]
    ends = (_inner_ends(sides, widths, colour) for widths in _plausible_widths(even, colour))
    return next((widths for widths in ends if widths), None)


def _frame_colour(outer_lines: Sequence[Pixels]) -> Pixels | None:
    """The colour of two opposite sides' outermost lines; None where they have not one colour."""
    for line, opposite in zip(outer_lines[:2], outer_lines[2:], strict=True):
        colour: Pixels = np.median(line, 0).astype(np.uint8)
        if _is_even(line, colour) and _is_even(opposite, colour):
            return colour
    return None


def _deviation(pixels: Pixels, colour: Pixels) -> Pixels:
    """Greatest difference of a channel from a colour."""
    channels = (
        pixels[..., channel] for channel in range(pixels.shape[-1])
    )  # many times as fast as one maximum
    return reduce(np.maximum, (_difference(x, level) for x, level in zip(channels, colour, strict=True)))


def _difference(channel: Pixels, level: np.uint8) -> Pixels:
    return np.maximum(channel, level) - np.minimum(channel, level)


def _is_even(line: Pixels, colour: Pixels) -> bool:
    return bool((_deviation(line, colour) <= FRAME_MAX_DEVIATION_8BIT).mean() >= FRAME_LINE_MIN_SHARE)


def _even_lines(lines: Pixels, colour: Pixels) -> int:
    """Number of outer lines that have the frame's colour."""
    most = int(FRAME_MAX_SHARE * len(lines))
    first_uneven = next((i for i in range(0, most, SCAN_STEP_PX) if not _is_even(lines[i], colour)), most)
    start = max(0, first_uneven - SCAN_STEP_PX)
    return next((i for i in range(start, first_uneven) if not _is_even(lines[i], colour)), first_uneven)


def _plausible_widths(even: Sequence[int], colour: Pixels) -> Iterator[Widths]:
    """Widths that a frame could have, given the even lines of the four sides."""
    left, top, right, bottom = even
    across, along = min(left, right), min(top, bottom)
    if across and along:
        ordered, narrow = sorted(even), min(even)
        dark = colour[:3].max() <= DARK_FRAME_LEVEL_8BIT
        if _equal(narrow, ordered[2]) or (dark and _equal(left, right) and _equal(top, bottom)):
            yield left, top, right, bottom
        yield narrow, narrow, narrow, narrow
    elif across and not (top or bottom):
        yield across, 0, across, 0
    elif along and not (left or right):
        yield 0, along, 0, along


def _equal(first: int, second: int) -> bool:
    return abs(first - second) <= max(EQUAL_WIDTHS_TOLERANCE_PX, EQUAL_WIDTHS_TOLERANCE * max(first, second))


def _inner_ends(sides: Sequence[Pixels], widths: Widths, colour: Pixels) -> Widths | None:
    """The widths up to where the photo begins; None where it does not begin on straight lines."""
    ends, shares, inner_lines = [0, 0, 0, 0], [], []
    for index, (lines, width) in enumerate(zip(sides, widths, strict=True)):
        if width == 0:
            continue
        before, after = widths[1 - index % 2], widths[3 - index % 2]
        inside = lines[width : width + EDGE_REACH_PX, before : lines.shape[1] - after]
        photo_share = (_deviation(inside, colour) > PHOTO_MIN_DEVIATION_8BIT).mean(1)
        line = int((photo_share >= EDGE_LINE_SHARE * photo_share.max()).argmax())
        shares.append(float(photo_share[line]))
        line += _blended_lines(inside[line:], colour)
        inner_lines.append(inside[line])
        ends[index] = width + line
    if np.mean(shares) < EDGE_MEAN_SHARE or min(shares) < EDGE_SIDE_SHARE:
        return None
    if _is_light(colour) and 0 in widths and not all(_is_photo(line, colour) for line in inner_lines):
        return None
    left, top, right, bottom = ends
    inner_edge = np.concatenate(inner_lines)
    edge_colour: Pixels = np.median(inner_edge, 0).astype(np.uint8)
    photo = sides[1][top : len(sides[1]) - bottom, left : sides[1].shape[1] - right]
    if _share_of_colour(photo[::CONTENT_STRIDE_PX, ::CONTENT_STRIDE_PX], edge_colour) > FLAT_MIN_SHARE:
        return None
    if _is_light(colour) and _share_of_colour(inner_edge, edge_colour) > ONE_COLOUR_MIN_SHARE:
        return None
    return left, top, right, bottom


def _is_photo(line: Pixels, colour: Pixels) -> bool:
    """Whether a photo shows all along a line beside a light bar."""
    return bool((_deviation(line, colour) > PHOTO_MIN_DEVIATION_8BIT).mean() >= LIGHT_BAR_EDGE_SHARE)


def _blended_lines(lines: Pixels, colour: Pixels) -> int:
    """Number of outer lines whose colours are between the frame's and the photo's."""
    distances = [float(np.median(_deviation(line, colour))) for line in lines[: 2 * BLENDED_LINES_PX]]
    count = 0
    while count < min(BLENDED_LINES_PX, len(distances) - 2) and (
        distances[count] < BLENDED_SHARE * distances[count + BLENDED_LINES_PX]
    ):
        count += 1
    return count


def _is_light(colour: Pixels) -> bool:
    return bool(colour[:3].min() >= LIGHT_FRAME_LEVEL_8BIT)


def _share_of_colour(pixels: Pixels, colour: Pixels) -> float:
    return float((_deviation(pixels, colour) <= ONE_COLOUR_MAX_DEVIATION_8BIT).mean())


def _corner_radius(pixels: Pixels) -> float:
    """Radius, px, of the rounded corners of a photo (H, W, C) whose corners show another colour; else 0."""
    height, width = pixels.shape[:2]
    colour, most = pixels[0, 0], int(CORNER_MAX_SHARE * min(height, width))
    corners = [corner[:most, :most] for corner in (pixels, pixels[:, ::-1], pixels[::-1], pixels[::-1, ::-1])]
    runs = [_run(line, colour) for corner in corners for line in (corner[0], corner[:, 0])]
    if not 0 < min(runs) <= max(runs) < most or not _equal_runs(runs):
        return 0.0
    deviation = np.concatenate([_deviation(corner, colour) for corner in corners])
    radius = _radius_of_area(int((deviation <= FRAME_MAX_DEVIATION_8BIT).sum()) / len(corners))
    if not CORNER_MIN_RADIUS_PX <= radius < most:
        return 0.0
    beyond = np.concatenate([beyond_corners(width, height, radius)[:most, :most]] * len(corners))
    outside, inside = beyond >= CORNER_EDGE_PX, (beyond <= -CORNER_EDGE_PX) & (beyond >= -2 * CORNER_EDGE_PX)
    framed = (deviation[outside] <= FRAME_MAX_DEVIATION_8BIT).mean()
    begins = (deviation[inside] > PHOTO_MIN_DEVIATION_8BIT).mean()
    return radius if framed >= CORNER_MIN_SHARE and begins >= EDGE_MEAN_SHARE else 0.0


def _radius_of_area(area_px: float) -> float:
    """Radius of the arc that cuts an area off a corner, of which a line of blended pixels is missing."""
    return float((np.pi / 4 + (np.pi**2 / 16 + 4 * CORNER_AREA * area_px) ** 0.5) / (2 * CORNER_AREA))


def _run(line: Pixels, colour: Pixels) -> int:
    """Number of pixels at the start of a line that have a colour."""
    other = np.flatnonzero(_deviation(line, colour) > FRAME_MAX_DEVIATION_8BIT)
    return int(other[0]) if len(other) else len(line)


def _equal_runs(runs: Sequence[int]) -> bool:
    return max(runs) - min(runs) <= max(EQUAL_WIDTHS_TOLERANCE_PX, CORNER_RADII_TOLERANCE * max(runs))
