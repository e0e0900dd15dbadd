"""The reference engine: style transfer by optimisation (Gatys et al. 2016). Minutes per picture."""

from .architectures import ARCHITECTURES
from .engine import Progress, optimise
from .extractors import Extractor, fast_dtype
from .settings import Settings

__all__ = ["ARCHITECTURES", "Extractor", "Progress", "Settings", "fast_dtype", "optimise"]
