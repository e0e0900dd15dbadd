"""Denoising and deblocking by a DCT filter.

Thresholding the DCT of overlapping 8×8 windows (Yu and Sapiro, IPOL 2011) keeps coefficients above the noise,
so edges and letters stay, and smooths JPEG's block boundaries. A window that would lose more than the noise
holds texture and is kept. Planes are (H, W), in levels 0..255.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .jpeg_blocks import block_step
from .limits import EvidenceLimits
from .noise_evidence import noise_stds
from .thumbnail import Plane
from .windows import split_windows

Plane8Bit = NDArray[np.uint8]

DCT_WINDOW_PX: Final = 8
GRID_SHIFTS_PX: Final = ((0, 0), (2, 4), (4, 2), (6, 6), (1, 6), (3, 1), (5, 3), (7, 5))
DENOISE_STRIP_ROWS: Final = 64  # processed at a time, so that they stay in the CPU cache
THRESHOLD_PER_NOISE_STD: Final = 2.7  # for DCT coefficients (IPOL: 3)
MIN_BLOCK_STEP_8BIT: Final = 1.0  # smaller steps across the JPEG grid are left
BLOCK_THRESHOLD_BASE, BLOCK_THRESHOLD_PER_STEP, BLOCK_THRESHOLD_MAX = 5.0, 4.5, 18.0
MAX_REMOVED_PER_THRESHOLD: Final = 0.5  # std of what a window may lose, by the threshold


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


def estimate_noise(sample: Image.Image, limits: EvidenceLimits) -> NoiseEstimate:
    """Noise and blocks of an RGB sample, as far as there is evidence that they are not texture."""
    luminance_std, colour_std = noise_stds(sample, limits.colour_noise)
    blocks = block_step(np.asarray(sample.convert("L"), dtype=np.float32))
    return NoiseEstimate(luminance_std, colour_std, blocks if blocks > MIN_BLOCK_STEP_8BIT else 0.0)


def denoise(image: Image.Image, noise: NoiseEstimate) -> Image.Image:
    """The picture without noise and blocks; colour is filtered at half size."""
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
    coefficients = split_windows(plane, DCT_WINDOW_PX).reshape(-1, DCT_WINDOW_PX**2) @ DCT_BASIS.T
    kept = np.where(np.abs(coefficients) > threshold, coefficients, 0)
    removed = (coefficients**2).sum(1) - (kept**2).sum(1)
    textured = removed > (MAX_REMOVED_PER_THRESHOLD * threshold * DCT_WINDOW_PX) ** 2
    kept[textured] = coefficients[textured]
    rows, side = plane.shape[0] // DCT_WINDOW_PX, DCT_WINDOW_PX
    blocks = (kept @ DCT_BASIS).reshape(rows, -1, side, side)
    return blocks.transpose(0, 2, 1, 3).reshape(plane.shape)


def _dct_basis() -> Plane:
    """(64, 64) orthonormal DCT-II of a window, one row per coefficient."""
    size, position = DCT_WINDOW_PX, np.arange(DCT_WINDOW_PX)
    angles = math.pi * (2 * position[None] + 1) * position[:, None] / (2 * size)
    cosines = np.cos(angles) * math.sqrt(2 / size)
    cosines[0] /= math.sqrt(2)
    return np.kron(cosines, cosines).astype(np.float32)


DCT_BASIS: Final = _dct_basis()
