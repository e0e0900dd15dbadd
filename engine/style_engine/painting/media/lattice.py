"""Lattice of leads: large regions of a window divided into panes of like size by long, calm lines.

Lines are found on a small copy and evaluated at any size, so that they are exact curves there.
"""

import math
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float64]
Labels = NDArray[np.int64]
Flags = NDArray[np.bool_]

PANE_SHARE: Final = 0.125  # side of a pane of the product
LARGEST: Final = 1.75  # area of a piece that is divided, relative to that of a pane
QUARRY_SHARE: Final = 0.185  # side of the diamonds of the background
QUARRY_RATIO: Final = 1.25  # height of a diamond to its width
SMALLEST_QUARRY: Final = 0.14  # area of a diamond's part that is a pane of its own
BARREL: Final = 0.7  # bulge of the lines of the product away from its centre
SAG: Final = 0.35  # of its level lines, as of the rounded front of a form
OFFSETS: Final = (0.5, 0.44, 0.56, 0.38, 0.62)  # quantiles at which a piece may be divided
LONG: Final = 5.0  # ratio of variances of a piece that is cut at right angles to its own axis
WHOLE_COST: Final = 9.0  # of a line through what is to be kept whole
EDGE_GAIN: Final = 9.0  # of a line along a weak contour
LARGEST_COST: Final = 3.2  # of a line that is drawn
MAJORITY: Final = 0.5
ON_LINE_PX: Final = 0.8  # from a line to px of the copy that count as lying on it
FAR: Final = 1e3  # distance to a line that is not there
SPAN: Final = 64  # diamonds counted each way from the centre


@dataclass
class Lattice:
    """Lines within regions. `lines` rows: weights of the two barrel coordinates, offset, and the nodes on the
    two sides; a node without a line is a pane: `pane` is its number, -1 for others. `quarry`: for each region
    cut by the diamonds, the pane of each diamond (-1: none)."""

    centre: tuple[float, float]  # row and column as shares of the picture
    size: tuple[float, float]  # rows and columns of the picture in sizes of the product
    count: int = 0
    lines: list[tuple[float, float, float, int, int]] = field(default_factory=list)
    pane: list[int] = field(default_factory=list)
    root: list[int] = field(default_factory=list)
    quarry: dict[int, Labels] = field(default_factory=dict)

    def node(self, pane: int = -1) -> int:
        self.lines.append((0.0, 0.0, 0.0, 0, 0))
        self.pane.append(pane)
        return len(self.pane) - 1

    def new_pane(self) -> int:
        self.count += 1
        return self.count - 1

    def places(self, height: int, width: int) -> Plane:
        """(2, H * W) barrel coordinates of a picture's px, in sizes of the product from its centre."""
        down = ((np.arange(height)[:, None] + 0.5) / height - self.centre[0]) * self.size[0]
        right = ((np.arange(width) + 0.5) / width - self.centre[1]) * self.size[1]
        return np.stack(
            [
                down * (1 + BARREL * right**2) + SAG * right**2,
                right * (1 + BARREL * down**2),
            ]
        ).reshape(2, -1)

    def panes(self, regions: Labels) -> tuple[Labels, Plane]:
        """(H, W) pane of each px, and the distance to the nearest line in sizes of the product."""
        places, region = self.places(*regions.shape), regions.ravel()
        node, margin = np.array(self.root)[region], np.full(region.shape, FAR)
        lines, pane = np.array(self.lines), np.array(self.pane)
        active = np.flatnonzero(pane[node] < 0)
        while len(active):
            at = lines[node[active]]
            away = at[:, 0] * places[0, active] + at[:, 1] * places[1, active] - at[:, 2]
            margin[active] = np.minimum(margin[active], np.abs(away))
            node[active] = np.where(away > 0, at[:, 3], at[:, 4]).astype(np.int64)
            active = active[pane[node[active]] < 0]
        result = pane[node]
        for number, table in self.quarry.items():
            at = np.flatnonzero(region == number)
            result[at], margin[at] = _quarry_panes(table, places[:, at])
        return result.reshape(regions.shape), margin.reshape(regions.shape)


def divide(labels: Labels, inside: Flags, planes: NDArray[Any], size_px: float) -> Lattice:
    """Regions of the product halved until they are small, those of the background cut by a diamond lattice.

    `planes`: edge strength and what is kept whole, of the size of the labels; `size_px` of the product.
    """
    height, width = labels.shape
    rows, columns = np.nonzero(inside) if inside.any() else ((height / 2,), (width / 2,))
    centre = (float(np.mean(rows)) + 0.5) / height, (float(np.mean(columns)) + 0.5) / width
    lattice = Lattice(centre, (height / size_px, width / size_px))
    places, flat, within = lattice.places(height, width), labels.ravel(), inside.ravel()
    edges, whole = (plane.ravel() for plane in planes)
    order = np.argsort(flat, kind="stable")
    for number, region in enumerate(np.split(order, np.flatnonzero(np.diff(flat[order])) + 1)):
        lattice.root.append(lattice.node())
        if within[region].mean() > MAJORITY:
            _halve(lattice, lattice.root[-1], region, (places, edges, whole), size_px)
            continue
        lattice.pane[lattice.root[-1]] = lattice.count
        large = len(region) > LARGEST * (QUARRY_SHARE * size_px) ** 2 and whole[region].mean() < MAJORITY
        table = _quarries(places[:, region], size_px) if large else None
        if table is None:
            lattice.new_pane()
        else:
            lattice.quarry[number] = np.where(table >= 0, table + lattice.count, -1)
            lattice.count += int(table.max()) + 1
    return lattice


def _halve(
    lattice: Lattice, node: int, piece: Labels, planes: tuple[Plane, Plane, Plane], size_px: float
) -> None:
    """A piece that is too large is halved across its longer axis, and its parts again."""
    places, edges, whole = planes
    too_large = len(piece) > LARGEST * (PANE_SHARE * size_px) ** 2
    line = _best_line(places[:, piece], edges[piece], whole[piece], size_px) if too_large else None
    if line is None:
        lattice.pane[node] = lattice.new_pane()
        return
    above = line[0] * places[0, piece] + line[1] * places[1, piece] > line[2]
    parts = lattice.node(), lattice.node()
    lattice.lines[node] = (*line, *parts)
    for part, side in zip(parts, (above, ~above), strict=True):
        _halve(lattice, part, piece[side], planes, size_px)


def _best_line(
    places: Plane, edges: Plane, whole: Plane, size_px: float
) -> tuple[float, float, float] | None:
    """The line that divides a piece best; None if every line cuts what is kept whole.

    A good line is short, halves the piece, follows weak contours and spares lettering and faces.
    """
    across, _, mixed, along = np.cov(places).ravel()
    axis = 0.5 * math.atan2(2 * mixed, across - along)
    spread = math.hypot(across - along, 2 * mixed) / 2
    if (across + along) / 2 + spread < LONG * ((across + along) / 2 - spread):
        axis = 0.0 if across > along else math.pi / 2
    away = math.cos(axis) * places[0] + math.sin(axis) * places[1]
    best, line = LARGEST_COST, None
    for level in np.quantile(away, OFFSETS):
        near = np.abs(away - level) * size_px < ON_LINE_PX
        on_line = max(1, int(near.sum()))
        cost = on_line / (1.6 * math.sqrt(len(edges))) + 2.5 * abs(float((away > level).mean()) - 0.5)
        cost += WHOLE_COST * whole[near].sum() / on_line - EDGE_GAIN * edges[near].sum() / on_line
        if cost < best - 1e-9 and 0 < (away > level).sum() < len(away):
            best, line = cost, (math.cos(axis), math.sin(axis), float(level))
    return line


def _diamonds(places: Plane) -> tuple[Plane, Plane]:
    """Coordinates that are whole numbers on the lines of the diamond lattice."""
    down, right = places[0] / QUARRY_RATIO, places[1]
    step = math.sqrt(2 / QUARRY_RATIO) * QUARRY_SHARE
    return (right + down) / step, (right - down) / step


def _quarries(places: Plane, size_px: float) -> Labels | None:
    """(2 SPAN, 2 SPAN) pane of each diamond of a region, from 0; small parts of diamonds belong to
    the nearest large one. None if there is no large one."""
    one, two = (np.floor(axis).astype(int).clip(-SPAN, SPAN - 1) + SPAN for axis in _diamonds(places))
    cells, cell, count = np.unique(2 * SPAN * one + two, return_inverse=True, return_counts=True)
    large = count >= SMALLEST_QUARRY * (QUARRY_SHARE * size_px) ** 2
    if not large.any():
        return None
    middles = np.stack([np.bincount(cell, axis) / count for axis in places])
    far = ((middles[:, :, None] - middles[:, None, large]) ** 2).sum(0)
    table = np.full(4 * SPAN**2, -1)
    table[cells] = np.where(large, np.cumsum(large) - 1, far.argmin(1))
    return table.reshape(2 * SPAN, 2 * SPAN)


def _quarry_panes(table: Labels, places: Plane) -> tuple[Labels, Plane]:
    """Pane of each px, and the distance to the nearest side of its diamond behind which is another pane."""
    axes = _diamonds(places)
    cells = [np.floor(axis).astype(int).clip(1 - SPAN, SPAN - 2) + SPAN for axis in axes]
    pane, margin = table[cells[0], cells[1]], np.full(places.shape[1], FAR)
    # The lines are `width` apart at right angles.
    width = 2 * QUARRY_SHARE * math.sqrt(QUARRY_RATIO / 2) / math.sqrt(1 + QUARRY_RATIO**2)
    for axis, (right, down) in enumerate(((1, 0), (0, 1))):
        share = axes[axis] - np.floor(axes[axis])
        for step, away in ((-1, share), (1, 1 - share)):
            behind = table[cells[0] + step * right, cells[1] + step * down]
            apart = (behind != pane) & (behind >= 0)
            margin = np.minimum(margin, np.where(apart, away * width, FAR))
    return np.maximum(pane, int(table.max()) * (pane < 0)), margin
