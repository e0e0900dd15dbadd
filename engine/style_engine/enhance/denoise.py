"""Noise and JPEG blocks in a picture: how strong they are, and a transform that takes them out.

Thresholding the DCT of overlapping 8×8 windows (Yu and Sapiro, IPOL 2011) keeps what stands out from the
noise, edges and letters among it, and blurs the blocks that JPEG cut along one grid. Planes are (H, W) of
levels, 0..255.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Plane = NDArray[np.floating[Any]]
Bytes = NDArray[np.uint8]

WINDOW: Final = 8  # px
SHIFTS: Final = ((0, 0), (2, 4), (4, 2), (6, 6), (1, 6), (3, 1), (5, 3), (7, 5))  # of the windows' grid
STRIP: Final = 64  # rows at a time: they stay in the processor's cache
FLAT_SHARE: Final = 0.1  # quantile of windows taken as free of texture
CALM_BIAS: Final = 0.89  # that quantile of the deviation of 64 normal numbers
VISIBLE_FROM_ALPHA: Final = 1.5  # levels of noise; less is not worth a touch
KEPT: Final = 2.7  # a coefficient above so many deviations of the noise is picture (IPOL: 3)
EVEN: Final = 1.14  # texture is less even than noise
TINTED: Final = 1.3  # noise of luminance over noise of colour, at most
BLOCKS_SEEN: Final = 0.35  # levels of step on the JPEG grid
BLOCKS_KEPT: Final = (5.0, 4.5, 18.0)  # threshold for blocks: so much, more by the step, at most
FEW: Final = 24  # windows; with fewer there is no telling
CLIPPED: Final = (6, 249)  # windows that reach out of this range have lost part of their noise


@dataclass(frozen=True)
class Grain:
    """Standard deviation of a plane's noise, in levels, and how even it is: 1 for noise, more for texture."""

    level: float
    spread: float


def grain(plane: Plane) -> Grain:
    """From diagonal differences in the calmest windows; level 0 where too few windows can tell."""
    height, width = (side // 2 * 2 for side in plane.shape)
    even = plane[:height, :width]
    diagonal = (even[::2, ::2] - even[1::2, ::2] - even[::2, 1::2] + even[1::2, 1::2]) / 2
    windows = _windows(even[::2, ::2])
    inside = (windows.min(1) > CLIPPED[0]) & (windows.max(1) < CLIPPED[1])
    if inside.sum() < FEW:
        return Grain(0.0, 1.0)
    std = np.sqrt((_windows(diagonal)[inside] ** 2).mean(1))
    flat_share, usual = np.quantile(std, (FLAT_SHARE, 3 * FLAT_SHARE))
    return Grain(float(flat_share / CALM_BIAS), float(usual / max(flat_share, 1e-3)))


def blockiness(plane: Plane) -> float:
    """How many levels steeper the plane is across the lines of an 8 px grid than beside them."""
    return min(_grid_step(plane), _grid_step(plane.T))


@dataclass(frozen=True)
class NoiseEstimate:
    """Noise of luminance and of colour, and the step on the JPEG grid, in levels; 0: none seen."""

    luminance: float
    colour: float
    blocks: float

    @property
    def found(self) -> bool:
        return self.luminance > 0 or self.blocks > 0

    @property
    def thresholds(self) -> tuple[float, float]:
        """For luminance and for colour at half size, where its noise is half."""
        least, slope, most = BLOCKS_KEPT
        blocks = min(least + slope * self.blocks, most) if self.blocks else 0.0
        return max(KEPT * self.luminance, blocks), max(KEPT * self.colour, blocks) / 2


def estimate_noise(sample: Image.Image) -> NoiseEstimate:
    """Fine colour in step with fine luminance is noise; without it only a very even grain is."""
    planes = [np.asarray(band, dtype=np.float32) for band in sample.convert("YCbCr").split()]
    luminance, *colour = (grain(plane) for plane in planes)
    tint = sum(each.level for each in colour) / 2
    level = luminance.level if luminance.spread < EVEN else min(luminance.level, TINTED * tint)
    blocks = blockiness(planes[0])
    if level < VISIBLE_FROM_ALPHA:
        level = tint = 0.0
    return NoiseEstimate(level, tint, blocks if blocks > BLOCKS_SEEN else 0.0)


def denoise(image: Image.Image, noise: NoiseEstimate) -> Image.Image:
    """The picture without its dirt; luminance done at full size, colour at half: the eye sees no finer."""
    if not noise.found:
        return image
    fine, coarse = noise.thresholds
    luminance, *colour = image.convert("RGB").convert("YCbCr").split()
    half = (-(-image.width // 2), -(-image.height // 2))
    small = (_smooth_band(band.resize(half, Image.Resampling.BOX), coarse) for band in colour)
    large = (band.resize(image.size, Image.Resampling.BILINEAR) for band in small)
    result = Image.merge("YCbCr", [_smooth_band(luminance, fine), *large]).convert("RGB")
    if image.mode == "RGBA":
        result.putalpha(image.getchannel("A"))
    return result


def _smooth_band(band: Image.Image, threshold: float) -> Image.Image:
    return Image.fromarray(smooth(np.asarray(band), threshold))


def smooth(plane: Bytes, threshold: float) -> Bytes:
    """The plane (H, W) without DCT coefficients smaller than `threshold`, averaged over shifted grids."""
    height, width = plane.shape
    below, right = (-side % WINDOW for side in plane.shape)
    grown = np.pad(plane, ((WINDOW, WINDOW + below), (WINDOW, WINDOW + right)), "symmetric")
    result = np.empty_like(plane)
    for top in range(0, height, STRIP):
        rows = min(STRIP, height + below - top)
        strip = grown[top : top + rows + 2 * WINDOW].astype(np.float32)
        result[top : top + rows] = _smooth_strip(strip, threshold)[: height - top, :width]
    return result


def _smooth_strip(strip: Plane, threshold: float) -> Bytes:
    """The strip without its first and last WINDOW rows and columns, rounded."""
    rows, columns = (side - WINDOW for side in strip.shape)
    total = np.zeros((rows - WINDOW, columns - WINDOW), np.float32)
    for down, right in SHIFTS:
        clean = _thresholded(strip[down : down + rows, right : right + columns], threshold)
        total += clean[WINDOW - down :, WINDOW - right :][: total.shape[0], : total.shape[1]]
    return np.clip(np.rint(total / len(SHIFTS)), 0, 255).astype(np.uint8)


def _thresholded(plane: Plane, threshold: float) -> Plane:
    coefficients = _windows(plane) @ BASIS.T
    coefficients *= np.abs(coefficients) > threshold
    blocks = (coefficients @ BASIS).reshape(plane.shape[0] // WINDOW, -1, WINDOW, WINDOW)
    return blocks.transpose(0, 2, 1, 3).reshape(plane.shape)


def _windows(plane: Plane) -> Plane:
    """(N, 64) the whole 8×8 windows of a plane, side by side."""
    rows, columns = plane.shape[0] // WINDOW, plane.shape[1] // WINDOW
    whole = plane[: rows * WINDOW, : columns * WINDOW].reshape(rows, WINDOW, columns, WINDOW)
    return whole.transpose(0, 2, 1, 3).reshape(-1, WINDOW * WINDOW)


def _grid_step(plane: Plane) -> float:
    """Of the eight places a line of the grid may have: the steepest less the next."""
    columns = (plane.shape[1] - 1) // WINDOW * WINDOW
    if columns == 0 or plane.shape[0] < WINDOW:
        return 0.0
    step = np.abs(np.diff(plane, axis=1))[:, :columns].mean(0)
    phases = np.sort(step.reshape(-1, WINDOW).mean(0))
    return float(phases[-1] - phases[-2])


def _basis() -> Plane:
    """(64, 64) the orthonormal DCT-II of a window, a row for each coefficient."""
    place = np.arange(WINDOW)
    waves = np.cos(math.pi * (2 * place[None] + 1) * place[:, None] / (2 * WINDOW)) * math.sqrt(2 / WINDOW)
    waves[0] /= math.sqrt(2)
    return np.kron(waves, waves).astype(np.float32)


BASIS: Final = _basis()
