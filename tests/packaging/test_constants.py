"""A constant's name has one value in all that is deployed: the engine, the layer and the functions."""

import ast
from collections import defaultdict
from collections.abc import Iterator

from tests.template_reader import ROOT

DEPLOYED = ("engine/style_engine", "layers/common", "functions")


def assigned_constants(source: str) -> Iterator[tuple[str, str]]:
    """Name and expression of each public constant that a module assigns at its top level."""
    for node in ast.parse(source).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        for target in targets:
            names, values = [target], [value]
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                names, values = target.elts, value.elts
            for name, expression in zip(names, values, strict=True):
                if isinstance(name, ast.Name) and name.id.isupper() and not name.id.startswith("_"):
                    yield name.id, ast.unparse(expression)


def test_no_constant_has_two_values():
    values = defaultdict(lambda: defaultdict(list))
    for folder in DEPLOYED:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for name, value in assigned_constants(path.read_text("utf-8")):
                values[name][value].append(path.relative_to(ROOT).as_posix())
    assert {name: dict(found) for name, found in values.items() if len(found) > 1} == {}


def test_constants_in_tuples_are_read():
    assert [*assigned_constants("A, B = 1, 2\nC: int = 3\nd = 4\n")] == [("A", "1"), ("B", "2"), ("C", "3")]
