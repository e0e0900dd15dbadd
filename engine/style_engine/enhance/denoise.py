"""Denoising and deblocking: estimates of noise and JPEG blocks, and a DCT filter that removes both.

Thresholding the DCT of overlapping 8×8 windows (Yu and Sapiro, IPOL 2011) keeps coefficients above the noise,
so edges and letters stay, and smooths JPEG's block boundaries. Planes are (H, W), in levels 0..255.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .thumbnail import Plane

Plane8Bit = NDArray[np.uint8]

DCT_WINDOW_PX: Final = 8
GRID_SHIFTS_PX: Final = ((0, 0), (2, 4), (4, 2), (6, 6), (1, 6), (3, 1), (5, 3), (7, 5))
DENOISE_STRIP_ROWS: Final = 64  # processed at a time, so that they stay in the CPU cache
FLAT_WINDOW_QUANTILE: Final = 0.1  # of the windows' stds; windows below it are taken as free of texture
FLAT_STD_BIAS: Final = 0.89  # that quantile of the std of 64 samples of unit normal noise
MIN_NOISE_STD_8BIT: Final = 1.5  # weaker noise is left
THRESHOLD_PER_NOISE_STD: Final = 2.7  # for DCT coefficients (IPOL: 3)
MAX_NOISE_SPREAD: Final = 1.14  # texture has a larger spread than noise
MAX_LUMINANCE_TO_COLOUR_NOISE: Final = 1.3
MIN_BLOCK_STEP_8BIT: Final = 0.35  # step across the JPEG grid
BLOCK_THRESHOLD_BASE, BLOCK_THRESHOLD_PER_STEP, BLOCK_THRESHOLD_MAX = 5.0, 4.5, 18.0
MIN_WINDOWS: Final = 24  # for an estimate
UNCLIPPED_RANGE_8BIT: Final = (6, 249)  # noise is measured only in windows inside this range


@dataclass(frozen=True)
class PlaneNoise:
    """Noise std of a plane, in levels, and its spread over windows: about 1 for noise, more for texture."""

    std: float
    spread: float


def plane_noise(plane: Plane) -> PlaneNoise:
    """Estimate from diagonal differences in the flattest windows; std 0 if too few windows are unclipped."""
    height, width = (side // 2 * 2 for side in plane.shape)
    cropped = plane[:height, :width]
    diagonal = (cropped[::2, ::2] - cropped[1::2, ::2] - cropped[::2, 1::2] + cropped[1::2, 1::2]) / 2
    windows = _windows(cropped[::2, ::2])
    low, high = UNCLIPPED_RANGE_8BIT
    unclipped = (windows.min(1) > low) & (windows.max(1) < high)
    if unclipped.sum() < MIN_WINDOWS:
        return PlaneNoise(0.0, 1.0)
    stds = np.sqrt((_windows(diagonal)[unclipped] ** 2).mean(1))
    flat, typical = np.quantile(stds, (FLAT_WINDOW_QUANTILE, 3 * FLAT_WINDOW_QUANTILE))
    return PlaneNoise(float(flat / FLAT_STD_BIAS), float(typical / max(flat, 1e-3)))


def blockiness(plane: Plane) -> float:
    """Mean step across the lines of an 8 px grid minus that beside them, in levels."""
    return min(_grid_step(plane), _grid_step(plane.T))


@dataclass(frozen=True)
class NoiseEstimate:
    """Noise std of luminance and of colour, and the step across the JPEG grid, in levels; 0: none."""

    luminance: float
    colour: float
    blocks: float

    @property
    def found(self) -> bool:
        return self.luminance > 0 or self.blocks > 0

    @property
    def thresholds(self) -> tuple[float, float]:
        """DCT thresholds of luminance, and of colour at half size, where its noise is half."""
        block_threshold = BLOCK_THRESHOLD_BASE + BLOCK_THRESHOLD_PER_STEP * self.blocks
        blocks = min(block_threshold, BLOCK_THRESHOLD_MAX) if self.blocks else 0.0
        per_std = THRESHOLD_PER_NOISE_STD
        return max(per_std * self.luminance, blocks), max(per_std * self.colour, blocks) / 2


def estimate_noise(sample: Image.Image) -> NoiseEstimate:
    """Estimate noise; luminance variation that is not uniform counts only as far as colour varies with it."""
    planes = [np.asarray(band, dtype=np.float32) for band in sample.convert("YCbCr").split()]
    luminance, *chroma = (plane_noise(plane) for plane in planes)
    colour_std = sum(noise.std for noise in chroma) / 2
    luminance_std = luminance.std
    if luminance.spread >= MAX_NOISE_SPREAD:
        luminance_std = min(luminance_std, MAX_LUMINANCE_TO_COLOUR_NOISE * colour_std)
    blocks = blockiness(planes[0])
    if luminance_std < MIN_NOISE_STD_8BIT:
        luminance_std = colour_std = 0.0
    return NoiseEstimate(luminance_std, colour_std, blocks if blocks > MIN_BLOCK_STEP_8BIT else 0.0)


def denoise(image: Image.Image, noise: NoiseEstimate) -> Image.Image:
    """The picture without noise and blocks; colour, is filtered at half size."""
    if not noise.found:
        return image
    luminance_threshold, colour_threshold = noise.thresholds
    luminance, *chroma = image.convert("RGB").convert("YCbCr").split()
    half = (-(-image.width // 2), -(-image.height // 2))
    small = (_smooth_band(band.resize(half, Image.Resampling.BOX), colour_threshold) for band in chroma)
    smooth_chroma = (band.resize(image.size, Image.Resampling.BILINEAR) for band in small)
    result = Image.merge("YCbCr", [_smooth_band(luminance, luminance_threshold), *smooth_chroma]).convert(
        "RGB"
    )
    if image.mode == "RGBA":
        result.putalpha(image.getchannel("A"))
    return result


def _smooth_band(band: Image.Image, threshold: float) -> Image.Image:
    return Image.fromarray(smooth(np.asarray(band), threshold))


def smooth(plane: Plane8Bit, threshold: float) -> Plane8Bit:
    """The plane (H, W) without DCT coefficients smaller than `threshold`, averaged over shifted grids."""
    height, width = plane.shape
    below, right = (-side % DCT_WINDOW_PX for side in plane.shape)
    padded = np.pad(
        plane, ((DCT_WINDOW_PX, DCT_WINDOW_PX + below), (DCT_WINDOW_PX, DCT_WINDOW_PX + right)), "symmetric"
    )
    result = np.empty_like(plane)
    for top in range(0, height, DENOISE_STRIP_ROWS):
        rows = min(DENOISE_STRIP_ROWS, height + below - top)
        strip = padded[top : top + rows + 2 * DCT_WINDOW_PX].astype(np.float32)
        result[top : top + rows] = _smooth_strip(strip, threshold)[: height - top, :width]
    return result


def _smooth_strip(strip: Plane, threshold: float) -> Plane8Bit:
    """The filtered strip without its outer 8 rows and columns, rounded."""
    rows, columns = (side - DCT_WINDOW_PX for side in strip.shape)
    total = np.zeros((rows - DCT_WINDOW_PX, columns - DCT_WINDOW_PX), np.float32)
    for down, right in GRID_SHIFTS_PX:
        filtered = _threshold_dct(strip[down : down + rows, right : right + columns], threshold)
        total += filtered[DCT_WINDOW_PX - down :, DCT_WINDOW_PX - right :][: total.shape[0], : total.shape[1]]
    return np.clip(np.rint(total / len(GRID_SHIFTS_PX)), 0, 255).astype(np.uint8)


def _threshold_dct(plane: Plane, threshold: float) -> Plane:
    coefficients = _windows(plane) @ DCT_BASIS.T
    coefficients *= np.abs(coefficients) > threshold
    rows, side = plane.shape[0] // DCT_WINDOW_PX, DCT_WINDOW_PX
    blocks = (coefficients @ DCT_BASIS).reshape(rows, -1, side, side)
    return blocks.transpose(0, 2, 1, 3).reshape(plane.shape)


def _windows(plane: Plane) -> Plane:
    """(N, 64) the non-overlapping 8×8 windows of a plane."""
    side = DCT_WINDOW_PX
    rows, columns = (length // side for length in plane.shape)
    windows = plane[: rows * side, : columns * side].reshape(rows, side, columns, side)
    return windows.transpose(0, 2, 1, 3).reshape(-1, side * side)


def _grid_step(plane: Plane) -> float:
    """Mean column step at the strongest of the eight grid phases minus that at the second strongest."""
    columns = (plane.shape[1] - 1) // DCT_WINDOW_PX * DCT_WINDOW_PX
    if columns == 0 or plane.shape[0] < DCT_WINDOW_PX:
        return 0.0
    step = np.abs(np.diff(plane, axis=1))[:, :columns].mean(0)
    phases = np.sort(step.reshape(-1, DCT_WINDOW_PX).mean(0))
    return float(phases[-1] - phases[-2])


def _dct_basis() -> Plane:
    """(64, 64) orthonormal DCT-II of a window, one row per coefficient."""
    size, position = DCT_WINDOW_PX, np.arange(DCT_WINDOW_PX)
    angles = math.pi * (2 * position[None] + 1) * position[:, None] / (2 * size)
    cosines = np.cos(angles) * math.sqrt(2 / size)
    cosines[0] /= math.sqrt(2)
    return np.kron(cosines, cosines).astype(np.float32)


DCT_BASIS: Final = _dct_basis()
