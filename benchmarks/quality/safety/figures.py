"""What became of the looks: verdicts of the gates, and how far the product and white backgrounds changed."""

from collections.abc import Sequence
from statistics import fmean
from typing import Any

import numpy as np
from PIL import Image
from skimage.metrics import structural_similarity

from style_engine.imaging import tensors

from ...shared.colour import delta_e2000
from .fidelity import PhotoParts, measure_fidelity, summarise_fidelity
from .photos import PhotoScene, StyledPhoto


def summarise_verdicts(styled_photos: Sequence[StyledPhoto]) -> dict[str, Any]:
    """Shares that passed every gate at the requested strength, and at that or a lower one, and refusals."""
    refusals = [gate for each in styled_photos for gate in each.styled.verdict.refused_by]
    outcomes = [each.styled.verdict.outcome for each in styled_photos]
    unsafe = [each for each in styled_photos if not all(gate.passed for gate in each.styled.verdict.gates)]
    by_style = {
        style: [each for each in styled_photos if each.style == style]
        for style in sorted({each.style for each in styled_photos})
    }
    return {
        "looks": len(styled_photos),
        "passed_as_asked": fmean(outcome == "passed" for outcome in outcomes),
        "passed_in_the_end": fmean(each.is_styled for each in styled_photos),
        "mean_strength": fmean(each.styled.verdict.strength for each in styled_photos),
        "published_unsafe": sum(each.is_styled for each in unsafe),
        "by_style": {style: fmean(each.is_styled for each in group) for style, group in by_style.items()},
        "refused_by": {gate: refusals.count(gate) for gate in sorted(set(refusals))},
        "outcomes": {name: outcomes.count(name) for name in ("passed", "lowered", "fallback")},
    }


def summarise_changes(styled_photos: Sequence[StyledPhoto]) -> dict[str, Any]:
    """Of the styled pictures, from the upload: SSIM and ΔE2000 inside the product, drift of white background.

    `worst_part_delta_e` also counts pictures that the engine replaced by the photo, which may be enhanced.
    """
    styled = [each for each in styled_photos if each.is_styled]
    rows = [measure_changes(each.photo, each.styled.image) for each in styled]
    parts = {id(photo): PhotoParts.of_scene(photo) for photo in {each.photo: 0 for each in styled_photos}}
    fidelity = summarise_fidelity(
        [measure_fidelity(parts[id(each.photo)], each.styled.image) for each in styled_photos]
    )
    return {
        "worst_part_delta_e": fidelity["worst_part"],
        "mean_ssim": fmean(row["ssim"] for row in rows),
        "least_ssim": min(row["ssim"] for row in rows),
        "mean_delta_e": fmean(row["delta_e"] for row in rows),
        "most_delta_e": max(row["delta_e"] for row in rows),
        "white_background_drift": max(row["drift"] for row in rows),
        "pictures_with_white_background": sum(bool(each.photo.scene.white_area.any()) for each in styled),
    }


def measure_changes(photo: PhotoScene, result: Image.Image) -> dict[str, float]:
    """ssim and delta_e inside the product mask; drift: largest change of a channel on white, in 1/255."""
    product = photo.scene.regions.product[0, 0].numpy() > tensors.MASK_THRESHOLD
    greys = [np.asarray(image.convert("L"), np.float64) for image in (photo.image, result)]
    _, ssim_map = structural_similarity(*greys, win_size=7, data_range=255, full=True)
    delta_e = delta_e2000(photo.image, result)[product]
    white = photo.scene.white_area[0, 0].numpy() > tensors.MASK_THRESHOLD
    drift = np.abs(np.asarray(result, int) - np.asarray(photo.image, int)).max(-1)[white]
    return {
        "ssim": float(ssim_map[3:-3, 3:-3][product[3:-3, 3:-3]].mean()),
        "delta_e": float(np.median(delta_e)),
        "drift": float(drift.max()) if drift.size else 0.0,
    }
