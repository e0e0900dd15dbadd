"""The one file that a command on one photo writes."""

from dataclasses import dataclass
from pathlib import Path

import typer
from PIL import Image

from photo_files.bounded import OpenedPhoto
from photo_files.credentials.content_credentials import LocalKey
from photo_files.on_disk import picture_encoder, save_picture

from ..looks import Look
from .credentials import find_key, painting, signing
from .terminal import console


@dataclass(frozen=True)
class OutputFile:
    """A file, and the key to sign it with, if there is one."""

    path: Path
    key: LocalKey | None

    @classmethod
    def of(cls, path: Path, key_folder: Path | None) -> "OutputFile":
        """Raises typer.BadParameter for a suffix that is no picture's, and for a folder without a key."""
        try:
            picture_encoder(path)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--out") from None
        return cls(path, find_key(key_folder))

    def save(self, picture: Image.Image, photo: OpenedPhoto, look: Look, model: str) -> None:
        """With the photo's rights, the mark of a styled picture and, signed, what was done to the photo.

        Raises OSError, SigningFailed.
        """
        provenance = photo.provenance.styled
        actions = (painting(look, look.strength, model, provenance.source),)
        save_picture(picture, self.path, provenance, signing(self.key, photo, actions))
        console.print(f"wrote {self.path}")
