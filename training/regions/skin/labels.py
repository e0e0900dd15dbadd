"""The labelled pictures of skin: a list in this folder, and masks by `training.regions.skin.teacher`.

`labels.tsv` has a line for each picture of the training data that was looked at: file, kind, and whether it
is held out. Kinds in `WITH_SKIN` have a mask; pictures of the other kinds show no skin. Pictures whose mask
was wrong, or that show skin without a mask, are not in the list.
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from ..photos import read_rgb
from ..surfaces import Floats

LIST: Final = Path(__file__).parent / "labels.tsv"
WITH_SKIN: Final = frozenset({"person", "person scene", "skin detail", "hand"})
UNKNOWN_8BIT: Final = range(64, 192)  # values of a mask that are neither skin nor not


@dataclass(frozen=True)
class LabelledSkin:
    """image: RGB; mask: L, 255 skin, 0 none, 128 not known."""

    name: str
    kind: str
    image: Image.Image
    mask: Image.Image

    @property
    def has_skin(self) -> bool:
        return self.kind in WITH_SKIN

    @property
    def truth(self) -> Floats:
        """(H, W) 1 where there is skin."""
        return (np.asarray(self.mask) >= UNKNOWN_8BIT.stop).astype(np.float32)

    @property
    def known(self) -> Floats:
        """(H, W) 1 where the label is known."""
        mask = np.asarray(self.mask)
        return ((mask < UNKNOWN_8BIT.start) | (mask >= UNKNOWN_8BIT.stop)).astype(np.float32)


def read_labels(data: Path, masks: Path, *, held_out: bool) -> list[LabelledSkin]:
    """The training pictures, or the held-out ones; `masks` is the folder that the teacher wrote."""
    with LIST.open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines, delimiter="\t") if (row["held_out"] == "1") == held_out]
    return [_read(data / row["file"], masks, row["kind"]) for row in rows]


def _read(path: Path, masks: Path, kind: str) -> LabelledSkin:
    image = read_rgb(path)
    if kind not in WITH_SKIN:
        return LabelledSkin(path.stem, kind, image, Image.new("L", image.size))
    with Image.open(masks / f"{path.stem}.png") as mask:
        return LabelledSkin(path.stem, kind, image, mask.convert("L"))
