"""template.yaml as plain data: `!Ref X` becomes {"Ref": "X"}, and so on."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent


class _Loader(yaml.SafeLoader):
    pass


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise TypeError(f"{node.tag} is no scalar, sequence or mapping")
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix == "Ref" else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


@cache
def template() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), _Loader)
    return parsed


def resources(kind: str | None = None) -> dict[str, dict[str, Any]]:
    """Resources by logical id, all or of one `AWS::…` type."""
    return {name: r for name, r in template()["Resources"].items() if kind in (None, r["Type"])}


def properties(logical_id: str) -> dict[str, Any]:
    declared: dict[str, Any] = template()["Resources"][logical_id].get("Properties", {})
    return declared


def environment(function: str) -> dict[str, Any]:
    """The variables of a function, including the global ones."""
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    return {**shared, **properties(function)["Environment"]["Variables"]}


def statements(logical_id: str) -> list[dict[str, Any]]:
    """IAM statements of a function or role."""
    return [
        statement
        for policy in properties(logical_id)["Policies"]
        for statement in policy.get("PolicyDocument", policy)["Statement"]
    ]
