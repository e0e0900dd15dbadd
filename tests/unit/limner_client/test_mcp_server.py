"""`limner mcp`: every operation is a tool, and a call of one is a call of the API."""

import asyncio
import json

import jsonschema
import pytest
from mcp import Client

from limner_client import AsyncLimner
from limner_client.mcp_server import Tools, description, server
from tests.unit.limner_client.fake_api import KEY, URL, FakeApi, problem

OPERATIONS = {
    operation["operationId"]: method
    for methods in description()["paths"].values()
    for method, operation in methods.items()
    if "application/json" in operation.get("requestBody", {"content": ["application/json"]})["content"]
}
"""Those that take no file."""


def talk(api, conversation, **options):
    async def run():
        limner = AsyncLimner(URL, KEY, transport=api.transport(), sleep=api.sleep_async)
        async with limner, Client(server(limner, **options)) as client:
            return await conversation(client)

    return asyncio.run(run())


@pytest.fixture
def api():
    return FakeApi()


def test_every_operation_is_a_tool(api):
    tools = talk(api, lambda client: client.list_tools()).tools
    assert {tool.name for tool in tools} == set(OPERATIONS)
    for tool in tools:
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        assert tool.description


def test_read_only_tools_change_nothing(api):
    tools = talk(api, lambda client: client.list_tools(), read_only=True).tools
    assert {OPERATIONS[tool.name] for tool in tools} == {"get"}
    assert all(tool.annotations.read_only_hint for tool in tools)


def test_arguments_become_path_query_and_body(api):
    call = Tools(description(), read_only=False).call("list_photos", {"limit": 3})
    assert (call.path, call.query) == ("/v1/photos", {"limit": 3})
    call = Tools(description(), read_only=False).call(
        "request_form", {"photo_id": "a/b", "body": {"content_type": "image/png"}}
    )
    assert (call.method, call.path) == ("POST", "/v1/photos/a%2Fb/upload")
    assert call.body == {"content_type": "image/png"}


def test_a_call_is_answered_with_json(api):
    result = talk(api, lambda client: client.call_tool("list_photos", {"limit": 1}))
    assert json.loads(result.content[0].text)["photos"]
    assert not result.is_error


def test_errors_are_told(api):
    api.faults.append(problem(404, "photo_not_found"))
    result = talk(api, lambda client: client.call_tool("get_photo", {"photo_id": "0" * 32}))
    assert result.is_error
    assert "photo_not_found" in result.content[0].text
    missing = talk(api, lambda client: client.call_tool("get_photo", {}))
    assert missing.is_error
    assert "needs photo_id" in missing.content[0].text
    unknown = talk(api, lambda client: client.call_tool("sing", {}))
    assert "no such tool" in unknown.content[0].text
