"""Metrics of a result against its photo: structure, edges, noise, colour, clipping, halos, text.

Pictures are (1, 3, H, W) in [0, 1], or a `MeasuredImage`, which caches what several metrics share. Masks are
(1, 1, H, W) in 0..1 and weight the mean; for an empty mask a metric gives its value for equal pictures.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from torch.nn import functional as F

from ..imaging import filters, windows
from ..imaging.colour import WHITE_LEVEL, delta_e2000, lab
from ..imaging.filters import FLAT_WINDOW_MAX_STD_8BIT, FLAT_WINDOW_PX
from ..imaging.tensors import MASK_THRESHOLD

SSIM_WINDOW_PX: Final = 7
SOBEL_WINDOW_PX: Final = 3
SSIM_C1, SSIM_C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2  # stabilisers of SSIM (Wang et al. 2004)
CLIPPED_LEVEL: Final = 254 / 255  # a channel at or above this, or mirrored at the dark end, is clipped
HALO_RING_PX: Final = (3, 12)  # least and greatest distance from the product at which halos are measured

Moments = tuple[Tensor, Tensor]
"""Mean and variance of luminance in 7×7 windows, placed as by `strided_window_means`."""
Gradient = tuple[Tensor, Tensor]
"""Sobel gradient of luminance, across and down."""


@dataclass(frozen=True, eq=False)
class MeasuredImage:
    """A picture with cached intermediates of the metrics.

    Pixels and windows are sampled every `stride` px, colours every `colour_stride` px.
    """

    picture: Tensor
    stride: int = 1
    colour_stride: int = 1

    @cached_property
    def pixels(self) -> Tensor:
        """(1, 3, h, w), every `stride`-th pixel."""
        return subsample(self.picture, self.stride)

    @cached_property
    def lab(self) -> Tensor:
        return lab(subsample(self.picture, self.colour_stride))

    @cached_property
    def centred_luminance(self) -> Tensor:
        """(1, 1, H, W) luminance - 128, -128..127, of every pixel; padded to the size of a window."""
        centred = luminance(self.picture).sub_(128)
        height, width = (max(0, FLAT_WINDOW_PX - side) for side in centred.shape[2:])
        return F.pad(centred, (0, width, 0, height), "replicate") if height or width else centred

    @cached_property
    def ssim_moments(self) -> Moments:
        return _moments(self.centred_luminance, SSIM_WINDOW_PX, self.stride)

    @cached_property
    def local_std(self) -> Tensor:
        """Luminance std of the 9×9 windows, in 1/255, 0..128."""
        return _moments(self.centred_luminance, FLAT_WINDOW_PX, self.stride)[1].sqrt()

    @cached_property
    def gradient(self) -> Gradient:
        """Sobel gradient, across and down, at every `stride`-th pixel that has eight neighbours."""
        t, s = self.centred_luminance, self.stride
        bottom, right = t.shape[2] - 2, t.shape[3] - 2
        n = [[t[:, :, y : bottom + y : s, x : right + x : s] for x in range(3)] for y in range(3)]
        gradient_x = n[0][2] + 2 * n[1][2] + n[2][2] - n[0][0] - 2 * n[1][0] - n[2][0]
        gradient_y = n[2][0] + 2 * n[2][1] + n[2][2] - n[0][0] - 2 * n[0][1] - n[0][2]
        return gradient_x, gradient_y

    @cached_property
    def gradient_magnitude(self) -> Tensor:
        gradient_x, gradient_y = self.gradient
        return (gradient_x.square() + gradient_y.square()).sqrt()

    def covariance(self, photo: "MeasuredImage") -> Tensor:
        """Covariance of its luminance and a photo's, in the windows of `ssim_moments`."""
        if photo not in self._covariances:
            product = photo.centred_luminance * self.centred_luminance
            mean_product = strided_window_means(product, SSIM_WINDOW_PX, self.stride)
            self._covariances[photo] = mean_product - photo.ssim_moments[0] * self.ssim_moments[0]
        return self._covariances[photo]

    def delta_e_from(self, photo: "MeasuredImage") -> Tensor:
        """(1, 1, h, w) ΔE2000 to a photo, for each pixel of `lab`."""
        if photo not in self._delta_es:
            self._delta_es[photo] = delta_e2000(photo.lab, self.lab)
        return self._delta_es[photo]

    # Weak keys: the caches must not keep a photo alive, nor a cycle where an image is compared with itself.

    @cached_property
    def _covariances(self) -> "WeakKeyDictionary[MeasuredImage, Tensor]":
        return WeakKeyDictionary()

    @cached_property
    def _delta_es(self) -> "WeakKeyDictionary[MeasuredImage, Tensor]":
        return WeakKeyDictionary()


Picture = Tensor | MeasuredImage


def report(photo: Picture, result: Picture) -> dict[str, float]:
    """The metrics that are reported for every styled picture, by name."""
    a, b = as_measured(photo), as_measured(result)
    return {
        "ssim": ssim(a, b),
        "edge_keep": edge_keep(a, b),
        "flat_noise": flat_noise(a, b),
        "mean_shift": float((b.pixels - a.pixels).abs().mean()) * 255,
    }


def as_measured(picture: Picture) -> MeasuredImage:
    return picture if isinstance(picture, MeasuredImage) else MeasuredImage(picture)


def luminance(picture: Tensor) -> Tensor:
    """(1, 1, H, W), 0..255."""
    return filters.luminance(picture).mul_(255)


def ssim(photo: Picture, result: Picture) -> float:
    """Mean SSIM of luminance over all 7×7 windows inside the picture; 1 for equal pictures."""
    return float(ssim_map(as_measured(photo), as_measured(result)).mean())


def masked_ssim(photo: Picture, result: Picture, mask: Tensor) -> float:
    """Mean SSIM, weighted by the mask at the window centres."""
    a, b = as_measured(photo), as_measured(result)
    return weighted_mean(ssim_map(a, b), at_window_centres(mask, SSIM_WINDOW_PX, a.stride), empty=1.0)


def text_keep(photo: Picture, result: Picture, text: Tensor) -> float:
    """SSIM's contrast-structure factor, -1..1, over the windows of text that are not flat in the photo."""
    a, b = as_measured(photo), as_measured(result)
    (_, variance_a), (_, variance_b) = a.ssim_moments, b.ssim_moments
    strokes = (variance_a > FLAT_WINDOW_MAX_STD_8BIT**2).float()
    contrast = _contrast_structure(variance_a + variance_b, b.covariance(a))
    return weighted_mean(contrast, strokes * at_window_centres(text, SSIM_WINDOW_PX, a.stride), empty=1.0)


def edge_keep(photo: Picture, result: Picture, mask: Tensor | None = None) -> float:
    """Correlation of the Sobel magnitudes, -1..1; 1 if neither picture has an edge."""
    a, b = as_measured(photo), as_measured(result)
    weight = (
        torch.ones_like(a.gradient_magnitude)
        if mask is None
        else at_window_centres(mask, SOBEL_WINDOW_PX, a.stride)
    )
    x, y = (v.gradient_magnitude - weighted_mean(v.gradient_magnitude, weight) for v in (a, b))
    norm = float((weight * x * x).sum() * (weight * y * y).sum()) ** 0.5
    return float((weight * x * y).sum()) / norm if norm > 0 else 1.0


def kept_edges(photo: Picture, result: Picture, mask: Tensor) -> float:
    """Share of the photo's edges that the result has in the same place, -1..1; 1 if the photo has no edge.

    It is the part of each Sobel gradient that the result's has in the same direction, at most all of it.
    Neither edges drawn stronger nor edges drawn elsewhere make up for a lost one, or count against the rest.
    """
    a, b = as_measured(photo), as_measured(result)
    return kept_share(a.gradient, b.gradient, at_window_centres(mask, SOBEL_WINDOW_PX, a.stride))


def kept_share(before: Gradient, after: Gradient, weight: Tensor) -> float:
    """`kept_edges` of gradients, weighted."""
    kept, whole = kept_energy(before, after)
    total = float((weight * whole).sum())
    return float((weight * kept).sum()) / total if total > 0 else 1.0


def kept_energy(before: Gradient, after: Gradient) -> tuple[Tensor, Tensor]:
    """(1, 1, h, w) what is left of the square of each gradient, and the square itself."""
    (x, y), (result_x, result_y) = before, after
    whole = x.square() + y.square()
    along = x * result_x + y * result_y
    return along.clamp(-whole, whole), whole


def flat_noise(photo: Picture, result: Picture, mask: Tensor | None = None) -> float:
    """Mean 9×9 luminance std of the result, in 1/255, where the photo is flat; 0 if nothing is flat."""
    a, b = as_measured(photo), as_measured(result)
    flat = (a.local_std < FLAT_WINDOW_MAX_STD_8BIT).float()
    weight = flat if mask is None else flat * at_window_centres(mask, FLAT_WINDOW_PX, a.stride)
    return weighted_mean(b.local_std, weight)


def psnr(photo: Picture, result: Picture, mask: Tensor | None = None) -> float:
    """Peak signal-to-noise ratio of luminance, dB; infinite for equal pictures."""
    a, b = (luminance(as_measured(x).pixels) for x in (photo, result))
    weight = torch.ones_like(a) if mask is None else subsample(mask, as_measured(photo).stride)
    error = torch.tensor(weighted_mean((a - b).square(), weight))
    return float(10 * torch.log10(255**2 / error))


def clipping(photo: Picture, result: Picture, mask: Tensor | None = None) -> float:
    """Share of the pixels with detail in the photo that are clipped in the result.

    A pixel is clipped where every channel is at 0 or 1: white, black, or a pure colour such as red.
    """
    a, b = (as_measured(x).pixels for x in (photo, result))
    unclipped = ((a > 1 - WHITE_LEVEL) & (a < WHITE_LEVEL)).any(1, keepdim=True).float()
    clipped = ((b <= 1 - CLIPPED_LEVEL) | (b >= CLIPPED_LEVEL)).all(1, keepdim=True)
    weight = unclipped if mask is None else unclipped * subsample(mask, as_measured(photo).stride)
    return weighted_mean(clipped.float(), weight)


def halo(photo: Picture, result: Picture, ring: Tensor) -> float:
    """Mean absolute change of luminance, in 1/255, over a ring from `halo_ring` of the same stride."""
    if not ring.any():
        return 0.0
    a, b = (luminance(as_measured(x).pixels) for x in (photo, result))
    return weighted_mean((a - b).abs(), ring)


def max_change(photo: Picture, result: Picture, mask: Tensor) -> float:
    """Largest change of any channel of any pixel inside the mask, in 1/255."""
    change = (as_measured(result).picture - as_measured(photo).picture).abs().amax(1, keepdim=True)
    return 255 * float((change * (mask > MASK_THRESHOLD)).max())


def halo_ring(product: Tensor, stride: int = 1) -> Tensor:
    """(1, 1, h, w), every `stride`-th pixel: 1 from 3 to 12 px outside the product, else 0."""
    inside = (subsample(product, stride) > MASK_THRESHOLD).float()
    inner, outer = (windows.maximum(inside, round(distance / stride)) for distance in HALO_RING_PX)
    return outer - inner


def ssim_map(a: MeasuredImage, b: MeasuredImage) -> Tensor:
    """SSIM of each window."""
    return ssim_from_moments(a.ssim_moments, b.ssim_moments, b.covariance(a))


def ssim_from_moments(a: Moments, b: Moments, covariance: Tensor) -> Tensor:
    """SSIM of each window, with the sample covariance that scikit-image uses."""
    mean_a, mean_b = a[0] + 128, b[0] + 128
    luminance_factor = (2 * mean_a * mean_b + SSIM_C1) / (mean_a**2 + mean_b**2 + SSIM_C1)
    return luminance_factor * _contrast_structure(a[1] + b[1], covariance)


def _contrast_structure(variances: Tensor, covariance: Tensor) -> Tensor:
    """SSIM's contrast-structure factor; `variances` is the sum of both pictures' variances."""
    bessel = SSIM_WINDOW_PX**2 / (SSIM_WINDOW_PX**2 - 1)
    return (2 * bessel * covariance + SSIM_C2) / (bessel * variances + SSIM_C2)


def delta_e_map(photo: Picture, result: Picture) -> Tensor:
    """(1, 1, h, w) ΔE2000 of each sampled pixel."""
    return as_measured(result).delta_e_from(as_measured(photo))


def strided_window_means(x: Tensor, side: int, stride: int) -> Tensor:
    """Means over the side × side windows inside the picture, every `stride` px."""
    return x.unfold(2, side, stride).mean(-1).unfold(3, side, stride).mean(-1)


def _moments(x: Tensor, side: int, stride: int) -> Moments:
    mean = strided_window_means(x, side, stride)
    return mean, (strided_window_means(x.square(), side, stride) - mean.square()).clamp(min=0)


def at_window_centres(mask: Tensor, side: int, stride: int) -> Tensor:
    """A full-size mask sampled at the window centres of `strided_window_means`."""
    height, width = (max(0, FLAT_WINDOW_PX - length) for length in mask.shape[2:])
    mask = F.pad(mask, (0, width, 0, height), "replicate") if height or width else mask
    margin = side // 2
    return mask[:, :, margin : mask.shape[2] - margin : stride, margin : mask.shape[3] - margin : stride]


def subsample(x: Tensor, stride: int) -> Tensor:
    """Every `stride`-th pixel each way, copied: a strided view is slow to read."""
    return x[:, :, ::stride, ::stride].contiguous()


def weighted_mean(x: Tensor, weight: Tensor, empty: float = 0.0) -> float:
    """Weighted mean of x; `empty` if all weights are 0."""
    total = float(weight.sum())
    return float((x * weight).sum()) / total if total > 0 else empty
