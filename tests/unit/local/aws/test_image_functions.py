"""Functions of a container image in the emulator: the image's entry point as the bootstrap of a custom runtime."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from ministack.services import lambda_svc

from local.aws.emulator import Image
from local.aws.image_functions import CUSTOM_RUNTIME, bootstrap_zip, running_images

PRINTS = "import os, sys\nprint(sys.argv[1:], os.environ['LIMNER_MODEL_DIR'])\n"


@pytest.fixture
def image(tmp_path):
    script = tmp_path / "entry point.py"
    script.write_text(PRINTS)
    return Image(script=script, artefacts=tmp_path / "the model")


@pytest.fixture
def create(image, monkeypatch):
    """Above a handler that notes the function as ministack's does."""
    functions = {}
    monkeypatch.setattr(lambda_svc, "_functions", functions)

    def create(logical_id, properties, stack):
        functions[logical_id] = {"config": {"ImageUri": "image", "PackageType": "Image"}, "code_zip": b"zip"}
        return logical_id, {"Arn": "arn"}

    return running_images(image, create)


def test_the_bootstrap_starts_the_images_entry_point_with_its_command(image, tmp_path):
    with zipfile.ZipFile(io.BytesIO(bootstrap_zip(image, ["function"]))) as archive:
        (name,) = archive.namelist()
        bootstrap = Path(archive.extract(name, tmp_path / "code"))
    bootstrap.chmod(0o755)
    printed = subprocess.run([bootstrap], capture_output=True, text=True, check=True, env={}).stdout
    assert printed.strip() == f"['function'] {image.artefacts}"


def test_a_function_of_the_image_becomes_one_of_a_custom_runtime(create, image):
    properties = {"PackageType": "Image", "ImageConfig": {"Command": ["function"]}}
    assert create("Stylizer", properties, "limner") == ("Stylizer", {"Arn": "arn"})
    function = lambda_svc._functions["Stylizer"]
    assert function["code_zip"] == bootstrap_zip(image, ["function"])
    assert function["config"] == {"PackageType": "Zip", "Runtime": CUSTOM_RUNTIME, "Handler": "bootstrap"}


def test_a_function_of_code_stays_as_it_is(create):
    create("Router", {"Runtime": "python3.12"}, "limner")
    assert lambda_svc._functions["Router"]["code_zip"] == b"zip"


def test_the_bootstrap_runs_this_environments_python(image):
    with zipfile.ZipFile(io.BytesIO(bootstrap_zip(image, []))) as archive:
        assert sys.executable in archive.read("bootstrap").decode()
