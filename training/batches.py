"""Batches: photos, what is asked of each, and the known answer where there is one."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from .catalogue import RECIPES, Recipe
from .data import Picture, load_pictures, picture_files, random_crop, random_fields
from .drawings import DRAWINGS

ANY_STYLE: Final = Recipe(
    "any", "Any", "any", "painted", "", texture=0.5, style=5.0, content=1.0, colour=0.2, calm=3.0
)
UNCHANGED: Final = Recipe("unchanged", "Unchanged", "any", "drawn", "")
SLOTS: Final = ("unchanged", "any", *["drawn"] * 10)


@dataclass(frozen=True)
class Pools:
    """Pictures to crop from."""

    products: list[Picture]
    scenes: list[Picture]
    styles: list[Picture]


@dataclass(frozen=True)
class Batch:
    """photo, answer (B, 3, S, S); ground (B, 1, S, S); fields (B, fields + 1, S, S)."""

    photo: Tensor
    ground: Tensor
    fields: Tensor
    recipes: list[Recipe]
    rows: list[int]
    any_style: Tensor
    answer: Tensor


def load_pools(data: Path) -> Pools:
    def load(*names: str, ground: bool = False) -> list[Picture]:
        return [p for name in names for p in load_pictures(picture_files(data / name), ground)]

    return Pools(
        products=load("products", ground=True),
        scenes=load("scenes", "flat"),
        styles=load("paintings", "japanese", "textures", "flat"),
    )


def draw_batch(pools: Pools, size: int, count: int, rng: np.random.Generator, only: list[int]) -> Batch:
    """Product and other photos in equal parts; kinds of sample in the shares of SLOTS."""
    crops, recipes, rows = [], [], []
    for slot in rng.permutation(len(SLOTS))[:count]:
        pool = pools.products if rng.random() < 0.5 else pools.scenes
        crops.append(random_crop(pool[rng.integers(len(pool))], size, rng))
        recipe, row = _assign(SLOTS[slot], rng, only)
        recipes.append(recipe)
        rows.append(row)
    any_style = random_crop(pools.styles[rng.integers(len(pools.styles))], 192, rng).photo
    batch = Batch(
        torch.stack([crop.photo for crop in crops]),
        torch.stack([crop.ground for crop in crops]),
        torch.cat([random_fields(size, rng) for _ in crops]),
        recipes,
        rows,
        any_style.unsqueeze(0),
        torch.empty(0),
    )
    return replace(batch, answer=reference(batch))


def _assign(slot: str, rng: np.random.Generator, only: list[int]) -> tuple[Recipe, int]:
    refining = len(only) < len(RECIPES)
    rows = only if refining else [row for row in only if RECIPES[row].kind == slot]
    if slot == "unchanged" and not refining:
        return UNCHANGED, -1
    if slot == "any" and not refining:
        return ANY_STYLE, -1
    row = rows[rng.integers(len(rows))]
    return RECIPES[row], row


def reference(batch: Batch) -> Tensor:
    """(B, 3, S, S) the picture whose structure each output must have: the drawing, or the photo itself."""
    answers = batch.photo.clone()
    for index, recipe in enumerate(batch.recipes):
        if recipe.id in DRAWINGS:
            one = slice(index, index + 1)
            answers[one] = DRAWINGS[recipe.id](batch.photo[one], batch.fields[one])
    return batch.ground * batch.photo + (1 - batch.ground) * answers.clamp(0, 1)
