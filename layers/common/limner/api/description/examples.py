"""Examples of bodies: those that a schema brings with it, otherwise composed of the properties' examples.

So a new route has an example as soon as its properties have descriptions. tests/docs/test_description.py
checks each example against its schema.
"""

from typing import Any, Final

from limner.api.description.schemas import COMPONENT, OPEN_ENUM, Json, is_success, operations

_BY_TYPE: Final[dict[str, Any]] = {"string": "text", "integer": 1, "number": 0.5, "boolean": False}
_BY_FORMAT: Final = {
    "date-time": "2026-11-28T09:30:00Z",
    "date": "2026-11-28",
    "uri": "https://shop.example/",
}

SITUATIONS: Final[dict[str, dict[str, Json]]] = {
    "PhotoView": {
        "ready": {"status": "READY", "failure": None},
        "processing": {
            "status": "PROCESSING",
            "failure": None,
            "results": [],
            "finished_at": None,
            "model": None,
            "timings": {},
        },
        "failed": {"status": "FAILED", "original": [], "results": [], "model": None, "timings": {}},
    }
}
"""Schema → situation → what differs from the composed example."""


def add_examples(document: Json) -> None:
    """Give every JSON body of a request and of a successful answer an example, unless it has one."""
    for _, _, operation in operations(document):
        bodies = [operation.get("requestBody", {})]
        bodies += [answer for status, answer in operation["responses"].items() if is_success(status)]
        for body in bodies:
            content = body.get("content", {}).get("application/json")
            if content and not {"example", "examples"} & set(content):
                content |= _examples_of(document, content["schema"])


def _examples_of(document: Json, schema: Json) -> Json:
    """One example, or one for each situation of an answer that looks different in time."""
    example = example_of(document, schema)
    situations = SITUATIONS.get(str(schema.get("$ref", "")).removeprefix(COMPONENT))
    if not situations:
        return {"example": example}
    return {"examples": {name: {"value": {**example, **differing}} for name, differing in situations.items()}}


def example_of_body(document: Json, operation: Json) -> Any:
    """None for an operation without a JSON body."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if not content:
        return None
    return content["example"] if "example" in content else example_of(document, content["schema"])


def example_of(document: Json, schema: Json, default: Any = None) -> Any:
    """A value that the schema allows; `default` unless the schema has an example of its own."""
    if reference := schema.get("$ref"):
        schema = document["components"]["schemas"][reference.removeprefix(COMPONENT)]
    if named := schema.get("examples"):
        return named[0]
    if "example" in schema:
        return schema["example"]
    if default is not None:
        return default
    return _composed(document, schema)


def _composed(document: Json, schema: Json) -> Any:
    if choices := schema.get("anyOf"):
        return example_of(document, choices[0])
    if values := schema.get("enum") or schema.get(OPEN_ENUM):
        return values[0]
    match schema.get("type"):
        case "array":
            return [example_of(document, schema["items"])]
        case "object":
            return _example_of_object(document, schema)
        case kind:
            return _BY_FORMAT.get(schema.get("format", ""), _BY_TYPE.get(str(kind)))


def _example_of_object(document: Json, schema: Json) -> Json:
    """Required properties alone where the schema is closed, as that of a request is: optional ones may
    exclude each other."""
    properties = schema.get("properties", {})
    is_request = schema.get("additionalProperties") is False
    names = schema.get("required", []) if is_request else properties
    return {name: example_of(document, properties[name], properties[name].get("example")) for name in names}
