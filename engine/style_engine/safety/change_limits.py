"""Limits of the change inside a product: as much of it as keeps the product's SSIM and colours.

A change is split into tone (low frequencies) and detail; tone is reduced less than detail. First each colour
part of the product gets the largest share of the change that keeps its colour, then the whole product the
largest share that keeps its structure too. Both are counted from the seller's upload.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ..imaging.colour import delta_e2000, lab
from . import metrics
from .metrics import MeasuredImage
from .parts import Colours
from .scene import GATE_STRIDE_PX, Scene

BISECTION_STEPS: Final = 5
BISECTION_WINDOW_SKIP: Final = 3  # the bisection uses every third of the gates' windows in each direction
BISECTION_STRIDE_PX: Final = BISECTION_WINDOW_SKIP * GATE_STRIDE_PX
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
    """Least mean SSIM of the product, and largest median ΔE2000 of each of its colour parts."""

    min_ssim: float
    max_delta_e: float


def limit_change(scene: Scene, detail: Tensor, tone: Tensor, limits: ChangeLimits) -> Tensor:
    """share * tone + share² * detail, with the largest shares (by bisection) that keep the limits."""
    shares = part_shares(scene, detail, tone, limits.max_delta_e)
    if shares is not None:
        tone, detail = shares * tone, shares.square() * detail
    budget = ChangeBudget(scene, detail, tone)
    if budget.allows(1.0, limits):
        return tone + detail
    low, high = 0.0, 1.0
    for _ in range(BISECTION_STEPS):
        share = (low + high) / 2
        low, high = (share, high) if budget.allows(share, limits) else (low, share)
    return (low * tone).add_(detail, alpha=low**2)


def part_shares(scene: Scene, detail: Tensor, tone: Tensor, max_delta_e: float) -> Tensor | None:
    """(1, 1, H, W) share at which each colour part of the product keeps a median ΔE2000; None if all are 1.

    The share is a smooth function of the upload's colour, so that it changes only where the colour does.
    """
    colours = PartColours(scene, detail, tone)
    delta_es = colours.delta_es(1.0, LIMITED_QUANTILE)
    if delta_es.max(initial=0.0) <= max_delta_e:
        return None
    by_colour = ShareByColour(scene.parts.colours, detail.device)
    shares = np.ones(len(scene.parts.colours), np.float32)
    for _ in range(PART_ROUNDS):  # several, because similar colours mix their shares
        worst = np.full_like(shares, MIN_DELTA_E)
        np.maximum.at(worst, scene.parts.colour_of_part, delta_es)
        # Tone is proportional to the share, detail to its square: the square root overshoots for neither.
        shares = (shares * np.sqrt(max_delta_e / worst)).clip(0, 1)
        delta_es = colours.delta_es(by_colour(colours.upload, shares), LIMITED_QUANTILE)
    return by_colour(scene.reference.picture, shares)


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


class PartColours:
    """The colours of a product's parts, in some pixels of each, for any shares of a change.

    `upload` (1, 3, 1, samples): the pixels in the seller's upload.
    """

    def __init__(self, scene: Scene, detail: Tensor, tone: Tensor) -> None:
        self.parts = scene.parts
        self.upload, self._photo, self._detail, self._tone = (
            self.parts.pixels(plane) for plane in (scene.reference.picture, scene.photo, detail, tone)
        )
        self._upload_lab = lab(self.upload)

    def delta_es(self, share: Tensor | float, quantile: float = 0.5) -> NDArray[np.float32]:
        """(parts,) a quantile of ΔE2000 from the upload, at a share or each sample's (1, 1, 1, samples)."""
        result = self._photo + share**2 * self._detail + share * self._tone
        delta_e = delta_e2000(self._upload_lab, lab(result.clamp(0, 1)))
        return self.parts.quantiles(delta_e, quantile)


class ChangeBudget:
    """SSIM and ΔE2000 inside the product, from the seller's upload, for any share of a change.

    The result, photo + share² * detail + share * tone, is linear in its parts, so its window moments follow
    from the parts' means and mean products, which are computed once. ΔE2000 is that of the worst of the
    product's colour parts.
    """

    def __init__(self, scene: Scene, detail: Tensor, tone: Tensor) -> None:
        self._upload_moments = _sparse_moments(scene.reference)
        self._means, self._products, self._with_upload = _mean_products(scene, detail, tone)
        product = scene.regions.product
        self._weight = metrics.at_window_centres(product, metrics.SSIM_WINDOW_PX, BISECTION_STRIDE_PX)
        self._colours = PartColours(scene, detail, tone)

    def allows(self, share: float, limits: ChangeLimits) -> bool:
        return self._ssim(share) >= limits.min_ssim and self._delta_e(share) <= limits.max_delta_e

    def _ssim(self, share: float) -> float:
        factors = self._means.new_tensor(_factors(share))
        mean = torch.einsum("i,ichw->chw", factors, self._means)
        square = torch.einsum("i,j,ijchw->chw", factors, factors, self._products)
        covariance = torch.einsum("j,jchw->chw", factors, self._with_upload) - self._upload_moments[0] * mean
        ssim = metrics.ssim_from_moments(self._upload_moments, (mean, square - mean.square()), covariance)
        return metrics.weighted_mean(ssim, self._weight, empty=1.0)

    def _delta_e(self, share: float) -> float:
        return float(self._colours.delta_es(share).max(initial=0.0)) / MEDIAN_TOLERANCE


def _mean_products(scene: Scene, detail: Tensor, tone: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Window means of the luminance of photo, detail and tone (3, 1, h, w), of their products
    (3, 3, 1, h, w), and of their products with the upload (3, 1, h, w)."""
    photo = scene.measured.centred_luminance
    changes = [MeasuredImage(part).centred_luminance + 128 for part in (detail, tone)]
    photo_mean, photo_variance = _sparse_moments(scene.measured)
    means = torch.cat([photo_mean, *(_window_means(part) for part in changes)])
    photo_row = [photo_variance + photo_mean.square(), *(_window_means(photo * part) for part in changes)]
    detail_tone = _window_means(changes[0] * changes[1])
    detail_square, tone_square = (_window_means(part.square()) for part in changes)
    rows = [
        photo_row,
        [photo_row[1], detail_square, detail_tone],
        [photo_row[2], detail_tone, tone_square],
    ]
    products = torch.cat([product for row in rows for product in row]).unflatten(0, (3, 3))
    if scene.upload is None:
        return means, products, products[0]
    upload = scene.reference.centred_luminance
    with_upload = torch.cat([_window_means(upload * part) for part in (photo, *changes)])
    return means, products, with_upload


def _sparse_moments(image: MeasuredImage) -> metrics.Moments:
    """Every BISECTION_WINDOW_SKIP-th window each way of a scene's image."""
    mean, variance = (m[..., ::BISECTION_WINDOW_SKIP, ::BISECTION_WINDOW_SKIP] for m in image.ssim_moments)
    return mean, variance


def _factors(share: float) -> tuple[float, float, float]:
    """Factors of photo, detail and tone; tone is reduced less than detail."""
    return 1.0, share**2, share


def _window_means(plane: Tensor) -> Tensor:
    return metrics.strided_window_means(plane, metrics.SSIM_WINDOW_PX, BISECTION_STRIDE_PX)
