"""The name of a colour: that of the nearest sample, in OKLab.

OKLab: B. Ottosson, "A perceptual color space for image processing" (2020).
"""

from collections.abc import Mapping

Lab = tuple[float, float, float]
WEIGHT_OF_HUE = 4
"""Of the two colour axes against lightness: names tell a brown from a grey sooner than a brown from a darker
one."""


def name_of_colour(colour: str, samples: Mapping[str, Lab]) -> str:
    """`colour` is `#rrggbb` in sRGB; the same sample may have several entries."""
    wanted = oklab(colour)
    return min(samples, key=lambda name: _squared_distance(samples[name], wanted))


def oklab(colour: str) -> Lab:
    """Lightness 0 to 1, and the two axes green to red and blue to yellow, of `#rrggbb` in sRGB."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _linear(value: float) -> float:
    """Of a value of sRGB, 0 to 1 (IEC 61966-2-1)."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004


def _squared_distance(one: Lab, other: Lab) -> float:
    light, *axes = ((a - b) ** 2 for a, b in zip(one, other, strict=True))
    return light + WEIGHT_OF_HUE * sum(axes)
