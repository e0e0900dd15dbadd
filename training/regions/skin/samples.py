"""Training samples of the skin decoder: photos of people and hands, people on other backgrounds, and no skin.

Colour alone must not decide: garments, products and scenes are often shifted to the colours of skin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from style_engine.imaging import tensors
from style_engine.regions.background import plain_background

from ..backgrounds import draw_background
from ..composites import composite, draw_product, simulate_camera
from ..photos import MaskedPhoto, RegionPools
from ..surfaces import Rng
from .labels import UNKNOWN_8BIT, LabelledSkin

SAMPLE_KIND_SHARES: Final = {"photo": 0.36, "person on a background": 0.20, "no skin": 0.32, "drawn": 0.12}
KIND_WEIGHTS: Final = {"person": 1.0, "person scene": 2.0, "skin detail": 6.0, "hand": 2.0}
RECOLOUR_SHARE: Final = 0.4  # of samples: what is not skin is shifted to a colour of skin
DARKER_SKIN_SHARE: Final = 0.3  # of samples: skin is darkened, as most people of the photos are fair
SKIN_COLOURS: Final = ((236, 194, 170), (224, 172, 140), (198, 134, 100), (150, 96, 66), (104, 66, 46))
COLOUR_STD_8BIT: Final = 12.0  # of a random colour of skin around one of these
CLOSE_UP_SHARE: Final = 0.3  # of samples of people: a small window around a place with skin
PERSON_MIN_BACKGROUND_SHARE: Final = 0.1  # of a photo that is cut out by its plain background
SIDES_PX: Final = (192, 224, 256, 288)


@dataclass(frozen=True)
class SkinPools:
    """people: photos with skin; empty: photos without; cutouts: people with a plain background, as RGBA and
    mask; regions: backgrounds and surfaces of drawn pictures."""

    people: Sequence[LabelledSkin]
    empty: Sequence[LabelledSkin]
    cutouts: Sequence[tuple[Image.Image, Image.Image]]
    regions: RegionPools


@dataclass(frozen=True)
class SkinBatch:
    """photo (B, 3, H, W); skin, known (B, 1, H, W)."""

    photo: Tensor
    skin: Tensor
    known: Tensor


def make_pools(pictures: Sequence[LabelledSkin]) -> SkinPools:
    people = [picture for picture in pictures if picture.has_skin]
    empty = [picture for picture in pictures if not picture.has_skin]
    backgrounds = [
        MaskedPhoto(picture.image, Image.new("L", picture.image.size), 1.0, 0.0) for picture in empty
    ]
    textures = [picture.image for picture in empty if picture.kind == "texture"]
    regions = RegionPools([], [], backgrounds, textures)
    cutouts = [cut for picture in people if picture.kind == "person" for cut in cut_out(picture)]
    return SkinPools(people, empty, cutouts, regions)


def cut_out(picture: LabelledSkin) -> list[tuple[Image.Image, Image.Image]]:
    """The person with transparency, and the mask of skin; an empty list without a plain background."""
    background = plain_background(tensors.to_tensor(picture.image))[0, 0].numpy()
    if background.mean() < PERSON_MIN_BACKGROUND_SHARE:
        return []
    colour = picture.image.convert("RGBA")
    colour.putalpha(Image.fromarray((255 * (1 - background)).astype(np.uint8)))
    return [(colour, picture.mask)]


def draw_sample(pools: SkinPools, size: tuple[int, int], rng: Rng) -> tuple[Image.Image, Image.Image]:
    """An RGB picture of `size` (width, height) px and its mask, L as of `LabelledSkin`."""
    kind = rng.choice(list(SAMPLE_KIND_SHARES), p=list(SAMPLE_KIND_SHARES.values()))
    if kind == "photo":
        image, mask = _window(*_random_person(pools.people, rng), size, rng)
    elif kind == "person on a background" and pools.cutouts:
        image, mask = _person_on_background(pools, size, rng)
    elif kind == "no skin":
        picture = pools.empty[int(rng.integers(len(pools.empty)))]
        image, mask = _window(picture.image, picture.mask, size, rng)
    else:
        image, mask = _drawn_products(pools, size, rng)
    if rng.random() < DARKER_SKIN_SHARE:
        image = darken(image, mask, rng.uniform(1.1, 2.4))
    if rng.random() < RECOLOUR_SHARE:
        image = recolour(image, mask, rng)
    return simulate_camera(image, rng), mask


def draw_batch(pools: SkinPools, count: int, rng: Rng) -> SkinBatch:
    size = (int(rng.choice(SIDES_PX)), int(rng.choice(SIDES_PX)))
    samples = [draw_sample(pools, size, rng) for _ in range(count)]
    photo = torch.cat([tensors.to_tensor(image) for image, _ in samples])
    masks = torch.stack([torch.from_numpy(np.array(mask)) for _, mask in samples]).unsqueeze(1).float() / 255
    known = ((masks - 0.5).abs() * 4).clamp(0, 1)
    return SkinBatch(photo, masks.round(), known)


def darken(image: Image.Image, mask: Image.Image, gamma: float) -> Image.Image:
    """The picture with its skin darkened by a gamma."""
    return Image.composite(
        image.point([round(255 * (v / 255) ** gamma) for v in range(256)] * 3), image, mask
    )


def recolour(image: Image.Image, mask: Image.Image, rng: Rng) -> Image.Image:
    """The picture with what is not skin shifted so that its mean colour is one of skin; white stays."""
    pixels = np.asarray(image, np.float32)
    chromatic = (np.asarray(mask) < 64) & (pixels.min(-1) < 235)
    if not chromatic.any():
        return image
    base = np.array(SKIN_COLOURS[rng.integers(len(SKIN_COLOURS))]) + rng.normal(0, COLOUR_STD_8BIT, 3)
    mean = pixels[chromatic].mean(0)
    shade = pixels.mean(-1, keepdims=True) / max(1.0, float(base.mean()))
    # The texture's own variation of colour stays in part.
    wanted = base * shade + (pixels - pixels.mean(-1, keepdims=True) - (mean - mean.mean())) * 0.5
    shifted = Image.fromarray(wanted.clip(0, 255).astype(np.uint8))
    return Image.composite(shifted, image, Image.fromarray((255 * chromatic).astype(np.uint8)))


def _random_person(people: Sequence[LabelledSkin], rng: Rng) -> tuple[Image.Image, Image.Image]:
    weights = np.array([KIND_WEIGHTS[picture.kind] for picture in people])
    picture = people[int(rng.choice(len(people), p=weights / weights.sum()))]
    return picture.image, picture.mask


def _window(
    image: Image.Image, mask: Image.Image, size: tuple[int, int], rng: Rng
) -> tuple[Image.Image, Image.Image]:
    """A random window of a picture at `size`, mirrored with probability 0.5; sometimes a close-up of skin."""
    rows, columns = np.nonzero(np.asarray(mask) >= UNKNOWN_8BIT.stop)
    close_up = len(rows) > 0 and rng.random() < CLOSE_UP_SHARE
    share = rng.uniform(0.12, 0.4) if close_up else 1.0 if rng.random() < 0.4 else rng.uniform(0.35, 1.0)
    stretch = rng.uniform(0.85, 1.18)
    scale = share * min(image.width / size[0], image.height / size[1])
    width, height = min(image.width, size[0] * scale * stretch), min(image.height, size[1] * scale / stretch)
    left, top = rng.uniform(0, image.width - width), rng.uniform(0, image.height - height)
    if close_up:
        at = rng.integers(len(rows))
        left = min(max(0.0, columns[at] - width / 2), image.width - width)
        top = min(max(0.0, rows[at] - height / 2), image.height - height)
    box = (left, top, left + width, top + height)
    image = image.resize(size, Image.Resampling.BILINEAR, box)
    mask = mask.resize(size, Image.Resampling.NEAREST, box)
    return (ImageOps.mirror(image), ImageOps.mirror(mask)) if rng.random() < 0.5 else (image, mask)


def _person_on_background(
    pools: SkinPools, size: tuple[int, int], rng: Rng
) -> tuple[Image.Image, Image.Image]:
    colour, mask = pools.cutouts[int(rng.integers(len(pools.cutouts)))]
    if rng.random() < 0.5:
        colour, mask = ImageOps.mirror(colour), ImageOps.mirror(mask)
    scale = rng.uniform(0.5, 1.8) * min(size[0] / colour.width, size[1] / colour.height)
    shape = (round(colour.width * scale), round(colour.height * scale))
    colour, mask = (
        colour.resize(shape, Image.Resampling.BILINEAR),
        mask.resize(shape, Image.Resampling.NEAREST),
    )
    room = [outer - inner for outer, inner in zip(size, shape, strict=True)]
    left, top = (round(space / 2 + abs(space) * rng.normal(0, 0.25)) for space in room)
    background = recolour_some(draw_background(pools.regions, size, rng)[0], rng)
    background.paste(colour.convert("RGB"), (left, top), colour.getchannel("A"))
    skin = Image.new("L", size)
    skin.paste(mask, (left, top))
    return background, skin


def recolour_some(image: Image.Image, rng: Rng) -> Image.Image:
    """The picture, or with the probability of a recolouring, one in the colours of skin."""
    return recolour(image, Image.new("L", image.size), rng) if rng.random() < RECOLOUR_SHARE else image.copy()


def _drawn_products(pools: SkinPools, size: tuple[int, int], rng: Rng) -> tuple[Image.Image, Image.Image]:
    products = [draw_product(pools.regions, max(size) * rng.uniform(0.4, 1.1), rng) for _ in range(2)]
    return composite(draw_background(pools.regions, size, rng), products, rng).image, Image.new("L", size)
