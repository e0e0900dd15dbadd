"""Forms of a picture: regions along its contours, by colour, product and skin, on a small copy."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging.filters import gaussian, luminance
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

COPY_SHARE: Final = 1 / 180  # px of the copy on which forms are found
LARGEST_COPY_PX: Final = 200  # of its long side
SUPERPIXEL_SHARE: Final = 0.055  # side of the pieces that are joined to regions
LIGHTNESS_WEIGHT: Final = 0.75  # of differences of luminance: shading alone makes no region
CHROMA_WEIGHT: Final = 1.7
SILHOUETTE: Final = 0.5  # of the product mask, and of people's skin
SKIN_SHARE: Final = 0.008  # sigma by which the edge of skin is rounded
SMOOTHING_PX: Final = 2.4  # on the copy
SMOOTHING_ROUNDS: Final = 4
LEAST_MEMBERSHIP: Final = 0.02  # in a window, with which a label may spread
EDGE_WEIGHT: Final = 8.0  # of squared differences of colour against shares of a window
NEAR_PX: Final = (-6, -3, 0, 3, 6)
CLASSES: Final = 8  # of regions; neighbours are of different classes


@dataclass(frozen=True, eq=False)
class Forms:
    """Connected regions `labels` (h, w) of a copy on which the product has `size_px`.

    `kinds`: 0 behind the product, 1 in it, 2 in skin; `tone`, `edges` and `whole` (h, w): luminance, strength
    of edges, what was to be kept whole. `product` (1, 1, H, W): the product with a smooth edge, at full size.
    """

    labels: Labels
    kinds: Labels
    tone: Planes
    edges: Planes
    whole: Planes
    product: Tensor
    size_px: float


def find_forms(subject: Subject, kept_whole: Tensor, coarseness: float = 1.0) -> Forms:
    """Regions along the contours; `kept_whole` (1, 1, H, W), 0..1: where no border should run; `coarseness`
    of the copy."""
    height, width = subject.photo.shape[2:]
    factor = coarseness * max(subject.px(COPY_SHARE), max(height, width) / LARGEST_COPY_PX)
    factor = max(1.0, factor)
    size = [max(8, round(side / factor)) for side in (height, width)]
    product = gaussian(
        (gaussian(subject.product, subject.px(0.006, 0.7)) > SILHOUETTE).float(), subject.px(0.003, 0.8)
    )
    skin = gaussian(subject.skin, subject.px(SKIN_SHARE, 0.7))
    stack = torch.cat([subject.photo, MASK_WEIGHT * product, kept_whole, skin], 1)
    double = F.interpolate(
        stack, size=[min(2 * s, full) for s, full in zip(size, (height, width), strict=True)], mode="area"
    )
    double[:, :3] = simplify(double[:, :3], 3, 0.10, 3)
    small = F.interpolate(gaussian(double, 0.7), size=size, mode="area")
    tone = luminance(small[:, :3])
    small[:, :3] = CHROMA_WEIGHT * (small[:, :3] - tone) + LIGHTNESS_WEIGHT * tone
    colours, whole, skin_here = small[0, :4].numpy(), small[0, 4:5].numpy(), small[0, 5].numpy()
    # Inside a face or lettering the differences of colour hardly count.
    soft = wide_mean(colours, subject.px(0.02) / factor)
    colours = np.concatenate([colours + 0.5 * whole * (soft - colours), WHOLE_WEIGHT * whole])
    side = SUPERPIXEL_SHARE * subject.size_px / factor
    inside = small[0, 3].numpy() > SILHOUETTE * MASK_WEIGHT
    flesh = inside & (skin_here > SILHOUETTE)
    colours[3] += MASK_WEIGHT * flesh  # as the silhouette, the edge of skin divides regions
    labels = joined(split(split(superpixels(colours, side), inside), flesh), colours, side**2)
    labels = smooth_labels(labels, colours, SMOOTHING_ROUNDS)
    labels = joined(split(split(labels, inside), flesh), colours, side**2)
    edges = edge_strength(colours) * (1 - whole[0])
    kinds = inside.astype(np.int64) + flesh
    return Forms(labels, kinds, tone[0, 0].numpy(), edges, whole[0], product, subject.size_px / factor)


def smooth_labels(labels: Labels, colours: Planes, rounds: int) -> Labels:
    """Borders become short and smooth where the picture is plain, and stay on its edges.

    Each pixel takes the label with the largest share of a Gaussian window, less its difference of colour.
    A few classes stand for all labels.
    """
    colours = colours[[0, 1, 2, 4]]
    planes = torch.from_numpy(colours)[None]
    classes = torch.from_numpy(distinct_classes(labels))
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


def distinct_classes(labels: Labels) -> Labels:
    """A class for each region, other than those of the regions within a few px."""
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
