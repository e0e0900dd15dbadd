"""What is painted for a comparison: a photo, a style, the picture that shows the style, and who paints."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import torch
from PIL import Image, ImageOps

from style_engine.imaging import tensors
from style_engine.looks import Look
from style_engine.network.model import Model
from style_engine.network.styles import Style, style_target
from style_engine.painting.painter import paint_photo_unprotected
from style_engine.perceptual.learn import learn_style
from training.fusenet.evaluate import drawing_of
from training.shared.files import PICTURE_SUFFIXES
from training.styles.drawings import DRAWINGS

from ..shared.baselines import STYLES, Baselines
from .evaluator import Picture

OURS: Final = "limner"
MAGENTA: Final = "magenta int8"
MULTISTYLE: Final = "26-style net"
PHOTO: Final = "the photo itself"
Paint = Callable[[float], Image.Image]


@dataclass(frozen=True)
class Case:
    """`painters` make of a strength 0..1 their picture of the photo; without a reference SL is not taken."""

    photo: Picture
    style: str
    reference: Picture | None
    painters: Mapping[str, Paint]

    @property
    def file_name(self) -> str:
        return f"{self.photo.name}__{self.style}.png"


def squares(folder: Path, side: int) -> list[Picture]:
    """The centre squares of a folder's pictures, `side` px, over white, in name order."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)
    return [Picture(path.stem, square(path, side)) for path in paths]


def square(path: Path, side: int) -> Image.Image:
    with Image.open(path) as file:
        upright = ImageOps.exif_transpose(file).convert("RGBA")
    return ImageOps.fit(tensors.over_white(upright), (side, side), Image.Resampling.LANCZOS)


def unseen_cases(
    model: Model,
    baselines: Baselines,
    photos: Sequence[Picture],
    styles: Sequence[Picture],
    count: int | None,
) -> list[Case]:
    """Every photo in every style, or `count` of these pairs, the same ones each time."""
    pairs = [(photo, style) for photo in photos for style in styles]
    if count is not None and count < len(pairs):
        pairs = sorted(random.Random(0).sample(pairs, count), key=pairs.index)
    learned = {
        style.name: learn_style(model, style.image, "learned", style.name)
        for style in dict.fromkeys(style for _, style in pairs)
    }
    return [
        Case(photo, style.name, style, {
            OURS: partial(painted, model, learned[style.name], photo.image),
            MAGENTA: partial(baselines.magenta, photo.image, style.image),
        })
        for photo, style in pairs
    ]  # fmt: skip


def catalogue_cases(
    model: Model,
    styles: Mapping[str, Style],
    baselines: Baselines,
    photos: Sequence[Picture],
    references: Mapping[str, Picture],
) -> list[Case]:
    """Every photo in every catalogue style; Magenta is shown the picture that shows the style."""
    cases = []
    for photo in photos:
        for number, style in enumerate(styles.values()):
            shown = references.get(style.id) or drawing(style.id, photo)
            painters: dict[str, Paint] = {OURS: partial(painted, model, style, photo.image)}
            if shown:
                painters[MAGENTA] = partial(baselines.magenta, photo.image, shown.image)
            painters[MULTISTYLE] = partial(baselines.multistyle, photo.image, number % STYLES)
            cases.append(Case(photo, style.id, shown, painters))
    return cases


def drawing(style: str, photo: Picture) -> Picture | None:
    """What a drawn style should look like on this very photo; None for a style that is not drawn."""
    if style not in DRAWINGS:
        return None
    return Picture(style, to_image(drawing_of(style)(tensors.to_tensor(photo.image))))


def to_image(picture: torch.Tensor) -> Image.Image:
    return Image.fromarray((picture[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy())


def painted(model: Model, style: Style, photo: Image.Image, strength: float) -> Image.Image:
    """The net's own picture: an even ground is kept, the product is not protected and no gate steps in."""
    return paint_photo_unprotected(
        model, style_target(Look.of(style.id, strength), {style.id: style}), photo, strength
    )
