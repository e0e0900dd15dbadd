"""The stylizer container as a plain process, started the way SageMaker starts the image: `serve`."""

import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.processes import free_port, start, stop
from local.sagemaker.shim import CREATING, FAILED, IN_SERVICE, ModelError

PING_SECONDS = 2


@dataclass
class ModelServer:
    """`script` is the image's entry point and `artefacts` what its /opt/ml/model would hold."""

    script: Path
    artefacts: Path
    log: Path
    port: int = field(default_factory=free_port)
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Loading goes on in the background until the state is InService."""
        mounted = {
            "LIMNER_MODEL_DIR": str(self.artefacts),
            "SAGEMAKER_BIND_TO_HOST": "127.0.0.1",
            "SAGEMAKER_BIND_TO_PORT": str(self.port),
        }
        command = ["-m", "local.child", str(self.script), "serve"]
        self.process = start(command, {**self.environment, **mounted}, self.log)

    def state(self) -> str:
        """SageMaker's word: InService once `/ping` answers 200, Failed once the process has ended."""
        if self.process is None or self.process.poll() is not None:
            return FAILED
        return IN_SERVICE if self._ping() else CREATING

    def _ping(self) -> bool:
        try:
            with urllib.request.urlopen(self._url("/ping"), timeout=PING_SECONDS) as answer:
                return bool(answer.status == 200)  # noqa: PLR2004
        except OSError:
            return False

    def invoke(self, body: bytes, *, content_type: str, timeout: float) -> tuple[bytes, str]:
        """The answer to `/invocations` and its content type.

        Raises:
            ModelError: any other status than 200, or no answer within `timeout` seconds.
        """
        request = urllib.request.Request(
            self._url("/invocations"), data=body, headers={"Content-Type": content_type}, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.read(), answer.headers.get("Content-Type", "application/octet-stream")
        except urllib.error.HTTPError as error:
            message = error.read().decode(errors="replace")[:500]
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
