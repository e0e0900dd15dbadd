"""Compositing by its definition: plane by plane at the photo's full size, in floats.

What the engine does in strips and in fixed point (style_engine/imaging/compositing.py) is compared with it.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from style_engine.imaging.compositing import FullSizePhoto


def composited_in_floats(
    full_size: FullSizePhoto, change: Tensor, cover: Tensor | None = None
) -> Image.Image:
    """As `FullSizePhoto.composited`; the picture without its detail is rounded to eight bits in between."""
    image = Image.fromarray(full_size.pixels)
    bands = list(image.split())
    if cover is not None and full_size.small is not None:
        share = np.clip(_enlarged(cover[0, 0].cpu().numpy(), image.size), 0, 1)
        for index, plane in enumerate(full_size.small[0].cpu().numpy()):
            band = np.asarray(bands[index], np.float32)
            detail = band - _enlarged(plane * np.float32(255), image.size)
            bands[index] = _to_band(band - share * detail)
    for index, plane in enumerate(change[0].cpu().numpy()):
        offset = _enlarged(plane * np.float32(255), image.size)
        bands[index] = _to_band(np.asarray(bands[index], np.float32) + offset)
    return Image.merge(image.mode, bands)


def _enlarged(plane: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BICUBIC))


def _to_band(values: NDArray[np.float32]) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))
