"""Tesserae: square pieces in rows along the contours of a picture, smaller where there is detail."""

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging import windows
from ...imaging.filters import gaussian
from ..strokes.directions import gradients, stroke_directions, wide_gaussian
from ..strokes.layers import PIXELS_AT_ONCE
from .subject import Subject, simplify

TILE_SHARE: Final = 0.030  # side of a tessera
TESSERA_SIZES: Final = 4  # of sizes of tesserae, each half of the one before
DETAIL_STEPS: Final = (0.060, 0.115, 0.180)  # detail from which tesserae are halved, halved again, and again
SLIVER_SHARE: Final = 0.16  # of the area of a whole tessera, below which one is taken out
RELAXATIONS: Final = 5  # rounds in which tesserae move to the centres of their cells
COLOUR_WEIGHT: Final = 5.0  # sides of a tessera per difference of full scale, at which it is cut
LIKE_COLOUR: Final = 0.07  # difference that cuts none: shading would make tesserae crooked
LEAST_SIDE_PX: Final = 2.2  # of a tessera, below which it is a net over the picture
LEVEL_TILES: Final = 3.0  # sigma, in tesserae, over which directions far from edges are smoothed
FAR_WEIGHT: Final = 0.03  # of the direction far from edges, relative to that of an edge
ROWS_ALONG_EDGES: Final = 5.0
EDGE_STRENGTH: Final = 0.038  # of the gradient, in full scale per px of the working copy
WORKING_TILE_PX: Final = 3.0  # side of the smallest tessera on the copy on which they are arranged


@dataclass(eq=False)
class Tesserae:
    """N pieces: centre rows and columns in px, side in px, and angle."""

    rows: Tensor
    columns: Tensor
    side: Tensor
    angle: Tensor

    def scaled(self, factor: float) -> "Tesserae":
        shift = (factor - 1) / 2
        return Tesserae(
            self.rows * factor + shift, self.columns * factor + shift, self.side * factor, self.angle
        )

    def kept(self, large: Tensor) -> "Tesserae":
        """Those that are large, all if none is."""
        large = large if large.any() else torch.ones_like(large)
        return Tesserae(self.rows[large], self.columns[large], self.side[large], self.angle[large])


def detail(subject: Subject) -> Tensor:
    """(1, 1, H, W) small forms that are no plain edge: faces, lettering, laces (0 to about .3).

    The root of the structure tensor's smaller eigenvalue, which is 0 on a straight edge; more in people's
    skin, and without the silhouette, whose corners are no detail.
    """
    sigma = subject.px(0.0022, 0.7)
    right, down = gradients(gaussian(subject.photo, sigma))
    tensor = torch.cat([right**2, down**2, right * down], 1).view(3, 3, *right.shape[2:]).sum(1)[None]
    inside = gaussian(subject.product, subject.px(0.006, 1))
    energy = wide_gaussian(tensor * (1 - 4 * inside * (1 - inside)).clamp(min=0), subject.px(0.011))
    half_difference = (energy[:, :1] - energy[:, 1:2]) / 2
    mean = (energy[:, :1] + energy[:, 1:2]) / 2
    smaller = mean - (half_difference.square() + energy[:, 2:].square()).sqrt()
    return smaller.clamp(min=0).sqrt() * sigma * (2 + 2 * subject.skin)


def arrange(subject: Subject, fine: Tensor) -> tuple[Tensor, Tensor]:
    """(H, W) number of the tessera in each pixel (-1: none), and the sides in px of the tesserae (N)."""
    height, width = subject.photo.shape[2:]
    planes = simplify(subject.photo, subject.px(1 / 180, 2), 0.06, 3)
    smallest = subject.px(TILE_SHARE) / 2 ** (TESSERA_SIZES - 1)
    factor = max(1.0, smallest / WORKING_TILE_PX)
    size = [max(4, round(side / factor)) for side in (height, width)]
    factor = height / size[0]
    small = F.interpolate(torch.cat([planes, subject.product, fine], 1), size=size, mode="area")
    tile_px = subject.px(TILE_SHARE) / factor
    distance = edge_distance(small[:, :3], small[:, 3:4], tile_px)
    angle = row_angle(distance, tile_px, small[:, :4], subject.size_px / factor)
    # Forms between details, as cheeks are in a face, are laid as finely.
    near = wide_gaussian(windows.maximum(small[:, 4:], max(1, round(0.7 * tile_px))), 0.5 * tile_px)
    pieces = relax(seeds(near, angle, tile_px, LEAST_SIDE_PX / factor), small[:, :3], angle, distance)
    return owners(pieces.scaled(factor), planes), pieces.side * factor


def edge_distance(planes: Tensor, product: Tensor, tile_px: float) -> Tensor:
    """(1, 1, H, W) distance in px to the main edges, up to a few rows of tesserae."""
    stack = gaussian(torch.cat([planes, product], 1), 1.0)
    right, down = gradients(stack)
    strength = (right.square() + down.square()).sum(1, keepdim=True).sqrt()
    summed = (right * right.sign()).sum(1, keepdim=True), (down * right.sign()).sum(1, keepdim=True)
    length = (summed[0].square() + summed[1].square()).sqrt().clamp(min=1e-9)
    ridge = torch.ones_like(strength, dtype=torch.bool)
    for sign in (-1, 1):
        ridge &= strength >= shifted(strength, sign * summed[0] / length, sign * summed[1] / length)
    edge = ridge & (strength > EDGE_STRENGTH)
    long_enough = windows.mean(edge.float(), max(2, round(tile_px / 2))) > 0.55 / (tile_px + 1)
    reach = math.ceil(ROWS_ALONG_EDGES * tile_px)
    squared = torch.where(edge & long_enough, 0.0, float(2 * reach**2))
    for axis in (2, 3):
        squared = nearest_along(squared, axis, reach)
    return squared.sqrt().clamp(max=reach)


def nearest_along(squared: Tensor, axis: int, reach: int) -> Tensor:
    """Minimum of squared distances over one axis: two passes give the Euclidean distance."""
    result = squared.clone()
    size = squared.shape[axis]
    for step in range(1, min(reach, size - 1) + 1):
        for source, target in ((step, 0), (0, step)):
            part = result.narrow(axis, target, size - step)
            torch.minimum(part, squared.narrow(axis, source, size - step) + step**2, out=part)
    return result


def shifted(plane: Tensor, right: Tensor, down: Tensor) -> Tensor:
    """A plane (1, C, H, W) read at an offset in px that differs from pixel to pixel."""
    height, width = plane.shape[2:]
    rows, columns = torch.arange(height)[:, None].to(plane), torch.arange(width).to(plane)
    x = (columns + right[0, 0] + 0.5) * (2 / width) - 1
    y = (rows + down[0, 0] + 0.5) * (2 / height) - 1
    return F.grid_sample(plane, torch.stack([x, y], -1)[None], padding_mode="border", align_corners=False)


def row_angle(distance: Tensor, tile_px: float, planes: Tensor, size_px: float) -> Tensor:
    """(1, 1, H, W) angle of rows: along the nearest edge; far from all, along the forms of the product, level
    outside it. `planes`: colours and product mask."""
    right, down = gradients(gaussian(distance, 1.0))
    angle = 4 * torch.atan2(down, right)  # a square is the same after a quarter turn
    weight = (right.square() + down.square()) * torch.exp(-distance / (2.2 * tile_px))
    forms = 4 * stroke_directions(planes[:, :3], size_px)[0]
    product = planes[:, 3:4]
    level = FAR_WEIGHT * torch.cat([1 - product + product * forms.cos(), product * forms.sin()], 1)
    near = wide_gaussian(weight * torch.cat([angle.cos(), angle.sin()], 1), 0.5 * tile_px)
    turn = near + wide_gaussian(level, LEVEL_TILES * tile_px)
    return torch.atan2(turn[:, 1:], turn[:, :1]) / 4


def seeds(fine: Tensor, angle: Tensor, tile_px: float, least_px: float) -> Tesserae:
    """Centres on a grid, whose cells are quartered where there is detail, if their parts have `least_px`."""
    height, width = fine.shape[2:]
    rows = torch.arange(math.ceil(height / tile_px)).to(fine)
    columns = torch.arange(math.ceil(width / tile_px)).to(fine)
    grid = torch.stack(torch.meshgrid(rows, columns, indexing="ij"), -1).view(-1, 2)
    centres, side = (grid + 0.5) * tile_px, tile_px
    kept, sides = [], []
    for level in range(TESSERA_SIZES):
        if level < TESSERA_SIZES - 1 and side / 2 >= least_px:
            found = fine.flatten()[places(centres, height, width)] > DETAIL_STEPS[level]
        else:
            found = torch.zeros(len(centres), dtype=torch.bool, device=fine.device)
        kept.append(centres[~found])
        sides.append(torch.full((len(kept[-1]),), side).to(fine))
        corners = torch.tensor([[-1.0, -1], [-1, 1], [1, -1], [1, 1]]).to(fine)
        centres = (centres[found][:, None] + corners * (side / 4)).view(-1, 2)
        side /= 2
    points = torch.cat(kept)
    at = places(points, height, width)
    return Tesserae(points[:, 0], points[:, 1], torch.cat(sides), angle.flatten()[at])


def places(points: Tensor, height: int, width: int) -> Tensor:
    """Index in a flat plane of points (N, 2) of rows and columns."""
    rows, columns = points.round().long().unbind(-1)
    return rows.clamp(0, height - 1) * width + columns.clamp(0, width - 1)


def relax(pieces: Tesserae, planes: Tensor, angle: Tensor, distance: Tensor) -> Tesserae:
    """Centres moved to the centres of their cells and into rows along the edges."""
    height, width = planes.shape[2:]
    right, down = (slope.flatten() for slope in gradients(gaussian(distance, 1.0)))
    rows = torch.arange(height)[:, None].expand(height, width).flatten().to(planes)
    columns = torch.arange(width).expand(height, width).flatten().to(planes)
    reach = float(distance.max())
    for step in range(RELAXATIONS):
        last = step >= RELAXATIONS - 2
        owner = owners(pieces, planes, cut=2 * step >= RELAXATIONS).flatten()
        count = owner.clamp(min=0).bincount(minlength=len(pieces.rows)).to(planes)
        owned = owner.clamp(min=0)
        total = [torch.zeros_like(pieces.rows).index_add_(0, owned, x) for x in (rows, columns)]
        some = count > 0
        centre = [
            torch.where(some, t / count.clamp(min=1), old)
            for t, old in zip(total, (pieces.rows, pieces.columns), strict=True)
        ]
        at = places(torch.stack(centre, 1), height, width)
        away = distance.flatten()[at]
        target = ((away / pieces.side).floor() + 0.5) * pieces.side
        pull = torch.where(away < 0.98 * reach, 0.5 * (target - away), 0.0) * (not last)
        centre = [centre[0] + pull * down[at], centre[1] + pull * right[at]]
        at = places(torch.stack(centre, 1), height, width)
        pieces = Tesserae(centre[0], centre[1], pieces.side, angle.flatten()[at])
        if 2 * step >= RELAXATIONS and not last:
            pieces = pieces.kept(count > SLIVER_SHARE * pieces.side.square())
    return pieces


def owners(pieces: Tesserae, planes: Tensor, *, cut: bool = True) -> Tensor:
    """(H, W) number of the piece to which each pixel belongs, -1 where none reaches.

    The nearest in the maximum norm of the piece's own frame, relative to its side; a different colour counts
    as distance if they are `cut` at edges.
    """
    height, width = planes.shape[2:]
    flat = planes[0].flatten(1)
    colours = flat[:, places(torch.stack([pieces.rows, pieces.columns], 1), height, width)]
    outside = height * width
    best = torch.full((outside + 1,), torch.iinfo(torch.int64).max, device=planes.device)
    for side in pieces.side.unique():
        reach = math.ceil(1.0 * float(side))
        span = torch.arange(-reach, reach + 1, device=planes.device)
        shift_rows, shift_columns = (x.flatten() for x in torch.meshgrid(span, span, indexing="ij"))
        for numbers in (pieces.side == side).nonzero()[:, 0].split(max(1, PIXELS_AT_ONCE // len(span) ** 2)):
            rows = pieces.rows[numbers].round().long()[:, None] + shift_rows
            columns = pieces.columns[numbers].round().long()[:, None] + shift_columns
            inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
            at = torch.where(inside, rows * width + columns, outside)
            down, right = rows - pieces.rows[numbers, None], columns - pieces.columns[numbers, None]
            cosine, sine = (f(pieces.angle[numbers, None]) for f in (torch.cos, torch.sin))
            away = torch.maximum(
                (right * cosine + down * sine).abs_(), (down * cosine - right * sine).abs_()
            ).div_(side)
            if cut:
                within = at.clamp(max=outside - 1)
                difference = torch.full_like(away, -3 * LIKE_COLOUR)
                for plane, colour in zip(flat, colours[:, numbers], strict=True):
                    difference += plane.take(within).sub_(colour[:, None]).abs_()
                away.add_(difference.clamp_(min=0), alpha=COLOUR_WEIGHT / 3)
            code = (away * (1 << 20)).long().mul_(1 << 24).add_(numbers[:, None])
            best.scatter_reduce_(0, at.flatten(), code.flatten(), "amin")
    owner = best[:-1].view(height, width)
    return torch.where(owner == torch.iinfo(torch.int64).max, -1, owner & ((1 << 24) - 1))
