"""Lettering and faces in styled pictures: lines read alike, and faces found again, at strength 1, `off`.

    python -m benchmarks.quality.readability --photos DIR --out F.json [--styles oil,pencil] [--pictures DIR]

A line of text counts if RapidOCR reads it in the photo, in a JPEG of it and in a smaller copy; a face if the
frontal cascade of scikit-image (local binary patterns) finds it in the photo and in a smaller copy. What is
found in the photo is looked for in every picture.
`--pictures`: painted files `photo__style.png`, as
`benchmarks.quality.blind paint` writes them; without it the photos are painted.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer
from PIL import Image, ImageOps
from rich.console import Console
from rich.progress import track
from rich.table import Table
from skimage.data import lbp_frontal_face_cascade_filename
from skimage.feature import Cascade

from style_engine import Look, Stylizer
from style_engine.commands.options import MODEL

from ..shared.machine import machine
from ..shared.photos import image_files, read_upright
from ..shared.report import print_tables, write_json
from .blind import find_pictures
from .safety.text import LEGIBLE_MIN_SIMILARITY, ReadLines, line_similarity, load_reader, select_stable_lines

TEXT_GOAL, FACE_GOAL = 0.7, 0.9
FACE_SEARCH_LONG_SIDE_PX: Final = 720
FACE_SIZES_PX: Final = (40, 360)
FACE_SCALE_FACTOR: Final = 1.1
SAME_FACE_MIN_IOU: Final = 0.3
Box = tuple[float, float, float, float]
"""Left, top, width and height in shares of the picture's long side."""
FindFaces = Callable[[Image.Image], list[Box]]


@dataclass(frozen=True)
class Sample:
    """A photo with the lines and the faces that are reliably found in it."""

    name: str
    photo: Image.Image
    lines: Sequence[str]
    faces: Sequence[Box]


@dataclass
class Found:
    """What of the photos' lines and faces is found in the pictures of one style."""

    likeness: list[float] = field(default_factory=list)
    faces: list[bool] = field(default_factory=list)

    def summary(self) -> dict[str, float]:
        """Numbers and shares; a share only where there is something to find."""
        figures: dict[str, float] = {"lines": len(self.likeness), "faces": len(self.faces)}
        if self.likeness:
            alike = [likeness >= LEGIBLE_MIN_SIMILARITY for likeness in self.likeness]
            figures |= {"read_alike": float(np.mean(alike)), "likeness": float(np.mean(self.likeness))}
        if self.faces:
            figures["faces_found"] = float(np.mean(self.faces))
        return figures


def face_finder() -> FindFaces:
    """Faces by scikit-image's cascade, on a copy of at most a fixed size."""
    cascade = Cascade(lbp_frontal_face_cascade_filename())
    least, most = FACE_SIZES_PX

    def find(image: Image.Image) -> list[Box]:
        copy = image.convert("RGB")
        copy.thumbnail((FACE_SEARCH_LONG_SIDE_PX,) * 2)
        found = cascade.detect_multi_scale(
            np.asarray(copy), FACE_SCALE_FACTOR, 1, (least, least), (most, most)
        )
        long_side = max(copy.size)
        return [
            (
                face["c"] / long_side,
                face["r"] / long_side,
                face["width"] / long_side,
                face["height"] / long_side,
            )
            for face in found
        ]

    return find


def overlap(first: Box, second: Box) -> float:
    """Intersection over union of two boxes."""
    sides = [
        max(
            0.0,
            min(first[axis] + first[axis + 2], second[axis] + second[axis + 2])
            - max(first[axis], second[axis]),
        )
        for axis in (0, 1)
    ]
    both = sides[0] * sides[1]
    return both / (first[2] * first[3] + second[2] * second[3] - both)


def is_found(face: Box, among: Sequence[Box]) -> bool:
    return any(overlap(face, other) >= SAME_FACE_MIN_IOU for other in among)


def reliable_faces(find: FindFaces, photo: Image.Image) -> list[Box]:
    """Faces that are also found in a copy of nine tenths the photo's size."""
    smaller = find(ImageOps.scale(photo, 0.9))
    return [face for face in find(photo) if is_found(face, smaller)]


def read_samples(paths: Sequence[Path], read: ReadLines, find: FindFaces) -> Iterator[Sample]:
    """The photos in which there is a line or a face to find."""
    for path in track(paths, "photos"):
        photo = read_upright(path)
        lines = select_stable_lines(read, photo, read(photo))
        faces = reliable_faces(find, photo)
        if lines or faces:
            yield Sample(path.stem, photo, lines, faces)


def compare(sample: Sample, picture: Image.Image, read: ReadLines, find: FindFaces, found: Found) -> None:
    """Add what of the sample's lines and faces a picture of it shows."""
    if sample.lines:
        read_after = read(picture)
        found.likeness += [line_similarity([line], read_after) for line in sample.lines]
    if sample.faces:
        faces_after = find(picture)
        found.faces += [is_found(face, faces_after) for face in sample.faces]


def painted(
    samples: Sequence[Sample], styles: Sequence[str], model: Path
) -> Iterator[tuple[Sample, str, Image.Image]]:
    """Each sample in each style; all styles of the model without a selection."""
    stylizer = Stylizer.load(model)
    looks = [Look.of(style) for style in styles or stylizer.styles]
    for sample in track(samples, "painting"):
        for look, picture in zip(looks, stylizer.stylize_all(sample.photo, looks), strict=True):
            yield sample, next(iter(look.styles)), picture.image


def stored(
    samples: Sequence[Sample], styles: Sequence[str], folder: Path
) -> Iterator[tuple[Sample, str, Image.Image]]:
    """The files of a folder that show a sample in one of the styles."""
    by_name = {sample.name: sample for sample in samples}
    for picture in track(find_pictures("", folder), "pictures"):
        if picture.photo in by_name and (not styles or picture.style in styles):
            with Image.open(picture.file) as image:
                yield by_name[picture.photo], picture.style, image.convert("RGB")


def summarise(by_style: Mapping[str, Found]) -> dict[str, dict[str, float]]:
    """Style (and `all`) → figures."""
    every = Found()
    for found in by_style.values():
        every.likeness += found.likeness
        every.faces += found.faces
    return {name: found.summary() for name, found in sorted(by_style.items())} | {"all": every.summary()}


def table_of(figures: Mapping[str, Mapping[str, float]]) -> Table:
    title = f"goals: {TEXT_GOAL:.0%} of lines read alike, {FACE_GOAL:.0%} of faces found"
    table = Table("style", "lines", "read alike", "likeness", "faces", "found", title=title)
    for style, row in figures.items():
        shares = {
            name: f"{row[name]:.2f}" if name in row else ""
            for name in ("read_alike", "likeness", "faces_found")
        }
        table.add_row(
            style,
            f"{row['lines']:.0f}",
            shares["read_alike"],
            shares["likeness"],
            f"{row['faces']:.0f}",
            shares["faces_found"],
        )
    return table


def main(
    photos: Annotated[Path, typer.Option(help="folder of photos", exists=True, file_okay=False)],
    out: Annotated[Path, typer.Option(help="file to write")],
    styles: Annotated[str, typer.Option(help="comma-separated ids; all without it")] = "",
    pictures: Annotated[Path | None, typer.Option(help="folder of painted pictures", exists=True)] = None,
    model: Annotated[Path, typer.Option(help="model folder")] = MODEL,
) -> None:
    """Measure how much lettering and how many faces survive each style."""
    read, find = load_reader(), face_finder()
    samples = list(read_samples(image_files(photos), read, find))
    names = styles.split(",") if styles else []
    each = stored(samples, names, pictures) if pictures else painted(samples, names, model)
    by_style: dict[str, Found] = defaultdict(Found)
    for sample, style, picture in each:
        compare(sample, picture, read, find, by_style[style])
    figures: dict[str, Any] = summarise(by_style)
    print_tables(table_of(figures))
    write_json(out, {"machine": machine(), "photos": [sample.name for sample in samples], "styles": figures})
    Console().print(f"{len(samples)} photos with lettering or faces")


if __name__ == "__main__":
    typer.run(main)
