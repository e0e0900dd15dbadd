"""What can go wrong in the engine.

StyleEngineError
├── InvalidLook         a weight or strength outside its range
├── UnknownStyle        a style id that the model does not carry
├── UnsupportedPicture  a mode or size the engine does not take
├── ModelRefused        model folder incomplete, altered, or not safetensors
└── WeightsMissing      the VGG-19 package needed for learning a style is not installed
"""

from collections.abc import Iterable


class StyleEngineError(Exception):
    """Root of every error this package raises on purpose."""


class InvalidLook(StyleEngineError, ValueError):
    """A look that means nothing: no style, a weight not above zero, a strength outside 0..1."""


class UnknownStyle(StyleEngineError, KeyError):
    """A style id the model does not carry."""

    def __init__(self, given: str, allowed: Iterable[str]) -> None:
        super().__init__(given)
        self.given, self.allowed = given, tuple(allowed)

    def __str__(self) -> str:
        return f"unknown style {self.given!r}; this model has: {', '.join(self.allowed)}"


class UnsupportedPicture(StyleEngineError, ValueError):
    """A picture whose mode or size the engine does not take."""


class ModelRefused(StyleEngineError):
    """The model folder cannot be trusted or read."""


class WeightsMissing(StyleEngineError):
    """VGG-19 weights are not installed here."""
