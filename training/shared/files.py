"""Picture files of a folder, split into training files and held-out files."""

from pathlib import Path
from typing import Final

HELD_OUT_EVERY: Final = 20  # every 20th picture file of a folder is held out
PICTURE_SUFFIXES: Final = frozenset({".webp", ".jpg", ".jpeg", ".png"})


def picture_files(folder: Path, held_out: bool = False) -> list[Path]:
    """Training files of a folder in name order, or its held-out files."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)
    return [
        path for index, path in enumerate(files) if (index % HELD_OUT_EVERY == HELD_OUT_EVERY - 1) == held_out
    ]
