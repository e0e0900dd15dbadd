"""The files that the Dockerfile copies suffice for the container's program."""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.template_reader import ROOT

DOCKERFILE = ROOT / "functions/stylizer/Dockerfile"
PROGRAM = Path("/opt/program")


def copies() -> list[tuple[list[str], str]]:
    lines = [shlex.split(line) for line in DOCKERFILE.read_text().splitlines() if line.startswith("COPY ")]
    return [(words[1:-1], words[-1]) for words in lines]


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The files of the image, without its base."""
    root = tmp_path_factory.mktemp("image")
    for sources, target in copies():
        destination = root / (PROGRAM / target).relative_to("/")
        for source in sources:
            for path in sorted(ROOT.glob(source)):
                _copy(path, destination, into=target.endswith(("/", ".")) or len(sources) > 1)
    return root


def _copy(path: Path, destination: Path, *, into: bool) -> None:
    if path.is_dir():
        shutil.copytree(path, destination, ignore=shutil.ignore_patterns("__pycache__"))
        return
    (destination if into else destination.parent).mkdir(parents=True, exist_ok=True)
    shutil.copy(path, destination / path.name if into else destination)


def test_the_program_starts_with_only_the_images_files(image):
    """-S: without this environment's site-packages, except by PYTHONPATH."""
    program = image / PROGRAM.relative_to("/")
    path = os.pathsep.join([str(program), sysconfig.get_paths()["purelib"]])
    ran = subprocess.run(
        [sys.executable, "-S", str(program)],
        cwd=program,
        env={"PYTHONPATH": path, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "usage: docker run IMAGE serve" in ran.stderr, ran.stderr


def test_the_model_is_in_the_configured_folder(image):
    """Not below /opt/ml, where SageMaker mounts a volume."""
    assert "LIMNER_MODEL_DIR=/opt/program/models/fusenet-lite" in DOCKERFILE.read_text()
    assert (image / "opt/program/models/fusenet-lite/SHA256SUMS").is_file()
    assert (image / "opt/program/models/fusenet-lite/model.safetensors").is_file()


def test_entrypoint_and_command_are_those_of_sagemaker():
    text = DOCKERFILE.read_text()
    assert 'ENTRYPOINT ["python", "/opt/program"]' in text, "exec form, so that SIGTERM reaches the program"
    assert 'CMD ["serve"]' in text
