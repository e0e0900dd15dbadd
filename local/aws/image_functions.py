"""Lambda functions of a container image, which ministack runs with Docker alone.

Here the image's entry point is the bootstrap of a custom runtime: a process that polls Lambda's runtime API,
as the image does on AWS. ministack starts one for each job at the same time, and ends it at its time-out.
"""

import io
import shlex
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from local.aws.emulator import Image

CUSTOM_RUNTIME = "provided.al2023"
BOOTSTRAP = "bootstrap"

Create = Callable[[str, Mapping[str, Any], str], tuple[str, dict[str, str]]]


def running_images(image: Image, create: Create) -> Create:
    """ministack's handler that creates a function, for functions of this image too."""

    def create_function(
        logical_id: str, properties: Mapping[str, Any], stack: str
    ) -> tuple[str, dict[str, str]]:
        name, attributes = create(logical_id, properties, stack)
        if properties.get("PackageType") == "Image":
            _run_as_process(name, image, properties.get("ImageConfig", {}).get("Command", []))
        return name, attributes

    return create_function


def _run_as_process(name: str, image: Image, command: Sequence[str]) -> None:
    # Imported here, as ministack does: services are loaded when they are first called.
    from ministack.services import lambda_svc  # noqa: PLC0415

    function = lambda_svc._functions[name]
    function["code_zip"] = bootstrap_zip(image, command)
    function["config"].update(PackageType="Zip", Runtime=CUSTOM_RUNTIME, Handler=BOOTSTRAP)
    del function["config"]["ImageUri"]


def bootstrap_zip(image: Image, command: Sequence[str]) -> bytes:
    """The code of a custom runtime whose one file starts the image's entry point with its command."""
    program = shlex.join([sys.executable, str(image.script), *command])
    model = shlex.quote(str(image.artefacts))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(BOOTSTRAP, f"#!/bin/sh\nLIMNER_MODEL_DIR={model} exec {program}\n")
    return buffer.getvalue()
