"""What breaks clients of the last release is noticed; what the description announces is not."""

import copy

import pytest

from tools import openapi_changes
from tools.openapi import OPENAPI_FILE
from tools.openapi_changes import breaking_changes, read

RELEASED = read(OPENAPI_FILE)
PHOTO, ORDER = "PhotoView", "FormRequest"


@pytest.fixture
def current():
    return copy.deepcopy(RELEASED)


def schema(document, name):
    return document["components"]["schemas"][name]


def operation(document, method, path):
    return document["paths"][path][method]


BREAKING = {
    "an operation is gone": (lambda d: d["paths"].pop("/v1/sign-in"), "GET /v1/sign-in is gone"),
    "a field of an answer is gone": (
        lambda d: schema(d, PHOTO)["properties"].pop("filename"),
        "GET /v1/photos/{photo_id} 200.filename is gone",
    ),
    "a field of an answer may be left out": (
        lambda d: schema(d, PHOTO)["required"].remove("status"),
        "GET /v1/photos/{photo_id} 200.status may be left out",
    ),
    "a field of an answer may be null": (
        lambda d: schema(d, PHOTO)["properties"].update(filename={"anyOf": [{"type": "string"}, {"type": "null"}]}),
        "GET /v1/photos/{photo_id} 200.filename may be null",
    ),
    "a field has another type": (
        lambda d: schema(d, "RenditionView")["properties"].update(width={"type": "string"}),
        "GET /v1/photos/{photo_id} 200.original[].width may be string",
    ),
    "a field of a request is gone": (
        lambda d: schema(d, ORDER)["properties"].pop("replace"),
        "POST /v1/photos/{photo_id}/upload body.replace is gone",
    ),
    "a field of a request is required": (
        lambda d: schema(d, ORDER)["required"].append("replace"),
        "POST /v1/photos/{photo_id}/upload body.replace is required",
    ),
    "a limit is narrower": (
        lambda d: schema(d, "Look")["properties"]["styles"].update(maxProperties=3),
        "looks[].styles: maxProperties is 3, it was 4",
    ),
    "a value is not taken any more": (
        lambda d: schema(d, "Protection")["enum"].remove("strict"),
        "protection does not take strict",
    ),
    "a parameter is gone": (
        lambda d: operation(d, "get", "/v1/photos")["parameters"].pop(0),
        "GET /v1/photos has no",
    ),
    "an operation has another id": (
        lambda d: operation(d, "get", "/v1/photos").update(operationId="photos"),
        "GET /v1/photos has another id: photos",
    ),
    "an operation needs another scope": (
        lambda d: operation(d, "get", "/v1/photos").update(security=[{"bearer": ["admin"]}]),
        "GET /v1/photos needs admin",
    ),
    "another status": (
        lambda d: operation(d, "get", "/v1/photos")["responses"].update({"202": {}}) or
        operation(d, "get", "/v1/photos")["responses"].pop("200"),
        "GET /v1/photos answers no 200 any more",
    ),
}  # fmt: skip
COMPATIBLE = {
    "an operation more": lambda d: d["paths"].update({"/v1/more": d["paths"]["/v1/styles"]}),
    "a field of an answer more": lambda d: schema(d, PHOTO)["properties"].update(more={"type": "string"}),
    "a field of an answer that is always there": lambda d: schema(d, PHOTO)["required"].append(
        "is_earlier_file"
    ),
    "a known value more": lambda d: schema(d, "FailureView")["properties"]["code"][
        "x-extensible-enum"
    ].append("new"),
    "an optional field of a request": lambda d: schema(d, ORDER)["properties"].update(
        more={"type": "string"}
    ),
    "a value more": lambda d: schema(d, "Protection")["enum"].append("none"),
    "a wider limit": lambda d: schema(d, "Look")["properties"]["styles"].update(maxProperties=5),
    "an integer where a number was": lambda d: schema(d, "Step")["properties"]["amount"].update(
        type="integer"
    ),
    "other words": lambda d: schema(d, PHOTO).update(description="One photo."),
}


@pytest.mark.parametrize("kind", BREAKING)
def test_changes_that_break_clients_are_found(current, kind):
    change, expected = BREAKING[kind]
    change(current)
    assert any(expected in found for found in breaking_changes(RELEASED, current)), breaking_changes(
        RELEASED, current
    )


@pytest.mark.parametrize("kind", COMPATIBLE)
def test_additions_break_nothing(current, kind):
    COMPATIBLE[kind](current)
    assert breaking_changes(RELEASED, current) == []


def test_the_command_fails_for_a_removed_field(current, monkeypatch, tmp_path, capsys):
    released, now = tmp_path / "openapi-released.json", tmp_path / "openapi.json"
    monkeypatch.setattr(openapi_changes, "RELEASED_FILE", released)
    monkeypatch.setattr(openapi_changes, "OPENAPI_FILE", now)
    now.write_bytes(OPENAPI_FILE.read_bytes())
    assert openapi_changes.main(["--renew"]) == 0
    assert openapi_changes.main([]) == 0
    text = now.read_text("utf-8")
    now.write_text(text.replace('"is_earlier_file"', '"is_of_earlier_file"'), "utf-8")
    assert openapi_changes.main([]) == 1
    assert "is_earlier_file is gone" in capsys.readouterr().err
