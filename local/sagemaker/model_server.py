"""The stylizer container as a plain process, started with `serve` as SageMaker starts the image."""

import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.processes import free_port, start, stop
from local.sagemaker.shim import CREATING, FAILED, IN_SERVICE, ModelError

PING_TIMEOUT_SECONDS = 2
ERROR_TEXT_MAX_CHARS = 500


@dataclass
class ModelServer:
    """`script` is the image's entry point, `artefacts` the folder used as its /opt/ml/model."""

    script: Path
    artefacts: Path
    log: Path
    port: int = field(default_factory=free_port)
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; it loads the model until the state is InService."""
        settings = {
            "LIMNER_MODEL_DIR": str(self.artefacts),
            "SAGEMAKER_BIND_TO_HOST": "127.0.0.1",
            "SAGEMAKER_BIND_TO_PORT": str(self.port),
        }
        command = ["-m", "local.child", str(self.script), "serve"]
        self.process = start(command, {**self.environment, **settings}, self.log)

    def state(self) -> str:
        """InService once `/ping` returns 200, Failed once the process has ended, else Creating."""
        if self.process is None or self.process.poll() is not None:
            return FAILED
        return IN_SERVICE if self._ping() else CREATING

    def _ping(self) -> bool:
        try:
            with urllib.request.urlopen(self._url("/ping"), timeout=PING_TIMEOUT_SECONDS) as response:
                return bool(response.status == 200)  # noqa: PLR2004
        except OSError:
            return False

    def invoke(self, body: bytes, *, content_type: str, timeout: float) -> tuple[bytes, str]:
        """The response of `/invocations` and its content type.

        Raises:
            ModelError: an error status, or no response within `timeout` seconds.
        """
        request = urllib.request.Request(
            self._url("/invocations"), data=body, headers={"Content-Type": content_type}, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                return response.read(), response.headers.get("Content-Type", "application/octet-stream")
        except urllib.error.HTTPError as error:
            message = error.read().decode(errors="replace")[:ERROR_TEXT_MAX_CHARS]
            kind = "client" if error.code < 500 else "server"  # noqa: PLR2004
            raise ModelError(
                f'ClientError: Received {kind} error ({error.code}) from model with message "{message}".'
            ) from error
        except OSError as error:
            raise ModelError(f"ClientError: no answer from model within {timeout:g} s ({error}).") from error

    def stop(self) -> None:
        if self.process is not None:
            stop(self.process)

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"
