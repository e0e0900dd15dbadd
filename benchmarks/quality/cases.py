"""The cases of a comparison: a photo, a style, the style's reference picture, and the models that paint."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps
from rich.progress import track

from style_engine.imaging import tensors
from style_engine.network.model import Model
from style_engine.network.styles import Style
from style_engine.perceptual.learn import learn_style
from training.fusenet.evaluate import tones_of
from training.styles.tones import TONES

from ..shared.baselines import MULTISTYLE_COUNT, Baselines
from ..shared.painting import paint, to_image
from ..shared.photos import image_files, read_upright
from .evaluator import NamedImage

OURS: Final = "limner"
MAGENTA: Final = "magenta int8"
MULTISTYLE: Final = "26-style net"
PHOTO: Final = "the photo itself"
Painter = Callable[[float], Image.Image]
"""Strength in 0..1 → picture of the case's photo."""


@dataclass(frozen=True)
class Case:
    """A photo in a style and who paints it, by name. Without a reference picture SL is not measured."""

    photo: NamedImage
    style: str
    reference: NamedImage | None
    painters: Mapping[str, Painter]

    @property
    def file_name(self) -> str:
        return f"{self.photo.name}__{self.style}.png"


def read_squares(folder: Path, side: int) -> list[NamedImage]:
    """The centre squares of a folder's pictures, resized to `side` px, over white, in name order."""
    return [NamedImage(path.stem, _read_square(path, side)) for path in image_files(folder)]


def _read_square(path: Path, side: int) -> Image.Image:
    return ImageOps.fit(read_upright(path), (side, side), Image.Resampling.LANCZOS)


def unseen_cases(
    model: Model,
    baselines: Baselines,
    photos: Sequence[NamedImage],
    styles: Sequence[NamedImage],
    count: int | None,
) -> list[Case]:
    """Every photo in every style picture, or `count` of these pairs, drawn with a fixed seed."""
    pairs = [(photo, style) for photo in photos for style in styles]
    if count is not None and count < len(pairs):
        pairs = sorted(random.Random(0).sample(pairs, count), key=pairs.index)
    used_styles = list(dict.fromkeys(style for _, style in pairs))
    learned = {
        style.name: learn_style(model, [style.image], "learned", style.name)
        for style in track(used_styles, "learning styles")
    }
    return [
        Case(photo, style.name, style, {
            OURS: partial(paint, model, learned[style.name], photo.image),
            MAGENTA: partial(baselines.magenta, photo.image, style.image),
        })
        for photo, style in pairs
    ]  # fmt: skip


def catalogue_cases(
    model: Model,
    styles: Mapping[str, Style],
    baselines: Baselines,
    photos: Sequence[NamedImage],
    references: Mapping[str, NamedImage],
) -> list[Case]:
    """Every photo in every catalogue style; Magenta's model is given the reference picture as its style."""
    cases = []
    for photo in photos:
        for number, style in enumerate(styles.values()):
            reference = references.get(style.id) or draw_reference(style.id, photo)
            painters: dict[str, Painter] = {OURS: partial(paint, model, style, photo.image)}
            if reference:
                painters[MAGENTA] = partial(baselines.magenta, photo.image, reference.image)
            painters[MULTISTYLE] = partial(baselines.multistyle, photo.image, number % MULTISTYLE_COUNT)
            cases.append(Case(photo, style.id, reference, painters))
    return cases


def draw_reference(style: str, photo: NamedImage) -> NamedImage | None:
    """The photo in the style's tones; None for a style without tones."""
    if style not in TONES:
        return None
    return NamedImage(style, to_image(tones_of(style)(tensors.to_tensor(photo.image))))
