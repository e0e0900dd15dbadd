"""Footprints: the shapes that strokes leave, rasterised once for each orientation and curvature."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

ORIENTATIONS: Final = 24  # of a footprint, evenly over half a turn
CURVATURES: Final = (-1, 0, 1)  # bent to one side, straight, bent to the other
BEND_SHARE: Final = 0.55  # sideways shift of the ends of a bent stroke, in half widths
BRISTLE_WIDTH_PX: Final = 2.2
SIZE_RATIO: Final = 1.1  # between neighbouring sizes of rasterised footprints
SAMPLES_PER_PX: Final = 2  # of a mark before it is turned
MAX_ACROSS: Final = 1.8  # half widths that a bent mark reaches
MIN_HEIGHT: Final = 0.02  # paint height of the thinnest pixel that a stroke still covers

Plane = NDArray[np.float64]
Shape = Callable[[Plane, Plane, float, np.random.Generator], Plane]
"""Coordinates along and across the stroke (-1..1 inside), its width in px and a generator → paint height."""


@dataclass(frozen=True, eq=False)
class FootprintBank:
    """Footprints of one shape and size; T = ORIENTATIONS * curvatures * variants, in this order.

    `offsets` (T, N, 2): rows and columns in px from the centre of the covered pixels; `covered` (T, N): False
    for padding; `heights` (T, S, S): paint height around the centre, 0 outside; S = 2 * reach_px + 1.
    """

    offsets: Tensor
    covered: Tensor
    heights: Tensor
    reach_px: int

    def to(self, device: torch.device) -> "FootprintBank":
        return FootprintBank(
            self.offsets.to(device), self.covered.to(device), self.heights.to(device), self.reach_px
        )


def brush_mark(along: Plane, across: Plane, width_px: float, rng: np.random.Generator) -> Plane:
    """A loaded bristle brush: streaks along the stroke, ridges at its sides, ragged ends."""
    taper = 1 - 0.22 * np.clip(along, 0, 1) ** 3
    streaks = _streaks(along, across / taper, width_px, rng)
    start, end = (_ragged(across, width_px, depth, rng) for depth in (0.10, 0.34))
    inside = (np.abs(across) < taper) & (along > -1 + start + 0.22 * across**2)
    inside &= along < 1 - end - 0.25 * across**2
    body = np.sqrt(np.clip(1 - (across / taper) ** 6, 0, 1))
    ridges = 0.42 * np.exp(-(((np.abs(across / taper) - 0.86) / 0.11) ** 2))
    ridges += 0.40 * np.exp(-(((along - 0.62) / 0.12) ** 2))
    paint = body * (0.55 + 0.42 * streaks + ridges) * (1.1 - 0.4 * (along + 1) / 2)
    return np.where(inside, np.clip(paint, MIN_HEIGHT, None), 0)


def dry_mark(along: Plane, across: Plane, width_px: float, rng: np.random.Generator) -> Plane:
    """A flat brush of opaque paint that runs dry: even at first, open between the bristles at the end."""
    streaks = _streaks(along, across, width_px, rng)
    start, end = (_ragged(across, width_px, depth, rng) for depth in (0.05, 0.30))
    inside = (np.abs(across) < 1) & (along > -1 + start) & (along < 1 - end)
    inside &= streaks > -1.2 + 1.5 * np.clip((along - 0.1) / 0.9, 0, 1)
    return np.where(inside, np.clip(0.5 + 0.35 * streaks, MIN_HEIGHT, None), 0)


def comma_mark(along: Plane, across: Plane, width_px: float, rng: np.random.Generator) -> Plane:
    """A comma: set down round and full, drawn out into a narrow tail."""
    across = across + rng.choice((-0.6, 0.6)) * (along**2 - 0.35)
    taper = np.clip(1.05 - 0.75 * np.clip((along + 1) / 2, 0, None) ** 1.6, 0.05, 1)
    streaks = _streaks(along, across / taper, width_px, rng)
    inside = (across / taper) ** 2 + np.clip(-along - 0.45, 0, None) ** 2 / 0.30 < 1
    inside &= along < 1 - _ragged(across, width_px, 0.25, rng)
    body = np.sqrt(np.clip(1 - (across / taper) ** 4, 0, 1))
    load = 0.85 - 0.45 * (along + 1) / 2 + 0.35 * np.exp(-(((along + 0.6) / 0.25) ** 2))
    paint = body * (load + 0.30 * streaks)
    return np.where(inside, np.clip(paint, MIN_HEIGHT, None), 0)


def stick_mark(along: Plane, across: Plane, width_px: float, rng: np.random.Generator) -> Plane:
    """The side of a stick of pastel: even, weaker at one side and at the ends, which are uneven."""
    streaks = _streaks(along, across, width_px, rng)
    inside = (np.abs(across) < 1) & (np.abs(along) < 1 - _ragged(across, width_px, 0.12, rng))
    pressure = 0.62 + 0.16 * across + 0.14 * streaks - 0.35 * np.abs(along) ** 4
    return np.where(inside, np.clip(pressure, MIN_HEIGHT, None), 0)


def _streaks(along: Plane, across: Plane, width_px: float, rng: np.random.Generator) -> Plane:
    """-1..1, one value for each bristle, which changes slowly along the stroke."""
    bristles = max(5, round(width_px / BRISTLE_WIDTH_PX))
    profiles = rng.normal(size=(3, bristles + 4))
    profiles[1:] = 0.7 * profiles[:1] + 0.7 * profiles[1:]
    smooth = np.stack([np.convolve(profile, [0.2, 0.6, 0.2], "same")[2:-2] for profile in profiles])
    smooth = np.clip(smooth / 1.8, -1, 1)
    positions = np.linspace(-1, 1, bristles)
    first, middle, last = (np.interp(across, positions, profile) for profile in smooth)
    early = first + (middle - first) * np.clip(along + 1, 0, 1)
    streaks: Plane = early + (last - early) * np.clip(along, 0, 1)
    return streaks


def _ragged(across: Plane, width_px: float, depth: float, rng: np.random.Generator) -> Plane:
    """How much shorter each bristle's mark is, 0..depth in half lengths."""
    bristles = max(5, round(width_px / BRISTLE_WIDTH_PX))
    ragged: Plane = np.interp(across, np.linspace(-1, 1, bristles), rng.uniform(0, depth, bristles))
    return ragged


def round_dab(along: Plane, across: Plane, width_px: float, rng: np.random.Generator) -> Plane:
    """A dab of a round brush, flat on top."""
    distance = along**2 + across**2
    return np.where(distance < 1, np.clip(1 - distance**2, MIN_HEIGHT, None), 0)


SHAPES: Final[Mapping[str, Shape]] = {
    "brush": brush_mark,
    "comma": comma_mark,
    "dry": dry_mark,
    "stick": stick_mark,
    "dab": round_dab,
}


def footprint_bank(shape: str, length_px: float, width_px: float, variants: int) -> FootprintBank:
    """The same arguments give the same footprints; each variant has bristles of its own.

    Sizes are rounded to a geometric series, so that photos of all sizes share the rasterised footprints.
    """
    return _rasterise(shape, _rounded(length_px), _rounded(width_px), variants)


def _rounded(size_px: float) -> float:
    return float(SIZE_RATIO ** round(math.log(size_px) / math.log(SIZE_RATIO)))


@lru_cache(maxsize=96)
def _rasterise(shape: str, length_px: float, width_px: float, variants: int) -> FootprintBank:
    marks = _upright_marks(shape, length_px, width_px, variants)
    reach = math.ceil(length_px / 2 + width_px) + 2
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float64)
    centre = (np.array(marks.shape[1:]) - 1) / 2
    planes = []
    for turn in np.arange(ORIENTATIONS) * math.pi / ORIENTATIONS:
        across = (rows * math.cos(turn) - columns * math.sin(turn)) * SAMPLES_PER_PX + centre[0]
        along = (columns * math.cos(turn) + rows * math.sin(turn)) * SAMPLES_PER_PX + centre[1]
        # The border of the samples is empty.
        place = [
            np.rint(position).clip(0, side - 1).astype(np.intp)
            for position, side in zip((across, along), marks.shape[1:], strict=True)
        ]
        planes.append(marks[:, place[0], place[1]])
    return _bank(np.concatenate(planes), reach)


def _upright_marks(shape: str, length_px: float, width_px: float, variants: int) -> NDArray[np.float32]:
    """(curvatures * variants, across, along) marks of one orientation, in finer samples, to be turned."""
    sides = [math.ceil(MAX_ACROSS * width_px * SAMPLES_PER_PX), math.ceil(length_px * SAMPLES_PER_PX)]
    across, along = (
        np.linspace(-limit, limit, side) for limit, side in zip((MAX_ACROSS, 1), sides, strict=True)
    )
    marks = []
    for curvature in CURVATURES:
        bend = curvature * BEND_SHARE * min(1.0, length_px / width_px / 4)
        bent = across[:, None] - bend * (along**2 - 0.35)
        straight = np.broadcast_to(along, bent.shape)
        marks += [
            SHAPES[shape](straight, bent, width_px, np.random.default_rng(variant))
            for variant in range(variants)
        ]
    return np.pad(np.stack(marks).astype(np.float32), ((0, 0), (1, 1), (1, 1)))


def _bank(heights: NDArray[np.float32], reach: int) -> FootprintBank:
    pixels = [np.argwhere(plane > 0) - reach for plane in heights]
    offsets = np.zeros((len(pixels), max(map(len, pixels)), 2), np.int16)
    covered = np.zeros(offsets.shape[:2], bool)
    for index, places in enumerate(pixels):
        offsets[index, : len(places)], covered[index, : len(places)] = places, True
    return FootprintBank(
        torch.from_numpy(offsets), torch.from_numpy(covered), torch.from_numpy(heights).half(), reach
    )
