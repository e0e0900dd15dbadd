"""FramedPhoto: the photo inside a picture's frame, and the picture with that photo replaced."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..regions.frames import CORNER_EDGE_PX, Frame, beyond_corners, find_frame


@dataclass(frozen=True, eq=False)
class FramedPhoto:
    """A picture, RGB or RGBA, and the photo in it: all of it unless it has a frame.

    Rounded corners of the photo are filled with the photo's colours beside them.
    """

    picture: Image.Image
    photo: Image.Image
    frame: Frame

    @classmethod
    def of(cls, picture: Image.Image) -> "FramedPhoto":
        frame = find_frame(picture)
        if frame.box == (0, 0, *picture.size) and not frame.corner_radius_px:
            return cls(picture, picture, frame)
        return cls(picture, _filled_corners(picture.crop(frame.box), frame.corner_radius_px), frame)

    @property
    def frame_share(self) -> float:
        """Share of the picture's area that the frame takes, without rounded corners."""
        return 1 - (self.photo.width * self.photo.height) / (self.picture.width * self.picture.height)

    def with_photo(self, photo: Image.Image) -> Image.Image:
        """The picture with another photo in its frame; frame and fully transparent pixels are unchanged."""
        radius = self.frame.corner_radius_px
        if self.photo is self.picture and not _has_transparent_pixels(self.picture):
            return photo
        shown = np.full((photo.height, photo.width), 255, np.uint8)
        if radius:
            shown[beyond_corners(*photo.size, radius) > -CORNER_EDGE_PX] = 0
        if self.photo.mode == "RGBA":
            shown[np.asarray(self.picture.getchannel("A").crop(self.frame.box)) == 0] = 0
        result = self.picture.copy()
        result.paste(photo, self.frame.box[:2], Image.fromarray(shown))
        return result


def _has_transparent_pixels(picture: Image.Image) -> bool:
    return picture.mode == "RGBA" and picture.getchannel("A").getextrema()[0] == 0


def _filled_corners(photo: Image.Image, radius_px: float) -> Image.Image:
    """The photo with each pixel of its rounded corners replaced by the nearest one inside the arc."""
    if not radius_px:
        return photo
    pixels = np.array(photo)
    beyond = beyond_corners(*photo.size, radius_px)
    rows, columns = np.nonzero(beyond > -CORNER_EDGE_PX)
    inner = radius_px - 2 * CORNER_EDGE_PX
    scale = inner / (beyond[rows, columns] + radius_px)
    sources = []
    for positions, side in ((rows, photo.height), (columns, photo.width)):
        centre = np.clip(positions + 0.5, radius_px, side - radius_px)
        sources.append(
            np.clip(np.floor(centre + (positions + 0.5 - centre) * scale), 0, side - 1).astype(int)
        )
    pixels[rows, columns] = pixels[sources[0], sources[1]]
    return Image.fromarray(pixels)
