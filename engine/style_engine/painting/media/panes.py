"""Panes of stained glass: a picture cut into few large pieces along its contours, with smooth borders."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ...imaging import windows
from ...imaging.filters import gaussian, luminance
from .cuts import cut_large
from .regions import (
    MASK_WEIGHT,
    WHOLE_WEIGHT,
    Labels,
    Planes,
    connected,
    edge_strength,
    joined,
    split,
    superpixels,
    wide_mean,
)
from .subject import Subject, simplify

COPY_SHARE: Final = 1 / 180  # px of the copy on which panes are cut
LARGEST_COPY_PX: Final = 200  # of its long side
SUPERPIXEL_SHARE: Final = 0.055  # side of the pieces that are joined to regions
LIGHTNESS_WEIGHT: Final = 0.75  # of differences of luminance: shading alone makes no region
CHROMA_WEIGHT: Final = 1.25
SILHOUETTE: Final = 0.5  # of the product mask, and of people's skin
SKIN_SHARE: Final = 0.008  # sigma by which the edge of skin is rounded
SILHOUETTE_SIGMA_PX: Final = 0.9  # on the copy
BORDER_SIGMA_PX: Final = 2.1  # on the copy
SMOOTHING_PX: Final = 2.4  # on the copy
SMOOTHING_ROUNDS: Final = 4
LEAST_MEMBERSHIP: Final = 0.02  # in a window, with which a label may spread
EDGE_WEIGHT: Final = 8.0  # of squared differences of colour against shares of a window
REDUCED_FROM: Final = 1.6  # px of the picture in one of the copy, from which panes are cut at half size
NEAR_PX: Final = (-6, -3, 0, 3, 6)
CLASSES: Final = 8  # of panes; neighbours are of different classes


@dataclass(frozen=True, eq=False)
class Panes:
    """`pane` (H, W): the number, below `count`, of each pixel's pane. `margin`, `inner` (1, 1, H, W): the distance
    in px to the nearest border, up to a few px of the copy; 1 where that border divides one form.
    """

    pane: Tensor
    margin: Tensor
    inner: Tensor
    count: int


def cut_panes(subject: Subject, kept_whole: Tensor, inset_px: float = 0.0) -> Panes:
    """Panes along the contours; `kept_whole` (1, 1, H, W), 0..1: where no border should run; `inset_px`: of
    the border along the silhouette."""
    height, width = subject.photo.shape[2:]
    factor = max(1.0, subject.px(COPY_SHARE), max(height, width) / LARGEST_COPY_PX)
    size = [max(8, round(side / factor)) for side in (height, width)]
    product = gaussian(
        (gaussian(subject.product, subject.px(0.006, 0.7)) > SILHOUETTE).float(), subject.px(0.003, 0.8)
    )
    stack = torch.cat([subject.photo, MASK_WEIGHT * product, kept_whole], 1)
    double = F.interpolate(
        stack, size=[min(2 * s, full) for s, full in zip(size, (height, width), strict=True)], mode="area"
    )
    double[:, :3] = simplify(double[:, :3], 3, 0.10, 3)
    small = F.interpolate(gaussian(double, 0.7), size=size, mode="area")
    tone = luminance(small[:, :3])
    small[:, :3] = CHROMA_WEIGHT * (small[:, :3] - tone) + LIGHTNESS_WEIGHT * tone
    planes = small[0].numpy()
    colours, whole = planes[:4], planes[4:]
    # Inside a face or lettering the differences of colour hardly count.
    soft = wide_mean(colours, subject.px(0.02) / factor)
    colours = np.concatenate([colours + 0.5 * whole * (soft - colours), WHOLE_WEIGHT * whole])
    side = SUPERPIXEL_SHARE * subject.size_px / factor
    inside = planes[3] > 0.5 * MASK_WEIGHT
    skin = F.interpolate(gaussian(subject.skin, subject.px(SKIN_SHARE, 0.7)), size=size, mode="area")[
        0, 0
    ].numpy()
    flesh = inside & (skin > SILHOUETTE)
    colours[3] += MASK_WEIGHT * flesh  # as the silhouette, the edge of skin divides panes
    labels = joined(split(split(superpixels(colours, side), inside), flesh), colours, side**2)
    labels = smooth_labels(labels, colours, SMOOTHING_ROUNDS)
    labels = joined(split(split(labels, inside), flesh), colours, side**2)
    edges = edge_strength(colours) * (1 - whole[0])
    panes = cut_large(
        labels,
        inside.astype(np.int64) + flesh,
        np.stack([tone[0, 0].numpy(), edges, whole[0]]),
        subject.size_px / factor,
    )
    count = int(panes.max()) + 1
    form = np.zeros(count, np.int64)
    form[panes] = labels
    reduced = 2 if factor > REDUCED_FROM else 1
    halves = [max(8, side // reduced) for side in (height, width)]
    near, margin = enlarged(
        panes, inside, F.interpolate(product, size=halves, mode="area"), inset_px / reduced
    )
    form_of = torch.from_numpy(form)
    inner = (form_of[near[0]] == form_of[near[1].clamp(min=0)]) & (near[1] >= 0)
    planes = torch.stack([margin * (height / halves[0]), inner.float()])
    planes = F.interpolate(planes[None], size=(height, width), mode="bilinear")
    pane_at = F.interpolate(near[None, :1].double(), size=(height, width)).long()
    return Panes(pane_at[0, 0], planes[:, :1], planes[:, 1:], count)


def smooth_labels(labels: Labels, colours: Planes, rounds: int) -> Labels:
    """Borders become short and smooth where the picture is plain, and stay on its edges.

    Each pixel takes the label with the largest share of a Gaussian window, less its difference of colour.
    A few classes stand for all labels.
    """
    colours = colours[[0, 1, 2, 4]]
    planes = torch.from_numpy(colours)[None]
    classes = torch.from_numpy(_classes(labels))
    areas = np.bincount(labels.ravel())
    means = np.stack([np.bincount(labels.ravel(), plane.ravel()) / areas for plane in colours]).astype(
        np.float32
    )
    mean = torch.from_numpy(means[:, labels])
    label = classes[torch.from_numpy(labels)]
    numbers = torch.arange(CLASSES)[:, None, None, None]
    for _ in range(rounds):
        member = (label == numbers).float()
        blurred = gaussian(torch.cat([member, member * mean], 1), SMOOTHING_PX)
        share, colour = blurred[:, :1], blurred[:, 1:] / blurred[:, :1].clamp(min=1e-4)
        score = share - EDGE_WEIGHT * (colour - planes).square().sum(1, keepdim=True)
        label = torch.where(share > LEAST_MEMBERSHIP, score, -1e9).argmax(0)[0]
        mean = colour.gather(0, label.expand(1, colour.shape[1], -1, -1))[0]
    return connected(label.numpy())


def enlarged(
    labels: Labels, inside: NDArray[np.bool_], product: Tensor, inset_px: float
) -> tuple[Tensor, Tensor]:
    """(2, H, W) labels at a larger size, and the nearest other one's; (H, W) distances in px to the border.

    Blurred shares of a few classes are enlarged, so that borders are smooth curves; along the silhouette they
    are those of the product mask.
    """
    size = product.shape[2:]
    factor = size[0] / labels.shape[0]
    small, within = torch.from_numpy(labels), torch.from_numpy(inside)
    member = F.one_hot(torch.from_numpy(_classes(labels))[small], CLASSES).permute(2, 0, 1).bool()
    sigma = max(1.0, SILHOUETTE_SIGMA_PX * factor)
    silhouette = inverse_blur(2 * gaussian(product, sigma)[0, 0] - 1, sigma) - inset_px
    rows, columns = (
        ((torch.arange(full) + 0.5) * (side / full)).long()
        for full, side in zip(size, labels.shape, strict=True)
    )
    near, margin = torch.zeros(2, *size, dtype=torch.long), torch.zeros(size)
    for on_side, at in ((within, silhouette >= 0), (~within, silhouette < 0)):
        if not on_side.any():
            continue
        own = member & on_side
        number, blurred = _spread(torch.where(own, small, -1)), gaussian(own.float()[None], BORDER_SIGMA_PX)
        blurred = blurred / blurred.sum(1, keepdim=True).clamp(min=1e-3) + 0.01 * (number[None] >= 0)
        top, which = F.interpolate(blurred, size=size, mode="bilinear")[0].topk(2, 0)
        margin = torch.where(at, inverse_blur(top[0] - top[1], BORDER_SIGMA_PX * factor), margin)
        near = torch.where(at, number[which, rows[:, None], columns].clamp(min=0), near)
    # The silhouette divides product and background.
    near[1] = torch.where(silhouette.abs() < margin, -1, near[1])
    return near, torch.minimum(margin, silhouette.abs())


def inverse_blur(difference: Tensor, sigma: float) -> Tensor:
    """Distance d from a straight border, where blurred shares differ by erf(d / (sigma √2))."""
    return torch.erfinv(difference.clamp(-0.999, 0.999)) * (math.sqrt(2) * sigma)


def _spread(number: Tensor) -> Tensor:
    """The nearest pane of each class in each px of the copy, some px beyond its border; else -1."""
    reached = number[None].float()
    for _ in range(2):
        reached = torch.where(
            reached < 0, windows.maximum(reached, math.ceil(1.5 * BORDER_SIGMA_PX)), reached
        )
    return reached[0].long()


def _classes(labels: Labels) -> Labels:
    """A class for each pane, other than those of the panes within a few px."""
    count = int(labels.max()) + 1
    close = np.zeros(count * count, bool)
    for down in NEAR_PX[len(NEAR_PX) // 2 :]:
        for right in NEAR_PX:
            one = labels[down:, max(0, right) : labels.shape[1] + min(0, right)]
            two = labels[: labels.shape[0] - down, max(0, -right) : labels.shape[1] - max(0, right)]
            close[one * count + two] = True
    near = close.reshape(count, count) | close.reshape(count, count).T
    classes = np.full(count, -1, np.int64)
    for number in range(count):
        taken = set(classes[near[number]].tolist())
        classes[number] = next((c for c in range(CLASSES) if c not in taken), number % CLASSES)
    return classes
