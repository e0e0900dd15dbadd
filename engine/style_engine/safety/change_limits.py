"""Limits of the change inside a product: as much of it as keeps the product's SSIM and colours.

A change is split into tone (low frequencies) and detail; tone is reduced less than detail. First each colour
part of the product gets the largest share of the change that keeps its colour, then each block of it the one
that keeps its colour and its structure, then detail the one that keeps the product's edges, and in the end
the whole product what these have missed. All are counted from the seller's upload.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ..imaging.colour import delta_e2000, lab
from .edges import limit_edge_loss
from .parts import Colours, Indices, SampledAreas
from .scene import Scene
from .structure import (
    BISECTION_STEPS,
    Shares,
    StructureBudget,
    limit_block_structure,
    ssim_with,
)

PART_ROUNDS: Final = 6
LIMITED_QUANTILE: Final = 0.6
"""Of a part's ΔE2000, which the shares of parts limit: sampled pixels miss some of a part's edge."""
MEDIAN_TOLERANCE: Final = (
    1.08  # by which a part's median may miss the limit before all of the change is reduced
)
MIN_DELTA_E: Final = 0.1  # below this a part has hardly changed
SHARE_LATTICE_STEPS: Final = 17  # of the table of shares by colour, per channel
SHARE_SIGMA_LAB: Final = 5.0  # distance of colours at which the share of a part fades into another's


@dataclass(frozen=True)
class ChangeLimits:
    """Least mean SSIM of the product and its blocks; largest median ΔE2000 of each colour part and block;
    least share of the product's edges that is kept."""

    min_ssim: float
    max_delta_e: float
    min_kept_edges: float = -1.0


def limit_change(scene: Scene, detail: Tensor, tone: Tensor, limits: ChangeLimits) -> Tensor:
    """share * tone + share² * detail, with the largest shares (by bisection) that keep the limits.

    Uses up `detail` and `tone`.
    """
    for find_shares in (colour_shares, block_shares):
        shares = find_shares(scene, detail, tone, limits.max_delta_e)
        if shares is not None:
            tone.mul_(shares)
            detail.mul_(shares.square_())
    limit_block_structure(scene, detail, tone, limits.min_ssim)
    limit_edge_loss(scene, detail, tone, limits.min_kept_edges)
    colours = AreaColours(scene, scene.judged_areas, detail, tone)

    def keeps_colours(share: float) -> bool:
        return bool(colours.delta_es(share).max(initial=0.0) <= MEDIAN_TOLERANCE * limits.max_delta_e)

    change = tone + detail
    if ssim_with(scene, change) >= limits.min_ssim and keeps_colours(1.0):
        return change
    structure = StructureBudget(scene, detail, tone)

    def allowed(share: float) -> bool:
        return structure.ssim(share) >= limits.min_ssim and keeps_colours(share)

    low, high = 0.0, 1.0
    for _ in range(BISECTION_STEPS):
        share = (low + high) / 2
        low, high = (share, high) if allowed(share) else (low, share)
    return (low * tone).add_(detail, alpha=low**2)


def colour_shares(scene: Scene, detail: Tensor, tone: Tensor, max_delta_e: float) -> Tensor | None:
    """(1, 1, H, W) share at which each colour part of the product keeps a median ΔE2000; None if all are 1.

    The share is a smooth function of the upload's colour, so that it changes only where the colour does.
    """
    parts, measured = scene.parts, AreaColours(scene, scene.parts, detail, tone)
    by_colour: list[ShareByColour] = []

    def at_samples(shares: Shares) -> Tensor:
        by_colour[:] = by_colour or [ShareByColour(parts.colours, detail.device)]
        return by_colour[0](measured.upload, shares)

    shares = _fit_shares(measured, parts.colour_of_part, len(parts.colours), at_samples, max_delta_e)
    return None if shares is None else _share_map(by_colour[0], shares, scene)


def _share_map(by_colour: "ShareByColour", shares: Shares, scene: Scene) -> Tensor:
    """(1, 1, H, W) the share of each of the product's pixels; 1 elsewhere."""
    picture, product = scene.reference.picture, scene.regions.product
    if not scene.regions.found:
        return by_colour(picture, shares)
    inside = torch.nonzero(product.flatten() > 0).squeeze(1)
    share_map = torch.ones_like(product)
    share_map.view(-1)[inside] = by_colour(picture.flatten(2)[:, :, None, inside], shares).flatten()
    return share_map


def block_shares(scene: Scene, detail: Tensor, tone: Tensor, max_delta_e: float) -> Tensor | None:
    """(1, 1, H, W) share at which each block of the product keeps a median ΔE2000; None if all are 1."""
    blocks, measured = scene.blocks, AreaColours(scene, scene.blocks, detail, tone)

    positions = blocks.positions(*np.divmod(blocks.samples[None], blocks.size[1]), detail)

    def at_samples(shares: Shares) -> Tensor:
        return blocks.shares_at(shares, positions)

    owners = np.arange(len(blocks))
    shares = _fit_shares(measured, owners, len(blocks), at_samples, max_delta_e)
    return None if shares is None else blocks.share_map(shares, detail)


def _fit_shares(
    measured: "AreaColours",
    owner_of_area: Indices,
    owners: int,
    at_samples: Callable[[Shares], Tensor],
    max_delta_e: float,
) -> Shares | None:
    """(owners,) the share of each owner of areas with which they keep a median ΔE2000; None if all are 1.

    `at_samples` gives the share (1, 1, 1, samples) of each sample.
    """
    delta_es = measured.delta_es(1.0, LIMITED_QUANTILE)
    if delta_es.max(initial=0.0) <= max_delta_e:
        return None

    def corrected(shares: Shares, delta_es: NDArray[np.float32]) -> Shares:
        worst = np.full_like(shares, MIN_DELTA_E)
        np.maximum.at(worst, owner_of_area, delta_es)
        # Tone is proportional to the share, detail to its square: the square root overshoots for neither.
        return np.asarray((shares * np.sqrt(max_delta_e / worst)).clip(0, 1))

    shares = corrected(np.ones(owners, np.float32), delta_es)
    for _ in range(PART_ROUNDS - 1):  # several, because neighbours mix their shares
        shares = corrected(shares, measured.delta_es(at_samples(shares), LIMITED_QUANTILE))
    return shares


class ShareByColour:
    """A share for every colour of a photo, from one share for each colour of the product's parts."""

    def __init__(self, part_colours: Colours, device: torch.device) -> None:
        steps = torch.linspace(0, 1, SHARE_LATTICE_STEPS, device=device)
        blue, green, red = torch.meshgrid(steps, steps, steps, indexing="ij")
        lattice = lab(torch.stack([red, green, blue])[None].flatten(3)).squeeze(0).flatten(1).T
        distance = torch.cdist(lattice, torch.from_numpy(part_colours).to(device))
        self._weights = (-0.5 * (distance / SHARE_SIGMA_LAB).square()).softmax(1)

    def __call__(self, colours: Tensor, shares: NDArray[np.float32]) -> Tensor:
        """(1, 1, H, W) for sRGB colours (1, 3, H, W) and the shares (part colours,)."""
        table = self._weights @ torch.from_numpy(shares).to(self._weights)
        grid = (2 * colours - 1).permute(0, 2, 3, 1).unsqueeze(1)
        lattice = table.view(1, 1, SHARE_LATTICE_STEPS, SHARE_LATTICE_STEPS, SHARE_LATTICE_STEPS)
        return F.grid_sample(lattice, grid, padding_mode="border", align_corners=True)[:, :, 0]


class AreaColours:
    """The colours of areas of the product, in some pixels of each, for any shares of a change.

    `upload` (1, 3, 1, samples): the pixels in the seller's upload.
    """

    def __init__(self, scene: Scene, areas: SampledAreas, detail: Tensor, tone: Tensor) -> None:
        self.areas, before = areas, scene.colours_of(areas)
        self.upload, self._upload_lab, self._photo = before.upload, before.upload_lab, before.photo
        self._detail, self._tone = areas.pixels(detail), areas.pixels(tone)

    def delta_es(self, share: Tensor | float, quantile: float = 0.5) -> NDArray[np.float32]:
        """(areas,) a quantile of ΔE2000 from the upload, at a share or each sample's (1, 1, 1, samples)."""
        result = self._photo + share**2 * self._detail + share * self._tone
        delta_e = delta_e2000(self._upload_lab, lab(result.clamp(0, 1)))
        return self.areas.quantiles(delta_e, quantile)
