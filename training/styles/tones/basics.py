"""Operations on colours and tones that several styles share."""

from torch import Tensor

from style_engine.imaging.filters import luminance


def contrast(photo: Tensor, factor: float) -> Tensor:
    """Contrast around middle grey."""
    return (0.5 + factor * (photo - 0.5)).clamp(0, 1)


def grey(photo: Tensor) -> Tensor:
    """The luminance in all three channels."""
    return luminance(photo).expand(-1, 3, -1, -1)


def set_luminance(photo: Tensor, tone: Tensor) -> Tensor:
    """The photo's colours at another luminance (B, 1, H, W)."""
    return (photo + tone - luminance(photo)).clamp(0, 1)


def colour_ramp(tone: Tensor, dark: Tensor, middle: Tensor, light: Tensor) -> Tensor:
    """Colours (B, 3, H, W) interpolated by tone: dark at 0, middle at 0.5, light at 1."""
    below, above = (2 * tone).clamp(0, 1), (2 * tone - 1).clamp(0, 1)
    return dark + (middle - dark) * below + (light - middle) * above
