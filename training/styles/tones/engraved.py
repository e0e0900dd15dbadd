"""Tones of carved and engraved prints: one ink on paper."""

import math
from typing import Final

import torch
from torch import Tensor

from style_engine.imaging.filters import luminance
from style_engine.painting.media.subject import rgb

ENGRAVING_INK: Final = (0.09, 0.08, 0.10)
ENGRAVING_PAPER: Final = (0.996, 0.992, 0.980)
LINO_INK: Final = (0.075, 0.07, 0.075)
LINO_PAPER: Final = (0.996, 0.991, 0.976)


def engraving(photo: Tensor) -> Tensor:
    """Copperplate ink: darks open enough to be cross-hatched, lights that reach the paper."""
    return _one_ink(_steeper(_coloured_tone(photo, 0.25) ** 0.92, 0.10), ENGRAVING_INK, ENGRAVING_PAPER)


def linocut(photo: Tensor) -> Tensor:
    """Block ink: a strong contrast around the middle tones."""
    return _one_ink(_steeper(_coloured_tone(photo, 0.30) ** 0.78, 0.14), LINO_INK, LINO_PAPER)


def _coloured_tone(photo: Tensor, vividness: float) -> Tensor:
    """Luminance, raised in vivid colours, so that a red or blue product is not as dark as a black one."""
    brightest = photo.amax(1, keepdim=True)
    return torch.lerp(luminance(photo), brightest, vividness).clamp(0, 1)


def _steeper(tone: Tensor, amount: float) -> Tensor:
    """An S-curve that keeps black, middle grey and white."""
    return tone + amount * torch.sin(2 * math.pi * (tone - 0.5)) / math.pi


def _one_ink(tone: Tensor, ink: tuple[float, float, float], paper: tuple[float, float, float]) -> Tensor:
    dark, light = rgb(*ink), rgb(*paper)
    return dark + (light - dark) * tone.clamp(0, 1)
