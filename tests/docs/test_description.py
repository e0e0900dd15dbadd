"""The API's description is complete: words, units, examples and errors of every operation, open answers."""

import json
import re

import jsonschema
import pytest

from limner.api.description.operations import TEXT_BY_TAG
from limner.api.description.schema_words import SPECIFIC
from limner.api.description.schemas import is_success, nodes
from limner.api.description.words import PROPERTIES
from tools.openapi import OPENAPI_FILE

DOCUMENT = json.loads(OPENAPI_FILE.read_text("utf-8"))
COMPONENTS = DOCUMENT["components"]
SCHEMAS = COMPONENTS["schemas"]
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
PROPERTY_SCHEMAS = {
    f"{schema}.{name}": value
    for schema, described in SCHEMAS.items()
    for name, value in described.get("properties", {}).items()
}
PARAMETERS = {
    f"{name}: {parameter['name']}": parameter
    for name, operation in OPERATIONS.items()
    for parameter in operation.get("parameters", ())
}
UNITS = re.compile(
    "pixels|bytes|seconds|hours|days|share|number|how many|counted|unit|weights|status|entries|dollars|percent",
    re.IGNORECASE,
)
RANGE = re.compile(r"\d")


def resolved(node):
    while "$ref" in node:
        _, part, name = node["$ref"].removeprefix("#/").split("/")
        node = COMPONENTS[part][name]
    return node


def answers(operation):
    return {status: resolved(answer) for status, answer in operation["responses"].items()}


def bodies(operation):
    """Every described body with the examples of it: the request's, and those of all answers. A file has none."""
    for message in (operation.get("requestBody", {}), *answers(operation).values()):
        for content in message.get("content", {}).values():
            if content["schema"].get("format") == "binary":
                continue
            named = [example["value"] for example in content.get("examples", {}).values()]
            yield content["schema"], [*named, *([content["example"]] if "example" in content else [])]


@pytest.mark.parametrize("name", PROPERTY_SCHEMAS)
def test_every_property_has_a_description(name):
    text = PROPERTY_SCHEMAS[name].get("description", "")
    assert text.endswith("."), f"{name}: add it to limner/api/description/words.py"


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_has_a_description(name):
    assert PARAMETERS[name].get("description", "").endswith("."), name


def numbers(schema):
    return [node for node in nodes(schema) if node.get("type") in {"integer", "number"}]


@pytest.mark.parametrize("name", [name for name, schema in PROPERTY_SCHEMAS.items() if numbers(schema)])
def test_every_number_has_a_unit_and_a_range(name):
    schema = PROPERTY_SCHEMAS[name]
    assert UNITS.search(schema["description"]), schema["description"]
    limits = [{"minimum", "maximum", "exclusiveMinimum"} & set(node) for node in numbers(schema)]
    in_words = RANGE.search(schema["description"]) or "unit of" in schema["description"]
    assert all(limits) or in_words or "units of" in schema["description"], schema["description"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_has_a_description_or_lists_its_values(name):
    schema = SCHEMAS[name]
    assert schema.get("description") or schema.get("enum") or schema.get("x-extensible-enum"), name


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_described(name):
    operation = OPERATIONS[name]
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", operation["operationId"])
    assert operation["summary"]
    assert operation["description"]
    (tag,) = operation["tags"]
    assert TEXT_BY_TAG[tag]
    errors = {status for status in operation["responses"] if not is_success(status)}
    needed = {"404", "413", "422", "429", "500", "503"} | (
        {"401", "403"} if operation.get("security") else set()
    )
    assert errors >= needed
    assert all("X-Request-Id" in answer["headers"] for answer in answers(operation).values())


def test_operation_ids_are_unique():
    assert len({operation["operationId"] for operation in OPERATIONS.values()}) == len(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_body_has_examples_that_its_schema_allows(name):
    for schema, examples in bodies(OPERATIONS[name]):
        assert examples, schema
        for example in examples:
            validator = jsonschema.Draft202012Validator({**schema, "components": COMPONENTS})
            assert not [error.message for error in validator.iter_errors(example)]


def test_the_upload_and_the_polling_have_examples():
    (sample,) = OPERATIONS["POST /v1/photos/{photo_id}/upload"]["x-codeSamples"]
    assert "-F file=@mug.jpg" in sample["source"]
    polled = OPERATIONS["GET /v1/photos/{photo_id}"]["responses"]["200"]["content"]["application/json"]
    statuses = {example["value"]["status"] for example in polled["examples"].values()}
    assert statuses == {"READY", "PROCESSING", "FAILED"}


def test_errors_share_one_problem():
    for name, answer in COMPONENTS["responses"].items():
        schema = answer["content"]["application/problem+json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Problem"}, name


def test_answers_are_open_to_what_later_releases_add():
    for operation in OPERATIONS.values():
        waiting = list(answers(operation).values())
        visited = set()
        while waiting:
            for node in nodes(waiting.pop()):
                assert node.get("additionalProperties") is not False
                assert "enum" not in node
                if node.get("$ref", "").startswith("#/components/schemas/") and node["$ref"] not in visited:
                    visited.add(node["$ref"])
                    waiting.append(resolved(node))


def test_requests_are_closed():
    for operation in OPERATIONS.values():
        for content in operation.get("requestBody", {}).get("content", {}).values():
            schema = resolved(content["schema"])
            assert schema.get("type") != "object" or schema["additionalProperties"] is False


def kind_of(schema):
    """What a property is: its type without limits and null."""
    choices = [choice for choice in schema.get("anyOf", [schema]) if choice.get("type") != "null"]
    kinds = {resolved(choice).get("type", "") for choice in choices}
    return "/".join(sorted("string" if kind == "" else kind for kind in kinds))


def test_one_word_has_one_meaning():
    kinds = {}
    for name, schema in PROPERTY_SCHEMAS.items():
        kinds.setdefault(name.partition(".")[2], set()).add(kind_of(schema))
    differing = {name for name, found in kinds.items() if len(found) > 1}
    assert differing <= {name.partition(".")[2] for name in SPECIFIC}, "describe it apart in SPECIFIC"


def test_security_and_servers_are_named():
    assert COMPONENTS["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert [server["url"] for server in DOCUMENT["servers"]]
    private = {name for name, operation in OPERATIONS.items() if operation.get("security")}
    assert set(OPERATIONS) - private == {"GET /v1/styles", "GET /v1/sign-in"}


def test_every_text_is_a_sentence():
    assert not [name for name, text in (PROPERTIES | SPECIFIC).items() if not text.text.endswith(".")]
