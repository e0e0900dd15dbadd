"""Training samples of the region network: composites with exact masks, and photos with a teacher's masks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from PIL import Image, ImageChops, ImageFilter, ImageOps
from torch import Tensor

from style_engine.imaging import tensors

from .backgrounds import Background, draw_background
from .photos import RegionPools, random_window
from .products import PRODUCTS, ProductLayer
from .surfaces import TEXT_BOX_MIN_SIDE_PX, Rng, print_text

SAMPLE_KIND_SHARES: Final = {"composite": 0.64, "photo": 0.26, "empty": 0.10}
PRODUCT_COUNTS: Final = [1, 1, 1, 2, 3]  # in a composite, one of these
CUTOUT_SHARE: Final = 0.6  # of products; the others are drawn
CUTOUT_TEXT_SHARE: Final = 0.35  # of cut-outs: with text printed on them
PERSPECTIVE_SHARE: Final = 0.3  # of products
SHADOW_SHARE: Final = 0.6  # of products
OVERLAY_TEXT_SHARE: Final = 0.15  # of samples: with text over the picture
PRODUCT_MIN_SIDE_PX: Final = 48  # of drawn products


@dataclass(frozen=True)
class RegionSample:
    """image: RGB; product, text: L; mask_confidence: weight of the product mask in the loss, 0 to 1;
    text_confidence: L, weight of the text mask at each pixel."""

    image: Image.Image
    product: Image.Image
    text: Image.Image
    mask_confidence: float
    text_confidence: Image.Image


@dataclass(frozen=True)
class RegionBatch:
    """photo (B, 3, H, W); product, text, text_confidence (B, 1, H, W); mask_confidence (B, 1, 1, 1)."""

    photo: Tensor
    product: Tensor
    text: Tensor
    mask_confidence: Tensor
    text_confidence: Tensor


def draw_sample(pools: RegionPools, size: tuple[int, int], rng: Rng) -> RegionSample:
    """One random sample of `size` (width, height) px."""
    kind = rng.choice(list(SAMPLE_KIND_SHARES), p=list(SAMPLE_KIND_SHARES.values()))
    if kind == "photo" and pools.photos:
        sample = sample_photo(pools, size, rng)
    else:
        count = 0 if kind == "empty" else int(rng.choice(PRODUCT_COUNTS))
        longest = max(size) / (1 if count == 1 else 1.5)
        products = [draw_product(pools, longest * rng.uniform(0.3, 1.15), rng) for _ in range(count)]
        sample = composite(draw_background(pools, size, rng), products, rng)
    if rng.random() < OVERLAY_TEXT_SHARE:
        sample = overlay_text(sample, rng, pools.held_out)
    return replace(sample, image=simulate_camera(sample.image, rng))


def sample_photo(pools: RegionPools, size: tuple[int, int], rng: Rng) -> RegionSample:
    """A whole photo or a window of it, mirrored with probability 0.5."""
    photo = pools.photos[rng.integers(len(pools.photos))]
    image, mask = random_window(photo, size, 1.0 if rng.random() < 0.5 else rng.uniform(0.6, 1.0), rng)
    if rng.random() < 0.5:
        image, mask = ImageOps.mirror(image), ImageOps.mirror(mask)
    text_confidence = Image.new("L", size, round(255 * photo.text_confidence))
    return RegionSample(image, mask, Image.new("L", size), photo.mask_confidence, text_confidence)


def composite(background: Background, products: Sequence[ProductLayer], rng: Rng) -> RegionSample:
    """Products pasted on a background one after the other, mostly with a shadow."""
    image, confidence = background
    empty, text_confidence = (Image.new("L", image.size, round(255 * value)) for value in (0, confidence))
    sample = RegionSample(image, empty, empty, 1.0, text_confidence)
    for layer in products:
        sample = paste_product(sample, layer, rng)
    return sample


def draw_product(pools: RegionPools, long_side: float, rng: Rng) -> ProductLayer:
    """A cut-out or drawn product of about `long_side` px, rotated, sometimes in perspective."""
    if pools.cutouts and rng.random() < CUTOUT_SHARE:
        layer = resize_layer(pools.cutouts[rng.integers(len(pools.cutouts))], long_side)
        if rng.random() < CUTOUT_TEXT_SHARE:
            layer = print_label(layer, rng, pools.held_out)
    else:
        draw = PRODUCTS[rng.integers(len(PRODUCTS))]
        layer = draw(max(round(long_side), PRODUCT_MIN_SIDE_PX), rng, pools.textures)
    if rng.random() < 0.5:
        layer = layer if layer.text.getbbox() else layer.apply(ImageOps.mirror)
    if rng.random() < PERSPECTIVE_SHARE:
        layer = warp_perspective(layer, rng)
    angle = rng.normal(0, 8) if rng.random() < 0.85 else rng.uniform(-180, 180)
    return layer.apply(lambda plane: plane.rotate(angle, Image.Resampling.BILINEAR, expand=True))


def resize_layer(layer: ProductLayer, long_side: float) -> ProductLayer:
    scale = long_side / max(layer.mask.size)
    size = (max(8, round(layer.mask.width * scale)), max(8, round(layer.mask.height * scale)))
    return layer.apply(lambda plane: plane.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))


def print_label(layer: ProductLayer, rng: Rng, held_out: bool) -> ProductLayer:
    """Text printed on the product, clipped to its mask."""
    width, height = layer.mask.size
    left, top = round(width * rng.uniform(0.2, 0.45)), round(height * rng.uniform(0.2, 0.7))
    right = round(width * rng.uniform(0.55, 0.85))
    bottom = min(height, top + round(height * rng.uniform(0.06, 0.3)))
    if min(right - left, bottom - top) < TEXT_BOX_MIN_SIDE_PX:
        return layer
    box = (left, top, right, bottom)
    printed, lines = print_text(layer.colour.convert("RGB"), box, rng, held_out)
    printed.putalpha(layer.colour.getchannel("A"))
    return replace(layer, colour=printed, text=ImageChops.multiply(lines, layer.mask))


def warp_perspective(layer: ProductLayer, rng: Rng) -> ProductLayer:
    """Seen slightly from the side: one edge shorter than the opposite one."""
    width, height = layer.mask.size
    shift_y, shift_x = rng.uniform(-0.25, 0.25) * height, rng.uniform(-0.25, 0.25) * width
    quad = (
        min(0, shift_x), min(0, shift_y), max(0, -shift_x), height + max(0, -shift_y),
        width - max(0, -shift_x) / 2, height + max(0, shift_y), width - min(0, shift_x), -max(0, shift_y),
    )  # fmt: skip
    return layer.apply(
        lambda plane: plane.transform((width, height), Image.Transform.QUAD, quad, Image.Resampling.BILINEAR)
    )


def paste_product(sample: RegionSample, layer: ProductLayer, rng: Rng) -> RegionSample:
    """The layer pasted near the middle of the sample; it hides the text below it."""
    room = [outer - inner for outer, inner in zip(sample.image.size, layer.mask.size, strict=True)]
    left, top = (round(space / 2 + abs(space) * rng.normal(0, 0.22)) for space in room)
    image = sample.image
    if rng.random() < SHADOW_SHARE:
        image = cast_shadow(image, layer.mask, (left, top), rng)
    image = image.copy()
    image.paste(layer.colour.convert("RGB"), (left, top), layer.colour.getchannel("A"))
    mask, text = (_place(plane, sample.image.size, (left, top)) for plane in (layer.mask, layer.text))
    layer_confidence = Image.new("L", mask.size, round(255 * layer.text_confidence))
    visible_text = ImageChops.multiply(sample.text, ImageChops.invert(mask))
    confidence = Image.composite(layer_confidence, sample.text_confidence, mask)
    return RegionSample(
        image,
        ImageChops.lighter(sample.product, mask),
        ImageChops.lighter(visible_text, text),
        sample.mask_confidence,
        ImageChops.lighter(confidence, text),
    )


def cast_shadow(image: Image.Image, mask: Image.Image, corner: tuple[int, int], rng: Rng) -> Image.Image:
    """A soft shadow of a product whose mask is at `corner` (left, top), beside or below it."""
    shift = rng.uniform(-0.08, 0.08) * mask.width, rng.uniform(-0.02, 0.1) * mask.height
    shadow = _place(mask, image.size, (round(corner[0] + shift[0]), round(corner[1] + shift[1])))
    soft = shadow.filter(ImageFilter.GaussianBlur(max(mask.size) * rng.uniform(0.01, 0.08)))
    darkness = rng.uniform(0.15, 0.7)
    return Image.composite(Image.new("RGB", image.size), image, soft.point(lambda value: value * darkness))


def overlay_text(sample: RegionSample, rng: Rng, held_out: bool) -> RegionSample:
    """Text over the picture, such as a price or a watermark; the product mask stays."""
    width, height = sample.image.size
    box_height, box_width = round(height * rng.uniform(0.05, 0.3)), round(width * rng.uniform(0.25, 0.9))
    left, top = int(rng.integers(0, width - box_width + 1)), int(rng.integers(0, height - box_height + 1))
    box = (left, top, left + box_width, top + box_height)
    image, lines = print_text(sample.image, box, rng, held_out, panel_share=0.0)
    text, confidence = (ImageChops.lighter(plane, lines) for plane in (sample.text, sample.text_confidence))
    return replace(sample, image=image, text=text, text_confidence=confidence)


def simulate_camera(image: Image.Image, rng: Rng) -> Image.Image:
    """Random blur, gamma, cast, loss of colour, and noise."""
    if rng.random() < 0.3:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.1)))
    x = np.asarray(image, np.float32) / 255
    x = x ** rng.uniform(0.75, 1.35) if rng.random() < 0.5 else x
    if rng.random() < 0.4:
        x = x * rng.uniform(0.88, 1.08, 3).astype(np.float32)
    if rng.random() < 0.08:
        x = x.mean(-1, keepdims=True).repeat(3, -1)
    if rng.random() < 0.5:
        x = x + rng.normal(0, rng.uniform(0.004, 0.04), x.shape).astype(np.float32)
    return Image.fromarray((x.clip(0, 1) * 255).astype(np.uint8))


def draw_batch(pools: RegionPools, size: tuple[int, int], count: int, rng: Rng) -> RegionBatch:
    samples = [draw_sample(pools, size, rng) for _ in range(count)]
    return RegionBatch(
        torch.cat([tensors.to_tensor(sample.image) for sample in samples]),
        _to_masks([sample.product for sample in samples]),
        _to_masks([sample.text for sample in samples]),
        torch.tensor([sample.mask_confidence for sample in samples]).view(-1, 1, 1, 1),
        _to_masks([sample.text_confidence for sample in samples]),
    )


def mirror(batch: RegionBatch) -> RegionBatch:
    planes = (batch.photo, batch.product, batch.text, batch.mask_confidence, batch.text_confidence)
    return RegionBatch(*(plane.flip(3) for plane in planes))


def _place(plane: Image.Image, size: tuple[int, int], corner: tuple[int, int]) -> Image.Image:
    """An L image of `size`, 0 but for the plane at `corner` (left, top)."""
    frame = Image.new("L", size)
    frame.paste(plane, corner)
    return frame


def _to_masks(images: list[Image.Image]) -> Tensor:
    """(B, 1, H, W) in [0, 1] from L images."""
    return torch.stack([torch.from_numpy(np.array(image)).float() / 255 for image in images]).unsqueeze(1)
