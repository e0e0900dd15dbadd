"""Merging: the pixels of a picture become few areas, as far as their boundaries are worth it.

The piecewise constant functional of Mumford and Shah by merging of neighbours (Koepfler, Lopez and Morel
1994): two become one while the difference of their colours is worth less than their common boundary.
"""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Labels = NDArray[np.int64]
Values = NDArray[np.float64]

FIRST_LEVEL: Final = 1 / 64  # of the price of boundary, at which merging begins
LEVEL_RATIO: Final = 2.0
CHAINED_LEVELS: Final = 2  # first levels, at which whole chains of neighbours merge at once
ROUNDS_PER_LEVEL: Final = 12
FRINGE_PX: Final = 5.0  # mean width of an area between two others, below which it may be a blurred edge
FRINGE_BETWEEN: Final = 0.08  # share of the way between their colours, from which its own is between them
FRINGE_COLOUR: Final = 0.35  # how far its colour may be from between theirs, in their difference


def merged(
    planes: NDArray[np.float32], importance: NDArray[np.float32], price: float, least_px: float
) -> Labels:
    """(h, w) labels of the areas into which the pixels of planes (C, h, w) merge."""
    height, width = planes.shape[1:]
    number = np.arange(height * width)
    index = number.reshape(height, width)
    pairs = np.concatenate(
        [
            np.stack([index[:, :-1].ravel(), index[:, 1:].ravel()], 1),
            np.stack([index[:-1].ravel(), index[1:].ravel()], 1),
        ]
    )
    length = np.ones(len(pairs))
    # Rows: area, its importance, its planes.
    sums = np.concatenate(
        [np.ones((1, height * width)), importance.reshape(1, -1), planes.reshape(len(planes), -1)]
    ).astype(np.float64)
    levels = price * FIRST_LEVEL * LEVEL_RATIO ** np.arange(1 - math.log(FIRST_LEVEL, LEVEL_RATIO))
    for step, level in enumerate((*levels, price)):
        least = least_px if step == len(levels) else 0.0
        for _ in range(ROUNDS_PER_LEVEL):
            parent = _parents(pairs, length, sums, level, least, chained=step < CHAINED_LEVELS)
            if parent is None:
                break
            new = np.unique(parent, return_inverse=True)[1]
            number = new[number]
            sums = np.stack([np.bincount(new, row) for row in sums])
            pairs, length = _joined_pairs(new[pairs], length, sums.shape[1])
    labels: Labels = number.reshape(height, width)
    return labels


def _parents(
    pairs: Labels, length: Values, sums: Values, level: float, least_px: float, *, chained: bool
) -> Labels | None:
    """(N,) the area into which each one merges at this price of boundary; None where none does."""
    if not len(pairs):
        return None
    areas, count = sums[0], sums.shape[1]
    one, two = pairs.T
    means = sums[1:] / areas
    difference = np.square(means[1:, one] - means[1:, two]).sum(0)
    important = np.maximum(means[0, one], means[0, two])
    cost = areas[one] * areas[two] / (areas[one] + areas[two]) * difference / length * important
    smaller = np.minimum(areas[one], areas[two])
    cost = np.where(smaller * important < least_px, 1e-3 * level * difference, cost)
    cost = cost * (1 + 1e-9 * np.arange(len(cost)) / len(cost)) + 1e-15 * np.arange(len(cost))  # no ties
    able = cost < level
    if not able.any():
        return None
    one, two, cost = one[able], two[able], cost[able]
    best = np.full(count, np.inf)
    np.minimum.at(best, one, cost)
    np.minimum.at(best, two, cost)
    parent = np.arange(count)
    if not chained:
        mutual = (cost == best[one]) & (cost == best[two])
        parent[two[mutual]] = one[mutual]
        return parent
    to_two, to_one = cost == best[one], cost == best[two]
    parent[one[to_two]], parent[two[to_one]] = two[to_two], one[to_one]
    # The cheapest pair of a chain points at itself in turn: its lower number becomes the root.
    root = (parent[parent] == np.arange(count)) & (parent > np.arange(count))
    parent[root] = np.arange(count)[root]
    while not (parent == parent[parent]).all():
        parent = parent[parent]
    return parent


def _joined_pairs(pairs: Labels, length: Values, count: int) -> tuple[Labels, Values]:
    apart = pairs[:, 0] != pairs[:, 1]
    ordered = np.sort(pairs[apart], 1)
    keys, place = np.unique(ordered[:, 0] * count + ordered[:, 1], return_inverse=True)
    joined: Labels = np.stack([keys // count, keys % count], 1)
    return joined, np.bincount(place, length[apart], len(keys)).astype(np.float64)


def without_fringes(labels: Labels, planes: Tensor) -> Labels:
    """Labels without thin areas of a colour between those of two neighbours, as blurred edges have."""
    count = int(labels.max()) + 1
    pairs, length, _ = borders(labels, [])
    flat = labels.ravel()
    sizes = np.bincount(flat, minlength=count)
    sums = np.stack([np.bincount(flat, plane.numpy().ravel(), count) for plane in planes[0]], 1)
    means = sums / sizes[:, None]
    around: list[list[tuple[float, int]]] = [[] for _ in range(count)]
    for (one, two), px in zip(pairs.tolist(), length.tolist(), strict=True):
        around[one].append((px, two))
        around[two].append((px, one))
    target = np.arange(count)
    for area, others in enumerate(around):
        total = sum(px for px, _ in others)
        if len(others) == 1 or 2 * sizes[area] > FRINGE_PX * total:
            continue
        (_, first), (_, second) = sorted(others, reverse=True)[:2]
        across = means[second] - means[first]
        share = float((means[area] - means[first]) @ across / max(1e-9, across @ across))
        apart = np.linalg.norm(means[area] - means[first] - share * across)
        between = FRINGE_BETWEEN < share < 1 - FRINGE_BETWEEN
        if between and apart < FRINGE_COLOUR * np.linalg.norm(across):
            target[area] = (first, second)[round(share)]
    while not (target == target[target]).all():
        target = target[target]
    result: Labels = target[labels]
    return result


def borders(labels: Labels, planes: list[NDArray[Any]]) -> tuple[Labels, Values, list[Values]]:
    """(P, 2) sorted pairs of touching areas, lower number first, the px of their boundary, and the mean on it
    of each plane (h, w)."""
    count = int(labels.max()) + 1
    right, down = labels[:, 1:] != labels[:, :-1], labels[1:] != labels[:-1]

    def sides(plane: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        return (
            np.concatenate([plane[:, 1:][right], plane[1:][down]]),
            np.concatenate([plane[:, :-1][right], plane[:-1][down]]),
        )

    one, two = sides(labels)
    keys, place = np.unique(np.minimum(one, two) * count + np.maximum(one, two), return_inverse=True)
    length = np.bincount(place, minlength=len(keys)).astype(np.float64)
    means = [np.bincount(place, np.maximum(*sides(plane)), len(keys)) / length for plane in planes]
    return np.stack([keys // count, keys % count], 1), length, means
