"""Lettering on flat areas: crisp, in one ink."""

import torch
from torch import Tensor

from ..strokes.directions import wide_gaussian
from .shapes import LETTER_WINDOW_SHARE, lettering, rise, weighted_mean
from .subject import Subject


def flat_lettering(subject: Subject, painted: Tensor, weight: Tensor | float = 1.0) -> Tensor:
    """Letters in a flat colour of their place, a little farther from the surface than in the photo."""
    share, drawn = lettering(subject)
    share = rise(share, 0.2, 0.8)
    sigma = subject.px(LETTER_WINDOW_SHARE, 1.5)
    dark, light = (weighted_mean(subject.toned, part, sigma) for part in ((1 - share) ** 4, share**4))
    # Letters are what covers less of a place.
    on_light = rise(wide_gaussian(share, 1.5 * sigma), 0.42, 0.52)
    letters = torch.lerp(light, dark, on_light)
    covered = torch.lerp(share, 1 - share, on_light)
    letters = torch.lerp((1.05 * letters + 0.02).clamp(max=1), 0.88 * letters, on_light)
    return torch.lerp(painted, letters, covered * rise(drawn * weight, 0.25, 0.55))
