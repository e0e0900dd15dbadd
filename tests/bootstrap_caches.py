"""The composition roots keep what they make for a process; a test that changes the environment clears it."""

import sys

from limner import bootstrap

# What a test has not imported has no caches yet.
_MODULES = f"{bootstrap.__name__}."


def clear_caches() -> None:
    modules = [module for name, module in list(sys.modules.items()) if name.startswith(_MODULES)]
    for value in [each for module in modules for each in vars(module).values()]:
        if hasattr(value, "cache_clear"):
            value.cache_clear()
