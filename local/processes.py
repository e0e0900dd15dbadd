"""Child processes, started so that they end with this one, and stopped with all their descendants."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

TERMINATE_GRACE_SECONDS = 8
POLL_SECONDS = 0.02


class DidNotStart(Exception):
    """A child ended, or was not ready in time; the message ends with its log."""


def free_port() -> int:
    """A loopback port that is free now; another process may still take it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(tmp: Path) -> dict[str, str]:
    """This process's environment without anything that could reach a real AWS account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LIMNER_"))}
    no_profile = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return kept | no_profile | {"TMPDIR": str(tmp), "AWS_EC2_METADATA_DISABLED": "true"}


def start(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start `python arguments…` in its own session, so that Ctrl-C reaches only this process, which stops its
    children."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            start_new_session=True,
        )


def wait_until_ready(
    process: subprocess.Popen[bytes], is_ready: Callable[[], bool], *, name: str, log: Path, seconds: float
) -> None:
    """Poll `is_ready`.

    Raises:
        DidNotStart: the process ended first, or `seconds` passed.
    """
    deadline = time.monotonic() + seconds
    while not is_ready():
        if process.poll() is not None:
            raise DidNotStart(f"{name} ended with status {process.returncode}\n{tail(log)}")
        if time.monotonic() > deadline:
            raise DidNotStart(f"{name} was not ready within {seconds:g} s\n{tail(log)}")
        time.sleep(POLL_SECONDS)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Terminate a child and its descendants; kill those alive after TERMINATE_GRACE_SECONDS."""
    family = family_of(process.pid)
    if process.stdin:
        process.stdin.close()
    _signal_all(family, psutil.Process.terminate)
    deadline = time.monotonic() + TERMINATE_GRACE_SECONDS
    while any(map(is_alive, family)) and time.monotonic() < deadline:
        process.poll()
        time.sleep(POLL_SECONDS)
    _signal_all(family, psutil.Process.kill)
    process.wait()


def is_alive(process: psutil.Process) -> bool:
    """A zombie counts as ended: only its new parent can reap it, which may take a while."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _signal_all(processes: Iterable[psutil.Process], send: Callable[[psutil.Process], None]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            send(process)


def family_of(pid: int) -> list[psutil.Process]:
    """The process and its descendants that are alive."""
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def tail(log: Path, lines: int = 25) -> str:
    """The log's last lines."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
