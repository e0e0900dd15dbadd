"""Cutouts: a subject as few flat areas, what a graphic medium needs to know of each, and their contours."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ...imaging import windows
from ...imaging.filters import REC_601, luminance
from ..strokes.directions import gradients, wide_gaussian
from .areas import Areas, find_areas
from .lines import flow_mean
from .merging import Values, borders
from .shapes import edge_angle, opened, plain_background
from .steps import kuwahara, rise
from .subject import PRODUCT_THRESHOLD, Subject

COPY_PX: Final = 480.0  # size of the subject on the copy on which areas are found
TEXTURE_SHARE: Final = 0.0022  # radius of the filter before areas are found
ALONG_SHARE: Final = 0.016  # length over which edges are smoothed along themselves
HELD_EDGE: Final = (0.02, 0.06)  # strength of edges, full scale per px of the copy: from the second on held
DARKS: Final = 0.75  # exponent of colours, so that darks are distinguished
BEHIND_IMPORTANCE: Final = 0.3  # of what is behind the product
GRADIENT_SHARE: Final = 0.3  # share of that where there is no edge
SKIN_IMPORTANCE: Final = 5.0
SILHOUETTE_WEIGHT: Final = 0.25  # of the product mask as a channel of colour, where the background is plain
FEATURE_CONTRAST: Final = (0.08, 0.16)  # to the skin around, of what is drawn in a face
FEATURE_PX: Final = 7.0  # mean width on the copy of the widest area that may be a part of a face
FEATURE_DEPTH: Final = 0.86  # of their colours, so that they stay clear on flat skin
CROWDED: Final = (0.35, 0.75)  # share of a place that is near boundaries, from which lines become finer
CROWDED_LINES: Final = 0.5  # share of their width that they have there
SKIN_AREA: Final = 0.4  # share of skin in an area of skin
HOLE_WHITE: Final = 0.93  # least channel of what is taken for it, outside the product's mask
PRODUCT_WHITE: Final = 0.975  # and within it
LINE_PX: Final = 3.2  # mean width of an area on the copy, below which it is itself a line
LINE_REACH_PX: Final = 2.5  # of a boundary, from which the weight of its line is known
WEAKEST_LINE: Final = 0.35  # share of its width that a line has at the weakest edge that is drawn
LEAST_SILHOUETTE: Final = 0.75  # share of its width that the line round the product has at least
SKIN_LINES: Final = 0.3  # share of their width that lines within skin have
BEHIND_LINES: Final = 0.6  # share of their width that lines behind the product have


@dataclass(frozen=True, eq=False)
class Cutouts:
    """`colours` (N, 3), `product`, `skin`, `chroma` (N,), 0..1: of each of the areas, chroma the photo's.

    `edges` (1, 1, h, w) of the copy, full scale per px; `plain` (1, 1, H, W), 0..1 near a white background;
    `fine` (1, 4, H, W): the toned photo and a grey of the photo, with texture smoothed away.
    """

    subject: Subject
    areas: Areas
    colours: Values
    product: Values
    skin: Values
    chroma: Values
    edges: Tensor
    plain: Tensor
    fine: Tensor

    @cached_property
    def tones(self) -> Values:
        """(N,) luminance."""
        result: Values = self.colours @ np.array(REC_601)
        return result

    @cached_property
    def widths(self) -> Values:
        """(N,) mean width of each area in px of the copy."""
        pairs, length = self.areas.borders
        around = np.bincount(pairs.ravel(), np.repeat(length, 2), self.areas.count)
        result: Values = 2 * self.areas.sizes / np.maximum(around, 1)
        return result

    @cached_property
    def surrounding_tones(self) -> Values:
        """(N,) mean tone around each area, of product and surroundings apart."""
        tone = copy(self.subject, luminance(self.fine[:, :3]))
        inside = copy(self.subject, self.subject.product)
        sigma = 0.12 * min(COPY_PX, self.subject.size_px)
        weighted = torch.cat([tone * inside, inside, tone * (1 - inside), 1 - inside], 1)
        sums = wide_gaussian(weighted, sigma) + 1e-4
        mean = torch.lerp(sums[:, 2:3] / sums[:, 3:], sums[:, :1] / sums[:, 1:2], inside)
        return self.areas.means(mean)[:, 0]

    @cached_property
    def contrasts(self) -> Values:
        """(P,) mean strength of the edge along each boundary, full scale per px of the copy."""
        return borders(self.areas.labels, [self.edges[0, 0].numpy()])[2][0]

    @cached_property
    def is_product(self) -> NDArray[np.bool_]:
        """(N,) whether an area is a part of the product."""
        result: NDArray[np.bool_] = self.product > PRODUCT_THRESHOLD
        return result

    @cached_property
    def is_skin(self) -> NDArray[np.bool_]:
        """(N,) whether an area is people's skin."""
        result: NDArray[np.bool_] = self.skin > SKIN_AREA
        return result

    @cached_property
    def inside(self) -> Tensor:
        """(1, 1, H, W) 1 on the areas of the product."""
        return self.areas.painted(self.is_product[:, None].astype(float))

    @cached_property
    def off_skin(self) -> Tensor:
        """(1, 1, H, W) 0..1: away from skin, whose fingers and lips may be taken for lettering."""
        return rise(wide_gaussian(self.subject.skin, self.subject.px(0.035, 2.0)), 0.20, 0.04)

    @cached_property
    def features(self) -> Tensor:
        """(1, 1, H, W) 0..1: eyes, brows and mouths, which are darker than the skin around them."""
        subject, tone = self.subject, self.fine[:, 3:].clamp(0, 1)
        around = wide_gaussian(tone, subject.px(0.018, 2.0))
        within = rise(wide_gaussian(subject.skin, subject.px(0.010, 1.5)), 0.5, 0.8)
        # Cloth beside a hand is none.
        within = within * self.areas.painted(
            (self.is_skin | (self.widths < FEATURE_PX))[:, None].astype(float)
        )
        return rise((around - tone) / around.clamp(min=0.1), *FEATURE_CONTRAST) * within

    def with_features(self, painted: Tensor) -> Tensor:
        """Features over flat skin, in their own colours."""
        fine = self.fine[:, :3]
        return torch.lerp(painted, fine * FEATURE_DEPTH, self.features)

    def outer(self) -> NDArray[np.bool_]:
        """(P,) whether a boundary is part of the product's silhouette."""
        one, two = self.areas.borders[0].T
        result: NDArray[np.bool_] = self.is_product[one] != self.is_product[two]
        return result

    def contour(
        self,
        inside_share: float,
        outside_share: float,
        levels: tuple[float, float],
        drawn: Values | None = None,
    ) -> Tensor:
        """(1, 1, H, W) ink of lines along boundaries, of a width that is a share of the size.

        `levels`: contrast of the edge from which a line is drawn, and from which it has its full width;
        `drawn` (P,), 0..1: a factor of the width of each.
        """
        one, two = self.areas.borders[0].T
        strength = ((self.contrasts - levels[0]) / (levels[1] - levels[0])).clip(0, 1)
        weight = (strength > 0) * (WEAKEST_LINE + (1 - WEAKEST_LINE) * strength)
        # An area that is a line itself is not drawn round: its line would be doubled.
        thin = np.minimum(self.widths[one], self.widths[two])
        weight = weight * ((thin - 0.6 * LINE_PX) / (0.4 * LINE_PX)).clip(0, 1)
        skin = np.minimum(self.skin[one], self.skin[two])
        weight = weight * (1 - (1 - SKIN_LINES) * skin)
        behind = ~self.is_product[one] & ~self.is_product[two]
        shares = inside_share * np.where(behind, BEHIND_LINES, 1.0) * weight
        shares = np.where(self.outer(), outside_share * np.maximum(weight, LEAST_SILHOUETTE), shares)
        if drawn is not None:
            shares = shares * drawn
        return self.lines(shares * self.subject.size_px)

    def lines(self, widths_px: Values) -> Tensor:
        """(1, 1, H, W) ink of lines of a width (P,) along each boundary, which grows and fades smoothly."""
        subject, distance = self.subject, self.areas.distance[None, None]
        near = (distance < LINE_REACH_PX).float()
        sigma = subject.px(0.008, 1.5)
        width = self.areas.on_borders(widths_px) * near
        width = wide_gaussian(width, sigma) / wide_gaussian(near, sigma).clamp(min=1e-3)
        crowd = rise(wide_gaussian(near, subject.px(0.02, 2.0)), *CROWDED)
        width = width * (1 - (1 - CROWDED_LINES) * crowd)
        half = (width * self.swelling / 2).clamp(max=float(distance.max()) - 0.6)
        return (half - distance + 0.5).clamp(0, 1) * rise(width, 0.4, 1.0) * self.unlettered

    @cached_property
    def unlettered(self) -> Tensor:
        """(1, 1, H, W) 0 over lettering, which is drawn without lines."""
        return rise(self.subject.text * self.off_skin, 0.3, 0.08)

    @cached_property
    def swelling(self) -> Tensor:
        """(1, 1, H, W) factor of a line's width: broad on the side of the shadow, fine towards the light."""
        tone = self.inside + 0.5 * luminance(self.fine[:, :3])
        right, down = gradients(wide_gaussian(tone, self.subject.px(0.01, 1.5)))
        steep = (right.square() + down.square()).sqrt()
        side = (0.6 * right + 0.8 * down) / steep.clamp(min=1e-3)
        return 1 - 0.35 * side


def cut(subject: Subject, price: float, least_share: float) -> Cutouts:
    """The subject in areas; `price` of boundary as in `find_areas`, `least_share`: side of the smallest."""
    plain = plain_background(subject)
    fine = without_texture(subject)
    small, product, skin, white = (copy(subject, x) for x in (fine, subject.product, subject.skin, plain))
    features = torch.cat([small.clamp(min=0) ** DARKS, SILHOUETTE_WEIGHT * product * white], 1)
    right, down = gradients(features[:, :4])
    edges = windows.maximum((right.square() + down.square()).mean(1, keepdim=True).sqrt(), 1)
    clear = rise(edges, *HELD_EDGE)
    # A gradient behind the product is one area, not bands.
    behind = BEHIND_IMPORTANCE * (GRADIENT_SHARE + (1 - GRADIENT_SHARE) * clear)
    importance = behind + (1 - behind) * product
    importance = importance + (SKIN_IMPORTANCE - importance) * skin
    held = torch.maximum(clear, skin)
    least_px = (least_share * min(COPY_PX, subject.size_px)) ** 2
    height, width = subject.photo.shape[2:]
    areas = find_areas(features, importance, price, least_px, (height, width), held)
    vivid = copy(subject, subject.photo.amax(1, keepdim=True) - subject.photo.amin(1, keepdim=True))
    least = copy(subject, subject.photo.amin(1, keepdim=True))
    means = areas.means(torch.cat([small[:, :3], product, skin, vivid, least], 1))
    # White through a hole of a product stays as white as the background.
    bare = means[:, 6:] > np.where(means[:, 3:4] < PRODUCT_THRESHOLD, HOLE_WHITE, PRODUCT_WHITE)
    colours = np.where(bare, 1.0, means[:, :3])
    return Cutouts(subject, areas, colours, means[:, 3], means[:, 4], means[:, 5], edges, plain, fine)


def without_texture(subject: Subject) -> Tensor:
    """(1, 4, H, W) the toned photo and a grey of the photo, smoothed within forms and along edges."""
    # Edges between a colour and a white of like luminance count, too.
    plane = 0.6 * luminance(subject.photo) + 0.4 * subject.photo.amin(1, keepdim=True)
    fine = kuwahara(opened(subject, torch.cat([subject.toned, plane], 1)), subject.px(TEXTURE_SHARE, 1.0))
    angle = edge_angle(subject, fine[:, 3:])
    along = flow_mean(fine, angle, torch.zeros_like(angle), subject.px(ALONG_SHARE, 3.0), 5)
    # Dots and corners are shorter than the streamlines.
    short = wide_gaussian((fine - along).abs().amax(1, keepdim=True), subject.px(0.003, 1.0))
    return torch.lerp(along, fine, rise(short, 0.03, 0.08))


def copy(subject: Subject, plane: Tensor) -> Tensor:
    """A plane on the copy on which the subject has COPY_PX, never enlarged."""
    share = min(1.0, COPY_PX / subject.size_px)
    size = [max(4, round(side * share)) for side in plane.shape[2:]]
    return F.interpolate(plane, size=size, mode="area") if share < 1 else plane
