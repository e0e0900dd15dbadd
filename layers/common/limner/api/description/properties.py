"""Texts and examples of words.py at every property and parameter of the document."""

from typing import Any

from limner.api.description.schema_words import SCHEMAS, SPECIFIC
from limner.api.description.schemas import Json, operations
from limner.api.description.words import PROPERTIES


def describe_properties(document: Json) -> None:
    """Give every property and parameter its text and example, and drop titles that only repeat names."""
    for schema_name, schema in document["components"]["schemas"].items():
        schema.pop("title", None)
        if schema_name in SCHEMAS:
            schema.setdefault("description", SCHEMAS[schema_name])
        for name, value in schema.get("properties", {}).items():
            _describe(document, value, f"{schema_name.removesuffix('View')}.{name}", name)
    for _, _, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            parameter["schema"].pop("title", None)
            name, place = parameter["name"].lower(), parameter["in"]
            text = PROPERTIES.get(f"{name} ({place})") or PROPERTIES.get(name)
            if text:
                parameter.setdefault("description", text.text)
                if text.example is not None and _is_of_type(document, parameter["schema"], text.example):
                    parameter.setdefault("example", text.example)


def _describe(document: Json, value: Json, specific_name: str, name: str) -> None:
    value.pop("title", None)
    specific = SPECIFIC.get(specific_name)
    if specific:
        value["description"] = specific.text
    text = specific or PROPERTIES.get(name)
    if text is None:
        return
    value.setdefault("description", text.text)
    is_fitting = text.example is not None and _is_of_type(document, value, text.example)
    if is_fitting and not {"example", "examples"} & set(value):
        value["example"] = text.example


def _is_of_type(document: Json, schema: Json, example: Any) -> bool:
    """Whether the schema allows a value of the example's type; a model may use a word in another form."""
    if reference := schema.get("$ref"):
        return _is_of_type(document, document["components"]["schemas"][reference.rpartition("/")[2]], example)
    if choices := schema.get("anyOf"):
        return any(_is_of_type(document, choice, example) for choice in choices)
    if values := schema.get("enum") or schema.get("x-extensible-enum"):
        return example in values
    kinds = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    kind = kinds[type(example)]
    if kind == "array":
        items = schema.get("items", {})
        return schema.get("type") == kind and all(_is_of_type(document, items, each) for each in example)
    return schema.get("type") == kind or (kind == "integer" and schema.get("type") == "number")
