import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def documented_modules() -> list[str]:
    text = (ROOT / "benchmarks/README.md").read_text("utf-8")
    return sorted(set(re.findall(r"python -m (benchmarks\.[a-z0-9_.]+)", text)))


def started(module: str) -> str:
    """The module that `python -m` runs: a package's `__main__`."""
    return f"{module}.__main__" if (ROOT / module.replace(".", "/")).is_dir() else module


def test_every_documented_benchmark_is_imported_without_settings_of_the_environment() -> None:
    modules = documented_modules()
    imports = f"import importlib\nfor name in {[started(module) for module in modules]!r}: importlib.import_module(name)"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    result = subprocess.run(
        [sys.executable, "-c", imports],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert len(modules) > 20
    assert result.returncode == 0, result.stderr
