"""The schemas of responses are open; those of requests are closed.

A response of a later release may have more properties and more values of a text, so no schema of a response
forbids them: `additionalProperties: false` is left out, and an `enum` becomes `x-extensible-enum`, which
lists the values known today. A request with an unknown property or value is refused, so its schema says so.
A schema that both use, such as Look, becomes two: the request keeps the name, the response's ends with View.
"""

import copy
from collections.abc import Iterator
from typing import Any, Final

from limner.views.problems import Problem

Json = dict[str, Any]
COMPONENT: Final = "#/components/schemas/"
OPEN_ENUM: Final = "x-extensible-enum"


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Path, method and operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def is_success(status: str) -> bool:
    return status.startswith("2")


def share_problem(document: Json) -> None:
    """Problem and what it consists of as components; problem_responses refers to it."""
    schema = Problem.model_json_schema(ref_template=COMPONENT + "{model}")
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas |= schema.pop("$defs", {}) | {Problem.__name__: schema}


def open_responses(document: Json) -> None:
    """Open every schema of a response, and give it a name of its own where a request uses it too."""
    schemas = document["components"]["schemas"]
    of_requests, of_responses = _used(document, _request_bodies), _used(document, _answers)
    views = {name: f"{name}View" for name in sorted(of_requests & of_responses)}
    for name in sorted(of_responses):
        opened = copy.deepcopy(schemas[name])
        _open(opened)
        _refer_to_views(opened, views)
        schemas[views.get(name, name)] = opened
    for answer in _answers(document):
        _open(answer)
        _refer_to_views(answer, views)
    unused = set(schemas) - _used(document, _request_bodies) - _used(document, _answers)
    for name in unused:
        del schemas[name]
    document["components"]["schemas"] = dict(sorted(schemas.items()))


def _request_bodies(document: Json) -> list[Json]:
    return [
        part
        for _, _, operation in operations(document)
        for part in (operation.get("requestBody", {}), *operation.get("parameters", ()))
    ]


def _answers(document: Json) -> list[Json]:
    return [answer for _, _, operation in operations(document) for answer in operation["responses"].values()]


def _used(document: Json, parts: Any) -> set[str]:
    """Names of the schemas that these parts of all operations reach."""
    schemas = document["components"]["schemas"]
    found: set[str] = set()
    waiting = [name for part in parts(document) for name in _references(part)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _references(schemas[name])
    return found


def _references(node: Any) -> list[str]:
    return [each["$ref"].removeprefix(COMPONENT) for each in nodes(node) if _is_component(each)]


def _is_component(node: Json) -> bool:
    return str(node.get("$ref", "")).startswith(COMPONENT)


def nodes(node: Any) -> Iterator[Json]:
    """Every object in a part of the document, itself included; none within examples, which are data."""
    if isinstance(node, dict):
        yield node
        for key, value in node.items():
            if key not in {"example", "examples", "default"}:
                yield from nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from nodes(value)


def _open(schema: Json) -> None:
    for node in list(nodes(schema)):
        if node.get("additionalProperties") is False:
            del node["additionalProperties"]
        if isinstance(node.get("enum"), list):
            node[OPEN_ENUM] = node.pop("enum")


def _refer_to_views(schema: Json, views: dict[str, str]) -> None:
    for node in nodes(schema):
        if _is_component(node):
            name = node["$ref"].removeprefix(COMPONENT)
            node["$ref"] = COMPONENT + views.get(name, name)
