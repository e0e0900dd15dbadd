"""Spot inks: a picture separated into a key and three inks that are chosen for its product's colours."""

from itertools import combinations
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging.filters import luminance
from .subject import Subject, rgb

KEY_INK_BLACK: Final = (0.13, 0.13, 0.15)
COLOUR_INKS: Final = (
    (0.00, 0.45, 0.74),  # blue
    (0.98, 0.28, 0.33),  # bright red
    (1.00, 0.38, 0.66),  # fluorescent pink
    (1.00, 0.88, 0.10),  # yellow
    (1.00, 0.56, 0.16),  # orange
    (0.00, 0.62, 0.36),  # green
    (0.00, 0.55, 0.58),  # teal
    (0.47, 0.36, 0.65),  # purple
    (0.60, 0.38, 0.30),  # brown
    (0.55, 0.78, 0.90),  # light blue
    (0.96, 0.72, 0.60),  # apricot
    (0.68, 0.58, 0.43),  # metallic gold
)
SAMPLES: Final = 24  # of the long side, of the colours by which inks are chosen
INK_CHROMA_WEIGHT: Final = 2.5  # of errors of chroma relative to those of tone
ROUNDS_OF_DESCENT: Final = 6
LATTICE_STEPS: Final = 17  # of the table of separations, per channel
INK_COST: Final = 0.035  # of full coverage by one ink, in units of the error
VIVID_WEIGHT: Final = 2.0  # of a sample, per unit of its chroma


def choose_inks(subject: Subject, colours: Tensor) -> list[Tensor]:
    """(1, 3, 1, 1) each: three inks whose overprints come nearest to the product with little ink; the key."""
    scale = min(1.0, SAMPLES / max(colours.shape[2:]))
    size = [max(1, round(side * scale)) for side in colours.shape[2:]]
    planes = F.interpolate(torch.cat([colours, subject.product], 1), size=size, mode="area")
    samples, product = planes[:, :3], planes[:, 3:]
    chroma = samples.amax(1, keepdim=True) - samples.amin(1, keepdim=True)
    weight = (product + 0.05) * (0.4 + VIVID_WEIGHT * chroma)
    choices = torch.tensor(list(combinations(COLOUR_INKS, 3)))[..., None, None]
    inks = [*choices.unbind(1), rgb(*KEY_INK_BLACK)]
    samples = samples.expand(len(choices), -1, -1, -1)
    coverage = separate(samples, inks)
    error = colour_error(overprint(coverage, inks), samples) + INK_COST * coverage.sum(1, keepdim=True)
    best = int((error * weight).sum((1, 2, 3)).argmin())
    return [*(ink[best : best + 1] for ink in inks[:3]), inks[3]]


def colour_error(printed: Tensor, wanted: Tensor) -> Tensor:
    """(B, 1, H, W) distance of colours, in which chroma counts more than tone."""
    difference = printed - wanted
    tone = luminance(difference)
    return (tone.square() + INK_CHROMA_WEIGHT * (difference - tone).square().sum(1, keepdim=True)).sqrt()


def overprint(coverage: Tensor, inks: list[Tensor]) -> Tensor:
    """(B, 3, H, W) white paper under coverages (B, ink, H, W) of transparent inks."""
    printed = torch.ones_like(coverage[:, :1])
    for index, ink in enumerate(inks):
        printed = printed * (1 - coverage[:, index : index + 1] * (1 - ink))
    return printed


def separate(colours: Tensor, inks: list[Tensor]) -> Tensor:
    """(B, ink, H, W) coverages, 0..1, whose overprint comes near to colours: projected coordinate descent.

    The key comes last, and starts from none: it prints what the colours cannot.
    """
    coverage = torch.zeros_like(colours[:, :1]).repeat(1, len(inks), 1, 1)
    absorbed = [1 - ink for ink in inks]
    for _ in range(ROUNDS_OF_DESCENT):
        for index, own in enumerate(absorbed):
            others = torch.ones_like(colours)
            for other, part in enumerate(absorbed):
                if other != index:
                    others = others * (1 - coverage[:, other : other + 1] * part)
            slope = others * own
            wanted = (slope * (others - colours)).sum(1, keepdim=True) / slope.square().sum(1, keepdim=True)
            coverage[:, index : index + 1] = wanted.clamp(0, 1)
    return coverage


def separated(colours: Tensor, inks: list[Tensor]) -> Tensor:
    """As `separate`, from a table that is interpolated."""
    steps = torch.linspace(0, 1, LATTICE_STEPS)
    blue, green, red = torch.meshgrid(steps, steps, steps, indexing="ij")
    lattice = torch.stack([red, green, blue]).view(1, 3, LATTICE_STEPS, -1)
    table = separate(lattice, inks).view(1, len(inks), LATTICE_STEPS, LATTICE_STEPS, LATTICE_STEPS)
    grid = (2 * colours - 1).permute(0, 2, 3, 1).unsqueeze(1)
    coverage = F.grid_sample(table, grid, padding_mode="border", align_corners=True)
    return coverage[:, :, 0].clamp(0, 1)
