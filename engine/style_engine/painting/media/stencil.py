"""Risograph: a stencil duplicator's print in spot inks, dot screens and slight misregistration."""

import math
from dataclasses import replace
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from .abstraction import abstracted, flesh_of
from .cels import Cel, celled
from .materials import fractal_noise, value_noise
from .spot_inks import choose_inks, overprint, separated
from .steps import rise
from .subject import Subject, saturate
from .swelling_lines import silhouette

STENCIL_ANGLES: Final = (15.0, 75.0, 0.0, 45.0)  # degrees, of the dots of three colours and of the key
SCREEN_SHARE: Final = 0.0054  # spacing of dots
SHIFTS: Final = (
    (0.0022, -0.0016),
    (-0.0016, 0.0020),
    (0.0012, 0.0014),
    (0.0, 0.0),
)  # down, right, in shares of the size
LEAST_COVERAGE: Final = 0.07  # of a colour, below which none is printed
KEY_RANGE: Final = (0.10, 0.80)  # of its coverage, that is printed
STENCIL: Final = Cel((0.86, 1.0, 1.10), 0.72, 0.006, 0.6, 0.0)
SPECKLE: Final = 0.20  # of ink missing in pinholes
FILM: Final = 0.03  # std of the thickness of the ink
EDGE_LINE: Final = 0.7  # coverage of the key's line round a pale product


def risograph(subject: Subject) -> Tensor:
    """Stencil print in three inks chosen for the product and a key, slightly out of register."""
    vivid = saturate(subject.photo.clamp(min=1e-3) ** 0.78, 1.25)
    subject = replace(subject, toned=vivid)
    shapes = abstracted(subject, 0.008)
    inks = choose_inks(subject, shapes.colours)
    coverage = separated(celled(shapes, STENCIL), inks)
    # White products without dots, light colours without the key: they would be dirt.
    colours, key = coverage[:, :-1], coverage[:, -1:]
    coverage = torch.cat([rise(colours, LEAST_COVERAGE, 1.0), rise(key, *KEY_RANGE)], 1)
    fine = torch.stack([0.8 * flesh_of(subject), subject.text, 0.6 * shapes.detail]).amax(0)
    height, width = coverage.shape[2:]
    speckle = value_noise(height, width, subject.px(0.0020, 1.3), 61)
    film = fractal_noise(height, width, subject.px(0.05, 6.0), 62)
    spacing = subject.px(SCREEN_SHARE, 4.0)
    layers = []
    for index, angle in enumerate(STENCIL_ANGLES):
        down, right = (round(share * subject.size_px) for share in SHIFTS[index])
        share = shifted(coverage[:, index : index + 1], down, right)
        dots = torch.lerp(dot_screen(share, angle, spacing), share, shifted(fine, down, right))
        solid = rise(share, 0.78, 0.92)
        laid = torch.lerp(dots, torch.ones_like(dots), solid)
        layers.append(laid * (1 - FILM * film - SPECKLE * (speckle - 1.2).clamp(0, 1)))
    pale = rise(shapes.tone, 0.7, 0.85)
    line = EDGE_LINE * silhouette(subject, subject.px(0.0026, 1.3), torch.zeros_like(pale)) * pale
    layers[-1] = torch.maximum(layers[-1], line)
    return overprint(torch.cat(layers, 1).clamp(0, 1), inks)


def shifted(plane: Tensor, down: int, right: int) -> Tensor:
    """The plane moved by whole px, its edges replicated."""
    reach = max(abs(down), abs(right))
    if reach == 0:
        return plane
    padded = F.pad(plane, (reach, reach, reach, reach), "replicate")
    height, width = plane.shape[2:]
    return padded[:, :, reach - down : reach - down + height, reach - right : reach - right + width]


def dot_screen(share: Tensor, angle_degrees: float, spacing_px: float) -> Tensor:
    """Ink of round dots that cover a share of the surface, and of round holes where it is above a half."""
    rows, columns = (torch.arange(side, dtype=share.dtype) for side in share.shape[2:])
    angle = math.radians(angle_degrees)
    turns = 2 * math.pi / spacing_px
    first = torch.cos(turns * (columns * math.cos(angle) + rows[:, None] * math.sin(angle)))
    second = torch.cos(turns * (rows[:, None] * math.cos(angle) - columns * math.sin(angle)))
    # The mean of two cosines is near a triangular distribution; this makes it uniform.
    level = (first + second)[None, None] / 2
    rank = 0.5 + 0.5 * level.sign() * (1 - (1 - level.abs()).square())
    return ((share - (1 - rank)) * (0.42 * spacing_px) + 0.5).clamp(0, 1) * (share * 40).clamp(0, 1)
