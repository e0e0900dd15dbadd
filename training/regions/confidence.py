"""The finder's confidence: a logistic model fitted to masks that are correct or not, and its calibration."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import torch
from PIL import Image

from style_engine.imaging import tensors
from style_engine.regions.background import plain_background
from style_engine.regions.finder import (
    ConfidenceModel,
    RegionFinder,
    Regions,
    background_agreement,
    mean_certainty,
    refine_mask,
)

from .measures import CORRECT_MIN_IOU, Figures, LabelledPicture, iou, mean_or_nan
from .surfaces import Floats

L2_WEIGHT: Final = 1e-4


def find_regions(finder: RegionFinder, image: Image.Image) -> Regions:
    photo = tensors.to_tensor(image)
    return finder(photo, plain_background(photo))


def predict_mask(finder: RegionFinder, image: Image.Image) -> tuple[Floats, float, float | None]:
    """The product mask (H, W) even where the finder rejects it, its certainty, its agreement with a plain
    background."""
    photo = tensors.to_tensor(image)
    background = plain_background(photo)
    small, probabilities = finder.predict(photo)
    small_product = probabilities[:, :1]
    product = refine_mask(photo, small, small_product, background)
    return (
        product[0, 0].numpy(),
        mean_certainty(small_product),
        background_agreement(small_product, background),
    )


def fit_confidence(finder: RegionFinder, pictures: Sequence[LabelledPicture]) -> RegionFinder:
    """The finder with its confidence fitted by logistic regression of "the mask is correct"."""
    features, correct = [], []
    for truth in pictures:
        mask, mask_certainty, mask_agreement = predict_mask(finder, truth.image)
        on_background = float(mask_agreement is not None)
        features.append([1.0, mask_certainty, on_background, mask_agreement or 0.0])
        correct.append(float(iou(mask, truth.product) >= CORRECT_MIN_IOU and truth.has_product))
    x, y = torch.tensor(features), torch.tensor(correct)
    weights = torch.zeros(4, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=200)

    def loss() -> float:
        optimiser.zero_grad()
        value = torch.nn.functional.binary_cross_entropy_with_logits(x @ weights, y)
        value = value + L2_WEIGHT * weights.square().sum()
        value.backward()
        return float(value.detach())

    optimiser.step(loss)
    bias, by_certainty, on_background, by_agreement = (round(value, 3) for value in weights.tolist())
    return replace(finder, confidence_model=ConfidenceModel(bias, by_certainty, on_background, by_agreement))


def measure_calibration(regions: Sequence[Regions], pictures: Sequence[LabelledPicture]) -> Figures:
    """Mean confidence, and share of masks that are correct, at confidences below and above 0.5."""
    pairs = [
        (region.confidence, iou(region.product[0, 0].numpy(), truth.product) >= CORRECT_MIN_IOU)
        for region, truth in zip(regions, pictures, strict=True)
    ]
    low, high = [pair for pair in pairs if pair[0] < 0.5], [pair for pair in pairs if pair[0] >= 0.5]
    return {
        "low_confidence": mean_or_nan(confidence for confidence, _ in low),
        "low_correct": mean_or_nan(correct for _, correct in low),
        "high_confidence": mean_or_nan(confidence for confidence, _ in high),
        "high_correct": mean_or_nan(correct for _, correct in high),
    }
