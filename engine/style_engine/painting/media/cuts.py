"""Cuts of stained glass: regions too large for one pane are divided along their forms."""

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from ...imaging.filters import gaussian
from .regions import Labels, Planes, connected, neighbours

Flags = NDArray[np.bool_]

PANE_SHARE: Final = 0.150  # side of a pane of the product
BACKGROUND_PANE_SHARE: Final = 0.26  # and behind it
LARGEST: Final = 1.75  # area of a piece that is divided, relative to that of a pane
LEAST_PANE: Final = 0.16  # area of a piece that stays one, relative to that of a pane
ANGLES: Final = 12  # directions in which a piece may be cut
OFFSETS: Final = (0.5, 0.38, 0.62, 0.22, 0.78)  # quantiles at which a piece may be cut
BENDS: Final = (0.0, 0.9, -0.9)  # curvature of cuts of the product, per size
MODEL_SHARE: Final = 0.022  # sigma of the tone along whose level lines a form is cut
MODEL_GAIN: Final = 3.0  # of a cut between light and shadow, per difference of their tones
LEAST_MODELLING: Final = 0.035  # of that difference
CUT_LEAST_SHARE: Final = 0.10  # of a piece in each part
BALANCE: Final = 1.5  # cost of parts of unequal size
OBLIQUE: Final = 0.45  # cost of a cut at 45° to the axes of a piece
LENGTH_COST: Final = 0.85  # of a cut as long as the side of a square of the piece's area
WHOLE_COST: Final = 9.0  # of a cut through what is to be kept whole
EDGE_GAIN: Final = 12.0  # of a cut along a weak contour
LARGEST_COST: Final = 3.2  # of a cut that is made
MAJORITY: Final = 0.5
KEPT_WHOLE: Final = 0.88  # from which an area lies on one pane


def cut_large(labels: Labels, kinds: Labels, planes: Planes, size_px: float) -> Labels:
    """Connected pieces (H, W) with those that are too large divided.

    `kinds` (H, W): 0 behind the product, equal within a piece; `planes` (3, H, W): tone, edge strength, and
    what is kept whole; `size_px` of the product.
    """
    labels = labels.copy()
    waiting, count = list(range(int(labels.max()) + 1)), int(labels.max()) + 1
    while waiting:
        number = waiting.pop()
        window, mask = _piece(labels, number)
        area = int(mask.sum())
        of_product = bool(kinds[window][mask].any())
        side = (PANE_SHARE if of_product else BACKGROUND_PANE_SHARE) * size_px
        if area <= LARGEST * side**2 or planes[2][window][mask].mean() > MAJORITY:
            continue
        part = _best_cut(mask, planes[:, *window], size_px, bent=of_product)
        if part is None:
            continue
        labels[window][part] = count
        waiting += [number, count]
        count += 1
    return without_crumbs(connected(labels), kinds, LEAST_PANE * (PANE_SHARE * size_px) ** 2)


def kept_on_one_pane(labels: Labels, kinds: Labels, whole: Planes, size_px: float) -> Labels:
    """Pieces (H, W) of which each connected area to be kept whole lies on one, that which has most of it.

    Leads then run round lettering and faces. `kinds`, `size_px` as for `cut_large`; `whole` (H, W), 0..1.
    """
    labels = labels.copy()
    inside = whole > KEPT_WHOLE
    areas = connected(np.where(inside, kinds + 1, 0))
    for number in np.unique(areas[inside]):
        part = areas == number
        labels[part] = np.bincount(labels[part]).argmax()
    return without_crumbs(connected(labels), kinds, LEAST_PANE * (PANE_SHARE * size_px) ** 2)


def _piece(labels: Labels, number: int) -> tuple[tuple[slice, slice], Flags]:
    """The bounding window of a piece, and the piece in it."""
    mask = labels == number
    window = tuple(
        slice(int(places[0]), int(places[-1]) + 1)
        for places in (mask.any(1).nonzero()[0], mask.any(0).nonzero()[0])
    )
    return (window[0], window[1]), mask[window]


def _best_cut(mask: Flags, planes: Planes, size_px: float, *, bent: bool) -> Flags | None:
    """The part of a piece on one side of the best cut; None if every one spoils what is kept whole.

    A good cut is short, halves the piece, follows weak contours, and divides light from shadow.
    """
    tone, edges, whole = planes
    area = int(mask.sum())
    best, chosen = LARGEST_COST, None
    for field, model_gain, oblique in _fields(mask, tone, size_px, bent=bent):
        inner = field[mask]
        for level in np.quantile(inner, OFFSETS):
            part = mask & (field > level)
            share = part.sum() / area
            if not CUT_LEAST_SHARE < share < 1 - CUT_LEAST_SHARE:
                continue
            crossing = _crossed(mask, part)
            length = max(1, int(crossing.sum()))
            cost = LENGTH_COST * length / math.sqrt(area) + BALANCE * abs(share - 0.5) + oblique
            cost += (WHOLE_COST * whole[crossing].sum() - EDGE_GAIN * edges[crossing].sum()) / length
            if model_gain:
                apart = tone[part].mean() - tone[mask & ~part].mean()
                cost = cost - model_gain * apart if apart > LEAST_MODELLING else LARGEST_COST
            if cost < best - 1e-9:
                best, chosen = cost, part
    return chosen


def _fields(
    mask: Flags, tone: Planes, size_px: float, *, bent: bool
) -> Iterator[tuple[Planes, float, float]]:
    """Planes along whose level lines a piece may be cut, what a difference of tone gains, and what the angle
    costs: the tone of its form, and lines at every angle to its longer axis."""
    if bent:
        weight = torch.from_numpy(mask.astype(np.float32))[None, None]
        planes = torch.cat([weight * torch.from_numpy(np.ascontiguousarray(tone)), weight], 1)
        blurred = gaussian(planes, max(1.0, MODEL_SHARE * size_px))[0]
        yield (blurred[0] / blurred[1].clamp(min=1e-3)).numpy(), MODEL_GAIN, 0.0
    rows, columns = np.nonzero(mask)
    down = (np.arange(mask.shape[0])[:, None] - rows.mean()) / size_px
    right = (np.arange(mask.shape[1])[None] - columns.mean()) / size_px
    axis = math.atan2(2 * np.cov(rows, columns)[0, 1], float(columns.var() - rows.var())) / 2
    for step in range(ANGLES):
        turn = math.pi * step / ANGLES
        oblique = OBLIQUE * math.sin(2 * turn) ** 2
        across = math.cos(axis + turn) * right + math.sin(axis + turn) * down
        along = math.cos(axis + turn) * down - math.sin(axis + turn) * right
        for bend in BENDS if bent else BENDS[:1]:
            yield across + bend * along**2, 0.0, oblique


def _crossed(mask: Flags, part: Flags) -> Flags:
    """The px of a piece before which a cut runs, along rows and columns."""
    crossed = np.zeros_like(mask)
    crossed[:, 1:] |= mask[:, 1:] & mask[:, :-1] & (part[:, 1:] != part[:, :-1])
    crossed[1:] |= mask[1:] & mask[:-1] & (part[1:] != part[:-1])
    return crossed


def without_crumbs(labels: Labels, kinds: Labels, least_area: float) -> Labels:
    """Pieces below an area join the neighbour of their kind with the longest border, if it is larger."""
    while True:
        areas = np.bincount(labels.ravel())
        kind = np.zeros(len(areas), np.int64)
        kind[labels] = kinds
        pairs, length, _ = neighbours(labels)
        both = np.concatenate([pairs, pairs[:, ::-1]])
        order = np.lexsort((both[:, 1], np.concatenate([length, length])))
        target = np.arange(len(areas))
        for small, other in both[order]:  # the longest border last
            larger = (areas[other], other) > (areas[small], small)
            if areas[small] < least_area and larger and kind[small] == kind[other]:
                target[small] = other
        if (target == np.arange(len(areas))).all():
            return labels
        labels = np.unique(target[labels], return_inverse=True)[1].reshape(labels.shape).astype(np.int64)
