"""The engine is a library of its own: it builds, imports without the rest, and its metadata follows the project's."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib

import pytest

from limner import __version__
from tests.template_reader import ROOT

ENGINE = tomllib.loads((ROOT / "engine/pyproject.toml").read_text("utf-8"))["project"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_its_version_is_the_projects():
    assert ENGINE["version"] == __version__


def test_its_dependencies_are_those_of_the_projects_engine_extra():
    pillow = [line for line in PROJECT["dependencies"] if line.startswith("pillow")]
    assert set(ENGINE["dependencies"]) == {*PROJECT["optional-dependencies"]["engine"], *pillow}


@pytest.fixture(scope="module")
def run_installed(tmp_path_factory):
    """Runs Python with the engine's wheel and its dependencies, without the rest of the project."""
    folder = tmp_path_factory.mktemp("engine")
    shutil.copytree(
        ROOT / "engine", folder / "engine", ignore=shutil.ignore_patterns("models", "__pycache__")
    )
    build = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--target", str(folder / "lib"), str(folder / "engine")], check=True)
    path = os.pathsep.join([str(folder / "lib"), sysconfig.get_paths()["purelib"]])

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-S", *arguments],
            cwd=folder,
            env={"PYTHONPATH": path, "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_the_built_wheel_imports_and_calibrated_limits_come_with_it(run_installed):
    code = "from style_engine.safety.gates import GateLimits; print(len(GateLimits.load().by_protection))"
    assert run_installed("-c", code).stdout.strip() == "5"


def test_its_command_line_names_the_package_that_it_lacks(run_installed):
    ran = run_installed("-m", "style_engine", "styles")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "The command line is part of Limner and needs its package photo_files.\n"
