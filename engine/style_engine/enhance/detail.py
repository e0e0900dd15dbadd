"""Local contrast and sharpness: how much a photo lacks, and adding it without halos.

Local contrast is what a guided filter (He et al. 2010) takes out of the luminance. Its slope and offset are
found on a thumbnail and vary slowly (He and Sun 2015): one product and one sum do for a picture of any size.
Values are 0..255.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from ..imaging.guided_filter import self_guided_coefficients
from .thumbnail import Plane, Thumbnail, floats

RADIUS: Final = 7  # px of the thumbnail, of the guided filter
EDGE: Final = (0.1 * 255) ** 2  # variance from which the guided filter sees an edge
FLAT: Final = 0.04 * 255  # deviation of local contrast below which a photo is flat
LOCAL_MOST: Final = 0.20
SOFT: Final = 0.60  # acutance below which a photo is soft
SHARPEN_MOST: Final = 0.6
FINE_MOST: Final = 8.0  # levels that sharpening may add
LEAST: Final = 0.02  # a smaller share is not worth a touch
FAINT: Final = 2.0  # levels; edges fainter than this say nothing of sharpness
STRIP: Final = 192  # rows done at a time


@dataclass(frozen=True)
class Detail:
    """Shares of local contrast and of sharpness to add; slope and offset of the filter on the thumbnail."""

    local: float
    sharp: float
    slope: Plane
    offset: Plane


def lacking_detail(thumbnail: Thumbnail, adjusted: Image.Image, sample: Image.Image | None) -> Detail:
    """`adjusted`: the thumbnail after the curves; `sample`: a crop at full size (None: do not sharpen)."""
    tone = floats(adjusted.convert("L"))
    slope, offset = (
        plane[0, 0].numpy()
        for plane in self_guided_coefficients(torch.from_numpy(tone)[None, None], RADIUS, EDGE)
    )
    shown = thumbnail.visible & ~thumbnail.background
    texture = float((tone - slope * tone - offset)[shown].std()) if shown.any() else FLAT
    local = LOCAL_MOST * max(0.0, 1 - texture / FLAT)
    sharp = SHARPEN_MOST * max(0.0, 1 - _acutance(sample) / SOFT) if sample else 0.0
    return Detail(local if local > LEAST else 0.0, sharp if sharp > LEAST else 0.0, slope, offset)


def add_detail(image: Image.Image, detail: Detail) -> Image.Image:
    """The RGB picture with what it lacked, the same in every channel, so that no hue is turned."""
    result = Image.new("RGB", image.size)
    for top in range(0, image.height, STRIP):
        bottom = min(image.height, top + STRIP)
        first, last = max(0, top - 1), min(image.height, bottom + 1)
        strip = image.crop((0, first, image.width, last))
        added = _added(strip.convert("L"), image.height, first, detail)
        done = Image.merge("RGB", [_plus(band, added) for band in strip.split()])
        result.paste(done.crop((0, top - first, image.width, bottom - first)), (0, top))
    return result


def _added(tone: Image.Image, height: int, first: int, detail: Detail) -> NDArray[np.int16]:
    """For a strip that begins at row `first` of a picture of that height."""
    values = floats(tone)
    # local × (values − slope × values − offset), what can be worked out on the thumbnail done there
    planes = (detail.local * (1 - detail.slope), detail.local * detail.offset)
    gain, shift = (_part(plane, tone.size, height, first) for plane in planes)
    added = gain * values - shift
    if detail.sharp:
        added += np.clip(detail.sharp * _fine(values), -FINE_MOST, FINE_MOST)
    return np.rint(added).astype(np.int16)


def _plus(band: Image.Image, added: NDArray[np.int16]) -> Image.Image:
    return Image.fromarray(np.clip(np.asarray(band) + added, 0, 255).astype(np.uint8))


def _part(plane: Plane, size: tuple[int, int], height: int, first: int) -> Plane:
    """The rows of a strip out of a thumbnail's plane, at the picture's size."""
    scale = plane.shape[0] / height
    box = (0.0, first * scale, float(plane.shape[1]), min((first + size[1]) * scale, plane.shape[0]))
    return floats(Image.fromarray(plane).resize(size, Image.Resampling.BILINEAR, box))


def _acutance(sample: Image.Image) -> float:
    """How steep the steepest edges are beside those at half the size; a crisp picture has about 0.7."""
    tone = sample.convert("L")
    fine, coarse = (np.abs(_fine(floats(each)))[::2, ::2] for each in (tone, tone.reduce(2)))
    steep, steep_half = (float(np.quantile(each, 0.99)) for each in (fine, coarse))
    return steep / steep_half if steep_half > FAINT else 1.0


def _fine(tone: Plane) -> Plane:
    """What a [1 2 1] × [1 2 1] blur takes away; 0 on the outermost pixels, which lack neighbours."""
    fine = np.zeros_like(tone)
    across = tone[:, :-2] + 2 * tone[:, 1:-1] + tone[:, 2:]
    fine[1:-1, 1:-1] = tone[1:-1, 1:-1] - (across[:-2] + 2 * across[1:-1] + across[2:]) / 16
    return fine
