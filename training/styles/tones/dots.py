"""Tones of pointillist painting."""

from torch import Tensor

from style_engine.imaging.filters import luminance
from style_engine.painting.media.subject import rgb, saturate


def pointillist(photo: Tensor) -> Tensor:
    """The Neo-Impressionist palette: spectral colours, warm lights, blue and violet shade, no black."""
    vivid = saturate(photo, 1.40)
    tone = luminance(vivid)
    coloured = vivid + (0.5 - tone) * rgb(-0.045, -0.01, 0.075)
    return (rgb(0.075, 0.06, 0.10) + coloured * rgb(0.90, 0.91, 0.865)).clamp(0, 1)
