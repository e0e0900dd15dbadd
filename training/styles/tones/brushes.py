"""Tones of brush paintings."""

from torch import Tensor

from style_engine.imaging.filters import luminance
from style_engine.painting.media.subject import rgb, saturate

from .basics import set_luminance


def oil(photo: Tensor) -> Tensor:
    """Richer colour, warm lights, cooler and more open shadows."""
    return warm_lights(saturate(open_shadows(photo), 1.22), 0.04)


def impressionist(photo: Tensor) -> Tensor:
    """Bright light and pure colour: violet-blue shadows, yellow lights."""
    return warm_lights(saturate(photo.clamp(min=0.004) ** 0.85, 1.35), 0.08)


def post_impressionist(photo: Tensor) -> Tensor:
    """Saturated colour, blue shadows, yellow lights."""
    return warm_lights(saturate(open_shadows(photo), 1.45), 0.07)


def old_master(photo: Tensor) -> Tensor:
    """Chiaroscuro: deep brown shadows, honey-coloured glazes over the lights."""
    tone = luminance(photo).clamp(0, 1)
    deep = tone * (0.50 + 0.50 * tone)
    return (set_luminance(saturate(photo, 0.95), deep) * rgb(1.06, 0.97, 0.80)).clamp(0, 1)


def fauvist(photo: Tensor) -> Tensor:
    """Pure, strong colour of the product's own hue, blue and violet shadows."""
    tone = luminance(photo).clamp(0, 1)
    cold = rgb(0.05, 0.0, 0.20) * (1 - tone) ** 3
    return (saturate(open_shadows(photo), 1.75) + cold).clamp(0, 1)


def gouache(photo: Tensor) -> Tensor:
    """Chalky lights, softened darks, slightly richer colour."""
    return 0.10 + 0.86 * saturate(photo, 1.22)


def open_shadows(photo: Tensor) -> Tensor:
    """Lighter shadows, the other tones unchanged."""
    return (photo + 0.06 * (1 - photo) ** 4 * photo.clamp(max=0.2) / 0.2).clamp(0, 1)


def warm_lights(photo: Tensor, amount: float) -> Tensor:
    """Lights warmer and shadows cooler by `amount` of full scale."""
    return (photo + (0.5 - luminance(photo)) * amount * rgb(-1, -0.2, 2)).clamp(0, 1)
