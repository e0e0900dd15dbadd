"""Three photos as sellers send them: two from scikit-image (see its data/README), one drawn.

Each is a case that pipelines get wrong: a JPEG stored rotated, with an EXIF orientation; a cut-out PNG with a
soft transparent edge; a WebP of a mug on white, in dim warm light.
"""

from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

from samples.product_photos import mug_on_white

EXIF_ORIENTATION_TAG, ROTATE_90_CLOCKWISE = 0x0112, 6
SOFT_EDGE_SHARE = 0.12  # of the ellipse's radius
LAMPLIGHT_RGB_GAIN = (0.86, 0.82, 0.75)


def make_samples(folder: Path) -> list[Path]:
    """Write the three into `folder`, which is created if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _rotated_jpeg(folder / "coffee.JPG"),
        _cut_out_png(folder / "cat-cut-out.png"),
        _dim_webp(folder / "mug.webp"),
    ]


def _picture(name: str) -> Image.Image:
    return Image.fromarray(getattr(data, name)())


def _rotated_jpeg(path: Path) -> Path:
    """Stored rotated by 90° anticlockwise, with EXIF orientation 6."""
    exif = Image.Exif()
    exif[EXIF_ORIENTATION_TAG] = ROTATE_90_CLOCKWISE
    sideways = _picture("coffee").transpose(Image.Transpose.ROTATE_90)
    sideways.save(path, "JPEG", quality=92, exif=exif)
    return path


def _cut_out_png(path: Path) -> Path:
    cat = _picture("chelsea")
    cat.putalpha(_soft_ellipse(cat.width, cat.height))
    cat.save(path, "PNG")
    return path


def _dim_webp(path: Path) -> Path:
    lookup = [round(value * gain) for gain in LAMPLIGHT_RGB_GAIN for value in range(256)]
    mug_on_white().point(lookup).save(path, "WEBP", quality=90)
    return path


def _soft_ellipse(width: int, height: int) -> Image.Image:
    """Opacity: 255 inside the ellipse, 0 outside, with a soft edge."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    inside = (1 - np.hypot(x, y)) / SOFT_EDGE_SHARE
    return Image.fromarray((np.clip(inside, 0, 1) * 255).astype(np.uint8))
