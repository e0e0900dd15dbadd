"""The operations of the API as tools of the Model Context Protocol (`limner mcp`). It needs the extra `mcp`.

Each operation of the description that this package was made from is one tool, unless it takes a file, with
the description's texts and schemas: arguments are its parameters by name, and `body`.
"""

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import anyio
import mcp_types as types
from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server

from limner_client._calls import Call
from limner_client.async_client import AsyncLimner
from limner_client.errors import ApiError, LimnerError

Json = dict[str, Any]
BODY = "body"
_COMPONENT = "#/components/schemas/"


class Tools:
    """The tools, and how a call of one becomes a call of the API."""

    def __init__(self, document: Json, *, read_only: bool) -> None:
        self._schemas: Json = document["components"]["schemas"]
        self._operations = {
            operation["operationId"]: (method.upper(), path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if (method == "get" or not read_only) and _takes_json(operation)
        }

    def listed(self) -> list[types.Tool]:
        return [
            self._tool(name, method, operation) for name, (method, _, operation) in self._operations.items()
        ]

    def _tool(self, name: str, method: str, operation: Json) -> types.Tool:
        properties = {each["name"]: _described(each) for each in operation.get("parameters", ())}
        required = [each["name"] for each in operation.get("parameters", ()) if each.get("required")]
        if body := operation.get("requestBody"):
            properties[BODY] = body["content"]["application/json"]["schema"]
            required += [BODY] * body.get("required", False)
        schema = {"type": "object", "properties": properties, "required": required}
        schema["$defs"] = {each: self._schemas[each] for each in self._used(schema)}
        return types.Tool(
            name=name,
            description=operation["description"],
            input_schema=_with_local_references(schema),
            annotations=types.ToolAnnotations(
                read_only_hint=method == "GET", destructive_hint=method in {"DELETE", "PUT"}
            ),
        )

    def _used(self, schema: Json) -> set[str]:
        found: set[str] = set()
        waiting = list(_references(schema))
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += _references(self._schemas[name])
        return found

    def call(self, name: str, arguments: Mapping[str, Any]) -> Call:
        """Raises LimnerError for a tool that there is not, or an argument that is missing."""
        if name not in self._operations:
            raise LimnerError(f"no such tool: {name}")
        method, path, operation = self._operations[name]
        given: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}}
        for parameter in operation.get("parameters", ()):
            if parameter["name"] in arguments:
                given[parameter["in"]][parameter["name"]] = arguments[parameter["name"]]
            elif parameter.get("required"):
                raise LimnerError(f"{name} needs {parameter['name']}")
        for parameter_name, value in given["path"].items():
            path = path.replace(f"{{{parameter_name}}}", quote(str(value), safe=""))
        return Call(method, path, given["query"], given["header"], arguments.get(BODY))


def _takes_json(operation: Json) -> bool:
    """Files are not sent by tools."""
    return "requestBody" not in operation or "application/json" in operation["requestBody"]["content"]


def _described(parameter: Json) -> Json:
    return {**parameter["schema"], "description": parameter.get("description", "")}


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if str(node.get("$ref", "")).startswith(_COMPONENT):
            yield node["$ref"].removeprefix(_COMPONENT)
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _with_local_references(schema: Json) -> Json:
    local: Json = json.loads(json.dumps(schema).replace(_COMPONENT, "#/$defs/"))
    return local


def description() -> Json:
    document: Json = json.loads(files("limner_client").joinpath("openapi.json").read_bytes())
    return document


def server(limner: AsyncLimner, *, read_only: bool = False) -> Server[Any]:
    tools = Tools(description(), read_only=read_only)

    async def list_tools(
        _context: ServerRequestContext[Any], _params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=tools.listed())

    async def call_tool(
        _context: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        try:
            answer = await limner.send(tools.call(params.name, params.arguments or {}), Any)
        except ApiError as error:
            return _result(f"{error.code}: {error.detail} (request {error.request_id})", is_error=True)
        except LimnerError as error:
            return _result(str(error), is_error=True)
        return _result(json.dumps(answer, ensure_ascii=False))

    return Server("limner", on_list_tools=list_tools, on_call_tool=call_tool)


def _result(text: str, *, is_error: bool = False) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=is_error)


def serve(url: str | None, key: str | None, *, read_only: bool) -> None:
    """Serve on stdin and stdout until stdin ends.

    Raises:
        ValueError: the address or the key is missing.
    """

    async def run() -> None:
        async with AsyncLimner(url, key) as limner, stdio_server() as (reading, writing):
            served = server(limner, read_only=read_only)
            await served.run(reading, writing, served.create_initialization_options())

    anyio.run(run)
