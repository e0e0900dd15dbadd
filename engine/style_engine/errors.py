"""The engine's errors.

StyleEngineError
├── InvalidLook         a weight or strength outside its range
├── UnknownStyle        a style id that the model does not have
├── UnsupportedPicture  a mode or size that the engine does not support
├── ModelRefused        model folder incomplete, altered, or not safetensors
├── DeviceRefused       a GPU that is missing, or whose results differ from the CPU's
├── WeightsMissing      no weights on this machine for the requested network
├── TorchvisionMissing  torchvision, which defines the reference engine's networks, is not installed
├── InvalidSettings     a setting of the reference engine outside its range
├── CheckpointRefused   a checkpoint that is damaged or belongs to another run
├── ExportRefused       an exported network whose pictures differ from torch's
└── ProductNotFound     a picture whose product is not certain enough to be cut out
"""

from collections.abc import Iterable
from typing import ClassVar


class StyleEngineError(Exception):
    """Base of the errors that this package raises; `code` is stable, messages are for people."""

    code: ClassVar[str] = "style_engine"


class InvalidLook(StyleEngineError, ValueError):
    """A look without a style, with a weight not above 0, or with a strength outside 0..1."""

    code = "invalid_look"


class UnknownStyle(StyleEngineError, KeyError):
    """A style id that the model does not have."""

    code = "unknown_style"

    def __init__(self, given: str, allowed: Iterable[str]) -> None:
        super().__init__(given)
        self.given, self.allowed = given, tuple(allowed)

    def __str__(self) -> str:
        return f"unknown style {self.given!r}; this model has: {', '.join(self.allowed)}"


class UnsupportedPicture(StyleEngineError, ValueError):
    """A picture whose mode or size the engine does not support."""

    code = "unsupported_picture"


class ModelRefused(StyleEngineError):
    """A model folder that is incomplete, altered or unreadable."""

    code = "model_refused"


class DeviceRefused(StyleEngineError):
    """A device that is missing, or whose results differ from the CPU's by more than rounding."""

    code = "device_refused"


class WeightsMissing(StyleEngineError):
    """The weights of a loss network are not on this machine."""

    code = "weights_missing"


class TorchvisionMissing(StyleEngineError):
    """torchvision is not installed."""

    code = "torchvision_missing"


class InvalidSettings(StyleEngineError, ValueError):
    """A setting, extractor or layer that the reference engine does not support."""

    code = "invalid_settings"


class CheckpointRefused(StyleEngineError):
    """A checkpoint that is damaged or belongs to another run."""

    code = "checkpoint_refused"


class ExportRefused(StyleEngineError):
    """An exported network whose pictures differ from torch's by more than rounding."""

    code = "export_refused"


class ProductNotFound(StyleEngineError):
    """A picture whose product cannot be separated from its background with certainty."""

    code = "product_not_found"
