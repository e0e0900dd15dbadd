"""Markdown tables of an OpenAPI description: one section for each operation and one for each schema."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

Json = Mapping[str, Any]
LIMITS: Final = {
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "exclusiveMinimum": "> {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {}",
    "maxItems": "at most {}",
    "minProperties": "at least {}",
    "maxProperties": "at most {}",
    "pattern": "`{}`",
}


def tables(description: Json) -> str:
    """Operations in the order of the description, then schemas by name."""
    lines = ["## Operations", ""]
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            lines += _operation(f"{method.upper()} {path}", operation, description["components"])
    lines += ["## Schemas", ""]
    for name, schema in sorted(description["components"]["schemas"].items()):
        lines += _schema(name, schema)
    return "\n".join(lines)


def _operation(title: str, operation: Json, components: Json) -> Iterator[str]:
    yield from (f"### `{title}`", "", operation.get("description", ""), "")
    fields = [
        (f"{parameter['name']} ({parameter['in']})", _with_text(parameter), parameter.get("required", False))
        for parameter in operation.get("parameters", [])
    ]
    if body := operation.get("requestBody"):
        fields.append(("body", _content_schema(body), body.get("required", False)))
    if fields:
        yield from _field_table(fields)
    yield from ("| status | answer |", "|---|---|")
    for status, answer in operation["responses"].items():
        reference = answer.get("$ref", "").rpartition("/")[2]
        described = components["responses"][reference] if reference else answer
        yield f"| {status} | {described['description']}: {_type(_content_schema(described))} |"
    yield ""


def _with_text(parameter: Json) -> Json:
    return {**parameter["schema"], "description": parameter.get("description", "")}


def _schema(name: str, schema: Json) -> Iterator[str]:
    yield from (f"### {name}", "", schema.get("description", ""), "")
    if _values(schema):
        yield from ("One of " + _type(schema) + ".", "")
    required = schema.get("required", [])
    if properties := schema.get("properties"):
        yield from _field_table([(field, value, field in required) for field, value in properties.items()])


def _field_table(fields: list[tuple[str, Json, bool]]) -> Iterator[str]:
    yield from ("| field | type | allowed | if left out | meaning |", "|---|---|---|---|---|")
    for name, schema, required in fields:
        default = "required" if required else _default(schema)
        meaning = " ".join(schema.get("description", "").replace("|", "\\|").split())
        yield f"| `{name}` | {_type(schema)} | {_limits(schema)} | {default} | {meaning} |"
    yield ""


def _default(schema: Json) -> str:
    return f"`{schema['default']}`" if schema.get("default") is not None else ""


def _content_schema(message: Json) -> Json:
    """The schema of the only content of a request or a response; empty if it has none."""
    contents: list[Json] = list(message.get("content", {}).values())
    schema: Json = contents[0]["schema"] if contents else {}
    return schema


def _type(schema: Json) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if values := _values(schema):
        return ", ".join(f"`{value}`" for value in values)
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(choice) for choice in schema["anyOf"]))
    if "items" in schema:
        return f"list of {_type(schema['items'])}"
    values = [*schema.get("patternProperties", {}).values(), schema.get("additionalProperties")]
    if isinstance(values[0], dict):
        return f"object of {_type(values[0])}"
    return str(schema.get("format", schema.get("type")))


def _values(schema: Json) -> list[Any]:
    """All values of a closed text, or the known ones of an open one."""
    return list(schema.get("enum") or schema.get("x-extensible-enum") or ())


def _limits(schema: Json) -> str:
    choices = [schema, *schema.get("anyOf", [])]
    found = [text.format(choice[key]) for choice in choices for key, text in LIMITS.items() if key in choice]
    return ", ".join(found).replace("|", "\\|")
