"""Run a notebook's code cells in one namespace, without a notebook kernel."""

import ast
import json
from pathlib import Path
from typing import Any


def cells(notebook: Path, kind: str = "code") -> list[dict[str, Any]]:
    return [cell for cell in json.loads(notebook.read_text("utf-8"))["cells"] if cell["cell_type"] == kind]


def run_cells(notebook: Path, replaced: dict[str, str]) -> list[object]:
    """The value of each cell's last expression, None where a cell ends with a statement.

    `replaced` maps text of the source to what stands in its place, such as a smaller size.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    values: list[object] = []
    for cell in cells(notebook):
        source = "".join(cell["source"])
        for old, new in replaced.items():
            source = source.replace(old, new)
        *statements, last = ast.parse(source).body
        if not isinstance(last, ast.Expr):
            statements.append(last)
        exec(compile(ast.Module(statements, []), notebook.name, "exec"), namespace)
        is_value = isinstance(last, ast.Expr)
        values.append(
            eval(compile(ast.Expression(last.value), notebook.name, "eval"), namespace) if is_value else None
        )
    return values
