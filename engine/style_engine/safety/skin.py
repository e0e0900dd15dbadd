"""People's skin: how far its colours may move from the seller's upload, inside and outside the product."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ..imaging.colour import delta_e2000, lab
from ..imaging.tensors import MASK_THRESHOLD
from . import metrics
from .metrics import MeasuredImage
from .scene import GATE_COLOUR_STRIDE_PX, Scene

AIMED_SHARE_OF_LIMIT: Final = 0.9  # what upsampling and rounding add is less than the rest
ROUNDS: Final = 3  # ΔE2000 is not quite proportional to a change
EIGHT_BIT_SHARES_OF_LIMIT: Final = (0.9, 0.7, 0.4)  # that are aimed at in turn, as rounding may exceed it
STRIP_ROWS: Final = 64  # of a photo that are limited at once
MASK_THRESHOLD_8BIT: Final = 127


def limit_skin_change(scene: Scene, change: Tensor, max_delta_e: float) -> Tensor:
    """The change (1, 3, H, W) of the scene's photo, reduced in place so that skin keeps its colours.

    Each pixel of skin moves as far towards the painted colour as a ΔE2000 of `max_delta_e` from the upload
    allows; at the soft edge of the mask the limit fades out.
    """
    if scene.regions.skin is None:
        return change
    cover = skin_cover(scene)
    inside = cover[0, 0] > 0
    upload, photo, share = (
        plane[:, :, inside].unsqueeze(2) for plane in (scene.reference.picture, scene.photo, cover)
    )
    painted = (photo + change[:, :, inside].unsqueeze(2)).clamp_(0, 1)
    limited = _nearest_within(upload, painted, AIMED_SHARE_OF_LIMIT * max_delta_e)
    change[:, :, inside] = (torch.lerp(painted, limited, share) - photo).squeeze(2)
    return change


def skin_pixels(scene: Scene, size: tuple[int, int]) -> NDArray[np.bool_] | None:
    """(H, W) which pixels of a photo of a width and height show skin; None where none was found."""
    if scene.regions.skin is None:
        return None
    mask = (255 * scene.regions.skin[0, 0].clamp(0, 1)).round().byte().cpu().numpy()
    inside = np.asarray(Image.fromarray(mask).resize(size)) > MASK_THRESHOLD_8BIT
    return inside if inside.any() else None


def limit_skin_pixels(
    upload: Image.Image, result: Image.Image, skin: NDArray[np.bool_], max_delta_e: float
) -> Image.Image:
    """The result (RGB or RGBA) with each pixel of skin (H, W) within a ΔE2000 of `max_delta_e` of the upload.

    Both have the photo's own size. Where that is not the scene's, single pixels are darker or more colourful
    than the scene shows them, so the same change of their numbers is a larger one of their colour. Where it
    is, rounding to eight bits moves dark colours further than the limit leaves room for.
    """
    for rows in _strips(upload.height):
        places = np.flatnonzero(skin[rows])
        if len(places) == 0:
            continue
        box = (0, rows.start, upload.width, min(rows.stop, upload.height))
        before, after = np.asarray(upload.crop(box)), np.array(result.crop(box))
        original, painted = (_colours(pixels, places) for pixels in (before, after))
        for share in EIGHT_BIT_SHARES_OF_LIMIT:
            moved = (delta_e2000(lab(original), lab(painted)) > max_delta_e).flatten()
            if not moved.any():
                break
            # The others are within the limit and stay so.
            places, original, painted = places[moved.numpy()], original[..., moved], painted[..., moved]
            limited = (255 * _nearest_within(original, painted, share * max_delta_e)).round()
            painted = limited / 255
            after.reshape(-1, after.shape[2])[places, :3] = limited[0, :, 0].T.byte().numpy()
        result.paste(Image.fromarray(after), box[:2])
    return result


def _strips(height: int) -> Iterator[slice]:
    return (slice(top, top + STRIP_ROWS) for top in range(0, height, STRIP_ROWS))


def _colours(pixels: NDArray[np.uint8], places: NDArray[np.int64]) -> Tensor:
    """(1, 3, 1, N) in [0, 1], of the pixels (H, W, 3 or 4) at flat indices (N,)."""
    chosen = pixels.reshape(-1, pixels.shape[2])[places, :3]
    return torch.from_numpy(chosen.T.copy()).float().div_(255)[None, :, None]


def skin_cover(scene: Scene) -> Tensor:
    """(1, 1, H, W) how far each pixel is protected as skin: fully from a mask value of 0.5 on."""
    skin = scene.regions.skin
    return torch.zeros_like(scene.regions.product) if skin is None else (2 * skin).clamp(max=1)


def skin_delta_e(scene: Scene, result: MeasuredImage) -> float:
    """The largest ΔE2000 from the upload at a pixel of skin; 0 where no skin was found."""
    if scene.regions.skin is None:
        return 0.0
    inside = metrics.subsample(scene.regions.skin, GATE_COLOUR_STRIDE_PX) > MASK_THRESHOLD
    delta_e = metrics.delta_e_map(scene.reference, result)[inside]
    return float(delta_e.max()) if delta_e.numel() else 0.0


def _nearest_within(upload: Tensor, painted: Tensor, max_delta_e: float) -> Tensor:
    """The colours (1, 3, 1, N) on the way from the upload's to the painted ones that are within the limit."""
    upload_lab, difference = lab(upload), painted - upload
    share = torch.ones_like(upload[:, :1])
    for _ in range(ROUNDS):
        delta_e = delta_e2000(upload_lab, lab(upload + share * difference))
        share = share * (max_delta_e / delta_e.clamp(min=max_delta_e))
    return upload + share * difference
