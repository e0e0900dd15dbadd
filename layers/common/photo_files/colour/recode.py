"""Pictures of any encoding recoded with the transfer function of sRGB, in 8 bits; HDR is tone-mapped.

One table for each channel does it, except for HDR in colour: tone mapping keeps the channels' ratios, and
HLG's system gamma acts on the luminance. Its one table for all channels goes to the primaries of sRGB too,
because 8 bits of wider primaries are too few for them.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from PIL import Image, ImageFilter

from photo_files.colour.encodings import (
    BT709,
    DIFFUSE_WHITE_NITS,
    HLG_PEAK_NITS,
    HLG_SYSTEM_GAMMA,
    Encoding,
    srgb_from_light,
)
from photo_files.colour.icc import between_primaries, colorants_of
from photo_files.colour.matrices import Matrix

TONE_KNEE_LIGHT = 0.92
"""Of diffuse white; up to here HDR is shown as it is."""
_LUT_GRID_POINTS = 65
_LIGHT_TABLE_STEPS = 2**14 + 1  # that the grid's points without a matrix are among
_NARROW_BLACK_8BIT, _NARROW_WHITE_8BIT = 16, 235
_MAX_8BIT, _MAX_16BIT = 255, 65535
_STRIP_ROWS = 256

Curve = Callable[[float], float]


class DeepSamples(NamedTuple):
    """The high and the low bytes of 16-bit samples, each in mode L or RGB."""

    high: Image.Image
    low: Image.Image


def recoded(samples: Image.Image | DeepSamples, encoding: Encoding) -> Image.Image:
    """Samples of mode L or RGB with the transfer function of sRGB and the same primaries."""
    max_code = _max_code(_eight_bits_of(samples))
    if encoding.rgb_matrix and isinstance(samples, Image.Image) and samples.mode == "RGB":
        samples = samples.convert("RGB", _with_offsets(encoding.rgb_matrix))
    return _through_curve(samples, _curve(encoding, max_code))


def hdr_in_colour(samples: Image.Image | DeepSamples, encoding: Encoding) -> Image.Image:
    """Samples of mode RGB with an HDR transfer, tone-mapped, in sRGB.

    16 bits are first divided by their highest code, so that the table's grid and the 8 bits that it takes
    cover the codes that the picture has; 8 bits would only be rounded once more.
    """
    max_code = _max_code(_eight_bits_of(samples))
    if isinstance(samples, DeepSamples) and max_code:
        spread = _through_curve(samples, lambda code: min(code / max_code, 1.0))
        return spread.filter(_hdr_table(encoding, max_code, max_code))
    return _eight_bits_of(samples).filter(_hdr_table(encoding, 1.0, max_code))


def _eight_bits_of(samples: Image.Image | DeepSamples) -> Image.Image:
    return samples.high if isinstance(samples, DeepSamples) else samples


def _with_offsets(matrix: Matrix) -> tuple[float, ...]:
    """As Pillow takes it; half a level, because Pillow truncates."""
    return tuple(value for row in matrix for value in (*row, 0.5))


def _through_curve(samples: Image.Image | DeepSamples, curve: Curve) -> Image.Image:
    if isinstance(samples, DeepSamples):
        return _through_16_bit_table(samples, _table(curve, _MAX_16BIT))
    return samples.point(_table(curve, _MAX_8BIT) * len(samples.getbands()))


def _max_code(image: Image.Image) -> float:
    """In [0, 1], of all channels."""
    extrema = [channel.getextrema() for channel in image.split()]
    return float(max(high for _, high in extrema)) / _MAX_8BIT  # type: ignore[arg-type] # of one channel


def _table(curve: Curve, max_code: int) -> list[int]:
    return [round(_MAX_8BIT * curve(code / max_code)) for code in range(max_code + 1)]


def _curve(encoding: Encoding, max_code: float) -> Curve:
    """From a code to that of sRGB, for one channel, or for grey; both in [0, 1]."""
    to_light = _display_light_of_grey(encoding)
    if encoding.transfer.is_hdr:
        peak_light = to_light(max_code)
        return lambda code: srgb_from_light(tone_mapped(to_light(code), peak_light))
    return lambda code: srgb_from_light(min(max(to_light(code), 0.0), 1.0))


def _display_light_of_grey(encoding: Encoding) -> Curve:
    to_light = encoding.transfer.to_light
    in_range = (lambda code: code) if encoding.is_full_range else _from_narrow_range
    if encoding.transfer.has_system_gamma:
        return lambda code: HLG_PEAK_NITS / DIFFUSE_WHITE_NITS * to_light(in_range(code)) ** HLG_SYSTEM_GAMMA
    return lambda code: to_light(in_range(code))


def _from_narrow_range(code: float) -> float:
    share = (_MAX_8BIT * code - _NARROW_BLACK_8BIT) / (_NARROW_WHITE_8BIT - _NARROW_BLACK_8BIT)
    return min(max(share, 0.0), 1.0)


def tone_mapped(light: float, peak_light: float) -> float:
    """Light relative to diffuse white → [0, 1]: as it is up to the knee, then rolled off so that `peak_light`
    becomes 1.

    Reinhard's extended curve (2002) above the knee: its slope is 1 there, and with a peak of 1 it changes
    nothing. Diffuse white becomes at least 0.96, ΔE2000 1 darker.
    """
    if peak_light <= 1 or light <= TONE_KNEE_LIGHT:
        return min(light, 1.0)
    span = 1 - TONE_KNEE_LIGHT
    above, peak_above = (light - TONE_KNEE_LIGHT) / span, (peak_light - TONE_KNEE_LIGHT) / span
    return min(TONE_KNEE_LIGHT + span * above * (1 + above / peak_above**2) / (1 + above), 1.0)


# ── HDR in colour ────────────────────────────────────────────────────────────────────────────────────


def _hdr_table(encoding: Encoding, last_code: float, max_code: float) -> ImageFilter.Color3DLUT:
    """Of codes from 0 to `last_code`, for a picture whose highest is `max_code`."""
    steps = [last_code * index / (_LUT_GRID_POINTS - 1) for index in range(_LUT_GRID_POINTS)]
    peak_light = _display_light_of_grey(encoding)(max_code)
    lights_of, system_gain = _lights_of(encoding), _system_gain(encoding)
    to_srgb_light = between_primaries(encoding.primaries, BT709)

    def entries() -> Iterator[float]:
        for blue_code in steps:
            for green_code in steps:
                for red_code in steps:
                    red, green, blue = lights_of(red_code, green_code, blue_code)
                    gain = system_gain(red, green, blue)
                    brightest = gain * max(red, green, blue)
                    if brightest > TONE_KNEE_LIGHT:
                        gain *= tone_mapped(brightest, peak_light) / brightest
                    for red_share, green_share, blue_share in to_srgb_light:
                        # Pillow clips what is outside [0, 1] after it has interpolated.
                        yield srgb_from_light(
                            gain * (red_share * red + green_share * green + blue_share * blue)
                        )

    return ImageFilter.Color3DLUT(_LUT_GRID_POINTS, list(entries()))


def _lights_of(encoding: Encoding) -> Callable[[float, float, float], tuple[float, float, float]]:
    """From the codes of a pixel to their light, by a table of the transfer."""
    in_range = (lambda code: code) if encoding.is_full_range else _from_narrow_range
    last = _LIGHT_TABLE_STEPS - 1
    lights = [encoding.transfer.to_light(in_range(index / last)) for index in range(_LIGHT_TABLE_STEPS)]

    def light(code: float) -> float:
        return lights[round(last * min(max(code, 0.0), 1.0))]

    if not encoding.rgb_matrix:
        return lambda red, green, blue: (light(red), light(green), light(blue))
    (rr, rg, rb), (gr, gg, gb), (br, bg, bb) = encoding.rgb_matrix
    return lambda red, green, blue: (
        light(rr * red + rg * green + rb * blue),
        light(gr * red + gg * green + gb * blue),
        light(br * red + bg * green + bb * blue),
    )


def _system_gain(encoding: Encoding) -> Callable[[float, float, float], float]:
    """From the light of a transfer to that of the display."""
    if not encoding.transfer.has_system_gamma:
        return lambda red, green, blue: 1.0
    _, (red_share, green_share, blue_share), _ = colorants_of(encoding.primaries)
    scale, exponent = HLG_PEAK_NITS / DIFFUSE_WHITE_NITS, HLG_SYSTEM_GAMMA - 1

    def gain(red: float, green: float, blue: float) -> float:
        luminance = red_share * red + green_share * green + blue_share * blue
        return float(scale * luminance**exponent)

    return gain


# ── 16 bits ──────────────────────────────────────────────────────────────────────────────────────────


def _through_16_bit_table(samples: DeepSamples, table: list[int]) -> Image.Image:
    """In strips, because a channel with four bytes a sample would exceed the memory of a photo."""
    high, low = samples
    result = Image.new(high.mode, high.size)
    for top in range(0, high.height, _STRIP_ROWS):
        box = (0, top, high.width, min(top + _STRIP_ROWS, high.height))
        strips = zip(high.crop(box).split(), low.crop(box).split(), strict=True)
        channels = [_sixteen_bits(*strip).point(table, "L") for strip in strips]
        result.paste(Image.merge(high.mode, channels) if len(channels) > 1 else channels[0], box)
    return result


def _sixteen_bits(high: Image.Image, low: Image.Image) -> Image.Image:
    little_endian = Image.merge("LA", (low, high)).tobytes()
    return Image.frombytes("I;16", high.size, little_endian).convert("I")
