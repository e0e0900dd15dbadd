"""What the rules of a marketplace are checked against: the facts of a file and the measures of its pixels."""

from dataclasses import dataclass
from typing import Protocol

from photo_files.errors import FileProblem, FileRefused
from photo_files.headers.sniff import read_header
from photo_files.metadata.provenance import Provenance


@dataclass(frozen=True)
class FileFacts:
    """`format` is Pillow's name; sizes in pixels, upright; `provenance` as the file states it."""

    format: str
    nbytes: int
    width: int
    height: int
    is_transparent: bool
    provenance: Provenance

    @classmethod
    def of(cls, data: bytes, size: tuple[int, int], mode: str, provenance: Provenance) -> "FileFacts":
        """Of a file that has been opened: its bytes, and the size and mode of the upright image.

        Raises FileRefused if it is no picture.
        """
        header = read_header(data)
        if header is None:
            raise FileRefused(FileProblem.NOT_AN_IMAGE, "This file is not a picture we can read.")
        return cls(header.format, len(data), *size, mode == "RGBA", provenance)


class PictureMeasures(Protocol):
    """What is measured in the pixels, as `style_engine.packs.measures` does."""

    @property
    def background(self) -> str:
        """`white` (every background pixel is exactly 255), `nearly_white` or `other`."""

    @property
    def background_rgb(self) -> tuple[int, int, int]:
        """A typical colour of the background where it is not exactly white, 0..255."""

    @property
    def fill(self) -> float | None:
        """Share of the picture's side that the product spans, 0..1; None if no product was found."""

    @property
    def has_border(self) -> bool:
        """Whether a frame, bars or rounded corners surround the photo."""

    @property
    def overlay_share(self) -> float | None:
        """Share of the picture that is lettering beside the product, 0..1; None if no product was found."""
