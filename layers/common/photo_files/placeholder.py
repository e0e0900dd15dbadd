"""What a page shows before a picture is loaded: its dominant colour, and a ThumbHash of about 25 bytes.

ThumbHash (Wallace 2023, https://evanw.github.io/thumbhash/): the lowest frequencies of luminance, of two
colour differences and of transparency, with four bits each. Written out here because the packages that
compute it for Python had their last release years ago; the pictures here are small enough for plain Python.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, floor, pi

from PIL import Image

_HASH_SIDE_PX = 32
_COLOUR_SIDE_PX = 64
_COLOURS = 8
_OPAQUE_8BIT = 255
_HALF_OPAQUE_8BIT = 128
_MOST_FREQUENCIES, _MOST_FREQUENCIES_WITH_ALPHA = 7, 5
_COLOUR_FREQUENCIES, _ALPHA_FREQUENCIES = 3, 5
_REDUCING_GAP = 3.0
_DECIMALS = 9
"""What is smaller is an error of rounding; kept, it would make hashes of flat pictures depend on the
machine."""


@dataclass(frozen=True)
class Placeholder:
    """`dominant_colour` is `#rrggbb`, `thumbhash` is base64."""

    dominant_colour: str
    thumbhash: str


def placeholder_of(image: Image.Image) -> Placeholder:
    """Of an RGB or RGBA picture."""
    return Placeholder(dominant_colour(image), b64encode(thumbhash(image)).decode())


def dominant_colour(image: Image.Image) -> str:
    """The most frequent of eight colours of the picture, by median cut. Of an RGBA picture only pixels that
    are at least half opaque count; white if there are none."""
    small = _scaled_down(image, _COLOUR_SIDE_PX)
    pixels = [pixel[:3] for pixel in _pixels(small) if pixel[3] >= _HALF_OPAQUE_8BIT]
    if not pixels:
        return "#ffffff"
    row = Image.frombytes("RGB", (len(pixels), 1), bytes(value for pixel in pixels for value in pixel))
    reduced = row.quantize(_COLOURS, Image.Quantize.MEDIANCUT)
    palette = reduced.getpalette() or []
    counts = reduced.histogram()
    index = counts.index(max(counts))
    return "#{:02x}{:02x}{:02x}".format(*palette[3 * index : 3 * index + 3])


def thumbhash(image: Image.Image) -> bytes:
    """Of an RGB or RGBA picture, which is scaled to at most 32 pixels first. 16 to 26 bytes."""
    small = _scaled_down(image, _HASH_SIDE_PX)
    return thumbhash_of_pixels(small.width, small.height, list(_pixels(small)))


def thumbhash_of_pixels(width: int, height: int, pixels: Sequence[tuple[int, int, int, int]]) -> bytes:
    """`pixels` row by row, red, green, blue and alpha from 0 to 255, not premultiplied."""
    has_alpha = any(pixel[3] < _OPAQUE_8BIT for pixel in pixels)
    most = _MOST_FREQUENCIES_WITH_ALPHA if has_alpha else _MOST_FREQUENCIES
    across, down = (max(1, _rounded(most * side / max(width, height))) for side in (width, height))
    planes = [_plane(values, width) for values in _channels(pixels)]
    light, yellow_blue, red_green, alpha = planes
    few = _COLOUR_FREQUENCIES
    channels = [
        _Channel.of(light, max(few, across), max(few, down)),
        _Channel.of(yellow_blue, few, few),
        _Channel.of(red_green, few, few),
    ]
    header = bytearray(_header(channels, across, down, is_landscape=width > height, has_alpha=has_alpha))
    if has_alpha:
        opacity = _Channel.of(alpha, _ALPHA_FREQUENCIES, _ALPHA_FREQUENCIES)
        header.append(_rounded(15 * opacity.mean) | _rounded(15 * opacity.scale) << 4)
        channels.append(opacity)
    return bytes(header) + _nibbles(value for channel in channels for value in channel.varying)


@dataclass(frozen=True)
class _Channel:
    """Coefficients of a cosine transform: that of frequency 0, and the others divided by the greatest of
    them, `scale`, and moved to 0 to 1."""

    mean: float
    scale: float
    varying: list[float]

    @classmethod
    def of(cls, plane: list[list[float]], across: int, down: int) -> "_Channel":
        """Frequencies of the triangle below the diagonal of `across` × `down`."""
        mean, *others = _coefficients(plane, across, down)
        scale = max(map(abs, others), default=0.0)
        return cls(mean, scale, [0.5 + 0.5 / scale * value if scale else value for value in others])


def _coefficients(plane: list[list[float]], across: int, down: int) -> Iterator[float]:
    """The transform of each row, then of the columns of the results."""
    height, width = len(plane), len(plane[0])
    by_frequency = [[_dot(row, _wave(u, width)) for row in plane] for u in range(across)]
    for v in range(down):
        wave = _wave(v, height)
        for u in range(across):
            if u * down < across * (down - v):
                yield round(_dot(by_frequency[u], wave) / (width * height), _DECIMALS)


def _wave(frequency: int, length: int) -> list[float]:
    return [cos(pi / length * frequency * (at + 0.5)) for at in range(length)]


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _channels(pixels: Sequence[tuple[int, int, int, int]]) -> Iterator[list[float]]:
    """Luminance, yellow less blue, red less green, and opacity, each from 0 or -1 to 1. Transparent pixels
    take the picture's mean colour."""
    opacity = [alpha / _OPAQUE_8BIT for *_, alpha in pixels]
    total = sum(opacity) or 1.0
    rgb = []
    for channel in range(3):
        weighted = [pixel[channel] / 255 * each for pixel, each in zip(pixels, opacity, strict=True)]
        mean = sum(weighted) / total
        rgb.append([mean * (1 - each) + value for value, each in zip(weighted, opacity, strict=True)])
    colours = list(zip(*rgb, strict=True))
    yield [(red + green + blue) / 3 for red, green, blue in colours]
    yield [(red + green) / 2 - blue for red, green, blue in colours]
    yield [red - green for red, green, _ in colours]
    yield opacity


def _plane(values: list[float], width: int) -> list[list[float]]:
    return [values[start : start + width] for start in range(0, len(values), width)]


def _header(
    channels: list[_Channel], across: int, down: int, *, is_landscape: bool, has_alpha: bool
) -> bytes:
    light, yellow_blue, red_green = channels
    first = (
        _rounded(63 * light.mean)
        | _rounded(31.5 + 31.5 * yellow_blue.mean) << 6
        | _rounded(31.5 + 31.5 * red_green.mean) << 12
        | _rounded(31 * light.scale) << 18
        | has_alpha << 23
    )
    second = (
        (down if is_landscape else across)
        | _rounded(63 * yellow_blue.scale) << 3
        | _rounded(63 * red_green.scale) << 9
        | is_landscape << 15
    )
    return first.to_bytes(3, "little") + second.to_bytes(2, "little")


def _nibbles(values: Iterator[float]) -> bytes:
    """Four bits each, the lower half of a byte first."""
    digits = [_rounded(15 * value) for value in values]
    digits += [0] * (len(digits) % 2)
    return bytes(low | high << 4 for low, high in zip(digits[::2], digits[1::2], strict=True))


def _rounded(value: float) -> int:
    """Halves are rounded up, as the published algorithm does; Python's `round` takes the even neighbour."""
    return floor(round(value, _DECIMALS) + 0.5)


def _scaled_down(image: Image.Image, side_px: int) -> Image.Image:
    """At most `side_px` on its longer side, in RGBA."""
    scale = min(1.0, side_px / max(image.size))
    width, height = (max(1, round(side * scale)) for side in image.size)
    small = image.resize((width, height), Image.Resampling.BOX, reducing_gap=_REDUCING_GAP)
    return small.convert("RGBA")


def _pixels(image: Image.Image) -> Iterator[tuple[int, int, int, int]]:
    data = image.tobytes()
    for at in range(0, len(data), 4):
        red, green, blue, alpha = data[at : at + 4]
        yield red, green, blue, alpha
