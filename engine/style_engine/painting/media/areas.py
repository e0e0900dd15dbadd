"""Areas: a picture as few closed areas of one colour each, with smooth boundaries, as an illustrator cuts it.

Areas are merged from pixels on a copy on which the subject has a fixed size, so that every resolution has the
same ones. Boundaries are rounded by threshold dynamics (Merriman, Bence and Osher 1992).
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging import windows
from ...imaging.filters import gaussian
from .merging import Labels, Values, borders, merged, without_fringes

ROUNDING_PX: Final = 1.6  # sigma by which boundaries are rounded, on the copy
BROAD_ROUNDING_PX: Final = 3.5  # and before, where no edge holds them
HELD_ROUNDING_PX: Final = 1.6  # where one does
BROAD_ROUNDS: Final = 2
SEPARATION_PX: Final = 4  # on the copy, within which no two areas share a class
REACH_PX: Final = 3  # on the copy, to which an area's boundary can move
BOUNDARY_PX: Final = 1.2  # width of an antialiased boundary
BOUNDARY_WEIGHT: Final = 0.02  # of an area's outermost pixels in its colour


@dataclass(frozen=True, eq=False)
class Areas:
    """`labels` (h, w) of the areas on the copy, numbered from 0; `first`, `second` (H, W): the area of each
    pixel and the one beyond its nearest boundary; `distance` (H, W) px to that boundary, at most about
    2 sigma of the rounding."""

    labels: Labels
    first: Tensor
    second: Tensor
    distance: Tensor

    @cached_property
    def count(self) -> int:
        return int(self.labels.max()) + 1

    @cached_property
    def sizes(self) -> Values:
        """(N,) px of each area on the copy."""
        return np.bincount(self.labels.ravel(), minlength=self.count).astype(np.float64)

    def means(self, planes: Tensor) -> Values:
        """(N, C) mean of planes (1, C, h, w) over the inside of each area."""
        inner = np.pad(self.labels, 1, "edge")
        same = np.ones(self.labels.shape, bool)
        for rows, columns in ((0, 1), (2, 1), (1, 0), (1, 2)):
            height, width = self.labels.shape
            same &= inner[rows : rows + height, columns : columns + width] == self.labels
        weight = np.where(same, 1.0, BOUNDARY_WEIGHT).ravel()
        flat = self.labels.ravel()
        total = np.bincount(flat, weight, self.count)
        sums = [np.bincount(flat, weight * plane.numpy().ravel(), self.count) for plane in planes[0]]
        result: Values = np.stack(sums, 1) / total[:, None]
        return result

    def painted(self, values: Values | Tensor) -> Tensor:
        """(1, C, H, W) the values (N, C) of the areas, antialiased at boundaries."""
        table = torch.as_tensor(values, dtype=torch.float32)
        share = (self.distance / BOUNDARY_PX + 0.5).clamp(0, 1)[..., None]
        mixed = torch.lerp(table[self.second], table[self.first], share)
        return mixed.permute(2, 0, 1)[None].contiguous()

    @cached_property
    def borders(self) -> tuple[Labels, Values]:
        """(P, 2) pairs of touching areas, lower number first, and the px of their boundary on the copy."""
        pairs, length, _ = borders(self.labels, [])
        return pairs, length

    def on_borders(self, values: Values) -> Tensor:
        """(1, 1, H, W) the value of the nearest boundary; 0 where there is none near."""
        pairs, _ = self.borders
        keys = pairs @ np.array([self.count, 1])
        low, high = torch.minimum(self.first, self.second), torch.maximum(self.first, self.second)
        wanted = (low * self.count + high).numpy()
        place = np.searchsorted(keys, wanted).clip(0, max(0, len(keys) - 1))
        found = np.where(keys[place] == wanted, values[place], 0.0) if len(keys) else np.zeros(wanted.shape)
        return torch.from_numpy(found.astype(np.float32))[None, None]


def find_areas(  # noqa: PLR0917
    planes: Tensor, importance: Tensor, price: float, least_px: float, size: tuple[int, int], held: Tensor
) -> Areas:
    """Areas of the planes (1, C, h, w) of the copy, for a picture of `size` (H, W).

    `price` of boundary, in squared full scale × px; `importance` (1, 1, h, w) divides it; `least_px`: areas
    below it that are not important join a neighbour; `held` (1, 1, h, w), 0..1: where boundaries stay in
    place, as at edges, and are not rounded broadly.
    """
    labels = merged(planes[0].numpy(), importance[0, 0].numpy(), price, least_px)
    labels = without_fringes(labels, planes)
    for _ in range(BROAD_ROUNDS):
        labels = broadly_rounded(labels, distinct_classes(labels), held)
    labels = np.unique(labels, return_inverse=True)[1].reshape(labels.shape)
    first, second, distance = _rounded(labels, distinct_classes(labels), size, ROUNDING_PX)
    return Areas(labels, first, second, distance)


def broadly_rounded(labels: Labels, classes: Labels, held: Tensor) -> Labels:
    """Labels whose boundaries a broad Gaussian has moved, except where they are held (1, 1, h, w)."""
    class_map = torch.from_numpy(classes[labels])
    numbers = torch.from_numpy(labels).float()
    best, winner = torch.full(labels.shape, -1.0), numbers.clone()
    reach = math.ceil(BROAD_ROUNDING_PX)
    for number in range(int(classes.max()) + 1):
        inside = (class_map == number)[None, None]
        share = inside.float()
        share = torch.lerp(gaussian(share, BROAD_ROUNDING_PX), gaussian(share, HELD_ROUNDING_PX), held)[0, 0]
        near = windows.maximum(torch.where(inside, numbers, -1.0), reach)[0, 0]
        above = (share > best) & (near >= 0)
        best, winner = torch.where(above, share, best), torch.where(above, near, winner)
    return winner.long().numpy()


def distinct_classes(labels: Labels) -> Labels:
    """(N,) small numbers, different for any two areas within SEPARATION_PX of each other."""
    count = int(labels.max()) + 1
    keys = []
    for step in (1, SEPARATION_PX // 2, SEPARATION_PX):
        for one, two in (
            (labels[:, step:], labels[:, :-step]),
            (labels[step:], labels[:-step]),
            (labels[step:, step:], labels[:-step, :-step]),
            (labels[step:, :-step], labels[:-step, step:]),
        ):
            differ = one != two
            low, high = np.minimum(one, two)[differ], np.maximum(one, two)[differ]
            keys.append(np.unique(low * count + high))
    every = np.unique(np.concatenate(keys))
    near: list[list[int]] = [[] for _ in range(count)]
    for low, high in zip((every // count).tolist(), (every % count).tolist(), strict=True):
        near[low].append(high)
        near[high].append(low)
    classes = [-1] * count
    for area in sorted(range(count), key=lambda n: (-len(near[n]), n)):
        taken = {classes[other] for other in near[area]}
        classes[area] = next(n for n in range(count + 1) if n not in taken)
    return np.array(classes, np.int64)


def _rounded(
    labels: Labels, classes: Labels, size: tuple[int, int], sigma_px: float
) -> tuple[Tensor, Tensor, Tensor]:
    """First and second area and distance of each pixel (H, W), with boundaries rounded by a Gaussian."""
    height, width = size
    class_map = torch.from_numpy(classes[labels])
    numbers = torch.from_numpy(labels).float()
    first = torch.full(size, -1.0)
    second, first_area, second_area = first.clone(), torch.zeros(size), torch.zeros(size)
    rows = (torch.arange(height) * labels.shape[0] // height)[:, None]
    columns = torch.arange(width) * labels.shape[1] // width
    for number in range(int(classes.max()) + 1):
        inside = (class_map == number)[None, None]
        share = gaussian(inside.float(), sigma_px)
        share = F.interpolate(share, size=size, mode="bicubic")[0, 0]
        near = windows.maximum(torch.where(inside, numbers, -1.0), REACH_PX)[0, 0]
        area = near[rows, columns]
        share = torch.where(area < 0, -1.0, share)
        above = share > first
        second_area = torch.where(above, first_area, torch.where(share > second, area, second_area))
        second = torch.where(above, first, torch.maximum(second, share))
        first_area, first = torch.where(above, area, first_area), torch.where(above, share, first)
    alone = second < 0
    second_area = torch.where(alone, first_area, second_area)
    apart = torch.where(alone, 1.0, (first - second.clamp(min=0)).clamp(0, 0.98))
    scale = width / labels.shape[1]
    distance = torch.erfinv(apart.clamp(max=0.98)) * (math.sqrt(2) * sigma_px * scale)
    return first_area.long(), second_area.long(), distance
