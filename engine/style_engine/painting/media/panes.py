"""Panes of stained glass: a picture cut into few large pieces along its forms, with smooth borders."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging import windows
from ...imaging.filters import gaussian
from .cuts import cut_large, kept_on_one_pane
from .forms import CLASSES, Forms, distinct_classes, find_forms
from .regions import Labels
from .subject import Subject

SILHOUETTE_SIGMA_PX: Final = 0.9  # on the copy
BORDER_SIGMA_PX: Final = 2.1  # on the copy
REDUCED_FROM: Final = 1.6  # px of the picture in one of the copy, from which panes are cut at half size


@dataclass(frozen=True, eq=False)
class Panes:
    """`pane` (H, W): the number, below `count`, of each pixel's pane. `margin`, `inner` (1, 1, H, W): the
    distance in px to the nearest border, up to a few px of the copy; 1 where that border divides one form.
    """

    pane: Tensor
    margin: Tensor
    inner: Tensor
    count: int


def cut_panes(subject: Subject, kept_whole: Tensor, inset_px: float = 0.0) -> Panes:
    """Panes along the contours; `kept_whole` (1, 1, H, W), 0..1: where no border should run; `inset_px`: of
    the border along the silhouette."""
    height, width = subject.photo.shape[2:]
    forms = find_forms(subject, kept_whole)
    pane = cut_large(
        forms.labels, forms.kinds, np.stack([forms.tone, forms.edges, forms.whole]), forms.size_px
    )
    pane = kept_on_one_pane(pane, forms.kinds, forms.whole, forms.size_px)
    count = int(pane.max()) + 1
    reduced = 2 if height > REDUCED_FROM * forms.labels.shape[0] else 1
    halves = [max(8, side // reduced) for side in (height, width)]
    near, margin = enlarged(
        pane, forms, F.interpolate(forms.product, size=halves, mode="area"), inset_px / reduced
    )
    form = np.zeros(count, np.int64)
    form[pane] = forms.labels
    form_of = torch.from_numpy(form)
    inner = (form_of[near[0]] == form_of[near[1].clamp(min=0)]) & (near[1] >= 0)
    planes = torch.stack([margin * (height / halves[0]), inner.float()])
    planes = F.interpolate(planes[None], size=(height, width), mode="bilinear")
    pane_at = F.interpolate(near[None, :1].double(), size=(height, width)).long()
    return Panes(pane_at[0, 0], planes[:, :1], planes[:, 1:], count)


def enlarged(labels: Labels, forms: Forms, product: Tensor, inset_px: float) -> tuple[Tensor, Tensor]:
    """(2, H, W) labels at a larger size, and the nearest other one's; (H, W) distances in px to the border.

    Blurred shares of a few classes are enlarged, so that borders are smooth curves; along the silhouette they
    are those of the product mask.
    """
    size = product.shape[2:]
    factor = size[0] / labels.shape[0]
    small, within = torch.from_numpy(labels), torch.from_numpy(forms.kinds > 0)
    member = F.one_hot(torch.from_numpy(distinct_classes(labels))[small], CLASSES).permute(2, 0, 1).bool()
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
