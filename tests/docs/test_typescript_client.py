"""The TypeScript client: its generated half is that of docs/openapi.json, it compiles, and its tests pass."""

import subprocess

import pytest

from tools.openapi import OPENAPI_FILE
from tools.openapi_changes import read
from tools.typescript_client import FOLDER, generated, operations


@pytest.mark.usefixtures("typescript")
def test_the_committed_files_are_the_generated_ones():
    for name, text in generated().items():
        assert (FOLDER / "src" / name).read_text("utf-8") == text, f"{name}: run make clients"


def test_what_it_knows_at_run_time_is_the_descriptions():
    assert (FOLDER / "src/operations.ts").read_text("utf-8") == operations(read(OPENAPI_FILE)), (
        "run make clients"
    )


@pytest.mark.usefixtures("typescript")
@pytest.mark.parametrize("script", ["build", "test"])
def test_it_compiles_and_its_tests_pass(script):
    done = subprocess.run(
        ["npm", "run", "-s", script], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_lock_file_names_no_registry():
    assert "resolved" not in (FOLDER / "package-lock.json").read_text("utf-8")
    assert "://" not in (FOLDER / ".npmrc").read_text("utf-8")
