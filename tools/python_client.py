"""Write the generated half of the Python client from docs/openapi.json:  python -m tools.python_client

`models.py`: a pydantic model for each schema, by datamodel-code-generator. Limits are left out: the API
checks requests, and answers of later releases may have wider ones. `operations.py`: a typed method for each
operation, sync and async. tests/docs/test_python_client.py compares the committed files with what this makes.
"""

import copy
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from .openapi import OPENAPI_FILE, ROOT

Json = dict[str, Any]
PACKAGE: Final = ROOT / "clients/python/limner_client"
LIMITS: Final = frozenset(
    {
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern"),
        *("minItems", "maxItems", "minProperties", "maxProperties"),
    }
)
TYPES: Final = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "array": "Sequence[str]",
}
OF_THE_CLIENT: Final = frozenset({"idempotency-key"})
"""Header parameters that the hand-written half sends."""
HEAD: Final = '"""Made from docs/openapi.json by `python -m tools.python_client`; do not edit."""\n'
WIDTH: Final = "110"
_DOCSTRINGS_OPTION: Final = "        use_attribute_docstrings=True,\n"
"""In every model; it has effects on schemas alone, which the client does not make."""


def generated() -> dict[str, str]:
    """File name → text."""
    document = json.loads(OPENAPI_FILE.read_text("utf-8"))
    return {
        "models.py": models(document),
        "operations.py": formatted(operations(document)),
        "openapi.json": json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n",
    }


def models(document: Json) -> str:
    schemas = copy.deepcopy(document["components"]["schemas"])
    _simplify(schemas)
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "openapi.json", Path(folder) / "models.py"
        source.write_text(json.dumps({**document, "paths": {}, "components": {"schemas": schemas}}), "utf-8")
        subprocess.run(_generator(source, target), check=True)
        _, _, text = target.read_text("utf-8").partition("from __future__")
    text = text.replace(_DOCSTRINGS_OPTION, "").replace("    model_config = ConfigDict(\n    )\n", "")
    return formatted(f"{HEAD}\nfrom __future__{text}")


def _generator(source: Path, target: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "datamodel_code_generator"),
        *("--input", str(source), "--input-file-type", "openapi", "--output", str(target)),
        *("--output-model-type", "pydantic_v2.BaseModel", "--base-class", "limner_client._model.Model"),
        *("--target-python-version", "3.11", "--use-standard-collections", "--use-union-operator"),
        *("--use-schema-description", "--use-attribute-docstrings", "--use-field-description"),
        *("--use-annotated", "--collapse-root-models", "--strict-nullable", "--disable-timestamp"),
        *("--enum-field-as-literal", "all", "--use-single-line-docstring"),
        "--use-default-factory-for-optional-nested-models",
        *("--formatters", "builtin"),
    ]


def _simplify(node: Any) -> None:
    """Leave limits and examples out, and put the known values of an open text into its description."""
    if isinstance(node, list):
        for each in node:
            _simplify(each)
    elif isinstance(node, dict):
        for name in [name for name in node if name in LIMITS and not isinstance(node[name], dict)]:
            del node[name]
        for name in ("example", "examples"):
            if not isinstance(node.get(name, {}), dict) or "type" not in node.get(name, {}):
                node.pop(name, None)
        if isinstance(node.get("default"), dict) and "$ref" in node:
            del node["default"]  # the generator would write it as a dict, which is no model
        if "patternProperties" in node:
            (node["additionalProperties"],) = node.pop("patternProperties").values()
        if known := node.pop("x-extensible-enum", None):
            text = node.get("description", "")
            node["description"] = f"{text} Known values: {', '.join(map(str, known))}.".strip()
        for each in node.values():
            _simplify(each)


def operations(document: Json) -> str:
    found = [
        (path, method.upper(), operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    sync = [line for each in found for line in _method(*each, is_async=False)]
    asynchronous = [line for each in found for line in _method(*each, is_async=True)]
    body = "\n".join(
        [*_class("Operations", sync, False), "", "", *_class("AsyncOperations", asynchronous, True)]
    )
    names = sorted({name for each in found for name in _models_of(each[2])} | set(_listed(document)))
    used = [name for name in ("Mapping", "Sequence") if f"{name}[" in body]
    return "\n".join(
        [
            HEAD,
            "from abc import ABC, abstractmethod",
            f"from collections.abc import {', '.join(used)}",
            "from typing import Any, Final, TypeVar",
            "from urllib.parse import quote",
            "",
            "from limner_client._calls import Call, json_of",
            f"from limner_client.models import {', '.join(names)}",
            "",
            'Answer = TypeVar("Answer")',
            "QUERY_PARAMETERS: Final[dict[str, tuple[str, ...]]] = {",
            *(f'    "{operation["operationId"]}": {_query(operation)!r},' for _, _, operation in found),
            "}",
            '"""Of each operation."""',
            f"ListedPhoto = {' | '.join(_listed(document))}",
            "",
            "",
            body,
            "",
        ]
    )


def _class(name: str, methods: list[str], is_async: bool) -> Iterator[str]:
    define = "async def" if is_async else "def"
    yield f"class {name}(ABC):"
    yield '    """A method for each operation of the API. Each raises ApiError and NotConnected."""'
    yield ""
    yield "    @abstractmethod"
    yield f"    {define} send(self, call: Call, answer: type[Answer]) -> Answer:"
    yield '        """Send a call and read its answer."""'
    yield ""
    yield "    @abstractmethod"
    yield f"    {define} send_for_optional(self, call: Call, answer: type[Answer]) -> Answer | None:"
    yield '        """Send a call whose answer may be null or empty."""'
    yield from methods


def _method(path: str, method: str, operation: Json, *, is_async: bool) -> Iterator[str]:
    of_path = [each for each in operation.get("parameters", ()) if each["in"] == "path"]
    others = [
        each
        for each in operation.get("parameters", ())
        if each["in"] in {"query", "header"} and each["name"].lower() not in OF_THE_CLIENT
    ]
    arguments = [f"{each['name']}: str" for each in of_path]
    if body := _body_of(operation):
        arguments.append(f"body: {body} | Mapping[str, Any]")
    is_file = "requestBody" in operation and not body
    if is_file:
        arguments.append("content: bytes")
    keywords = [f"{_name(each)}: {_type(each)}" for each in sorted(others, key=_is_optional)]
    if method == "POST":
        keywords.append("idempotency_key: str | None = None")
    answer, is_optional = _answer_of(operation)
    result = f"{answer} | None" if is_optional else answer
    send = "self.send_for_optional" if is_optional else "self.send"
    call = [f'"{method}"', _path(path), *_sent(others, method), *(["body=json_of(body)"] if body else [])]
    call += ["content=content"] if is_file else []
    signature = ", ".join(["self", *arguments, *(["*", *keywords] if keywords else [])])
    yield ""
    yield f"    {'async def' if is_async else 'def'} {operation['operationId']}({signature}) -> {result}:"
    yield f'        """{_first_sentence(operation)}"""'
    yield f"        return {'await ' if is_async else ''}{send}(Call({', '.join(call)}), {answer})"


def _sent(parameters: list[Json], method: str) -> Iterator[str]:
    for place, argument in (("query", "query"), ("header", "headers")):
        entries = [f'"{each["name"]}": {_name(each)}' for each in parameters if each["in"] == place]
        if place == "header" and method == "POST":
            entries.append('"Idempotency-Key": idempotency_key')
        if entries:
            yield f"{argument}={{{', '.join(entries)}}}"


def _listed(document: Json) -> list[str]:
    """Models of one photo of a list."""
    items = document["components"]["schemas"]["PhotosView"]["properties"]["photos"]["items"]
    return [str(each["$ref"]).rpartition("/")[2] for each in items.get("anyOf", [items])]


def _query(operation: Json) -> tuple[str, ...]:
    return tuple(each["name"] for each in operation.get("parameters", ()) if each["in"] == "query")


def _name(parameter: Json) -> str:
    return str(parameter["name"]).lower().replace("-", "_")


def _is_optional(parameter: Json) -> bool:
    return not parameter.get("required", False)


def _type(parameter: Json) -> str:
    schema = parameter["schema"]
    choices = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    kind = " | ".join(sorted({TYPES.get(each.get("type", ""), "str") for each in choices}))
    return f"{kind} | None = None" if _is_optional(parameter) else kind


def _path(path: str) -> str:
    if "{" not in path:
        return f'"{path}"'
    return 'f"' + path.replace("{", "{quote(").replace("}", ", safe='')}") + '"'


def _first_sentence(operation: Json) -> str:
    """The description, in one paragraph."""
    text = " ".join(operation["description"].split())
    return text.replace("\\", "").replace('"', "'")


def _body_of(operation: Json) -> str:
    return _model_in(operation.get("requestBody", {}))


def _answer_of(operation: Json) -> tuple[str, bool]:
    """Model of the successful answer, and whether it may be null or empty."""
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    contents = [answer["content"] for answer in answers if answer.get("content")]
    if not contents:
        return "Any", True
    schema = contents[0].get("application/json", {}).get("schema", {})
    return _model_in({"content": contents[0]}) or "Any", "anyOf" in schema or len(contents) < len(answers)


def _model_in(message: Json) -> str:
    schema = message.get("content", {}).get("application/json", {}).get("schema", {})
    choices = [schema, *schema.get("anyOf", ())]
    return next((each["$ref"].rpartition("/")[2] for each in choices if "$ref" in each), "")


def _models_of(operation: Json) -> set[str]:
    return {name for name in (_body_of(operation), _answer_of(operation)[0]) if name not in {"", "Any"}}


def formatted(source: str) -> str:
    """As ruff formats it; what is not used is left out."""
    commands = (["check", "--fix", "--select", "F401,I,UP"], ["format", "--line-length", WIDTH])
    for command in commands:
        name = str(PACKAGE / "generated.py")
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "-q", "--stdin-filename", name, "-"],
            input=source,
            capture_output=True,
            text=True,
            check=True,
        )
        source = done.stdout
    return source


if __name__ == "__main__":
    for file_name, text in generated().items():
        (PACKAGE / file_name).write_text(text, "utf-8")
