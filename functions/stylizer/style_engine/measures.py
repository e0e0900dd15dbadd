"""Small measures of what a look did to a photo; all take pictures (1, 3, H, W) in [0, 1]."""

import torch
from torch import Tensor
from torch.nn import functional as F

from . import guides

FLAT = 2.5 / 255  # a 9×9 window calmer than this is flat


def report(photo: Tensor, result: Tensor) -> dict[str, float]:
    """All measures by name."""
    return {
        "ssim": ssim(photo, result),
        "edge_keep": edge_keep(photo, result),
        "flat_noise": flat_noise(photo, result),
        "mean_shift": float((result - photo).abs().mean()) * 255,
    }


def luminance(picture: Tensor) -> Tensor:
    """(1, 1, H, W), 0..255."""
    return 255 * guides.luminance(picture)


def ssim(photo: Tensor, result: Tensor) -> float:
    """Mean structural similarity of the luminances, 7×7 windows (Wang et al. 2004); 1 for equal pictures."""
    a, b = luminance(photo), luminance(result)
    mean_a, mean_b = _window(a, 7), _window(b, 7)
    variance_a, variance_b = _window(a * a, 7) - mean_a**2, _window(b * b, 7) - mean_b**2
    covariance = _window(a * b, 7) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    light = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
    structure = (2 * covariance + c2) / (variance_a + variance_b + c2)
    return float((light * structure).mean())


def edge_keep(photo: Tensor, result: Tensor) -> float:
    """Correlation of the Sobel magnitudes, -1..1; 1 where neither picture has any edge."""
    a, b = (_sobel(luminance(x)).flatten() for x in (photo, result))
    a, b = a - a.mean(), b - b.mean()
    norm = a.norm() * b.norm()
    return float(a @ b / norm) if norm > 0 else 1.0


def flat_noise(photo: Tensor, result: Tensor) -> float:
    """Mean 9×9 deviation of the result, in 1/255, where the photo is flat; 0 where nothing is flat."""
    flat = _deviation(luminance(photo), 9) < FLAT * 255
    return float(_deviation(luminance(result), 9)[flat].mean()) if flat.any() else 0.0


def _window(x: Tensor, side: int) -> Tensor:
    return F.avg_pool2d(x, side, 1, side // 2, count_include_pad=False)


def _deviation(tone: Tensor, side: int) -> Tensor:
    centred = tone - tone.mean()
    return (_window(centred**2, side) - _window(centred, side) ** 2).clamp(min=0).sqrt()


def _sobel(tone: Tensor) -> Tensor:
    kernel = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]], device=tone.device)
    both = torch.stack([kernel, kernel.T]).unsqueeze(1)
    slopes = F.conv2d(F.pad(tone, (1, 1, 1, 1), "replicate"), both)
    return slopes.square().sum(1, keepdim=True).sqrt()
