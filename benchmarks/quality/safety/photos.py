"""The photos that are measured, with their scenes, and the photos stylized by the engine."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from PIL import Image
from rich.progress import track

from style_engine import Look, StyledPicture, Stylizer
from style_engine.imaging import tensors
from style_engine.looks import Protection
from style_engine.painting.framed_photo import FramedPhoto
from style_engine.safety.scene import Scene
from training.gates.samples import scene_of

from ...shared.photos import image_files, read_accepted, select_evenly

MEASURED_MAX_PIXELS: Final = 1024 * 1024


@dataclass(frozen=True, eq=False)
class PhotoScene:
    """A photo, RGB, with its scene at its own size; without the frame that the photo may have had."""

    name: str
    image: Image.Image
    scene: Scene


@dataclass(frozen=True, eq=False)
class StyledPhoto:
    """A photo in a style, as the engine published it."""

    photo: PhotoScene
    style: str
    styled: StyledPicture

    @property
    def is_styled(self) -> bool:
        """False where the gates made the engine publish the photo itself."""
        return self.styled.verdict.outcome != "fallback"


def read_photos(folder: Path, count: int | None, stylizer: Stylizer) -> Iterator[PhotoScene]:
    """`count` photos, evenly over the folder, at most MEASURED_MAX_PIXELS each, without those refused."""
    files = select_evenly(image_files(folder), count)
    for path, upload in track(read_accepted(files), "reading photos", len(files)):
        image = tensors.to_working_size(FramedPhoto.of(upload).photo, MEASURED_MAX_PIXELS)
        yield PhotoScene(path.stem, image, scene_of(stylizer, image))


def stylize_photos(
    stylizer: Stylizer,
    photos: Sequence[PhotoScene],
    styles: Sequence[str],
    styles_per_photo: int,
    protection: Protection,
    *,
    enhance: bool = False,
) -> list[StyledPhoto]:
    """Each photo in the next `styles_per_photo` of the styles, which are cycled through."""
    next_styles, styled_photos = cycle(styles), []
    for photo in track(photos, f"painting, {protection}"):
        of_photo = list(islice(next_styles, styles_per_photo))
        looks = [Look({style: 1.0}, protection=protection, enhance=enhance) for style in of_photo]
        results = stylizer.stylize_all(photo.image, looks)
        styled_photos += [
            StyledPhoto(photo, style, styled) for style, styled in zip(of_photo, results, strict=True)
        ]
    return styled_photos
