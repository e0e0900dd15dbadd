"""Photos with product masks, and the products cut out of them.

Masks come from a teacher network (`training.regions.teacher`), or from the plain background where both agree.
The mask of a composite is exact even where a cut-out is not: it is the mask that was pasted.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageFilter

from style_engine.imaging import tensors
from style_engine.regions.background import plain_background

from ..shared.files import picture_files
from .measures import iou
from .products import ProductLayer
from .surfaces import Floats, Rng

PHOTO_FOLDERS: Final = ("products", "scenes")
TEXTURE_FOLDERS: Final = ("textures", "flat")
CUT_OUT_MIN_CERTAINTY: Final = 0.90  # mean of |2 · mask - 1|
CUT_OUT_MAX_BORDER_SHARE: Final = 0.25  # of the frame's border that the product may cover
CUT_OUT_AREA_SHARES: Final = (0.02, 0.75)  # of the photo: smallest and largest product
TEACHER_BACKGROUND_MIN_IOU: Final = 0.90  # above it, what is not plain background is the exact mask
TEACHER_STRETCH_ABOVE: Final = 0.6  # masks with a higher maximum are scaled to a maximum of 1
HOLE_MAX_MASK: Final = 0.3  # of the teacher's mask in holes, through which the background shows
HOLE_WHITE_LEVEL_8BIT: Final = 235  # a white background in a hole has all channels above it
# Edges of a teacher's mask are made steeper for a cut-out: 0 up to the start, 1 from start + width.
STEEP_EDGE_START, STEEP_EDGE_WIDTH = 0.35, 0.3
# Weight of "no text here" by the photo's origin, as text is not labelled: packs have text, garments have not.
NO_TEXT_CONFIDENCE: Final = {"magento": 0.6, "insample": 0.3, "imagen": 0.3, "dtd": 0.5}


@dataclass(frozen=True)
class MaskedPhoto:
    """image: RGB; mask: L, product; mask_confidence: 0 to 1; text_confidence: weight of "no text here"."""

    image: Image.Image
    mask: Image.Image
    mask_confidence: float
    text_confidence: float


@dataclass(frozen=True)
class RegionPools:
    """photos with masks; cut-outs of them; backgrounds to paste on; textures for surfaces.

    held_out: these are held-out photos, and text is drawn in held-out fonts.
    """

    photos: list[MaskedPhoto]
    cutouts: list[ProductLayer]
    backgrounds: list[MaskedPhoto]
    textures: list[Image.Image]
    held_out: bool = False


def load_pools(data: Path, teacher: Path, held_out: bool = False) -> RegionPools:
    """Photos without a teacher's mask are left out."""
    files = [path for folder in PHOTO_FOLDERS for path in picture_files(data / folder, held_out)]
    pairs = [(path, teacher / path.parent.name / f"{path.stem}.png") for path in files]
    photos = [
        mask_photo(read_rgb(path), read_rgb(mask), no_text_confidence(path))
        for path, mask in pairs
        if mask.exists()
    ]
    surfaces = [path for name in TEXTURE_FOLDERS for path in picture_files(data / name, held_out)]
    textures = [_without_product(read_rgb(path), no_text_confidence(path)) for path in surfaces]
    cutouts = [layer for photo in photos for layer in cut_out(photo)]
    return RegionPools(
        photos, cutouts, [*photos, *textures], [texture.image for texture in textures], held_out
    )


def no_text_confidence(path: Path) -> float:
    """Weight of "no text here", by the origin in the file's name."""
    return NO_TEXT_CONFIDENCE.get(path.name.split("_")[0], 0.0)


def mask_photo(image: Image.Image, teacher_mask: Image.Image, text_confidence: float) -> MaskedPhoto:
    """The photo with the teacher's mask, or with the exact mask where it agrees with a plain background."""
    mask_image = teacher_mask.convert("L").resize(image.size, Image.Resampling.BILINEAR)
    mask = np.asarray(mask_image, np.float32) / 255
    if mask.max() > TEACHER_STRETCH_ABOVE:
        mask = mask / mask.max()
    product = 1 - plain_background(tensors.to_tensor(image))[0, 0].numpy()
    if product.min() < 0.5 and iou(mask, product) > TEACHER_BACKGROUND_MIN_IOU:
        holes = (mask < HOLE_MAX_MASK) & (np.asarray(image).min(-1) > HOLE_WHITE_LEVEL_8BIT)
        exact = _to_l_image(np.where(holes, 0, product)).filter(ImageFilter.MinFilter(3))
        return MaskedPhoto(image, exact, 1.0, text_confidence)
    return MaskedPhoto(image, _to_l_image(mask), float(np.abs(2 * mask - 1).mean() ** 2), text_confidence)


def cut_out(photo: MaskedPhoto) -> list[ProductLayer]:
    """The product, where its mask is certain and most of it is inside the frame; else an empty list."""
    mask = np.asarray(photo.mask, np.float32) / 255
    border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    certain = np.abs(2 * mask - 1).mean() > CUT_OUT_MIN_CERTAINTY
    smallest, largest = CUT_OUT_AREA_SHARES
    if not certain or border.mean() >= CUT_OUT_MAX_BORDER_SHARE or not smallest < mask.mean() < largest:
        return []
    alpha = photo.mask if photo.mask_confidence == 1 else photo.mask.point(_steep_edge_table())
    # One pixel is taken off the edge, where the old background is mixed in.
    alpha = alpha.filter(ImageFilter.MinFilter(3)).filter(ImageFilter.GaussianBlur(0.6))
    frame = alpha.point([0] * 128 + [255] * 128).getbbox()
    if frame is None:
        return []
    colour = photo.image.convert("RGBA")
    colour.putalpha(alpha)
    layer = ProductLayer(colour, alpha, Image.new("L", alpha.size), photo.text_confidence)
    return [layer.apply(lambda plane: plane.crop(frame))]


def random_window(
    photo: MaskedPhoto, size: tuple[int, int], share: float, rng: Rng
) -> tuple[Image.Image, Image.Image]:
    """A window of photo and mask, `share` of each side long, resized to `size`."""
    width, height = photo.image.width * share, photo.image.height * share
    left, top = rng.uniform(0, photo.image.width - width), rng.uniform(0, photo.image.height - height)
    frame = (left, top, left + width, top + height)
    image, mask = (
        plane.resize(size, Image.Resampling.BILINEAR, frame) for plane in (photo.image, photo.mask)
    )
    return image, mask


def read_rgb(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def _steep_edge_table() -> list[int]:
    """For Image.point: the new value of each 8-bit value."""
    shares = [(value / 255 - STEEP_EDGE_START) / STEEP_EDGE_WIDTH for value in range(256)]
    return [round(255 * min(1.0, max(0.0, share))) for share in shares]


def _without_product(image: Image.Image, text_confidence: float) -> MaskedPhoto:
    return MaskedPhoto(image, Image.new("L", image.size), 1.0, text_confidence)


def _to_l_image(mask: Floats) -> Image.Image:
    return Image.fromarray((mask.clip(0, 1) * 255).round().astype(np.uint8))
