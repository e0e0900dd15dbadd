"""The modules of the functions, loaded as Lambda loads them: each time anew, with the environment of then."""

import gc
import importlib.util
from types import ModuleType

from tests.template_reader import ROOT


def load(folder: str) -> ModuleType:
    """The module app.py of a folder of `functions`.

    The storefront freezes what its process has imported. A test process loads it many times, so this is undone: what
    is frozen is never freed.
    """
    spec = importlib.util.spec_from_file_location(f"{folder}_app", ROOT / "functions" / folder / "app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    gc.unfreeze()
    return module
