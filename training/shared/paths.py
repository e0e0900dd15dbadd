"""Folders of the repository that commands read and write."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
MODEL: Final = ROOT / "engine/models/fusenet-lite"
