"""Opening photo files with their EXIF rotation applied."""

from pathlib import Path

from PIL import Image, ImageOps


def open_photo(path: Path) -> Image.Image:
    """The photo in RGB or RGBA, EXIF rotation applied."""
    with Image.open(path) as file:
        upright = ImageOps.exif_transpose(file)
        return upright.convert("RGBA" if upright.has_transparency_data else "RGB")


def open_photos(folder: Path) -> list[Image.Image]:
    """Every readable picture of a folder in name order, EXIF rotation applied."""
    readable = Image.registered_extensions()
    return [open_photo(path) for path in sorted(folder.iterdir()) if path.suffix.lower() in readable]
