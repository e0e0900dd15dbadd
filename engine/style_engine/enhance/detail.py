"""Local contrast and sharpness: how much a photo lacks, and adding it without halos.

Local contrast is the difference between luminance and its guided-filtered version (He et al. 2010). Slope and
offset of the filter are computed on a thumbnail and upsampled (fast guided filter, He and Sun 2015).
Values are 0..255.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from ..imaging.guided_filter import self_guided_coefficients
from .thumbnail import Plane, to_floats

GUIDED_RADIUS_PX: Final = 7  # px of the thumbnail
GUIDED_EPSILON: Final = (0.1 * 255) ** 2  # variance above which the guided filter keeps an edge
LOW_CONTRAST_STD_8BIT: Final = 0.04 * 255  # of the local contrast, below which it is raised
MAX_LOCAL_CONTRAST_SHARE: Final = 0.20
SOFT_ACUTANCE: Final = 0.60  # below this a photo is sharpened
MAX_SHARPEN_SHARE: Final = 0.6
MAX_SHARPEN_CHANGE_8BIT: Final = 8.0
MIN_DETAIL_SHARE: Final = 0.02  # smaller corrections are skipped
MIN_EDGE_8BIT: Final = 2.0  # weaker edges give no estimate of sharpness
DETAIL_STRIP_ROWS: Final = 192  # processed at a time


@dataclass(frozen=True)
class Detail:
    """Shares of local contrast and sharpness to add; slope and offset of the filter on the thumbnail."""

    local: float
    sharp: float
    slope: Plane
    offset: Plane


NO_DETAIL: Final = Detail(0.0, 0.0, np.zeros((1, 1)), np.zeros((1, 1)))


def missing_detail(adjusted: Image.Image, sample: Image.Image | None) -> Detail:
    """Of a scene. `adjusted`: its thumbnail after the curves; `sample`: a crop at full size, or None."""
    tone = to_floats(adjusted.convert("L"))
    slope, offset = (
        plane[0, 0].numpy()
        for plane in self_guided_coefficients(
            torch.from_numpy(tone)[None, None], GUIDED_RADIUS_PX, GUIDED_EPSILON
        )
    )
    contrast = float((tone - slope * tone - offset).std())
    local = MAX_LOCAL_CONTRAST_SHARE * max(0.0, 1 - contrast / LOW_CONTRAST_STD_8BIT)
    sharp = MAX_SHARPEN_SHARE * max(0.0, 1 - _acutance(sample) / SOFT_ACUTANCE) if sample else 0.0
    local, sharp = (share if share > MIN_DETAIL_SHARE else 0.0 for share in (local, sharp))
    return Detail(local, sharp, slope, offset)


def add_detail(image: Image.Image, detail: Detail) -> Image.Image:
    """The RGB picture with detail added equally to every channel, so that hues are kept."""
    result = Image.new("RGB", image.size)
    for top in range(0, image.height, DETAIL_STRIP_ROWS):
        bottom = min(image.height, top + DETAIL_STRIP_ROWS)
        first, last = max(0, top - 1), min(image.height, bottom + 1)
        strip = image.crop((0, first, image.width, last))
        change = _strip_change(strip.convert("L"), image.height, first, detail)
        changed = Image.merge("RGB", [_add(band, change) for band in strip.split()])
        result.paste(changed.crop((0, top - first, image.width, bottom - first)), (0, top))
    return result


def _strip_change(tone: Image.Image, height: int, first: int, detail: Detail) -> NDArray[np.int16]:
    """The change (h, w) of a strip that begins at row `first` of a picture of `height` rows."""
    values = to_floats(tone)
    # local × (values − slope × values − offset), with both products computed on the thumbnail
    planes = (detail.local * (1 - detail.slope), detail.local * detail.offset)
    gain, shift = (_strip_of(plane, tone.size, height, first) for plane in planes)
    change = gain * values - shift
    if detail.sharp:
        limit = MAX_SHARPEN_CHANGE_8BIT
        change += np.clip(detail.sharp * _high_pass(values), -limit, limit)
    return np.rint(change).astype(np.int16)


def _add(band: Image.Image, change: NDArray[np.int16]) -> Image.Image:
    return Image.fromarray(np.clip(np.asarray(band) + change, 0, 255).astype(np.uint8))


def _strip_of(plane: Plane, size: tuple[int, int], height: int, first: int) -> Plane:
    """A strip's rows of a thumbnail plane, upsampled to the strip's size."""
    scale = plane.shape[0] / height
    box = (0.0, first * scale, float(plane.shape[1]), min((first + size[1]) * scale, plane.shape[0]))
    return to_floats(Image.fromarray(plane).resize(size, Image.Resampling.BILINEAR, box))


def _acutance(sample: Image.Image) -> float:
    """Strength of the steepest edges relative to those at half size; about 0.7 for a sharp picture."""
    tone = sample.convert("L")
    fine, coarse = (np.abs(_high_pass(to_floats(size)))[::2, ::2] for size in (tone, tone.reduce(2)))
    steepest, steepest_half = (float(np.quantile(edges, 0.99)) for edges in (fine, coarse))
    return steepest / steepest_half if steepest_half > MIN_EDGE_8BIT else 1.0


def _high_pass(tone: Plane) -> Plane:
    """Difference to a [1 2 1] × [1 2 1] blur; 0 on the outermost pixels, which lack neighbours."""
    fine = np.zeros_like(tone)
    across = tone[:, :-2] + 2 * tone[:, 1:-1] + tone[:, 2:]
    fine[1:-1, 1:-1] = tone[1:-1, 1:-1] - (across[:-2] + 2 * across[1:-1] + across[2:]) / 16
    return fine
