"""The three quick starts of docs/quick-start.md, run as they stand against the local stack."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from local.aws.running import Running
from tests.docs.documents import blocks
from tests.template_reader import ROOT

DOCUMENT = ROOT / "docs/quick-start.md"
CLIENT = ROOT / "clients/typescript"
TIMEOUT_SECONDS = 120
MOST_LINES = 10


def source(language: str) -> str:
    """The last block in a language; the first in the shell sets the environment."""
    return [block.text for block in blocks(DOCUMENT) if block.language == language][-1]


@pytest.fixture
def run(system: Running, photo: Path, tmp_path: Path):
    """Runs a command in a folder with mug.jpg and the environment of the document's first block."""
    shutil.copy(photo, tmp_path / "mug.jpg")
    environment = {**os.environ, "LIMNER_URL": system.stack.api_url, "LIMNER_KEY": system.api_key}
    environment["PYTHONPATH"] = str(ROOT / "clients/python")

    def run(*command: str) -> str:
        ended = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    return run


def is_a_picture(path: Path) -> bool:
    with Image.open(path) as picture:
        picture.load()
        return picture.width > 0


@pytest.mark.parametrize("language", ["python", "ts", "sh"])
def test_it_has_ten_lines_at_most(language):
    assert len([line for line in source(language).splitlines() if line.strip()]) <= MOST_LINES


def test_python(run, tmp_path):
    printed = run(sys.executable, "-c", source("python"))
    assert is_a_picture(tmp_path / printed.strip())


def test_typescript(run, tmp_path, typescript):
    """Compiled by the client's compiler, with its strict options, and run by Node."""
    package = tmp_path / "node_modules/limner-client"
    package.parent.mkdir()
    package.symlink_to(CLIENT, target_is_directory=True)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "start.ts").write_text(source("ts"))
    types = ("--types", "node", "--typeRoots", str(CLIENT / "node_modules/@types"))
    options = ("--strict", "--target", "ES2022", "--module", "NodeNext", *types)
    run(str(CLIENT / "node_modules/.bin/tsc"), *options, "start.ts")
    assert "READY image/" in run(typescript, "start.js")
    assert is_a_picture(tmp_path / "styled.img")


def test_shell(run, tmp_path):
    for command in ("curl", "jq"):
        if shutil.which(command) is None and "CI" not in os.environ:
            pytest.skip(f"no {command} on this machine")
    run("bash", "-euo", "pipefail", "-c", source("sh"))
    assert is_a_picture(tmp_path / "styled.img")
