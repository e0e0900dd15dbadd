"""Contact sheets of the styled photos."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from rich.progress import track

from style_engine import StyledPicture
from style_engine.contact_sheet import grid

from .masks import mask_overlay
from .photos import StyledPhoto


def save_sheets(styled_photos: Sequence[StyledPhoto], folder: Path, mode: str) -> None:
    """FOLDER/<photo>-<mode>.webp: the photo, its mask and its styles, captioned with their verdicts."""
    folder.mkdir(parents=True, exist_ok=True)
    groups = [(photo, list(group)) for photo, group in groupby(styled_photos, key=lambda each: each.photo)]
    for photo, of_photo in track(groups, f"contact sheets, {mode}"):
        captions = [f"{each.style}: {_caption(each.styled)}" for each in of_photo]
        images = [photo.image, mask_overlay(photo.scene), *(each.styled.image for each in of_photo)]
        sheet = grid(images, ["photo", "product (text red)", *captions])
        sheet.save(folder / f"{photo.name}-{mode}.webp", quality=80)


def _caption(styled: StyledPicture) -> str:
    verdict = styled.verdict
    refused = f" ({', '.join(verdict.refused_by)})" if verdict.refused_by else ""
    return f"{verdict.outcome} {verdict.strength:.0%}{refused}"
