"""The style engine: paints product photos in styles. Uses torch and PIL; no cloud services, no HTTP."""

from .errors import (
    DeviceRefused,
    InvalidLook,
    ModelRefused,
    StyleEngineError,
    UnknownStyle,
    UnsupportedPicture,
    WeightsMissing,
)
from .looks import Levels, Look, Protection
from .network.styles import Style
from .styled_picture import StyledPicture
from .stylizer import Stylizer

__all__ = [
    "DeviceRefused",
    "InvalidLook",
    "Levels",
    "Look",
    "ModelRefused",
    "Protection",
    "Style",
    "StyleEngineError",
    "StyledPicture",
    "Stylizer",
    "UnknownStyle",
    "UnsupportedPicture",
    "WeightsMissing",
]
