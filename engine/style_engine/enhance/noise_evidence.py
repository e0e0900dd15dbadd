"""Noise of a photo, distinguished from the texture of its product.

A sensor's noise is independent from pixel to pixel and from colour to colour, has normal values, and is in
every flat area, whatever its colour. A weave is periodic, leather varies over several pixels, grain varies
in lightness only, glitter has few and strong flakes; and a texture that fills the frame leaves no other flat
area to compare with. Planes are (H, W), in levels 0..255; windows are (N, side, side), with colours (…, 3).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from .thumbnail import Plane
from .windows import split_windows

# Level of noise
LEVEL_WINDOW_PX: Final = 8
FLAT_WINDOW_QUANTILE: Final = 0.1  # of the windows' stds; windows below it are taken as free of texture
FLAT_STD_BIAS: Final = 0.89  # that quantile of the std of 64 samples of unit normal noise
MIN_NOISE_STD_8BIT: Final = 1.5  # weaker noise is left
MAX_NOISE_SPREAD: Final = 1.14  # texture has a larger spread than noise
MAX_LUMINANCE_TO_COLOUR_NOISE: Final = 1.3
MIN_WINDOWS: Final = 24  # for an estimate
UNCLIPPED_RANGE_8BIT: Final = (6, 249)  # noise is measured only in windows inside this range

# Is it noise?
EVIDENCE_WINDOW_PX: Final = 16
MIN_EVIDENCE_WINDOWS: Final = 6  # that must be unclipped; as many are examined at least
FLATTEST_SHARE: Final = 0.1  # of the windows by diagonal differences, which are examined
COARSE_PX: Final = 4  # colours are compared in means over 4 × 4 px, which JPEG keeps
MIN_COLOUR_NOISE_8BIT: Final = 0.7  # std of those means in the second principal colour
MAX_NEIGHBOUR_RATIO: Final = 2.2  # variance of neighbours' differences by that of diagonal ones; 1 for noise
MAX_KURTOSIS: Final = 4.5  # 3 for normal values
MAX_CLIPPED_SHARE: Final = 0.05  # of the values of a window
MIN_TONE_RANGE_8BIT: Final = 15.0  # between the 5th and the 95th percentile of the windows' means
MIN_CHROMATICITY_RANGE: Final = 0.03  # likewise, of a channel's share of the sum of channels
WIDE_TONE_RANGE_8BIT: Final = 90.0  # which the folds of one material do not reach
TONE_BIN_8BIT: Final = 32
MIN_WINDOWS_OF_TONE: Final = 4
FLAT_IN_TONE_QUANTILE: Final = 0.2
MIN_TONE_CONSISTENCY: Final = 0.33  # noise in the tone that has least by that in the tone that has most
LUMINANCE_WEIGHTS: Final = np.array([0.299, 0.587, 0.114], np.float32)  # of Y in JPEG's YCbCr


@dataclass(frozen=True)
class PlaneNoise:
    """Noise std of a plane, in levels, and its spread over windows: about 1 for noise, more for texture."""

    std: float
    spread: float


def noise_stds(sample: Image.Image, min_colour_noise: float) -> tuple[float, float]:
    """Noise std of luminance and of colour in an RGB sample, in levels; 0 without evidence of noise."""
    luminance, *chroma = (
        plane_noise(np.asarray(band, dtype=np.float32)) for band in sample.convert("YCbCr").split()
    )
    colour_std = sum(noise.std for noise in chroma) / 2
    luminance_std = luminance.std
    if luminance.spread >= MAX_NOISE_SPREAD:
        # Luminance that does not vary uniformly holds texture; it counts as far as colour varies with it.
        luminance_std = min(luminance_std, MAX_LUMINANCE_TO_COLOUR_NOISE * colour_std)
    if luminance_std < MIN_NOISE_STD_8BIT:
        return 0.0, 0.0
    found = is_sensor_noise(np.asarray(sample, dtype=np.float32), min_colour_noise)
    return (luminance_std, colour_std) if found else (0.0, 0.0)


def plane_noise(plane: Plane) -> PlaneNoise:
    """Estimate from diagonal differences in the flattest windows; std 0 if too few windows are unclipped."""
    height, width = (side // 2 * 2 for side in plane.shape)
    cropped = plane[:height, :width]
    diagonal = (cropped[::2, ::2] - cropped[1::2, ::2] - cropped[::2, 1::2] + cropped[1::2, 1::2]) / 2
    unclipped = _clipped_share(split_windows(cropped[::2, ::2], LEVEL_WINDOW_PX)) == 0
    if unclipped.sum() < MIN_WINDOWS:
        return PlaneNoise(0.0, 1.0)
    stds = np.sqrt((split_windows(diagonal, LEVEL_WINDOW_PX)[unclipped] ** 2).mean((1, 2)))
    flat, typical = np.quantile(stds, (FLAT_WINDOW_QUANTILE, 3 * FLAT_WINDOW_QUANTILE))
    return PlaneNoise(float(flat / FLAT_STD_BIAS), float(typical / max(flat, 1e-3)))


def is_sensor_noise(sample: Plane, min_colour_noise: float) -> bool:
    """Whether what varies in the flattest areas of a sample (H, W, 3) is noise and not texture.

    `min_colour_noise`: least variance in the second principal colour, as a share of that in the first.
    """
    windows = split_windows(sample, EVIDENCE_WINDOW_PX)
    windows = windows[_clipped_share(windows) <= MAX_CLIPPED_SHARE]
    if len(windows) < MIN_EVIDENCE_WINDOWS:
        return False
    colours, luminance = windows.mean((1, 2)), windows @ LUMINANCE_WEIGHTS
    stds = _diagonal_differences(luminance).std((1, 2))
    flattest = np.argsort(stds)[: max(MIN_EVIDENCE_WINDOWS, round(FLATTEST_SHARE * len(stds)))]
    return (
        _covers_colours(colours)
        and _is_in_every_tone(colours.mean(1), stds)
        and _is_white_and_normal(luminance[flattest])
        and _varies_in_colour(windows[flattest], min_colour_noise)
    )


def _covers_colours(colours: Plane) -> bool:
    """Whether windows of these mean colours (N, 3) show more than one material in one light."""
    shares = colours / np.maximum(colours.sum(1, keepdims=True), 1)
    tone_range, chromaticity_range = _range(colours.mean(1)), _range(shares).max()
    several = tone_range >= MIN_TONE_RANGE_8BIT and chromaticity_range >= MIN_CHROMATICITY_RANGE
    return bool(several or tone_range >= WIDE_TONE_RANGE_8BIT)


def _is_in_every_tone(tones: Plane, stds: Plane) -> bool:
    """Whether the flattest windows of each tone have about the same noise."""
    bins = (tones // TONE_BIN_8BIT).astype(int)
    members = [stds[bins == tone] for tone in np.unique(bins)]
    members = [of_tone for of_tone in members if len(of_tone) >= MIN_WINDOWS_OF_TONE]
    levels = [np.quantile(of_tone, FLAT_IN_TONE_QUANTILE) for of_tone in members]
    return bool(levels) and bool(min(levels) >= MIN_TONE_CONSISTENCY * max(levels))


def _is_white_and_normal(luminance: Plane) -> bool:
    """Whether neighbours differ as little as independent normal values do."""
    diagonal = _diagonal_differences(luminance)
    variance = max(float((diagonal**2).mean()), 1e-6)
    neighbours = [np.diff(luminance, axis=axis) for axis in (1, 2)]
    ratio = sum(float((difference**2).mean()) for difference in neighbours) / (4 * variance)
    kurtosis = float((diagonal**4).mean()) / variance**2
    return ratio <= MAX_NEIGHBOUR_RATIO and kurtosis <= MAX_KURTOSIS


def _varies_in_colour(windows: Plane, min_colour_noise: float) -> bool:
    """Whether colour varies independently of lightness, in means over a few pixels."""
    count, side, _, channels = windows.shape
    blocks = windows.reshape(count, side // COARSE_PX, COARSE_PX, side // COARSE_PX, COARSE_PX, channels)
    differences = _diagonal_differences(blocks.mean((2, 4))).reshape(-1, channels)
    _, second, first = np.linalg.eigvalsh(np.cov(differences.T))
    return bool(second >= MIN_COLOUR_NOISE_8BIT**2 and second >= min_colour_noise * first)


def _diagonal_differences(windows: Plane) -> Plane:
    """(N, side - 1, side - 1, …) scaled so that independent values keep their variance."""
    below, right = windows[:, 1:], windows[:, :, 1:]
    return np.asarray((windows[:, :-1, :-1] - below[:, :, :-1] - right[:, :-1] + below[:, :, 1:]) / 2)


def _clipped_share(windows: Plane) -> Plane:
    """(N,) share of a window's values that are clipped or nearly so."""
    low, high = UNCLIPPED_RANGE_8BIT
    clipped = (windows <= low) | (windows >= high)
    return np.asarray(clipped.reshape(len(windows), -1).mean(1))


def _range(values: Plane) -> Plane:
    """From the 5th to the 95th percentile of (N, …)."""
    return np.asarray(np.subtract(*np.quantile(values, (0.95, 0.05), axis=0)))
