"""Product masks: their quality on composites with a known mask, and how they are shown."""

from pathlib import Path
from typing import Any, Final

import torch
from PIL import Image
from rich.progress import track
from torch import Tensor

from style_engine import Stylizer
from style_engine.imaging import tensors
from style_engine.safety.scene import Scene
from training.regions.confidence import find_regions
from training.regions.held_out_set import read_set
from training.regions.measures import measure_masks

OVERLAY_BACKGROUND_BRIGHTNESS: Final = 0.3
OVERLAY_TEXT_RED: Final = 0.9


def evaluate_masks(stylizer: Stylizer, folder: Path) -> dict[str, Any]:
    """Mean quality of the product masks on a set written by `training.regions.evaluate`."""
    composites = read_set(folder)
    regions = [
        find_regions(stylizer.loaded.finder, each.image) for each in track(composites, "finding masks")
    ]
    pairs = [
        (found.product[0, 0].numpy(), truth.product)
        for found, truth in zip(regions, composites, strict=True)
        if truth.product.max() > tensors.MASK_THRESHOLD
    ]
    return dict(measure_masks(pairs))


def mask_overlay(scene: Scene) -> Image.Image:
    """The photo, darkened outside the product, red where text is."""
    brightness = OVERLAY_BACKGROUND_BRIGHTNESS + (1 - OVERLAY_BACKGROUND_BRIGHTNESS) * scene.regions.product
    overlay: Tensor = scene.photo * brightness
    overlay[:, :1] = torch.maximum(overlay[:, :1], OVERLAY_TEXT_RED * scene.regions.text)
    return tensors.to_image(overlay)
