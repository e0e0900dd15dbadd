"""Scene: a photo at working size with its background and regions, and the masks derived from them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from torch.nn import functional as F

from ..imaging.colour import WHITE_LEVEL, lab
from ..imaging.filters import FLAT_WINDOW_MAX_STD_8BIT, FLAT_WINDOW_PX, luminance
from ..imaging.tensors import MASK_THRESHOLD
from ..regions.finder import Regions
from . import metrics
from .blocks import ProductBlocks
from .metrics import MeasuredImage
from .parts import ColourParts, SampledAreas

GATE_STRIDE_PX, GATE_COLOUR_STRIDE_PX = 4, 6  # sampling of pixels and windows, and of colours, by the gates
STUDIO_MIN_FLAT_SHARE: Final = 0.7  # of the area outside the product, where the background is a studio's
DARKEST_BACKGROUND: Final = 0.05  # luminance; the chroma of a darker one is not known
BACKGROUND_CHROMA_TOLERANCE: Final = 0.06  # full scale: a shadow takes some colour from the product
WHITE_UNPAINTED_SHARE, CLEAN_UNPAINTED_SHARE = 0.5, 0.75  # clean-area values from which nothing is painted
CERTAIN_BACKGROUND_MAX_PRODUCT: Final = 0.02  # mask value below which a pixel is certainly not product


@dataclass(frozen=True, eq=False)
class AreaColoursBefore:
    """Pixels (1, 3, 1, samples) of areas: `upload` and its Lab, and `photo`, which may be enhanced."""

    upload: Tensor
    upload_lab: Tensor
    photo: Tensor


@dataclass(frozen=True, eq=False)
class Scene:
    """A photo (1, 3, H, W) at working size, its plain background (1, 1, H, W), 0..1, and its regions.

    `upload` (1, 3, H, W): what the seller sent, where `photo` is an enhanced copy of it.
    """

    photo: Tensor
    background: Tensor
    regions: Regions
    upload: Tensor | None = None

    def cpu(self) -> "Scene":
        """The same scene in the processor's memory; itself if it is there, with what it has computed."""
        if self.photo.device.type == "cpu":
            return self
        upload = None if self.upload is None else self.upload.cpu()
        return Scene(self.photo.cpu(), self.background.cpu(), self.regions.cpu(), upload)

    @cached_property
    def measured(self) -> MeasuredImage:
        return measure(self.photo)

    @cached_property
    def reference(self) -> MeasuredImage:
        """The seller's upload, from which every promise about the product is counted."""
        return self.measured if self.upload is None else measure(self.upload)

    @cached_property
    def product_cover(self) -> Tensor:
        """(1, 1, H, W) how far each pixel counts as product: fully from a mask value of 0.5 on."""
        return (2 * self.regions.product).clamp(max=1)

    def product_alone(self, picture: MeasuredImage) -> MeasuredImage:
        """A picture of the scene with the upload around the product.

        Windows at the product's outline hold background too, which may be painted as far as a style likes
        and says nothing about the product.
        """
        if not self.regions.found or picture is self.reference:
            return picture
        if picture not in self._products_alone:
            alone = torch.lerp(self.reference.picture, picture.picture, self.product_cover)
            self._products_alone[picture] = measure(alone)
        return self._products_alone[picture]

    @cached_property
    def _products_alone(self) -> "WeakKeyDictionary[MeasuredImage, MeasuredImage]":
        return WeakKeyDictionary()

    @cached_property
    def photo_values(self) -> dict[str, float]:
        """By gate, the value of the photo itself; filled by the gates, which ask for it again and again."""
        return {}

    @cached_property
    def parts(self) -> ColourParts:
        """The product's areas of one colour, in samples of every colour stride."""
        return ColourParts.of(self.reference, self.regions.product)

    @cached_property
    def blocks(self) -> ProductBlocks:
        """The product's squares, in the same samples."""
        return ProductBlocks.of(self.reference, self.regions.product)

    @cached_property
    def product_windows(self) -> Tensor:
        """(1, 1, h, w) 1 for each of the gates' windows of SSIM with nothing in it but product, else 0."""
        return self._windows_inside(metrics.SSIM_WINDOW_PX)

    @cached_property
    def product_gradients(self) -> Tensor:
        """(1, 1, h, w) 1 for each of the gates' gradients of nothing but product, else 0."""
        return self._windows_inside(metrics.SOBEL_WINDOW_PX)

    def _windows_inside(self, side: int) -> Tensor:
        product = (self.regions.product > MASK_THRESHOLD).float()
        height, width = (max(0, FLAT_WINDOW_PX - length) for length in product.shape[2:])
        product = F.pad(product, (0, width, 0, height), "replicate") if height or width else product
        return metrics.strided_window_means(product, side, GATE_STRIDE_PX).floor()

    @cached_property
    def judged_areas(self) -> SampledAreas:
        """The areas on each of which the product's colour is judged: parts of one colour, then blocks."""
        return self.parts.joined(self.blocks)

    def colours_of(self, areas: SampledAreas) -> AreaColoursBefore:
        """The colours of areas of the product before any change, read once for all looks."""
        if areas not in self._colours:
            upload = areas.pixels(self.reference.picture)
            photo = upload if self.upload is None else areas.pixels(self.photo)
            self._colours[areas] = AreaColoursBefore(upload, lab(upload), photo)
        return self._colours[areas]

    @cached_property
    def _colours(self) -> "WeakKeyDictionary[SampledAreas, AreaColoursBefore]":
        return WeakKeyDictionary()

    @cached_property
    def has_plain_background(self) -> bool:
        return bool(self.background.any())

    @cached_property
    def clean_area(self) -> Tensor:
        """(1, 1, H, W) the area that must stay clean.

        The plain background; where nearly all outside the product is flat, everything outside the product
        that has the background's colour, light or in shadow: gaps in the product mask have the product's.
        """
        if not self.has_plain_background:
            return self.background
        not_product = torch.maximum((1 - self.regions.product) * self._background_likeness, self.background)
        flat = (self.measured.local_std < FLAT_WINDOW_MAX_STD_8BIT).float()
        weight = metrics.at_window_centres(not_product, FLAT_WINDOW_PX, GATE_STRIDE_PX)
        flat_share = metrics.weighted_mean(flat, weight)
        return not_product if flat_share > STUDIO_MIN_FLAT_SHARE else self.background

    @cached_property
    def _background_likeness(self) -> Tensor:
        """(1, 1, H, W) 0..1, 0 where the chroma cannot be that of the plain background in any light."""
        weight = self.background / self.background.sum()
        colour = (self.photo * weight).sum((2, 3), keepdim=True)
        shade = luminance(self.photo) / luminance(colour).clamp(min=DARKEST_BACKGROUND)
        difference = (self.photo - shade * colour).abs().amax(1, keepdim=True)
        return (2 - difference / BACKGROUND_CHROMA_TOLERANCE).clamp(0, 1)

    @cached_property
    def halo_ring(self) -> Tensor:
        """(1, 1, h, w) where halos are measured: around the product; empty without a plain background."""
        if not self.has_plain_background:
            return metrics.subsample(self.background, GATE_STRIDE_PX)
        return metrics.halo_ring(1 - self.clean_area, GATE_STRIDE_PX)

    @cached_property
    def white_area(self) -> Tensor:
        """(1, 1, H, W) the white part of the clean area."""
        if not self.has_plain_background:
            return self.background
        return self.clean_area * (self.photo.amin(1, keepdim=True) >= WHITE_LEVEL)

    @cached_property
    def paintable_share(self) -> Tensor:
        """(1, 1, H, W) share of a change that each pixel may keep; (1, 1, 1, 1) if it is 1."""
        if not self.has_plain_background:
            return self.photo.new_ones(1, 1, 1, 1)
        slope = torch.where(self.white_area > 0, 1 / WHITE_UNPAINTED_SHARE, 1 / CLEAN_UNPAINTED_SHARE)
        return (1 - slope * self.clean_area).clamp_(0, 1)

    @cached_property
    def confident_text(self) -> Tensor:
        """(1, 1, H, W) the text mask where it is above 0.5, else 0."""
        text = self.regions.text
        return text * (text > MASK_THRESHOLD)

    @cached_property
    def certain_background(self) -> Tensor:
        """(1, 1, H, W) 1 where a pixel is certainly not product."""
        return (self.regions.product < CERTAIN_BACKGROUND_MAX_PRODUCT).float()

    @cached_property
    def paintable_area(self) -> Tensor:
        """(1, 1, H, W) the complement of the clean area."""
        return 1 - self.clean_area


def measure(picture: Tensor) -> MeasuredImage:
    return MeasuredImage(picture, GATE_STRIDE_PX, GATE_COLOUR_STRIDE_PX)
