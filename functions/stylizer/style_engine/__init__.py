"""The style engine: product photos in, painted product photos out. Torch and PIL; no cloud, no HTTP."""

from .errors import (
    InvalidLook,
    ModelRefused,
    StyleEngineError,
    UnknownStyle,
    UnsupportedPicture,
    WeightsMissing,
)
from .styles import Look, Style
from .stylizer import Stylized, Stylizer

__all__ = [
    "InvalidLook",
    "Look",
    "ModelRefused",
    "Style",
    "StyleEngineError",
    "Stylized",
    "Stylizer",
    "UnknownStyle",
    "UnsupportedPicture",
    "WeightsMissing",
]
