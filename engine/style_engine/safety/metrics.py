"""Measures of what a look did to a photo: structure, edges, calm, colour, light, rims, text.

Pictures are (1, 3, H, W) in [0, 1], or a `View` of one, which keeps what several measures share. Masks are
(1, 1, H, W) in 0..1 and weigh the mean; where a mask is empty, a measure gives its value for equal pictures.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from torch.nn import functional as F

from ..imaging import filters, windows
from ..imaging.colour import delta_e2000, lab

SSIM_WINDOW: Final = 7  # px
NOISE_WINDOW: Final = 9
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2  # of SSIM (Wang et al. 2004)
FLAT: Final = 2.5  # of 255; a 9×9 window calmer than this is flat
WHITE: Final = 245 / 255  # a pixel with every channel from here on is white ground
CLIPPED_FROM: Final = 254 / 255  # and from here on it has lost what it showed
HALF: Final = 0.5  # a mask that is above holds the pixel
RING: Final = (3, 12)  # px outside the product, where halos lie


Moments = tuple[Tensor, Tensor]
"""Mean and variance of the tone in 7×7 windows, as `window_means` places them."""


@dataclass(frozen=True, eq=False)
class MeasuredImage:
    """A picture, seen at every `step`-th pixel and window, its colours at every `colour_step`-th pixel.

    What several measures need of it is worked out once.
    """

    picture: Tensor
    step: int = 1
    colour_step: int = 1

    @cached_property
    def pixels(self) -> Tensor:
        """(1, 3, h, w), every `step`-th."""
        return subsample(self.picture, self.step)

    @cached_property
    def lab(self) -> Tensor:
        return lab(subsample(self.picture, self.colour_step))

    @cached_property
    def tone(self) -> Tensor:
        """(1, 1, H, W) luminance less 128, at every pixel; at least as large as the windows."""
        tone = luminance(self.picture).sub_(128)
        height, width = (max(0, NOISE_WINDOW - side) for side in tone.shape[2:])
        return F.pad(tone, (0, width, 0, height), "replicate") if height or width else tone

    @cached_property
    def moments(self) -> Moments:
        mean = window_means(self.tone, SSIM_WINDOW, self.step)
        return mean, (window_means(self.tone.square(), SSIM_WINDOW, self.step) - mean.square()).clamp(min=0)

    @cached_property
    def std(self) -> Tensor:
        """Standard deviation of the 9×9 windows, 0..128."""
        mean = window_means(self.tone, NOISE_WINDOW, self.step)
        variance = window_means(self.tone.square(), NOISE_WINDOW, self.step) - mean.square()
        return variance.clamp(min=0).sqrt()

    @cached_property
    def gradient_magnitude(self) -> Tensor:
        """Sobel magnitude at every `step`-th pixel that has eight neighbours."""
        t, s = self.tone, self.step
        bottom, right = t.shape[2] - 2, t.shape[3] - 2
        near = [[t[:, :, y : bottom + y : s, x : right + x : s] for x in range(3)] for y in range(3)]
        across = near[0][2] + 2 * near[1][2] + near[2][2] - near[0][0] - 2 * near[1][0] - near[2][0]
        down = near[2][0] + 2 * near[2][1] + near[2][2] - near[0][0] - 2 * near[0][1] - near[0][2]
        return (across.square() + down.square()).sqrt()

    def covariance(self, photo: "MeasuredImage") -> Tensor:
        """Of its tone and a photo's, in the windows of `moments`."""
        if photo not in self._covariances:
            both = window_means(photo.tone * self.tone, SSIM_WINDOW, self.step)
            self._covariances[photo] = both - photo.moments[0] * self.moments[0]
        return self._covariances[photo]

    def delta_e_from(self, photo: "MeasuredImage") -> Tensor:
        """(1, 1, h, w) ΔE2000 from a photo, of each pixel of `lab`."""
        if photo not in self._delta_es:
            self._delta_es[photo] = delta_e2000(photo.lab, self.lab)
        return self._delta_es[photo]

    # Kept by photo, and keeping none: a view is compared with itself, too.

    @cached_property
    def _covariances(self) -> "WeakKeyDictionary[MeasuredImage, Tensor]":
        return WeakKeyDictionary()

    @cached_property
    def _delta_es(self) -> "WeakKeyDictionary[MeasuredImage, Tensor]":
        return WeakKeyDictionary()


Picture = Tensor | MeasuredImage


def report(photo: Picture, result: Picture) -> dict[str, float]:
    """What every styled picture reports, by name."""
    a, b = measured(photo), measured(result)
    return {
        "ssim": ssim(a, b),
        "edge_keep": edge_keep(a, b),
        "flat_noise": flat_noise(a, b),
        "mean_shift": float((b.pixels - a.pixels).abs().mean()) * 255,
    }


def measured(picture: Picture) -> MeasuredImage:
    return picture if isinstance(picture, MeasuredImage) else MeasuredImage(picture)


def luminance(picture: Tensor) -> Tensor:
    """(1, 1, H, W), 0..255."""
    return filters.luminance(picture).mul_(255)


def ssim(photo: Picture, result: Picture) -> float:
    """Mean structural similarity of the luminances over whole 7×7 windows; 1 for equal pictures."""
    return float(ssim_map(measured(photo), measured(result)).mean())


def masked_ssim(photo: Picture, result: Picture, mask: Tensor) -> float:
    """SSIM over the windows whose centre the mask holds."""
    a, b = measured(photo), measured(result)
    return weighted_mean(ssim_map(a, b), at_window_centres(mask, SSIM_WINDOW, a.step), empty=1.0)


def text_keep(photo: Picture, result: Picture, text: Tensor) -> float:
    """How alike text reads, -1..1: SSIM's contrast and structure, over windows of text with strokes."""
    a, b = measured(photo), measured(result)
    strokes = (a.moments[1] > FLAT**2).float()
    contrast = _contrast(a.moments[1] + b.moments[1], b.covariance(a))
    return weighted_mean(contrast, strokes * at_window_centres(text, SSIM_WINDOW, a.step), empty=1.0)


def edge_keep(photo: Picture, result: Picture, mask: Tensor | None = None) -> float:
    """Correlation of the Sobel magnitudes, -1..1; 1 where neither picture has any edge."""
    a, b = measured(photo), measured(result)
    weight = torch.ones_like(a.gradient_magnitude) if mask is None else at_window_centres(mask, 3, a.step)
    x, y = (v.gradient_magnitude - weighted_mean(v.gradient_magnitude, weight) for v in (a, b))
    norm = float((weight * x * x).sum() * (weight * y * y).sum()) ** 0.5
    return float((weight * x * y).sum()) / norm if norm > 0 else 1.0


def flat_noise(photo: Picture, result: Picture, mask: Tensor | None = None) -> float:
    """Mean 9×9 deviation of the result, in 1/255, where the photo is flat; 0 where nothing is flat."""
    a, b = measured(photo), measured(result)
    flat = (a.std < FLAT).float()
    return weighted_mean(
        b.std, flat if mask is None else flat * at_window_centres(mask, NOISE_WINDOW, a.step)
    )


def psnr(photo: Picture, result: Picture, mask: Tensor | None = None) -> float:
    """Peak signal-to-noise ratio of the luminances, dB; infinite for equal pictures."""
    a, b = (luminance(measured(x).pixels) for x in (photo, result))
    weight = torch.ones_like(a) if mask is None else subsample(mask, measured(photo).step)
    error = torch.tensor(weighted_mean((a - b).square(), weight))
    return float(10 * torch.log10(255**2 / error))


def median_delta_e(photo: Picture, result: Picture, mask: Tensor) -> float:
    """Median ΔE2000 over the pixels that the mask holds by more than half."""
    shift = delta_e_map(photo, result)
    inside = shift[subsample(mask, measured(photo).colour_step) > HALF]
    return float(inside.median()) if len(inside) else 0.0


def clipping(photo: Picture, result: Picture, mask: Tensor | None = None) -> float:
    """Share of the pixels that showed something in the photo and show nothing in the result.

    A pixel shows nothing where each channel is at one end: white, black, or a colour such as pure red.
    """
    a, b = (measured(x).pixels for x in (photo, result))
    had = ((a > 1 - WHITE) & (a < WHITE)).any(1, keepdim=True).float()
    lost = ((b <= 1 - CLIPPED_FROM) | (b >= CLIPPED_FROM)).all(1, keepdim=True)
    return weighted_mean(lost.float(), had if mask is None else had * subsample(mask, measured(photo).step))


def halo(photo: Picture, result: Picture, ring: Tensor) -> float:
    """Mean |shift of luminance|, in 1/255, over a ring that `rim_ring` gave for the same step."""
    if not ring.any():
        return 0.0
    a, b = (luminance(measured(x).pixels) for x in (photo, result))
    return weighted_mean((a - b).abs(), ring)


def max_change(photo: Picture, result: Picture, mask: Tensor) -> float:
    """Largest change of any channel of any pixel inside the mask, in 1/255."""
    change = (measured(result).picture - measured(photo).picture).abs().amax(1, keepdim=True)
    return 255 * float((change * (mask > HALF)).max())


def halo_ring(product: Tensor, step: int = 1) -> Tensor:
    """(1, 1, h, w) 1 at every `step`-th pixel that lies 3 to 12 px outside the product."""
    inside = (subsample(product, step) > HALF).float()
    near, far = (windows.highest(inside, round(reach / step)) for reach in RING)
    return far - near


def ssim_map(a: MeasuredImage, b: MeasuredImage) -> Tensor:
    """SSIM of each window."""
    return ssim_from_moments(a.moments, b.moments, b.covariance(a))


def ssim_from_moments(a: Moments, b: Moments, covariance: Tensor) -> Tensor:
    """SSIM from the windows' moments, with sample covariance as scikit-image has it."""
    mean_a, mean_b = a[0] + 128, b[0] + 128
    light = (2 * mean_a * mean_b + C1) / (mean_a**2 + mean_b**2 + C1)
    return light * _contrast(a[1] + b[1], covariance)


def _contrast(variances: Tensor, covariance: Tensor) -> Tensor:
    """The contrast and structure factor of SSIM."""
    sample = SSIM_WINDOW**2 / (SSIM_WINDOW**2 - 1)
    return (2 * sample * covariance + C2) / (sample * variances + C2)


def delta_e_map(photo: Picture, result: Picture) -> Tensor:
    """(1, 1, h, w) ΔE2000 of each pixel looked at."""
    return measured(result).delta_e_from(measured(photo))


def window_means(x: Tensor, side: int, step: int) -> Tensor:
    """Means over side × side windows that lie wholly inside, every `step` px."""
    return x.unfold(2, side, step).mean(-1).unfold(3, side, step).mean(-1)


def at_window_centres(mask: Tensor, side: int, step: int) -> Tensor:
    """A full-size mask at the centres of `window_means`."""
    height, width = (max(0, NOISE_WINDOW - length) for length in mask.shape[2:])
    mask = F.pad(mask, (0, width, 0, height), "replicate") if height or width else mask
    reach = side // 2
    return mask[:, :, reach : mask.shape[2] - reach : step, reach : mask.shape[3] - reach : step]


def subsample(x: Tensor, step: int) -> Tensor:
    """Every `step`-th pixel each way, close together: what is spread over the picture is slow to read."""
    return x[:, :, ::step, ::step].contiguous()


def weighted_mean(x: Tensor, weight: Tensor, empty: float = 0.0) -> float:
    """The mean of x by weight; `empty` where there is no weight."""
    total = float(weight.sum())
    return float((x * weight).sum()) / total if total > 0 else empty
