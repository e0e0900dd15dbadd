"""How every benchmark reports: a JSON file and tables on the console."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def write_json(path: Path, figures: Mapping[str, Any], default: Callable[[Any], Any] | None = None) -> None:
    """Write the figures, creating the folder; `default` converts values that JSON cannot hold."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2, default=default) + "\n", "utf-8")


def print_tables(*tables: Table) -> None:
    for table in tables:
        Console().print(table)
