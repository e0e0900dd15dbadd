"""Halo and flat noise on plain backgrounds: ours as published, and the public models'."""

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from PIL import Image
from rich.progress import track

from style_engine.imaging import tensors
from style_engine.safety import metrics
from style_engine.safety.scene import Scene

from ...shared.baselines import MULTISTYLE_COUNT, Baselines
from ..cases import MAGENTA, MULTISTYLE, OURS, draw_reference
from ..evaluator import NamedImage
from .photos import StyledPhoto


def compare_with_baselines(styled_photos: Sequence[StyledPhoto]) -> dict[str, Any]:
    """Means by model in 1/255, and for each measure the larger ratio of ours to a baseline's."""
    on_background = [each for each in styled_photos if each.photo.scene.halo_ring.any()]
    baselines = Baselines(threads=1)
    rows: dict[str, list[dict[str, float]]] = {OURS: [], MAGENTA: [], MULTISTYLE: []}
    for number, each in enumerate(track(on_background, "painting with baselines")):
        photo = each.photo
        rows[OURS].append(measure_on_background(photo.scene, each.styled.image))
        result = baselines.multistyle(photo.image, number % MULTISTYLE_COUNT)
        rows[MULTISTYLE].append(measure_on_background(photo.scene, result))
        if toned := draw_reference(each.style, NamedImage(photo.name, photo.image)):
            result = baselines.magenta(photo.image, toned.image)
            rows[MAGENTA].append(measure_on_background(photo.scene, result))
    means = {
        model: {measure: fmean(row[measure] for row in of_model) for measure in of_model[0]}
        for model, of_model in rows.items()
        if of_model
    }
    ratios = {
        f"{measure}_ratio": max(value / mean[measure] for model, mean in means.items() if model != OURS)
        for measure, value in means.get(OURS, {}).items()
    }
    return {**ratios, "models": means, "pictures": len(on_background)}


def measure_on_background(scene: Scene, result: Image.Image) -> dict[str, float]:
    """halo and flat_noise of the result, resized to the scene, in 1/255."""
    tensor = tensors.to_tensor(result.resize((scene.photo.shape[3], scene.photo.shape[2])))
    ring = metrics.halo_ring(1 - scene.clean_area)
    return {
        "halo": metrics.halo(scene.photo, tensor, ring),
        "flat_noise": metrics.flat_noise(scene.photo, tensor, scene.clean_area),
    }
