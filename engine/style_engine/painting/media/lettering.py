"""Lettering as a medium's own fine tool draws it."""

from typing import Final

from torch import Tensor

from ...imaging.filters import gaussian
from .subject import Subject

SHARPENED: Final = 0.8
SHARPENED_SHARE: Final = 0.0018  # sigma, of the size, over which lettering is sharpened


def drawn_letters(subject: Subject) -> Tensor:
    """(1, 3, H, W) the subject's lettering in its own tones with crisp edges, for a fine brush or stick."""
    toned = subject.toned
    around = gaussian(toned, subject.px(SHARPENED_SHARE, 0.8))
    return (toned + SHARPENED * (toned - around)).clamp(0, 1)
