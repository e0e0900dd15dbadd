"""The version is defined in `limner.__version__` only; everything else reads it."""

import importlib.metadata
import re
import tomllib

from typer.testing import CliRunner

import limner
from local.__main__ import app as local_commands
from style_engine.__main__ import app as engine_commands
from tests.template_reader import ROOT


def test_the_distribution_has_the_version_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "limner.__version__"}
    assert importlib.metadata.version("limner") == limner.__version__, (
        "installed before the change: make setup"
    )


def test_the_commands_print_the_version():
    for commands in (local_commands, engine_commands):
        assert CliRunner().invoke(commands, ["--version"]).output.strip() == limner.__version__


def test_the_api_has_the_version():
    source = (ROOT / "functions/storefront/app.py").read_text("utf-8")
    assert re.search(r'DescribedApi\(\s*title="Limner",\s*version=__version__', source)


def test_no_other_file_defines_the_version():
    definition = re.compile(rf"\bversion\s*=\s*[\"']{re.escape(limner.__version__)}[\"']")
    files = [ROOT / "pyproject.toml", *(ROOT / "functions").rglob("*.py"), *(ROOT / "layers").rglob("*.py")]
    files += [*(ROOT / "engine").rglob("*.py"), *(ROOT / "local").rglob("*.py")]
    assert [file for file in files if definition.search(file.read_text("utf-8"))] == []


def test_the_changelog_has_the_version():
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert limner.__version__ in headings
