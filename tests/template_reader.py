"""template.yaml as plain data: `!Ref X` becomes {"Ref": "X"}, and so on."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent


class TemplateLoader(yaml.SafeLoader):
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


TemplateLoader.add_multi_constructor("!", _intrinsic)


@cache
def template() -> dict[str, Any]:
    """Loops (Fn::ForEach) are expanded, as AWS::LanguageExtensions does."""
    parsed: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), TemplateLoader)
    parsed["Resources"] = dict(_expanded(parsed["Resources"], parsed["Mappings"]))
    return parsed


def _expanded(declared: dict[str, Any], mappings: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, resource in declared.items():
        if not name.startswith("Fn::ForEach::"):
            yield name, resource
            continue
        variable, values, body = resource
        for value in values:
            yield from _substituted(body, variable, value, mappings).items()


def _substituted(node: Any, variable: str, value: str, mappings: dict[str, Any]) -> Any:
    """The node with a loop's variable replaced, and look-ups in mappings done."""
    match node:
        case {"Ref": name} if name == variable:
            return value
        case {"Fn::FindInMap": path}:
            found: Any = mappings
            for key in path:
                found = found[_substituted(key, variable, value, mappings)]
            return found
        case dict():
            replaced = ((_substituted(k, variable, value, mappings), v) for k, v in node.items())
            return {k: _substituted(v, variable, value, mappings) for k, v in replaced}
        case list():
            return [_substituted(each, variable, value, mappings) for each in node]
        case str():
            return node.replace(f"${{{variable}}}", value)
        case _:
            return node


TIER_CONDITIONS = {"OnSageMaker": "sagemaker", "OnLambda": "lambda"}
NO_VALUE = {"Ref": "AWS::NoValue"}


def in_tier(node: Any, tier: str) -> Any:
    """The node as it is with one value of `StylizerTier`; other conditions stay undecided."""
    match node:
        case {"Fn::If": [condition, then, otherwise]} if condition in TIER_CONDITIONS:
            return in_tier(then if TIER_CONDITIONS[condition] == tier else otherwise, tier)
        case dict():
            decided = {key: in_tier(value, tier) for key, value in node.items()}
            return {key: value for key, value in decided.items() if value != NO_VALUE}
        case list():
            return [value for each in node if (value := in_tier(each, tier)) != NO_VALUE]
        case _:
            return node


def resources_in_tier(tier: str) -> dict[str, dict[str, Any]]:
    """Those that a stack of this `StylizerTier` has."""
    return {
        name: in_tier(resource, tier)
        for name, resource in resources().items()
        if TIER_CONDITIONS.get(resource.get("Condition", ""), tier) == tier
    }


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
    """IAM statements of a function or role, with those that a parameter adds."""
    return [
        statement["Fn::If"][1] if "Fn::If" in statement else statement
        for policy in properties(logical_id)["Policies"]
        for statement in policy.get("PolicyDocument", policy)["Statement"]
    ]


def watched(alarm: str) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Namespace, name and dimensions of the metrics of an alarm, the one it is about first."""
    declared = in_tier(properties(alarm), "sagemaker")
    metrics = [each["MetricStat"]["Metric"] for each in declared.get("Metrics", ()) if "MetricStat" in each]
    return [(each["Namespace"], each["MetricName"], each["Dimensions"]) for each in metrics or [declared]]
