"""Packaging as `sam build` and `sam package` do it, without any other change of the template."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

from local.aws.build import package

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def packaged():
    uploaded = {}

    def upload(key, body):
        uploaded[key] = body
        return f"s3://bucket/{key}"

    return json.loads(package(ROOT / "template.yaml", upload)), uploaded


def names_in(body):
    return set(zipfile.ZipFile(io.BytesIO(body)).namelist())


def test_only_the_locations_of_code_change(packaged):
    template, _ = packaged
    original = yaml_parse((ROOT / "template.yaml").read_text())
    for name, resource in original["Resources"].items():
        if not isinstance(resource, dict):
            continue  # a loop (Fn::ForEach)
        for field in {"CodeUri", "ContentUri"} & set(resource.get("Properties", {})):
            location = template["Resources"][name]["Properties"].pop(field)
            assert location == f"s3://bucket/{name}.zip"
            resource["Properties"].pop(field)
    assert template == json.loads(json.dumps(original))


def test_a_layer_is_zipped_under_python_and_a_handler_at_the_top(packaged):
    _, uploaded = packaged
    assert "python/limner/contracts.py" in names_in(uploaded["CommonLayer.zip"])
    assert "app.py" in names_in(uploaded["RouterFunction.zip"])


def test_the_same_code_gives_the_same_zip(packaged):
    _, uploaded = packaged
    second = {}
    package(ROOT / "template.yaml", lambda key, body: second.setdefault(key, body) and "s3://bucket/x")
    assert second == uploaded


def test_zips_hold_no_bytecode(packaged):
    _, uploaded = packaged
    assert not any("__pycache__" in name for body in uploaded.values() for name in names_in(body))
