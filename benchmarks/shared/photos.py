"""Photos that a benchmark is given as a folder."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from photo_files.errors import FileRefused
from photo_files.on_disk import read_photo
from style_engine.imaging import tensors
from training.shared.files import PICTURE_SUFFIXES


def image_files(folder: Path) -> list[Path]:
    """The folder's JPEG, PNG, WebP and AVIF files, in name order."""
    suffixes = PICTURE_SUFFIXES | {".avif"}
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in suffixes)


def select_evenly(paths: Sequence[Path], count: int | None) -> Sequence[Path]:
    """At most `count` of the paths, spread evenly over them; all of them without a count."""
    limit = count or len(paths)
    return paths[:: max(1, len(paths) // limit)][:limit] if limit else paths


def read_upright(path: Path) -> Image.Image:
    """The picture in RGB as the service opens it, transparent pixels over white."""
    return tensors.over_white(read_photo(path).image.convert("RGBA"))


def read_accepted(paths: Sequence[Path]) -> Iterator[tuple[Path, Image.Image]]:
    """Each file with its picture as `read_upright`; a file that the service refuses is named and left out."""
    for path in paths:
        try:
            yield path, read_upright(path)
        except FileRefused as error:
            print(f"left out: {path.name}: {error.code}")


def read_rgb(path: Path) -> Image.Image:
    """The stored pixels as RGB; EXIF orientation is ignored and transparency dropped."""
    with Image.open(path) as file:
        return file.convert("RGB")
