"""How far published pictures move a product's colours from the seller's upload, part by part.

Nothing of the engine's own measures is used: ΔE2000 is scikit-image's, at the photo's own size, and the parts
of a product are those that were drawn, or segments of the photo inside the product mask.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.segmentation import felzenszwalb

from style_engine import Look, Stylizer
from style_engine.imaging import tensors
from style_engine.looks import Protection

from ...shared.colour import delta_e2000
from .photos import PhotoScene

PART_MIN_PRODUCT_SHARE: Final = 0.01  # of the product's pixels; smaller segments are no part
SEGMENT_SCALE: Final = 300.0  # of felzenszwalb; larger values give larger segments
SEGMENT_SIGMA_PX: Final = 0.5
EDGE_PX: Final = 2  # around each part that is not measured, where it is blended with its neighbours

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PhotoParts:
    """A photo, RGB or RGBA, with the masks (H, W) of its product's parts."""

    name: str
    image: Image.Image
    parts: tuple[Mask, ...]

    @classmethod
    def of_colours(
        cls, name: str, image: Image.Image, colours: Sequence[tuple[int, int, int]]
    ) -> "PhotoParts":
        """A drawn photo, whose parts are the pixels of each colour."""
        pixels = np.asarray(tensors.over_white(image))
        return cls(name, image, tuple((pixels == colour).all(-1) for colour in colours))

    @classmethod
    def of_scene(cls, photo: PhotoScene) -> "PhotoParts":
        """A photo whose parts are the segments inside the mask that the engine found."""
        product = photo.scene.regions.product[0, 0].numpy() > tensors.MASK_THRESHOLD
        least = max(1, round(PART_MIN_PRODUCT_SHARE * product.sum()))
        labels = felzenszwalb(np.asarray(photo.image), SEGMENT_SCALE, sigma=SEGMENT_SIGMA_PX, min_size=least)
        segments = [_without_edge(product & (labels == label)) for label in np.unique(labels[product])]
        return cls(photo.name, photo.image, tuple(part for part in segments if part.sum() >= least))


@dataclass(frozen=True)
class Fidelity:
    """ΔE2000 of one picture from its upload: over the product, and the median of the worst of its parts."""

    median: float
    percentile_95: float
    worst_part: float


def measure_fidelity(photo: PhotoParts, result: Image.Image) -> Fidelity:
    """`result`: a picture of the photo's size."""
    delta_e = delta_e2000(photo.image, result)
    product = np.concatenate([delta_e[part] for part in photo.parts]) if photo.parts else delta_e.ravel()
    medians = [float(np.median(delta_e[part])) for part in photo.parts]
    return Fidelity(
        float(np.median(product)),
        float(np.percentile(product, 95)),
        max(medians, default=float(np.median(product))),
    )


def fidelity_by_mode(
    stylizer: Stylizer,
    photos: Sequence[PhotoParts],
    styles: Sequence[str],
    modes: Sequence[Protection] = (Protection.SOFT, Protection.STRICT),
    *,
    enhance: bool = False,
) -> dict[str, dict[str, float]]:
    """Mode → figures of every photo in every style, as published.

    `median`, `percentile_95`: means over the pictures of these figures of the product's pixels; `worst_part`:
    the largest of all; `pictures`: their number.
    """
    figures = {}
    for mode in modes:
        looks = [Look({style: 1.0}, protection=mode, enhance=enhance) for style in styles]
        rows = [
            measure_fidelity(photo, styled.image)
            for photo in photos
            for styled in stylizer.stylize_all(photo.image, looks)
        ]
        figures[str(mode)] = summarise_fidelity(rows)
    return figures


def summarise_fidelity(rows: Sequence[Fidelity]) -> dict[str, float]:
    """Figures of several pictures, as in `fidelity_by_mode`."""
    return {
        "pictures": len(rows),
        "median": float(np.mean([row.median for row in rows])),
        "percentile_95": float(np.mean([row.percentile_95 for row in rows])),
        "worst_part": max(row.worst_part for row in rows),
    }


def _without_edge(mask: Mask) -> Mask:
    """The mask without its outermost pixels."""
    inner = mask.copy()
    for axis in (0, 1):
        for step in range(1, EDGE_PX + 1):
            inner &= np.roll(mask, step, axis) & np.roll(mask, -step, axis)
    return inner
