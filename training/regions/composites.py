"""Samples for the region net: composites of known masks, and photos with a teacher's masks.

The teacher's masks (`training.regions.teacher`) say what stands out in real photos; where they are sure, they
also cut goods out of them. A composite's mask is exact whatever was cut out: it is what was pasted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from PIL import Image, ImageChops, ImageFilter, ImageOps
from torch import Tensor

from style_engine.imaging import tensors
from style_engine.regions.background import plain_background

from ..shared.data import picture_files
from .products import PRODUCTS, Floats, Layer, Rng, any_colour, fill, gradient, lettered

SURE: Final = 0.90  # mean |2m - 1| of a teacher's mask from which it may cut out
AGREED: Final = 0.90  # IoU of teacher and plain ground from which a white-ground photo is a clean cut-out
HOLE: Final = 235  # a white ground seen through a product has all channels above this
PRODUCT_AREA_SHARES: Final = (0.02, 0.75)  # of the photo
FOLDERS: Final = ("products", "scenes")
# Weight of "no text here" where nobody looked, by origin: packs are full of text, garments are not.
NO_TEXT_CONFIDENCE: Final = {"magento": 0.6, "insample": 0.3, "imagen": 0.3, "dtd": 0.5}
CLEAR: Final = 0.12  # mean of a mask below which a window of a photo has nothing that stands out
KINDS: Final = {"composite": 0.64, "photo": 0.26, "empty": 0.10}
Background = tuple[Image.Image, float]  # with the weight of there being no text on it


@dataclass(frozen=True)
class Photo:
    """image RGB; mask L, what stands out; trust 0..1 in it; text_trust: weight of there being no text."""

    image: Image.Image
    mask: Image.Image
    mask_confidence: float
    text_confidence: float


@dataclass(frozen=True)
class Pools:
    """photos with masks; cut-outs; grounds to paste on; textures to fill with."""

    photos: list[Photo]
    cutouts: list[Layer]
    backgrounds: list[Photo]
    textures: list[Image.Image]
    held_out: bool = False


@dataclass(frozen=True)
class Sample:
    """image RGB; product, text L; trust in product; text_trust L: 255 where text and its lack are known."""

    image: Image.Image
    product: Image.Image
    text: Image.Image
    mask_confidence: float
    text_confidence: Image.Image


@dataclass(frozen=True)
class Batch:
    """photo (B, 3, H, W) in [0, 1]; product, text and text_trust (B, 1, H, W); trust (B, 1, 1, 1)."""

    photo: Tensor
    product: Tensor
    text: Tensor
    mask_confidence: Tensor
    text_confidence: Tensor


def load_pools(data: Path, teacher: Path, held_out: bool = False) -> Pools:
    """Photos without a teacher's mask (yet) are left out."""
    files = [path for folder in FOLDERS for path in picture_files(data / folder, held_out)]
    pairs = [(path, teacher / path.parent.name / f"{path.stem}.png") for path in files]
    photos = [with_mask(_open(path), _open(mask), no_text(path)) for path, mask in pairs if mask.exists()]
    surfaces = [path for name in ("textures", "flat") for path in picture_files(data / name, held_out)]
    textures = [_empty(_open(path), no_text(path)) for path in surfaces]
    cutouts = [layer for photo in photos for layer in cut_out(photo)]
    return Pools(photos, cutouts, [*photos, *textures], [photo.image for photo in textures], held_out)


def no_text(path: Path) -> float:
    """How far it can be relied on that a photo of this origin has no text."""
    return NO_TEXT_CONFIDENCE.get(path.name.split("_")[0], 0.0)


def with_mask(image: Image.Image, answer: Image.Image, text_confidence: float) -> Photo:
    """The photo with the teacher's answer, or with the exact mask where both agree on a plain ground."""
    mask = answer.convert("L").resize(image.size, Image.Resampling.BILINEAR)
    share = np.asarray(mask, np.float32) / 255
    if share.max() > 0.6:
        share = share / share.max()
    product = 1 - plain_background(tensors.to_tensor(image))[0, 0].numpy()
    if product.min() < 0.5 and overlap(share, product) > AGREED:
        holes = (share < 0.3) & (np.asarray(image).min(-1) > HOLE)
        return Photo(
            image, _grey(np.where(holes, 0, product)).filter(ImageFilter.MinFilter(3)), 1.0, text_confidence
        )
    return Photo(image, _grey(share), float(np.abs(2 * share - 1).mean() ** 2), text_confidence)


def cut_out(photo: Photo) -> list[Layer]:
    """The photo's product alone, if its mask is sure and most of the product is inside the frame."""
    share = np.asarray(photo.mask, np.float32) / 255
    edge = np.concatenate([share[0], share[-1], share[:, 0], share[:, -1]])
    sure = np.abs(2 * share - 1).mean() > SURE and edge.mean() < 0.25
    if not sure or not PRODUCT_AREA_SHARES[0] < share.mean() < PRODUCT_AREA_SHARES[1]:
        return []
    alpha = photo.mask if photo.mask_confidence == 1 else photo.mask.point(_steeper())
    # One pixel off the rim, where the old ground shines through.
    alpha = alpha.filter(ImageFilter.MinFilter(3)).filter(ImageFilter.GaussianBlur(0.6))
    frame = alpha.point([0] * 128 + [255] * 128).getbbox()
    if frame is None:
        return []
    colour = photo.image.convert("RGBA")
    colour.putalpha(alpha)
    layer = Layer(colour, alpha, Image.new("L", alpha.size), photo.text_confidence)
    return [layer.each(lambda plane: plane.crop(frame))]


def draw_sample(pools: Pools, size: tuple[int, int], rng: Rng) -> Sample:
    """One sample of `size` (width, height) px."""
    kind = rng.choice(list(KINDS), p=list(KINDS.values()))
    if kind == "photo" and pools.photos:
        sample = from_photo(pools, size, rng)
    else:
        count = 0 if kind == "empty" else int(rng.choice([1, 1, 1, 2, 3]))
        longest = max(size) / (1 if count == 1 else 1.5)
        products = [draw_product(pools, longest * rng.uniform(0.3, 1.15), rng) for _ in range(count)]
        sample = composite(draw_background(pools, size, rng), products, rng)
    if rng.random() < 0.15:
        sample = with_sign(sample, rng, pools.held_out)
    return replace(sample, image=taken(sample.image, rng))


def from_photo(pools: Pools, size: tuple[int, int], rng: Rng) -> Sample:
    """A photo as it is, or a window of it; half of them mirrored."""
    photo = pools.photos[rng.integers(len(pools.photos))]
    image, mask = window(photo, size, 1.0 if rng.random() < 0.5 else rng.uniform(0.6, 1.0), rng)
    if rng.random() < 0.5:
        image, mask = ImageOps.mirror(image), ImageOps.mirror(mask)
    known = Image.new("L", size, round(255 * photo.text_confidence))
    return Sample(image, mask, Image.new("L", size), photo.mask_confidence, known)


def window(photo: Photo, size: tuple[int, int], share: float, rng: Rng) -> tuple[Image.Image, Image.Image]:
    """A part of the photo and of its mask, `share` of each side long, brought to `size`."""
    width, height = photo.image.width * share, photo.image.height * share
    left, top = rng.uniform(0, photo.image.width - width), rng.uniform(0, photo.image.height - height)
    frame = (left, top, left + width, top + height)
    image, mask = (
        plane.resize(size, Image.Resampling.BILINEAR, frame) for plane in (photo.image, photo.mask)
    )
    return image, mask


def composite(background: Background, products: Sequence[Layer], rng: Rng) -> Sample:
    """Goods on a ground, their shadows under them."""
    image, text_confidence = background
    empty, known = Image.new("L", image.size), Image.new("L", image.size, round(255 * text_confidence))
    sample = Sample(image, empty, empty, 1.0, known)
    for layer in products:
        sample = pasted(sample, layer, rng)
    return sample


def draw_background(pools: Pools, size: tuple[int, int], rng: Rng) -> Background:
    """Half from the studio, half photos, often out of focus."""
    if rng.random() < 0.5 or not pools.backgrounds:
        return studio_background(size, rng, pools.textures)
    image, text_confidence = photo_background(pools, size, rng)
    return (out_of_focus(image, rng.uniform(1, 8)) if rng.random() < 0.35 else image), text_confidence


def out_of_focus(image: Image.Image, radius: float) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(radius))


def studio_background(size: tuple[int, int], rng: Rng, textures: list[Image.Image]) -> Background:
    """White or coloured paper, a sweep of light, a table before a wall."""
    kind = rng.random()
    if kind < 0.24:
        return Image.new("RGB", size, (255, 255, 255) if rng.random() < 0.4 else any_colour(rng)), 1.0
    return (_sweep(size, rng) if kind < 0.68 else _table(size, rng, textures)), 1.0


def photo_background(pools: Pools, size: tuple[int, int], rng: Rng) -> Background:
    """A window of a photo in which nothing stands out; a sweep where none is met soon."""
    for _ in range(4):
        photo = pools.backgrounds[rng.integers(len(pools.backgrounds))]
        background, mask = window(photo, size, rng.uniform(0.35, 1.0), rng)
        if np.asarray(mask).mean() < 255 * CLEAR:
            return background, photo.text_confidence
    return _sweep(size, rng), 1.0


def draw_product(pools: Pools, long: float, rng: Rng) -> Layer:
    """Cut out or drawn, `long` px on the long side, turned, sometimes in perspective."""
    if pools.cutouts and rng.random() < 0.6:
        layer = scaled(pools.cutouts[rng.integers(len(pools.cutouts))], long)
        if rng.random() < 0.35:
            layer = labelled(layer, rng, pools.held_out)
    else:
        layer = PRODUCTS[rng.integers(len(PRODUCTS))](max(round(long), 48), rng, pools.textures)
    if rng.random() < 0.5:
        layer = layer if layer.text.getbbox() else layer.each(ImageOps.mirror)
    if rng.random() < 0.3:
        layer = in_perspective(layer, rng)
    turn = rng.normal(0, 8) if rng.random() < 0.85 else rng.uniform(-180, 180)
    return layer.each(lambda plane: plane.rotate(turn, Image.Resampling.BILINEAR, expand=True))


def scaled(layer: Layer, long: float) -> Layer:
    scale = long / max(layer.mask.size)
    size = (max(8, round(layer.mask.width * scale)), max(8, round(layer.mask.height * scale)))
    return layer.each(lambda plane: plane.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))


def labelled(layer: Layer, rng: Rng, held_out: bool) -> Layer:
    """Words printed across the goods, no further than the goods go."""
    width, height = layer.mask.size
    left, top = round(width * rng.uniform(0.2, 0.45)), round(height * rng.uniform(0.2, 0.7))
    place = (
        left,
        top,
        round(width * rng.uniform(0.55, 0.85)),
        min(height, top + round(height * rng.uniform(0.06, 0.3))),
    )
    if place[2] - left < 8 or place[3] - top < 8:
        return layer
    printed, lines = lettered(layer.colour.convert("RGB"), place, rng, held_out)
    printed.putalpha(layer.colour.getchannel("A"))
    return replace(layer, colour=printed, text=ImageChops.multiply(lines, layer.mask))


def in_perspective(layer: Layer, rng: Rng) -> Layer:
    """Seen a little from the side: one edge shorter than the other."""
    width, height = layer.mask.size
    lean, tip = rng.uniform(-0.25, 0.25) * height, rng.uniform(-0.25, 0.25) * width
    quad = (min(0, tip), min(0, lean), max(0, -tip), height + max(0, -lean),
            width - max(0, -tip) / 2, height + max(0, lean), width - min(0, tip), -max(0, lean))  # fmt: skip
    return layer.each(
        lambda plane: plane.transform((width, height), Image.Transform.QUAD, quad, Image.Resampling.BILINEAR)
    )


def pasted(sample: Sample, layer: Layer, rng: Rng) -> Sample:
    """The layer laid over the sample near its middle; what lies below is covered."""
    room = [side - products for side, products in zip(sample.image.size, layer.mask.size, strict=True)]
    left, top = (round(space / 2 + abs(space) * rng.normal(0, 0.22)) for space in room)
    image = sample.image
    if rng.random() < 0.6:
        image = shaded(image, layer.mask, (left, top), rng)
    over = image.copy()
    over.paste(layer.colour.convert("RGB"), (left, top), layer.colour.getchannel("A"))
    mask, text = (_placed(plane, sample.image.size, (left, top)) for plane in (layer.mask, layer.text))
    confident = Image.new("L", mask.size, round(255 * layer.text_confidence))
    return Sample(
        over,
        ImageChops.lighter(sample.product, mask),
        ImageChops.lighter(ImageChops.multiply(sample.text, ImageChops.invert(mask)), text),
        sample.mask_confidence,
        ImageChops.lighter(Image.composite(confident, sample.text_confidence, mask), text),
    )


def shaded(image: Image.Image, mask: Image.Image, place: tuple[int, int], rng: Rng) -> Image.Image:
    """The goods' soft shadow on the ground: beside or below them."""
    shift = rng.uniform(-0.08, 0.08) * mask.width, rng.uniform(-0.02, 0.1) * mask.height
    shadow = _placed(mask, image.size, (round(place[0] + shift[0]), round(place[1] + shift[1])))
    soft = shadow.filter(ImageFilter.GaussianBlur(max(mask.size) * rng.uniform(0.01, 0.08)))
    darkness = rng.uniform(0.15, 0.7)
    return Image.composite(Image.new("RGB", image.size), image, soft.point(lambda value: value * darkness))


def with_sign(sample: Sample, rng: Rng, held_out: bool) -> Sample:
    """Words printed over the picture, as prices and watermarks are: text, and nothing that hides goods."""
    width, height = sample.image.size
    tall, wide = round(height * rng.uniform(0.05, 0.3)), round(width * rng.uniform(0.25, 0.9))
    left, top = int(rng.integers(0, width - wide + 1)), int(rng.integers(0, height - tall + 1))
    place = (left, top, left + wide, top + tall)
    image, lines = lettered(sample.image, place, rng, held_out, panels=0.0)
    text, known = (ImageChops.lighter(plane, lines) for plane in (sample.text, sample.text_confidence))
    return replace(sample, image=image, text=text, text_confidence=known)


def taken(image: Image.Image, rng: Rng) -> Image.Image:
    """As a camera gives it: exposure, tint, noise, a little blur."""
    if rng.random() < 0.3:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.1)))
    light = np.asarray(image, np.float32) / 255
    light = light ** rng.uniform(0.75, 1.35) if rng.random() < 0.5 else light
    if rng.random() < 0.4:
        light = light * rng.uniform(0.88, 1.08, 3).astype(np.float32)
    if rng.random() < 0.08:
        light = light.mean(-1, keepdims=True).repeat(3, -1)
    if rng.random() < 0.5:
        light = light + rng.normal(0, rng.uniform(0.004, 0.04), light.shape).astype(np.float32)
    return Image.fromarray((light.clip(0, 1) * 255).astype(np.uint8))


def draw_batch(pools: Pools, size: tuple[int, int], count: int, rng: Rng) -> Batch:
    samples = [draw_sample(pools, size, rng) for _ in range(count)]
    return Batch(
        torch.cat([tensors.to_tensor(sample.image) for sample in samples]),
        _planes([sample.product for sample in samples]),
        _planes([sample.text for sample in samples]),
        torch.tensor([sample.mask_confidence for sample in samples]).view(-1, 1, 1, 1),
        _planes([sample.text_confidence for sample in samples]),
    )


def mirrored(batch: Batch) -> Batch:
    planes = (batch.photo, batch.product, batch.text, batch.mask_confidence, batch.text_confidence)
    return Batch(*(plane.flip(3) for plane in planes))


def overlap(first: Floats, second: Floats) -> float:
    """Intersection over union of two masks 0..1, cut at a half; 1 where both are empty."""
    one, two = first > 0.5, second > 0.5
    union = np.logical_or(one, two).sum()
    return float(np.logical_and(one, two).sum() / union) if union else 1.0


def _sweep(size: tuple[int, int], rng: Rng) -> Image.Image:
    """Studio paper: one colour, lit from somewhere."""
    base = np.array(any_colour(rng), np.float32)
    lit, dim = (
        tuple(int(v) for v in (base * s).clip(0, 255)) for s in (rng.uniform(1, 1.15), rng.uniform(0.6, 0.95))
    )
    return gradient(size, (lit[0], lit[1], lit[2]), (dim[0], dim[1], dim[2]), rng)


def _table(size: tuple[int, int], rng: Rng, textures: list[Image.Image]) -> Image.Image:
    """A surface below, a wall above."""
    wall = _sweep(size, rng) if rng.random() < 0.6 else fill(size, rng, textures)
    edge = round(size[1] * rng.uniform(0.35, 0.85))
    wall.paste(fill((size[0], size[1] - edge), rng, textures), (0, edge))
    return wall.filter(ImageFilter.GaussianBlur(rng.uniform(0, 3)))


def _placed(plane: Image.Image, size: tuple[int, int], place: tuple[int, int]) -> Image.Image:
    painter = Image.new("L", size)
    painter.paste(plane, place)
    return painter


def _planes(planes: list[Image.Image]) -> Tensor:
    return torch.stack([torch.from_numpy(np.array(plane)).float() / 255 for plane in planes]).unsqueeze(1)


def _steeper() -> list[int]:
    """A teacher's soft rim drawn in: 0 below .35, 1 above .65."""
    return [round(255 * min(1.0, max(0.0, (value / 255 - 0.35) / 0.3))) for value in range(256)]


def _empty(image: Image.Image, text_confidence: float) -> Photo:
    return Photo(image, Image.new("L", image.size), 1.0, text_confidence)


def _grey(share: Floats) -> Image.Image:
    return Image.fromarray((share.clip(0, 1) * 255).round().astype(np.uint8))


def _open(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")
