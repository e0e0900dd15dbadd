"""Subject: what a medium paints, a photo in the tones of a style with its regions."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging import windows
from ...imaging.filters import luminance
from ...imaging.tensors import area_resize
from ..strokes.directions import stroke_directions

PRODUCT_THRESHOLD: Final = 0.5
MIN_SIZE_SHARE: Final = 0.5  # of the picture's long side: marks of a tiny product would be too fine to see


@dataclass(frozen=True, eq=False)
class Subject:
    """`photo` and `toned` (1, 3, H, W): the photo, and the photo in the tones and palette of a style.

    `product`, `text` (1, 1, H, W), 0..1, soft at edges; `product` is 1 everywhere where none was found.
    `found_skin`: as these, people's skin; None where none was found.
    """

    photo: Tensor
    toned: Tensor
    product: Tensor
    text: Tensor
    found_skin: Tensor | None = None

    @property
    def skin(self) -> Tensor:
        """(1, 1, H, W) 0..1: people's skin, where marks must be finer; 0 where none was found."""
        return torch.zeros_like(self.product) if self.found_skin is None else self.found_skin

    def with_tones(self, toned: Tensor) -> "Subject":
        """The same photo in other tones; what follows from the photo alone is computed once for both."""
        other = replace(self, toned=toned)
        vars(other).update(size_px=self.size_px, directions=self.directions)
        return other

    @cached_property
    def size_px(self) -> float:
        """Long side of the product's bounding box, at least half of the picture's: the unit of all sizes."""
        inside = self.product[0, 0] > PRODUCT_THRESHOLD
        rows, columns = inside.any(1).nonzero(), inside.any(0).nonzero()
        longest = float(max(inside.shape))
        if not len(rows):
            return longest
        extent = max(int(axis[-1] - axis[0]) + 1 for axis in (rows, columns))
        return max(float(extent), MIN_SIZE_SHARE * longest)

    def px(self, share: float, least: float = 0.0) -> float:
        """A share of the subject's size in px, at least `least`."""
        return max(least, share * self.size_px)

    @cached_property
    def tone(self) -> Tensor:
        """(1, 1, H, W) luminance of the toned photo."""
        return luminance(self.toned).clamp(0, 1)

    @cached_property
    def directions(self) -> tuple[Tensor, Tensor]:
        """Angle and curvature of strokes, along the forms of the simplified photo at half its size."""
        height, width = self.photo.shape[2:]
        small = area_resize(self.photo, (max(1, height // 2), max(1, width // 2)))
        planes = simplify(small, self.px(1 / 440, 1.0), 0.04, 2)
        angle, curvature = stroke_directions(planes, self.size_px / 2)
        doubled = torch.cat([(2 * angle).cos(), (2 * angle).sin(), curvature / 2], 1)
        cosine, sine, bend = F.interpolate(
            doubled, size=(height, width), mode="bilinear", antialias=True
        ).split(1, 1)
        return torch.atan2(sine, cosine) / 2, bend


def simplify(photo: Tensor, radius_px: float, std: float, rounds: int) -> Tensor:
    """Planes of colour with their edges: a guided filter of the photo (1, 3, H, W) by itself, repeated.

    `std`: of colour in a window, 0..1, from which an edge is kept.
    """
    radius = max(1, round(radius_px))
    for _ in range(rounds):
        moments = windows.mean(torch.cat([photo, photo.square().mean(1, keepdim=True)], 1), radius)
        mean = moments[:, :3]
        variance = (moments[:, 3:] - mean.square().mean(1, keepdim=True)).clamp(min=0)
        kept = windows.mean(variance / (variance + std**2), radius)
        photo = torch.lerp(mean, photo, kept)
    return photo


def saturate(photo: Tensor, factor: float) -> Tensor:
    grey = luminance(photo)
    return (grey + factor * (photo - grey)).clamp(0, 1)


def rgb(red: float, green: float, blue: float) -> Tensor:
    """(1, 3, 1, 1) a colour, or a change of colour."""
    return torch.tensor([red, green, blue]).view(1, 3, 1, 1)
