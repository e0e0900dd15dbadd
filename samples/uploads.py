"""Three photos as sellers send them: two ship inside scikit-image (see its data/README), one is drawn.

They differ where pipelines go wrong: a JPEG that lies on its side until EXIF turns it, a cut-out PNG with a
soft transparent edge, and a WebP of a mug on white paper, taken in poor light.
"""

from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

from samples.product_photos import mug_on_white

_ORIENTATION, _TURNED = 0x0112, 6
_SOFT_EDGE = 0.12
_LAMPLIGHT = (0.86, 0.82, 0.75)  # of red, green and blue


def make_samples(folder: Path) -> list[Path]:
    """Write the three into `folder`, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _turned_jpeg(folder / "coffee.JPG"),
        _cut_out_png(folder / "cat-cut-out.png"),
        _dim_webp(folder / "mug.webp"),
    ]


def _picture(name: str) -> Image.Image:
    return Image.fromarray(getattr(data, name)())


def _turned_jpeg(path: Path) -> Path:
    """Stored a quarter turn anticlockwise; EXIF orientation 6 says so."""
    exif = Image.Exif()
    exif[_ORIENTATION] = _TURNED
    sideways = _picture("coffee").transpose(Image.Transpose.ROTATE_90)
    sideways.save(path, "JPEG", quality=92, exif=exif)
    return path


def _cut_out_png(path: Path) -> Path:
    cat = _picture("chelsea")
    cat.putalpha(_soft_ellipse(cat.width, cat.height))
    cat.save(path, "PNG")
    return path


def _dim_webp(path: Path) -> Path:
    lamp = [round(value * gain) for gain in _LAMPLIGHT for value in range(256)]
    mug_on_white().point(lamp).save(path, "WEBP", quality=90)
    return path


def _soft_ellipse(width: int, height: int) -> Image.Image:
    """Opaque inside, clear outside, with a soft edge."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    inside = (1 - np.hypot(x, y)) / _SOFT_EDGE
    return Image.fromarray((np.clip(inside, 0, 1) * 255).astype(np.uint8))
