"""Changes of docs/openapi.json that break clients of the last release.

    python -m tools.openapi_changes [--renew]

Prints each and exits with 1. docs/openapi-released.json is the description of the last release; `--renew`
replaces it by the current one. docs/api-versioning.md lists what breaks a client.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

from .openapi import OPENAPI_FILE

Json = Mapping[str, Any]
Direction = Literal["request", "response"]
RELEASED_FILE: Final = OPENAPI_FILE.with_name("openapi-released.json")
LOWER_LIMITS: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER_LIMITS: Final = ("maximum", "maxLength", "maxItems", "maxProperties")


def breaking_changes(released: Json, current: Json) -> list[str]:
    """One sentence for each change that breaks a client of `released`."""
    return list(_Comparison(released, current).of_operations())


class _Comparison:
    def __init__(self, released: Json, current: Json) -> None:
        self._released, self._current = released, current

    def of_operations(self) -> Iterator[str]:
        now = _operations(self._current)
        for name, old in _operations(self._released).items():
            if name not in now:
                yield f"{name} is gone"
                continue
            new = now[name]
            if old["operationId"] != new["operationId"]:
                yield f"{name} has another id: {new['operationId']}"
            if more := _scopes(new) - _scopes(old):
                yield f"{name} needs {', '.join(sorted(more))}"
            yield from self._of_parameters(name, old, new)
            yield from self._of_bodies(name, old, new)
            yield from self._of_answers(name, old, new)

    def _of_parameters(self, name: str, old: Json, new: Json) -> Iterator[str]:
        before, after = _parameters(old), _parameters(new)
        for key, parameter in after.items():
            if parameter.get("required") and not before.get(key, {}).get("required"):
                yield f"{name} requires {key}"
        for key, parameter in before.items():
            if key not in after:
                yield f"{name} has no {key} any more"
            else:
                yield from self._of_schemas(
                    f"{name} {key}", parameter["schema"], after[key]["schema"], "request"
                )

    def _of_bodies(self, name: str, old: Json, new: Json) -> Iterator[str]:
        before, after = old.get("requestBody", {}), new.get("requestBody", {})
        if after.get("required") and not before.get("required"):
            yield f"{name} requires a body"
        yield from self._of_contents(f"{name} body", before, after, "request")

    def _of_answers(self, name: str, old: Json, new: Json) -> Iterator[str]:
        for status, answer in old["responses"].items():
            if not status.startswith("2"):
                continue
            if status not in new["responses"]:
                yield f"{name} answers no {status} any more"
            else:
                yield from self._of_contents(f"{name} {status}", answer, new["responses"][status], "response")

    def _of_contents(self, where: str, old: Json, new: Json, direction: Direction) -> Iterator[str]:
        for media_type, content in old.get("content", {}).items():
            if media_type not in new.get("content", {}):
                yield f"{where} is not {media_type} any more"
            else:
                after = new["content"][media_type]["schema"]
                yield from self._of_schemas(where, content["schema"], after, direction)

    def _of_schemas(self, where: str, old: Json, new: Json, direction: Direction) -> Iterator[str]:
        before, after = _by_type(self._released, old), _by_type(self._current, new)
        missing = _uncovered(before, after) if direction == "request" else _uncovered(after, before)
        if missing:
            verb = "does not take" if direction == "request" else "may be"
            yield f"{where} {verb} {', '.join(sorted(missing))}"
        for kind in before.keys() & after.keys():
            yield from self._of_same_type(where, before[kind], after[kind], direction)

    def _of_same_type(self, where: str, old: Json, new: Json, direction: Direction) -> Iterator[str]:
        yield from self._of_objects(where, old, new, direction)
        for part in ("items", "additionalProperties"):
            if isinstance(old.get(part), Mapping) and isinstance(new.get(part), Mapping):
                yield from self._of_schemas(f"{where}[]", old[part], new[part], direction)
        if direction == "request":
            yield from _narrowed(where, old, new)

    def _of_objects(self, where: str, old: Json, new: Json, direction: Direction) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        required, now_required = set(old.get("required", ())), set(new.get("required", ()))
        if direction == "request":
            for name in sorted(now_required - required):
                yield f"{where}.{name} is required"
        else:
            for name in sorted(required - now_required):
                yield f"{where}.{name} may be left out"
        for name, schema in before.items():
            if name not in after:
                if name not in required - now_required or direction == "request":
                    yield f"{where}.{name} is gone"
            else:
                yield from self._of_schemas(f"{where}.{name}", schema, after[name], direction)


def _narrowed(where: str, old: Json, new: Json) -> Iterator[str]:
    """Limits of a request that allow less than before."""
    for limits, is_narrower in ((LOWER_LIMITS, _is_above), (UPPER_LIMITS, _is_below)):
        for limit in limits:
            if limit in new and is_narrower(new[limit], old.get(limit)):
                yield f"{where}: {limit} is {new[limit]}, it was {old.get(limit, 'not limited')}"
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        yield f"{where}: has another pattern"
    if "enum" in new and (gone := set(old.get("enum", ["any text"])) - set(new["enum"])):
        yield f"{where} does not take {', '.join(sorted(gone))}"


def _is_above(now: float, before: float | None) -> bool:
    return before is None or now > before


def _is_below(now: float, before: float | None) -> bool:
    return before is None or now < before


def _operations(document: Json) -> dict[str, Json]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def _parameters(operation: Json) -> dict[str, Json]:
    return {f"{each['in']} parameter {each['name']}": each for each in operation.get("parameters", ())}


def _scopes(operation: Json) -> set[str]:
    return {
        scope for each in operation.get("security", ()) for scopes in each.values() for scope in scopes
    } | {scheme for each in operation.get("security", ()) for scheme in each}


def _by_type(document: Json, schema: Json) -> dict[str, Json]:
    """The alternatives of a schema by their type; `any` for one without."""
    if reference := schema.get("$ref"):
        return _by_type(document, document["components"]["schemas"][reference.rpartition("/")[2]])
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return {kind: each for choice in choices for kind, each in _by_type(document, choice).items()}
    kinds = schema.get("type", "any")
    return dict.fromkeys([kinds] if isinstance(kinds, str) else kinds, schema)


def _uncovered(kinds: Mapping[str, Json], by: Mapping[str, Json]) -> set[str]:
    """Types that are not among those of `by`; every integer is a number."""
    if "any" in by:
        return set()
    covered = set(by) | ({"integer"} if "number" in by else set())
    return set(kinds) - covered


def read(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return document


def main(arguments: list[str]) -> int:
    if arguments == ["--renew"]:
        RELEASED_FILE.write_bytes(OPENAPI_FILE.read_bytes())
        return 0
    found = breaking_changes(read(RELEASED_FILE), read(OPENAPI_FILE))
    for change in found:
        print(f"breaks clients of the last release: {change}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
