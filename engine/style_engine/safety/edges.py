"""Edges of a product: how many of the upload's are left in place, over all of it and in each block.

In a block count the gradients of nothing but product; outlines are judged over the whole product. A block
that has few edges for the product is not judged: its gradients are those of noise.
"""

from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from . import metrics
from .metrics import Gradient, MeasuredImage
from .scene import GATE_STRIDE_PX, Scene, measure
from .structure import BISECTION_STEPS, CORRECTION_FACTOR, CORRECTION_ROUNDS, Shares

GATE_GRADIENT_PX: Final = (metrics.SOBEL_WINDOW_PX, GATE_STRIDE_PX)  # side, stride
JUDGED_BLOCK_MIN_ENERGY: Final = 0.25  # of the blocks' mean square of gradients


def least_kept_edges(scene: Scene, result: MeasuredImage) -> float:
    """Share of the edges that is kept in the block of the product where it is least, or over the product if
    that is less; 1 without edges."""
    alone = scene.product_alone(result)
    of_product = metrics.kept_edges(scene.reference, alone, scene.regions.product)
    return float(block_kept_edges(scene, alone.gradient).min(initial=of_product))


def block_kept_edges(scene: Scene, gradient: Gradient) -> NDArray[np.float64]:
    """(blocks,) share of the upload's edges that a gradient keeps; 1 where a block is not judged."""
    kept, whole = metrics.kept_energy(scene.reference.gradient, gradient)
    inside = scene.product_gradients
    energy = scene.blocks.window_means(whole, inside, *GATE_GRADIENT_PX)
    shares = scene.blocks.window_means(kept / whole.clamp(min=1e-6), inside * whole, *GATE_GRADIENT_PX)
    return np.where(energy >= JUDGED_BLOCK_MIN_ENERGY * energy.mean(), shares, 1.0) if len(energy) else shares


def limit_edge_loss(scene: Scene, detail: Tensor, tone: Tensor, min_kept: float) -> None:
    """Reduces the detail, in place, to the largest shares with which each block, and then the product, keeps
    a share of its edges.

    A medium without fine strokes paints the weave of a fabric away. Tone alone moves no edge.
    """
    budget = EdgeBudget(scene, detail, tone)
    shares = _block_shares(budget, min_kept)
    if shares is not None:
        detail.mul_(scene.blocks.share_map(shares, detail))
        budget = EdgeBudget(scene, detail, tone)
    if budget.kept(1.0) >= min_kept:
        return
    low, high = 0.0, 1.0
    for _ in range(BISECTION_STEPS):
        share = (low + high) / 2
        low, high = (share, high) if budget.kept(share) >= min_kept else (low, share)
    detail.mul_(low)


def _block_shares(budget: "EdgeBudget", min_kept: float) -> Shares | None:
    """(blocks,) of the detail, by bisection, then reduced, with those of its neighbours, where a block still
    misses its limit; None if all are 1."""
    low: Shares = (budget.block_kept() >= min_kept).astype(np.float32)
    if low.all():
        return None
    high = np.ones_like(low)
    for _ in range(BISECTION_STEPS):
        shares = np.asarray((low + high) / 2, np.float32)
        allowed = budget.block_kept(shares) >= min_kept
        low, high = np.where(allowed, shares, low), np.where(allowed, high, shares)
    for _ in range(CORRECTION_ROUNDS):
        missed = budget.block_kept(low) < min_kept
        if not missed.any():
            break
        # A block's own share may be 0 already: what is left comes from its neighbours' shares.
        low = np.where(budget.blocks.with_neighbours(missed), np.float32(CORRECTION_FACTOR) * low, low)
    return low


class EdgeBudget:
    """The edges that the product keeps with any share of the detail: gradients are linear."""

    def __init__(self, scene: Scene, detail: Tensor, tone: Tensor) -> None:
        self._scene, self.blocks = scene, scene.blocks
        self._photo = scene.product_alone(scene.measured).gradient
        self._detail, self._tone = (measure(change).gradient for change in (detail, tone))

    def kept(self, share: float) -> float:
        """Over the product."""
        weight = metrics.at_window_centres(self._scene.regions.product, *GATE_GRADIENT_PX)
        return metrics.kept_share(self._scene.reference.gradient, self._gradient(share), weight)

    def block_kept(self, shares: Shares | None = None) -> NDArray[np.float64]:
        """(blocks,) at the shares (blocks,) of blocks, or with all of the detail."""
        share = 1.0 if shares is None else self.blocks.shares_at(shares, self._positions)
        return block_kept_edges(self._scene, self._gradient(share))

    def _gradient(self, share: Tensor | float) -> Gradient:
        (photo_x, photo_y), (detail_x, detail_y), (tone_x, tone_y) = self._photo, self._detail, self._tone
        return photo_x + share * detail_x + tone_x, photo_y + share * detail_y + tone_y

    @cached_property
    def _positions(self) -> Tensor:
        """Of the gradients."""
        side, stride = GATE_GRADIENT_PX
        rows, columns = np.mgrid[tuple(slice(length) for length in self._photo[0].shape[2:])]
        like = self._photo[0]
        return self.blocks.positions(rows * stride + side // 2, columns * stride + side // 2, like)
