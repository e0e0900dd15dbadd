"""Batches: photos, the style of each sample, and the target picture where there is one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from ..shared.data import TrainingPicture, load_pictures, random_crop, random_patterns
from ..shared.files import picture_files
from ..styles.recipes import RECIPES
from ..styles.tones import TONES

UNCHANGED: Final = -1  # in place of a catalogue row: the target is the photo, through the photo encoder
UNSEEN_STYLE: Final = -2  # in place of a catalogue row: the style of a picture, through the style head
BATCH_SAMPLES: Final = 12  # one of them unchanged
UNSEEN_STYLE_SAMPLES: Final = 1  # of them
PRODUCT_SHARE: Final = 0.5  # of samples that are crops of product photos; the others are of scenes


@dataclass(frozen=True)
class StylePools:
    """Pictures that crops are taken from."""

    products: list[TrainingPicture]
    scenes: list[TrainingPicture]
    styles: list[TrainingPicture]


@dataclass(frozen=True)
class StyleBatch:
    """photo, target (B, 3, S, S); background (B, 1, S, S); patterns (B, P, S, S), 0 for catalogue styles.

    `rows`: of each sample its row in the catalogue, or UNCHANGED, or UNSEEN_STYLE (its target is the photo).
    `style_pictures` (A, 3, S, S): one for each UNSEEN_STYLE sample, in their order.
    """

    photo: Tensor
    background: Tensor
    patterns: Tensor
    target: Tensor
    rows: list[int]
    style_pictures: Tensor

    def to(self, device: str) -> "StyleBatch":
        names = ("photo", "background", "patterns", "target", "style_pictures")
        return replace(self, **{name: getattr(self, name).to(device) for name in names})

    def indices(self, matches: Callable[[int], bool]) -> list[int]:
        """Of the samples whose row matches."""
        return [index for index, row in enumerate(self.rows) if matches(row)]

    def select(self, indices: list[int]) -> "StyleBatch":
        """These samples; `style_pictures` stay as they are."""
        planes = {
            name: getattr(self, name)[indices] for name in ("photo", "background", "patterns", "target")
        }
        return replace(self, **planes, rows=[self.rows[index] for index in indices])


def load_pools(data: Path) -> StylePools:
    def load(*names: str, background: bool = False) -> list[TrainingPicture]:
        return [
            picture for name in names for picture in load_pictures(picture_files(data / name), background)
        ]

    return StylePools(
        products=load("products", background=True),
        scenes=load("scenes", "flat"),
        styles=load("paintings", "japanese", "textures", "flat"),
    )


def mixed_rows(count: int, unseen: int, rng: np.random.Generator) -> list[int]:
    """One UNCHANGED, `unseen` UNSEEN_STYLE, the rest different catalogue styles, shuffled."""
    catalogue_rows = rng.permutation(len(RECIPES))[: max(0, count - 1 - unseen)]
    rows = [UNCHANGED, *[UNSEEN_STYLE] * unseen, *catalogue_rows]
    return [int(row) for row in rng.permutation(rows)[:count]]


def draw_batch(pools: StylePools, size: int, rows: Sequence[int], rng: np.random.Generator) -> StyleBatch:
    """Random crops of `size` px, one for each row."""
    crops = []
    for _ in rows:
        pool = pools.products if rng.random() < PRODUCT_SHARE else pools.scenes
        crops.append(random_crop(pool[rng.integers(len(pool))], size, rng))
    photo, background = torch.stack([c.photo for c in crops]), torch.stack([c.background for c in crops])
    patterns = torch.cat([random_patterns(size, rng) for _ in crops])
    pictures = [pools.styles[rng.integers(len(pools.styles))] for row in rows if row == UNSEEN_STYLE]
    style_crops = [random_crop(picture, size, rng).photo for picture in pictures]
    style_pictures = torch.stack(style_crops) if style_crops else photo[:0]
    patterns[[index for index, row in enumerate(rows) if row >= 0]] = 0  # as where the engine paints tones
    targets = tone_targets(photo, rows)
    return StyleBatch(photo, background, patterns, targets, list(rows), style_pictures)


def tone_targets(photo: Tensor, rows: Sequence[int]) -> Tensor:
    """(B, 3, S, S): the photo in the tones of a catalogue style, else the photo."""
    targets = photo.clone()
    for index, row in enumerate(rows):
        if row >= 0:
            sample = slice(index, index + 1)
            targets[sample] = TONES[RECIPES[row].id](photo[sample])
    return targets.clamp(0, 1)
