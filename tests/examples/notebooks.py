"""Run a notebook's code cells in one namespace, without a notebook kernel."""

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def code_cells(notebook: Path) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(notebook.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]


def run_cells(notebook: Path, replacements: Mapping[str, str]) -> list[object]:
    """The value of each cell's last line where it is an expression, as a notebook shows it.

    `replacements` maps text of the source to other text, such as a smaller size.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    values: list[object] = []
    for cell in code_cells(notebook):
        source = "".join(cell["source"])
        for old, new in replacements.items():
            source = source.replace(old, new)
        *statements, last = ast.parse(source).body
        if not isinstance(last, ast.Expr):
            statements.append(last)
        exec(compile(ast.Module(statements, []), notebook.name, "exec"), namespace)
        if isinstance(last, ast.Expr):
            values.append(eval(compile(ast.Expression(last.value), notebook.name, "eval"), namespace))
    return values
