"""Structure of a product: its SSIM from the seller's upload, over all of it and in each block.

SSIM is that of luminance in the gates' windows. A block's is the mean over its windows that hold nothing but
product, because the background beside it may be painted as far as a style likes.
"""

from functools import cached_property
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from . import metrics
from .metrics import MeasuredImage, Moments
from .scene import GATE_STRIDE_PX, Scene

GATE_WINDOW_PX: Final = (metrics.SSIM_WINDOW_PX, GATE_STRIDE_PX)  # side, stride
BISECTION_STEPS: Final = 5
CORRECTION_ROUNDS: Final = 4
CORRECTION_FACTOR: Final = 0.7  # of the share of a block that has missed its limit, in each round

Shares = NDArray[np.float32]


def least_ssim(scene: Scene, result: MeasuredImage) -> float:
    """Mean SSIM in the block of the product where it is least, or over the product if that is less; 1
    without a product."""
    weight = metrics.at_window_centres(scene.regions.product, *GATE_WINDOW_PX)
    ssim_map = metrics.ssim_map(scene.reference, scene.product_alone(result))
    of_product = metrics.weighted_mean(ssim_map, weight, empty=1.0)
    return float(block_ssim(scene, result).min(initial=of_product))


def block_ssim(scene: Scene, result: MeasuredImage) -> NDArray[np.float64]:
    """(blocks,) mean SSIM of each block of the product; 1 where a block holds no whole window."""
    ssim_map = metrics.ssim_map(scene.reference, result)
    return scene.blocks.window_means(ssim_map, scene.product_windows, *GATE_WINDOW_PX)


def ssim_with(scene: Scene, change: Tensor) -> float:
    """Mean SSIM over the product with a change (1, 3, H, W) of it added to the photo."""
    photo = scene.product_alone(scene.measured).centred_luminance
    weight = metrics.at_window_centres(scene.regions.product, *GATE_WINDOW_PX)
    return metrics.weighted_mean(_ssim_map(scene, photo + _luminance(change)), weight, empty=1.0)


def limit_block_structure(scene: Scene, detail: Tensor, tone: Tensor, min_ssim: float) -> None:
    """Reduces detail and tone to the largest shares at which each block keeps its mean SSIM, in place.

    The shares are found by bisection as if each were constant in a window, then corrected by measuring.
    """
    structure = StructureBudget(scene, detail, tone)
    shares = _bisect_shares(scene, structure, min_ssim)
    if shares is None:
        return
    share = scene.blocks.share_map(shares, scene.photo)
    for _ in range(CORRECTION_ROUNDS):
        missed = structure.block_ssim_with(share) < min_ssim
        if not missed.any():
            break
        shares = np.where(missed, CORRECTION_FACTOR * shares, shares)
        share = scene.blocks.share_map(shares, scene.photo)
    tone.mul_(share)
    detail.mul_(share.square_())


def _bisect_shares(scene: Scene, structure: "StructureBudget", min_ssim: float) -> Shares | None:
    """(blocks,) the largest share at which each block keeps its mean SSIM; None if all are 1."""
    low: Shares = (structure.block_ssim() >= min_ssim).astype(np.float32)
    if low.all():
        return None
    high = np.ones_like(low)
    for _ in range(BISECTION_STEPS):
        shares = np.asarray((low + high) / 2, np.float32)
        allowed = structure.block_ssim(shares) >= min_ssim
        low, high = np.where(allowed, shares, low), np.where(allowed, high, shares)
    return low


class StructureBudget:
    """SSIM inside the product, from the seller's upload, for any share of a change.

    The result, photo + share² * detail + share * tone, is linear in its parts, so its window moments follow
    from the parts' means and mean products, which are computed once.
    """

    def __init__(self, scene: Scene, detail: Tensor, tone: Tensor) -> None:
        self._scene, self._blocks = scene, scene.blocks
        self._upload_moments = scene.reference.ssim_moments
        self._upload = scene.reference.centred_luminance
        photo = scene.product_alone(scene.measured)
        self._luminance = photo.centred_luminance, *(_luminance(change) for change in (detail, tone))
        self._means, self._products, self._with_upload = self._mean_products(photo.ssim_moments)
        self._weight = metrics.at_window_centres(scene.regions.product, *GATE_WINDOW_PX)
        self._product_windows = scene.product_windows

    def ssim(self, share: float) -> float:
        """The mean over the product."""
        return metrics.weighted_mean(self._ssim_map(share), self._weight, empty=1.0)

    def block_ssim(self, shares: Shares | None = None) -> NDArray[np.float64]:
        """(blocks,) the mean over each block, at the shares (blocks,) of blocks or at the whole change."""
        share = 1.0 if shares is None else self._blocks.shares_at(shares, self._positions)[0]
        return self._blocks.window_means(self._ssim_map(share), self._product_windows, *GATE_WINDOW_PX)

    def block_ssim_with(self, share: Tensor) -> NDArray[np.float64]:
        """(blocks,) the mean over each block of the finished picture, at each pixel's share (1, 1, H, W)."""
        photo, detail, tone = self._luminance
        ssim_map = _ssim_map(self._scene, photo + share.square() * detail + share * tone)
        return self._blocks.window_means(ssim_map, self._product_windows, *GATE_WINDOW_PX)

    def _mean_products(self, photo_moments: Moments) -> tuple[Tensor, Tensor, Tensor]:
        """Window means of the luminance of photo, detail and tone (3, 1, h, w), of their products
        (3, 3, 1, h, w), and of their products with the upload (3, 1, h, w)."""
        photo, detail, tone = self._luminance
        photo_mean, photo_variance = photo_moments
        means = torch.cat([photo_mean, _window_means(detail), _window_means(tone)])
        with_detail, with_tone = _window_means(photo * detail), _window_means(photo * tone)
        detail_tone = _window_means(detail * tone)
        rows = [
            [photo_variance + photo_mean.square(), with_detail, with_tone],
            [with_detail, _window_means(detail.square()), detail_tone],
            [with_tone, detail_tone, _window_means(tone.square())],
        ]
        products = torch.cat([product for row in rows for product in row]).unflatten(0, (3, 3))
        if photo is self._upload:
            return means, products, products[0]
        with_upload = torch.cat([_window_means(self._upload * part) for part in self._luminance])
        return means, products, with_upload

    @cached_property
    def _positions(self) -> Tensor:
        """Of the windows' centres."""
        height, width = self._weight.shape[2:]
        side, stride = GATE_WINDOW_PX
        rows, columns = np.mgrid[:height, :width] * stride + side // 2
        return self._blocks.positions(rows, columns, self._weight)

    def _ssim_map(self, share: Tensor | float) -> Tensor:
        """(1, h, w) of each window, at a share or each window's (1, h, w)."""
        factors = _factors(share)
        mean, covariance, square = (torch.zeros_like(self._means[0]) for _ in range(3))
        for i, factor in enumerate(factors):
            mean += factor * self._means[i]
            covariance += factor * self._with_upload[i]
            for j, other in enumerate(factors[: i + 1]):
                square += (1 if i == j else 2) * factor * other * self._products[i, j]
        covariance -= self._upload_moments[0][0] * mean
        upload_mean, upload_variance = (moment[0] for moment in self._upload_moments)
        return metrics.ssim_from_moments(
            (upload_mean, upload_variance), (mean, square - mean.square()), covariance
        )


def _ssim_map(scene: Scene, luminance: Tensor) -> Tensor:
    """(1, 1, h, w) of each window of a result with a luminance (1, 1, H, W) of -128..127."""
    upload, moments = scene.reference.centred_luminance, scene.reference.ssim_moments
    mean, square, with_upload = (
        _window_means(plane) for plane in (luminance, luminance.square(), luminance * upload)
    )
    variance = (square - mean.square()).clamp(min=0)
    return metrics.ssim_from_moments(moments, (mean, variance), with_upload - moments[0] * mean)


def _luminance(change: Tensor) -> Tensor:
    """(1, 1, H, W), in 1/255, padded to the size of a window."""
    return MeasuredImage(change).centred_luminance + 128


def _factors(share: Tensor | float) -> tuple[Tensor | float, ...]:
    """Factors of photo, detail and tone; tone is reduced less than detail."""
    return 1.0, share**2, share


def _window_means(plane: Tensor) -> Tensor:
    return metrics.strided_window_means(plane, *GATE_WINDOW_PX)
