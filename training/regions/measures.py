"""Measures of predicted masks against true ones; masks are (H, W) in [0, 1], cut at 0.5."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from style_engine.regions.finder import Regions

from .surfaces import Floats

EDGE_TOLERANCE: Final = 0.0075  # share of the diagonal: distance at which edges still match
BOUNDARY_WIDTH: Final = 0.02  # share of the diagonal: width of the boundary region of the boundary IoU
BOUNDARY_RADII: Final = 5  # of the mean boundary accuracy
MAX_RADIUS_SIDES: Final = 300  # the largest radius is (width + height) / 300, as in CascadePSP,
MIN_MAX_RADIUS_PX: Final = 5  # and never less than this: our pictures are small
CORRECT_MIN_IOU: Final = 0.85
Figures = dict[str, float]


@dataclass(frozen=True)
class LabelledPicture:
    """A picture with its true masks (H, W); `text_known`: 1 where text is labelled."""

    name: str
    image: Image.Image
    product: Floats
    text: Floats
    text_known: Floats

    @property
    def has_product(self) -> bool:
        return bool(self.product.max() > 0.5)


def iou(first: Floats, second: Floats) -> float:
    """Intersection over union; 1 where both masks are empty."""
    a, b = first > 0.5, second > 0.5
    union = np.logical_or(a, b).sum()
    return float(np.logical_and(a, b).sum() / union) if union else 1.0


def boundary_f(mask: Floats, truth: Floats) -> float:
    """Harmonic mean of the shares of each mask's edge that lie near the other's (Perazzi and others 2016)."""
    edge, true_edge = (_edge(torch.from_numpy(plane > 0.5).float()[None, None]) for plane in (mask, truth))
    if not edge.any() or not true_edge.any():
        return float(bool(edge.any()) == bool(true_edge.any()))
    window = 2 * math.ceil(EDGE_TOLERANCE * math.hypot(*truth.shape)) + 1
    near_edge, near_true_edge = (F.max_pool2d(x, window, 1, window // 2) for x in (edge, true_edge))
    precision = float((edge * near_true_edge).sum() / edge.sum())
    recall = float((true_edge * near_edge).sum() / true_edge.sum())
    return harmonic_mean(precision, recall)


def boundary_iou(mask: Floats, truth: Floats) -> float:
    """IoU of both masks' parts within 2 % of the diagonal of their own edge (Cheng and others 2021)."""
    width = max(1, round(BOUNDARY_WIDTH * math.hypot(*truth.shape)))
    parts = [
        _inner_boundary(torch.from_numpy(plane > 0.5).float()[None, None], width) for plane in (mask, truth)
    ]
    return iou(parts[0][0, 0].numpy(), parts[1][0, 0].numpy())


def mean_boundary_accuracy(mask: Floats, truth: Floats) -> float:
    """mBA (CascadePSP, Cheng and others 2020): share of correct pixels within a radius of the true edge, mean
    over five radii from 1 px on; 1 where there is no edge."""
    known, found = (torch.from_numpy(plane > 0.5).float()[None, None] for plane in (truth, mask))
    largest = max(MIN_MAX_RADIUS_PX, sum(truth.shape) / MAX_RADIUS_SIDES)
    correct = (known == found).float()
    accuracies = []
    for radius in np.linspace(1, largest, BOUNDARY_RADII).round().astype(int):
        near = _dilate(known, radius) - (1 - _dilate(1 - known, radius))
        accuracies.append(float((correct * near).sum() / near.sum()) if near.any() else 1.0)
    return float(np.mean(accuracies))


def harmonic_mean(precision: float, recall: float) -> float:
    return 2 * precision * recall / max(precision + recall, 1e-9)


def measure_masks(pairs: Iterable[tuple[Floats, Floats]]) -> Figures:
    """Mean measures over pairs of a mask and the true one."""
    measures = (iou, boundary_f, boundary_iou, mean_boundary_accuracy)
    rows = np.array([[measure(mask, truth) for measure in measures] for mask, truth in pairs])
    ious = rows[:, 0]
    return {
        "iou": float(ious.mean()),
        "iou_median": float(np.median(ious)),
        "iou_above_85": float((ious >= CORRECT_MIN_IOU).mean()),
        "boundary_f": float(rows[:, 1].mean()),
        "boundary_iou": float(rows[:, 2].mean()),
        "mba": float(rows[:, 3].mean()),
        "count": len(rows),
    }


def measure_text(pairs: Iterable[tuple[Floats, LabelledPicture]]) -> Figures:
    """Precision and recall of text pixels over all pictures, where text is labelled."""
    correct = predicted = labelled = 0.0
    for text, truth in pairs:
        found, true_text, known = text > 0.5, truth.text > 0.5, truth.text_known > 0.5
        correct += float((found & true_text & known).sum())
        predicted += float((found & known).sum())
        labelled += float((true_text & known).sum())
    precision, recall = correct / max(predicted, 1), correct / max(labelled, 1)
    return {"precision": precision, "recall": recall, "f1": harmonic_mean(precision, recall)}


def measure_found(regions: Sequence[Regions], pictures: Sequence[LabelledPicture]) -> Figures:
    """Shares of pictures in which a product is found, with and without one."""
    found = [(region.found, truth.has_product) for region, truth in zip(regions, pictures, strict=True)]
    return {
        "found_where_present": mean_or_nan(value for value, present in found if present),
        "found_where_absent": mean_or_nan(value for value, present in found if not present),
    }


def mean_or_nan(values: Iterable[float]) -> float:
    numbers = [float(value) for value in values]
    return sum(numbers) / len(numbers) if numbers else float("nan")


def _edge(mask: torch.Tensor) -> torch.Tensor:
    """Pixels of a mask (1, 1, H, W) of 0 and 1 that have a neighbour outside it."""
    return mask - (1 - F.max_pool2d(1 - mask, 3, 1, 1))


def _dilate(mask: torch.Tensor, radius: int) -> torch.Tensor:
    """A mask (1, 1, H, W) dilated by a disc."""
    steps = torch.arange(-radius, radius + 1)
    disc = (steps[:, None].square() + steps.square() <= radius**2).float()
    return (F.conv2d(mask, disc[None, None], padding=radius) > 0).float()


def _inner_boundary(mask: torch.Tensor, width: int) -> torch.Tensor:
    """The part of a mask (1, 1, H, W) within `width` px of what is outside it; the frame is outside, too."""
    outside = F.pad(1 - mask, (width,) * 4, value=1.0)
    rows = F.max_pool2d(outside, (1, 2 * width + 1), 1)
    return mask * F.max_pool2d(rows, (2 * width + 1, 1), 1)
