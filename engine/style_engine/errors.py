"""What can go wrong in the engine.

StyleEngineError
├── InvalidLook         a weight or strength outside its range
├── UnknownStyle        a style id that the model does not carry
├── UnsupportedPicture  a mode or size the engine does not take
├── ModelRefused        model folder incomplete, altered, or not safetensors
├── DeviceRefused       a GPU that is not there, or does not paint what the CPU does
├── WeightsMissing      no weights on this machine for the network asked for
├── TorchvisionMissing  the package that defines the reference engine's networks is not installed
├── InvalidSettings     a setting of the reference engine outside its range
└── CheckpointRefused   a checkpoint that is damaged, or of another run
"""

from collections.abc import Iterable
from typing import ClassVar


class StyleEngineError(Exception):
    """Root of every error this package raises on purpose; `code` is stable, messages are for people."""

    code: ClassVar[str] = "style_engine"


class InvalidLook(StyleEngineError, ValueError):
    """A look that means nothing: no style, a weight not above zero, a strength outside 0..1."""

    code = "invalid_look"


class UnknownStyle(StyleEngineError, KeyError):
    """A style id the model does not carry."""

    code = "unknown_style"

    def __init__(self, given: str, allowed: Iterable[str]) -> None:
        super().__init__(given)
        self.given, self.allowed = given, tuple(allowed)

    def __str__(self) -> str:
        return f"unknown style {self.given!r}; this model has: {', '.join(self.allowed)}"


class UnsupportedPicture(StyleEngineError, ValueError):
    """A picture whose mode or size the engine does not take."""

    code = "unsupported_picture"


class ModelRefused(StyleEngineError):
    """The model folder cannot be trusted or read."""

    code = "model_refused"


class DeviceRefused(StyleEngineError):
    """A device that is not there, or whose pictures differ from the CPU's by more than rounding."""

    code = "device_refused"


class WeightsMissing(StyleEngineError):
    """Weights of a loss network are not on this machine."""

    code = "weights_missing"


class TorchvisionMissing(StyleEngineError):
    """torchvision is not installed here."""

    code = "torchvision_missing"


class InvalidSettings(StyleEngineError, ValueError):
    """A setting, extractor or layer that the reference engine does not take."""

    code = "invalid_settings"


class CheckpointRefused(StyleEngineError):
    """A checkpoint that is damaged or belongs to another run."""

    code = "checkpoint_refused"
