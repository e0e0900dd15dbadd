"""What rules of marketplaces ask of a picture's pixels, measured."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..imaging.tensors import over_white, require_supported
from ..regions.finder import RegionFinder
from ..regions.frames import find_frame
from .found_product import FoundProduct, find_product
from .white_background import Background, find_white_background


@dataclass(frozen=True)
class PictureMeasures:
    """`fill`: share of the picture's side that the product spans, along which it is larger, 0..1;
    `overlay_share`: of the picture, that is lettering beside the product. Both None if none was found."""

    background: Background
    background_rgb: tuple[int, int, int]
    fill: float | None
    has_border: bool
    overlay_share: float | None


def measure_picture(picture: Image.Image, finder: RegionFinder) -> PictureMeasures:
    """Measures of a picture, RGB or RGBA. Raises UnsupportedPicture for other modes."""
    require_supported(picture)
    frame = find_frame(picture)
    found = find_product(picture, finder)
    background = find_white_background(np.asarray(over_white(picture)), found.mask if found.found else None)
    return PictureMeasures(
        background.kind,
        background.rgb,
        _fill(found),
        frame.box != (0, 0, *picture.size) or frame.corner_radius_px > 0,
        float(found.overlay.mean()) if found.certain else None,
    )


def _fill(found: FoundProduct) -> float | None:
    if not found.certain or found.box is None:
        return None
    height, width = found.mask.shape
    left, top, right, bottom = found.box
    return float(max((right - left) / width, (bottom - top) / height))
