"""Regions of a picture along its contours: superpixels, of which neighbours of near colour are joined."""

import math
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from ...imaging import windows
from ...imaging.filters import gaussian
from ..strokes.directions import gradients

Labels = NDArray[np.int64]
Planes = NDArray[np.float32]

COLOUR_RANGE: Final = 0.08  # difference of colour that counts as much as one side
JOINED_BELOW: Final = 0.076  # difference of colour between neighbours that become one region
ROUNDS: Final = 3  # of the superpixels
JOINED_EDGE: Final = 0.036  # edge strength on the border that alone keeps them apart
SMALLEST_SHARE: Final = 1.7  # of the area of a superpixel; smaller pieces join a neighbour
ISLAND_SHARE: Final = 5.0  # of that area; a smaller piece inside another joins it
CRUMB_SHARE: Final = 0.10  # of that area; smaller pieces join even across the silhouette
THINNEST_PX: Final = 6.0  # mean width of a piece on the copy, below which it joins a neighbour
THIN_CONTRAST: Final = 3.0  # of a thin piece that stays, relative to what keeps large ones apart
WHOLE_PIECE: Final = 0.25  # of a piece that is to be kept whole, from which it joins others of that kind
MASK_WEIGHT: Final = 0.8  # of the product mask as a channel of colour
WHOLE_WEIGHT: Final = 0.2  # of what is kept whole as a channel of colour


def wide_mean(planes: Planes, sigma: float) -> Planes:
    return gaussian(torch.from_numpy(planes)[None], max(1.0, sigma))[0].numpy()


def superpixels(colours: Planes, side: float) -> Labels:
    """Pieces of near colour and place around centres on a hexagonal grid (SLIC, Achanta and others 2012)."""
    height, width = colours.shape[1:]
    centres = np.array(
        [
            (row, column + (index % 2) * side / 2)
            for index, row in enumerate(np.arange(side / 2, height + side / 4, 0.87 * side))
            for column in np.arange(side / 4, width + side / 4, side)
        ]
    )
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    at = np.rint(centres).astype(int).clip(0, (height - 1, width - 1))
    means = wide_mean(colours, side / 8)[:, at[:, 0], at[:, 1]].T
    labels = np.zeros((height, width), np.int64)
    reach = math.ceil(1.6 * side)
    for _ in range(ROUNDS):
        best = np.full((height, width), np.inf, np.float32)
        labels[:] = 0
        for number, ((row, column), mean) in enumerate(zip(centres, means, strict=True)):
            top, left = max(0, int(row) - reach), max(0, int(column) - reach)
            window = (slice(top, int(row) + reach + 1), slice(left, int(column) + reach + 1))
            away = ((rows[window] - row) ** 2 + (columns[window] - column) ** 2) / side**2
            away += ((colours[:, *window] - mean[:, None, None]) ** 2).sum(0) / COLOUR_RANGE**2
            nearer = away < best[window]
            best[window][nearer], labels[window][nearer] = away[nearer], number
        count = np.bincount(labels.ravel(), minlength=len(centres))
        planes = np.stack([rows, columns, *colours])
        total = np.stack([np.bincount(labels.ravel(), plane.ravel(), len(centres)) for plane in planes], 1)
        some = count > 0
        new = (total[some] / count[some, None]).astype(np.float32)
        centres[some], means[some] = new[:, :2], new[:, 2:]
    return labels


def split(labels: Labels, inside: NDArray[np.bool_]) -> Labels:
    """Connected pieces that do not cross the silhouette."""
    return connected(2 * labels + inside)


def connected(labels: Labels) -> Labels:
    """Labels of connected pieces, numbered from 0: the smallest index spreads within each piece."""
    height, width = labels.shape
    index = np.arange(height * width).reshape(height, width)
    same_row, same_column = labels[:, 1:] == labels[:, :-1], labels[1:] == labels[:-1]
    while True:
        before = index.copy()
        for one, two, same in (
            (index[:, 1:], index[:, :-1], same_row),
            (index[1:], index[:-1], same_column),
        ):
            low = np.minimum(one, two)
            np.copyto(one, low, where=same)
            low = np.minimum(one, two)
            np.copyto(two, low, where=same)
        index = index.ravel()[index]  # a shortcut: the index of the pixel it came from
        if (index == before).all():
            return np.unique(index, return_inverse=True)[1].reshape(height, width).astype(np.int64)


def neighbours(labels: Labels, *planes: Planes) -> tuple[Labels, Labels, list[NDArray[np.float64]]]:
    """(P, 2) pairs of touching pieces, the length of their border in px, and the mean of each plane on it."""
    count = int(labels.max()) + 1
    borders = [labels[:, 1:] != labels[:, :-1], labels[1:] != labels[:-1]]

    def sides(plane: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        right, down = borders
        return (
            np.concatenate([plane[:, 1:][right], plane[1:][down]]),
            np.concatenate([plane[:, :-1][right], plane[:-1][down]]),
        )

    one, two = sides(labels)
    keys = np.minimum(one, two) * count + np.maximum(one, two)
    pairs, place, length = np.unique(keys, return_inverse=True, return_counts=True)
    means = [np.bincount(place, np.maximum(*sides(plane)), len(pairs)) / length for plane in planes]
    return np.stack([pairs // count, pairs % count], 1), length, means


def edge_strength(colours: Planes) -> Planes:
    """(H, W) gradient of the colours, the strongest within 1 px, in full scale per px."""
    right, down = gradients(torch.from_numpy(colours[None, :3]))
    strength = (right.square() + down.square()).mean(1, keepdim=True).sqrt()
    return windows.maximum(strength, 1)[0, 0].numpy()


def joined(labels: Labels, colours: Planes, area: float) -> Labels:
    """Neighbours of near colour become one pane, pairs that are nearest to each other first."""
    edges = edge_strength(colours) * (1 - colours[4] / WHOLE_WEIGHT)  # not those of lettering or a face
    count = int(labels.max()) + 1
    pairs, length, on_border = neighbours(labels, edges, colours[4])
    borders = np.stack([length, *(mean * length for mean in on_border)])
    flat = labels.ravel()
    sums = np.stack([np.bincount(flat), *(np.bincount(flat, plane.ravel()) for plane in colours)])
    number = np.arange(count)
    while len(pairs):
        count = sums.shape[1]
        areas, means = sums[0], (sums[1:] / sums[0]).T
        round_px = np.bincount(pairs.ravel(), np.repeat(borders[0], 2), count)
        thin = 2 * areas / np.maximum(round_px, 1) < THINNEST_PX
        cost = _costs(pairs, borders[0], list(borders[1:] / borders[0]), areas / area, means, thin)
        best = np.full(count, np.inf)
        for side in pairs.T:
            np.minimum.at(best, side, cost)
        one, two = pairs.T
        merged = (cost == best[one]) & (cost == best[two]) & (cost < 1)
        if not merged.any():
            break
        parent = np.arange(count)
        parent[two[merged]] = one[merged]
        new = np.unique(parent, return_inverse=True)[1]
        number, count = new[number], int(new.max()) + 1
        sums = np.stack([np.bincount(new, plane, count) for plane in sums])
        keys = np.sort(new[pairs], 1) @ np.array([count, 1])
        keys, place = np.unique(keys, return_inverse=True)
        borders = np.stack([np.bincount(place, plane, len(keys)) for plane in borders])
        pairs = np.stack([keys // count, keys % count], 1)
        pairs, borders = pairs[keys // count != keys % count], borders[:, keys // count != keys % count]
    result: Labels = number[labels]
    return result


def _costs(  # noqa: PLR0917
    pairs: Labels,
    length: NDArray[np.float64],
    on_border: list[NDArray[np.float64]],
    areas: NDArray[np.float64],
    means: NDArray[np.float64],
    thin: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Cost of joining pairs of pieces, which is done below 1: the difference of colour, less where a piece is
    small or an island, and where both are parts of what is kept whole; more across the silhouette."""
    one, two = pairs.T
    difference = np.sqrt(np.square(means[one, :3] - means[two, :3]).mean(1)) / JOINED_BELOW
    difference = 0.45 * difference + 0.55 * on_border[0] / JOINED_EDGE
    across = np.abs(means[one, 3] - means[two, 3]) > 0.4 * MASK_WEIGHT
    whole = np.maximum(means[one, 4], means[two, 4]) > WHOLE_PIECE * WHOLE_WEIGHT
    smaller = np.minimum(areas[one], areas[two])
    count = np.bincount(pairs.ravel(), minlength=len(areas))
    island = (np.minimum(count[one], count[two]) == 1) & (smaller < ISLAND_SHARE)
    cost = np.where(whole, 0.5, 1) * difference
    least = np.minimum(means[one, 4], means[two, 4]) / WHOLE_WEIGHT
    cost = np.where(least > WHOLE_PIECE, difference * (1 - 0.9 * on_border[1] / WHOLE_WEIGHT), cost)
    slight = (smaller < SMALLEST_SHARE) | island | ((thin[one] | thin[two]) & (difference < THIN_CONTRAST))
    cost = np.where(slight, 0.1 * np.minimum(difference, 9) / 9, cost)
    cost = np.where(across, np.where(smaller < CRUMB_SHARE, 0.5, np.inf), cost)
    ordered: NDArray[np.float64] = cost - 1e-6 * length + 1e-9 * np.arange(len(cost))  # no ties
    return ordered
