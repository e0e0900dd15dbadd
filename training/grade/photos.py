"""Training data of the grade: crops of photos, and degradations of their light and colour."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from style_engine.grade.lut import GRADE_THUMBNAIL_PX
from style_engine.imaging.filters import REC_601
from style_engine.imaging.tensors import to_tensor
from style_engine.regions.background import plain_background

CROPS_PER_PHOTO: Final = 8
PIXELS_PER_CROP: Final = 512  # drawn at random
TWO_PHOTOS_SHARE: Final = 0.3  # of samples: their right half is another photo's
TINTED_BACKGROUND_SHARE: Final = 0.5  # of plain backgrounds: tinted, as a colour that must stay
TINT_MIN_FACTOR: Final = 0.75  # of each channel
UNCHANGED_SHARE: Final = 0.25  # of photos: not degraded, and must stay as they are
DEGRADE_PROBABILITY: Final = 0.5  # of each degradation, for the other photos
MAX_LIGHT_STOPS: Final = 1.0
MAX_CAST: Final = 0.15  # relative change of each channel
MAX_CONTRAST_CHANGE: Final = 0.25
MAX_SATURATION_CHANGE: Final = 0.2
GAMMA: Final = 2.2  # of sRGB, approximately

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class GradePhotos:
    """(N, 3, 64, 64) thumbnails and (N, 3, PIXELS_PER_CROP) pixels of the same crops: 8-bit, or in [0, 1]."""

    thumbnails: Tensor
    pixels: Tensor


@dataclass(frozen=True)
class Degradation:
    """Factors (B, …) by which light and colour of B photos are changed; 1 changes nothing."""

    light: Tensor  # of linear light
    cast: Tensor  # (B, 3), of sRGB values
    contrast: Tensor
    saturation: Tensor

    def __call__(self, colours: Tensor) -> Tensor:
        """Colours (B, 3, …) degraded and clipped to [0, 1], as a camera clips."""

        def expand(factor: Tensor) -> Tensor:
            return factor.view(len(factor), -1, *[1] * (colours.dim() - 2))

        x = (colours.clamp(min=1e-6) ** GAMMA * expand(self.light)) ** (1 / GAMMA) * expand(self.cast)
        x = 0.5 + (x.clamp(0, 1) - 0.5) * expand(self.contrast)
        grey = sum(weight * x[:, channel : channel + 1] for channel, weight in enumerate(REC_601))
        return (grey + (x - grey) * expand(self.saturation)).clamp(0, 1)


def random_degradation(count: int, random: torch.Generator) -> Degradation:
    """Each degradation within its maximum, for about half of the photos that are degraded at all."""

    def draw(maximum: float, channels: int = 1) -> Tensor:
        change = maximum * (2 * torch.rand(count, channels, generator=random) - 1)
        return change * (torch.rand(count, 1, generator=random) < DEGRADE_PROBABILITY)

    degraded = (torch.rand(count, 1, generator=random) >= UNCHANGED_SHARE).float()
    return Degradation(
        2 ** (draw(MAX_LIGHT_STOPS) * degraded),
        1 + draw(MAX_CAST, 3) * degraded,
        1 + draw(MAX_CONTRAST_CHANGE) * degraded,
        1 + draw(MAX_SATURATION_CHANGE) * degraded,
    )


def load_photos(files: Sequence[Path], rng: np.random.Generator) -> GradePhotos:
    """Several 8-bit crops of each file: with one, the network would memorise the light of each photo."""
    crops = [crop for path in files for crop in _crops(path, rng)]
    thumbnails, pixels = (torch.from_numpy(np.stack(part)) for part in zip(*crops, strict=True))
    return GradePhotos(thumbnails, pixels)


def random_batch(photos: GradePhotos, count: int, random: torch.Generator) -> GradePhotos:
    """`count` crops in [0, 1], mirrored with probability 0.5; some share their frame with another photo."""
    chosen = torch.randint(len(photos.thumbnails), (count,), generator=random)
    thumbnails, pixels = (part[chosen].float() / 255 for part in (photos.thumbnails, photos.pixels))
    mirrored = torch.rand(count, 1, 1, 1, generator=random) < 0.5
    thumbnails = torch.where(mirrored, thumbnails.flip(3), thumbnails)
    two_photos = torch.rand(count, generator=random) < TWO_PHOTOS_SHARE
    half = GRADE_THUMBNAIL_PX // 2
    thumbnails[two_photos, :, :, half:] = thumbnails.roll(1, 0)[two_photos, :, :, half:]
    half = PIXELS_PER_CROP // 2
    pixels[two_photos, :, half:] = pixels.roll(1, 0)[two_photos, :, half:]
    return GradePhotos(thumbnails, pixels)


def _crops(path: Path, rng: np.random.Generator) -> Iterator[tuple[Bytes, Bytes]]:
    """Thumbnail (3, 64, 64) and pixels (3, PIXELS_PER_CROP) of each crop of a file."""
    with Image.open(path) as image:
        photo = image.convert("RGB")
    background = plain_background(to_tensor(photo))[0, 0].numpy()[..., None]
    for _ in range(CROPS_PER_PHOTO):
        tinted = rng.random() < TINTED_BACKGROUND_SHARE
        tint = rng.uniform(TINT_MIN_FACTOR, 1, 3) if tinted else np.ones(3)
        picture = np.rint(np.asarray(photo) * (1 + background * (tint - 1))).astype(np.uint8)
        width, height = (max(8, round(side * rng.uniform(0.5, 1))) for side in photo.size)
        left, top = rng.integers(photo.width - width + 1), rng.integers(photo.height - height + 1)
        crop = picture[top : top + height, left : left + width]
        thumbnail = Image.fromarray(crop).resize(
            (GRADE_THUMBNAIL_PX, GRADE_THUMBNAIL_PX), Image.Resampling.BOX
        )
        pixels = crop.reshape(-1, 3)
        chosen = rng.integers(len(pixels), size=PIXELS_PER_CROP)
        yield np.asarray(thumbnail).transpose(2, 0, 1), pixels[chosen].T
