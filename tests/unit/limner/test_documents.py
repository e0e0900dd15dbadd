"""The documents list all statuses, codes and commands."""

from limner.errors import RefusalCode
from limner.photos import PhotoStatus
from limner.views.photos import FailureView
from tests.template_reader import ROOT

API = (ROOT / "docs/api.md").read_text("utf-8")


def test_every_refusal_code_and_status_is_documented():
    for word in [*RefusalCode, *PhotoStatus]:
        assert f"`{word}`" in API, word


def test_the_readme_names_the_two_commands():
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "make demo" in readme
    assert "make test" in readme


def test_openapi_lists_every_refusal_code():
    assert FailureView.model_json_schema()["properties"]["code"]["enum"] == list(RefusalCode)
