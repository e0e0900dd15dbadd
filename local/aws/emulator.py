"""AWS on a loopback port: ministack with IAM enforced, as a child process without lasting state."""

import os
import shutil
import subprocess
import tempfile
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
import psutil

from local.processes import clean_environment, family_of, free_port, start, stop, wait_until_ready

REGION = "eu-central-1"
ROOT_KEY, ROOT_SECRET = "test", "test"  # ministack's credentials of the account's root user
START_SECONDS = 30
TEMP_FOLDER_PREFIX = "limner-local-"


@dataclass(frozen=True)
class Image:
    """Stands for the container image: its entry point, and the folder used as its /opt/ml/model."""

    script: Path
    artefacts: Path


@dataclass
class Emulator:
    """A context manager: at its end no process and no file of the emulator is left, except the logs."""

    image: Image
    logs: Path
    port: int = field(default_factory=free_port)
    sagemaker_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    _tmp: Path | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sagemaker_url(self) -> str:
        return f"http://127.0.0.1:{self.sagemaker_port}"

    @property
    def log(self) -> Path:
        return self.logs / "emulator.log"

    @property
    def model_log(self) -> Path:
        return self.logs / "model.log"

    def client(self, service: str) -> Any:
        """A boto3 client with the root user's credentials."""
        session: Any = boto3.Session(ROOT_KEY, ROOT_SECRET, region_name=REGION)
        return session.client(service, endpoint_url=self.url)

    def __enter__(self) -> Self:
        _delete_abandoned_folders()
        self._tmp = _make_temp_folder()
        self.process = start(self._command(), self._environment(self._tmp), self.log)
        try:
            wait_until_ready(
                self.process, self._is_healthy, name="the emulator", log=self.log, seconds=START_SECONDS
            )
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def processes(self) -> list[psutil.Process]:
        """The emulator, its function workers, and the model server."""
        return family_of(self.process.pid) if self.process else []

    def _stop(self) -> None:
        if self.process:
            stop(self.process)
        if self._tmp:
            shutil.rmtree(self._tmp, ignore_errors=True)

    def _is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=1):
                return True
        except OSError:
            return False

    def _command(self) -> list[str]:
        image = ["--script", str(self.image.script), "--artefacts", str(self.image.artefacts)]
        ports_and_log = ["--sagemaker-port", str(self.sagemaker_port), "--model-log", str(self.model_log)]
        return ["-m", "local.aws.emulator_process", *image, *ports_and_log]

    def _environment(self, tmp: Path) -> dict[str, str]:
        """Function workers inherit it, so that their boto3 clients call the emulator."""
        return clean_environment(tmp) | {
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "AUTH": "true",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": self.sagemaker_url,
        }


def _make_temp_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix=TEMP_FOLDER_PREFIX))
    (folder / "owner").write_text(str(os.getpid()))
    return folder


def _delete_abandoned_folders() -> None:
    """Delete the folders of killed runs: the emulator never deletes its workers' folders."""
    for owner in Path(tempfile.gettempdir()).glob(f"{TEMP_FOLDER_PREFIX}*/owner"):
        if not psutil.pid_exists(int(owner.read_text() or 0)):
            shutil.rmtree(owner.parent, ignore_errors=True)
