"""Import of torchvision that works without its native extension.

PyPI's torchvision is built for CUDA. With a CPU build of torch its extension does not load and the import
fails ("operator torchvision::nms does not exist", pytorch/vision #9077), although models and transforms are
plain Python. Declaring the missing operators is enough; calling one still raises an error.
"""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

import torch

from ..errors import TorchvisionMissing

_LIBRARY: Final = torch.library.Library("torchvision", "FRAGMENT")
_NMS_SIGNATURE: Final = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def module(name: str) -> ModuleType:
    """A module of torchvision, such as `models`; raises TorchvisionMissing."""
    if "torchvision" not in sys.modules and not _extension_loads(_folder()):
        _declare_operators()
    return importlib.import_module(f"torchvision.{name}")


def _folder() -> Path:
    package = importlib.util.find_spec("torchvision")
    if package is None or package.origin is None:
        raise TorchvisionMissing(
            "the extractors need torchvision: pip install --no-deps 'torchvision==0.28.*'"
        )
    return Path(package.origin).parent


def _extension_loads(folder: Path) -> bool:
    try:
        torch.ops.load_library(folder / "_C.so")
    except OSError:
        return False
    return True


def _declare_operators() -> None:
    for name in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, name):
            _LIBRARY.define(f"{name}{_NMS_SIGNATURE}")
