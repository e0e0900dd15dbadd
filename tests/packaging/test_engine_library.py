"""The engine is a library of its own: it builds, imports without the rest, and its metadata follows the project's."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib

from limner import __version__
from tests.template_reader import ROOT

ENGINE = tomllib.loads((ROOT / "engine/pyproject.toml").read_text("utf-8"))["project"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_its_version_is_the_projects():
    assert ENGINE["version"] == __version__


def test_its_dependencies_are_those_of_the_projects_engine_extra():
    pillow = [line for line in PROJECT["dependencies"] if line.startswith("pillow")]
    assert set(ENGINE["dependencies"]) == {*PROJECT["optional-dependencies"]["engine"], *pillow}


def test_the_built_wheel_imports_and_calibrated_limits_come_with_it(tmp_path):
    shutil.copytree(
        ROOT / "engine", tmp_path / "engine", ignore=shutil.ignore_patterns("models", "__pycache__")
    )
    build = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--target", str(tmp_path / "lib"), str(tmp_path / "engine")], check=True)
    code = "from style_engine.safety.gates import GateLimits; print(len(GateLimits.load().by_protection))"
    path = os.pathsep.join([str(tmp_path / "lib"), sysconfig.get_paths()["purelib"]])
    ran = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": path, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "5"
