"""The files that the Dockerfile copies suffice for the container's program."""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.packaging.test_built_functions import RuntimeApi
from tests.template_reader import ROOT

DOCKERFILE = ROOT / "functions/stylizer/Dockerfile"
PROGRAM = Path("/opt/program")
START_SECONDS = 120
FUNCTION_SETTINGS = {
    "STYLIZER_DEVICE": "cpu",
    "MAX_UPLOAD_BYTES": "1000000",
    "MAX_MEGAPIXELS": "25",
    "CONTENT_CREDENTIALS": "optional",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    **dict.fromkeys(
        (
            "TENANTS_TABLE",
            "HASHES_TABLE",
            "UPLOADS_BUCKET",
            "RESULTS_BUCKET",
            "SIGNING_KEY",
            "SIGNING_CERTIFICATES",
        ),
        "limner-name",
    ),
}


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
    assert "usage: docker run IMAGE serve | function | bulk KEY" in ran.stderr, ran.stderr


def test_the_function_starts_with_only_the_images_files_and_reports_an_event_that_is_no_job(image):
    """Under the runtime client, with the released model and no AWS."""
    program = image / PROGRAM.relative_to("/")
    server = ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi)
    server.event, server.answer = {"Records": []}, None
    server.handed_out, server.stopped = threading.Event(), threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    process = subprocess.Popen(
        [sys.executable, "-S", str(program), "function"],
        cwd=program,
        env={
            **FUNCTION_SETTINGS,
            "LIMNER_MODEL_DIR": str(program / "models/fusenet-lite"),
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}",
            "PYTHONPATH": os.pathsep.join([str(program), sysconfig.get_paths()["purelib"]]),
            "PATH": os.environ["PATH"],
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    answered = server.stopped.wait(START_SECONDS)
    process.kill()
    output, _ = process.communicate()
    server.shutdown()
    server.server_close()
    assert answered, output
    kind, answer = server.answer
    assert (kind, answer["errorType"]) == ("error", "MalformedMessage"), output


def test_the_model_is_in_the_configured_folder(image):
    """Not below /opt/ml, where SageMaker mounts a volume."""
    assert "LIMNER_MODEL_DIR=/opt/program/models/fusenet-lite" in DOCKERFILE.read_text()
    assert (image / "opt/program/models/fusenet-lite/SHA256SUMS").is_file()
    assert (image / "opt/program/models/fusenet-lite/model.safetensors").is_file()


def test_entrypoint_and_command_are_those_of_sagemaker():
    text = DOCKERFILE.read_text()
    assert 'ENTRYPOINT ["python", "/opt/program"]' in text, "exec form, so that SIGTERM reaches the program"
    assert 'CMD ["serve"]' in text
