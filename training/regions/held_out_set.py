"""A set of composites with known masks, made of held-out photos and fonts, as folders of PNG files."""

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image
from rich.progress import track

from .backgrounds import blur, draw_background, photo_background, studio_background
from .composites import RegionSample, composite, draw_product, overlay_text, simulate_camera
from .measures import LabelledPicture
from .photos import RegionPools, cut_out, read_rgb
from .surfaces import Floats, Rng

SIZES_PX: Final = ((512, 512), (576, 448), (448, 576))  # (width, height) of a composite
NO_PRODUCT_EVERY: Final = 10  # every 10th picture has no product
OVERLAY_TEXT_EVERY: Final = 4  # every 4th picture has text over it
PLANES: Final = ("photo", "product", "text", "known")  # folders of a set


def write_set(pools: RegionPools, folder: Path, count: int, seed: int) -> None:
    """`count` pictures of each kind, shop and busy."""
    exact = [layer for photo in pools.photos if photo.mask_confidence == 1 for layer in cut_out(photo)]
    kinds = {"shop": (shop_picture, replace(pools, cutouts=exact)), "busy": (busy_picture, pools)}
    for name in PLANES:
        (folder / name).mkdir(parents=True, exist_ok=True)
    for kind, number in track(list(itertools.product(kinds, range(count))), "composites"):
        rng = np.random.default_rng([seed, number])
        products = 0 if number % NO_PRODUCT_EVERY == NO_PRODUCT_EVERY - 1 else 1
        draw, kind_pools = kinds[kind]
        sample = draw(kind_pools, SIZES_PX[number % len(SIZES_PX)], products, rng)
        sample = overlay_text(sample, rng, True) if number % OVERLAY_TEXT_EVERY == 0 else sample
        planes = (simulate_camera(sample.image, rng), sample.product, sample.text, sample.text_confidence)
        for name, plane in zip(PLANES, planes, strict=True):
            plane.save(folder / name / f"{kind}-{number:04}.png", compress_level=1)


def read_set(folder: Path) -> list[LabelledPicture]:
    return [
        LabelledPicture(
            path.name,
            read_rgb(path),
            *(_read_mask(folder / name / path.name) for name in ("product", "text", "known")),
        )
        for path in sorted((folder / "photo").glob("*.png"))
    ]


def shop_picture(pools: RegionPools, size: tuple[int, int], count: int, rng: Rng) -> RegionSample:
    """A large product on a studio background or in front of a blurred photo."""
    if rng.random() < 0.7:
        background = studio_background(size, rng, pools.textures)
    else:
        image, text_confidence = photo_background(pools, size, rng)
        background = blur(image, rng.uniform(4, 14)), text_confidence
    products = [draw_product(pools, max(size) * rng.uniform(0.5, 1), rng) for _ in range(count)]
    return composite(background, products, rng)


def busy_picture(pools: RegionPools, size: tuple[int, int], count: int, rng: Rng) -> RegionSample:
    """As in training: any cut-outs, people and animals too, of any size, up to two, on any background."""
    count *= int(rng.integers(1, 3))
    products = [draw_product(pools, max(size) * rng.uniform(0.3, 1.15), rng) for _ in range(count)]
    return composite(draw_background(pools, size, rng), products, rng)


def to_mask(image: Image.Image) -> Floats:
    """(H, W) in [0, 1]."""
    mask: Floats = np.asarray(image.convert("L"), np.float32) / 255
    return mask


def _read_mask(path: Path) -> Floats:
    with Image.open(path) as image:
        return to_mask(image)
