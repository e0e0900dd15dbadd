"""Batches: photos, what is asked of each, and the known answer where there is one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from ..shared.data import Picture, load_pictures, picture_files, random_crop, random_patterns
from ..styles.drawings import DRAWINGS
from ..styles.recipes import RECIPES

UNCHANGED: Final = -1  # in place of a catalogue row: the photo is to be given back
ANY: Final = -2  # any painting, through the style head
SAMPLES: Final = 12  # of which one is unchanged
ANY_SAMPLES: Final = 1  # and so many each in the style of a picture of its own


@dataclass(frozen=True)
class Pools:
    """Pictures to crop from."""

    products: list[Picture]
    scenes: list[Picture]
    styles: list[Picture]


@dataclass(frozen=True)
class Batch:
    """photo, answer (B, 3, S, S); ground (B, 1, S, S); fields (B, fields + 1, S, S); any_style (A, 3, T, T),
    one for each ANY sample in their order.

    `rows` say which catalogue style each sample is to have, or UNCHANGED, or ANY (whose answer is the photo).
    """

    photo: Tensor
    background: Tensor
    fields: Tensor
    answer: Tensor
    rows: list[int]
    any_style: Tensor

    def to(self, device: str) -> "Batch":
        planes = ("photo", "background", "fields", "answer", "any_style")
        return replace(self, **{name: getattr(self, name).to(device) for name in planes})

    def places(self, wanted: Callable[[int], bool]) -> list[int]:
        return [place for place, row in enumerate(self.rows) if wanted(row)]

    def only(self, places: list[int]) -> "Batch":
        parts = {name: getattr(self, name)[places] for name in ("photo", "background", "fields", "answer")}
        return replace(self, **parts, rows=[self.rows[place] for place in places])


def load_pools(data: Path) -> Pools:
    def load(*names: str, background: bool = False) -> list[Picture]:
        return [p for name in names for p in load_pictures(picture_files(data / name), background)]

    return Pools(
        products=load("products", background=True),
        scenes=load("scenes", "flat"),
        styles=load("paintings", "japanese", "textures", "flat"),
    )


def mixed_rows(count: int, unseen: int, rng: np.random.Generator) -> list[int]:
    """One sample unchanged, `unseen` of any style, and different catalogue styles, in any order."""
    rows = [UNCHANGED, *[ANY] * unseen, *rng.permutation(len(RECIPES))[: max(0, count - 1 - unseen)]]
    return [int(row) for row in rng.permutation(rows)[:count]]


def draw_batch(pools: Pools, size: int, rows: Sequence[int], rng: np.random.Generator) -> Batch:
    """Product and other photos in equal parts."""
    crops = []
    for _ in rows:
        pool = pools.products if rng.random() < 0.5 else pools.scenes
        crops.append(random_crop(pool[rng.integers(len(pool))], size, rng))
    photo, background = torch.stack([c.photo for c in crops]), torch.stack([c.background for c in crops])
    drawn = torch.cat([random_patterns(size, rng) for _ in crops])
    pictures = [pools.styles[rng.integers(len(pools.styles))] for row in rows if row == ANY]
    painted = [random_crop(picture, size, rng).photo for picture in pictures]
    any_style = torch.stack(painted) if painted else photo[:0]
    return Batch(photo, background, drawn, _answers(photo, background, drawn, rows), list(rows), any_style)


def _answers(photo: Tensor, background: Tensor, drawn: Tensor, rows: Sequence[int]) -> Tensor:
    """What each output must be: the drawing where there is one, else the photo; ground is the photo's."""
    answers = photo.clone()
    for place, row in enumerate(rows):
        if row >= 0:
            one = slice(place, place + 1)
            answers[one] = DRAWINGS[RECIPES[row].id](photo[one], drawn[one])
    return background * photo + (1 - background) * answers.clamp(0, 1)
