"""Calls of a function in a child process of its own, limited in processor time, wall clock time and memory.

    caller ── function, arguments ──▶ child    call socket: one for each call, closed after the answer
       │   ◀───────── blobs ──────────┘ ▲
       │   ◀────── exit status ───────┐ │ fork  exit status pipe: one for each call
       └── descriptors of both ──▶ fork server  control socket: one for each server; end of file stops it

The fork server has no threads. The caller itself cannot be forked safely once it has threads (torch, a thread
pool). `multiprocessing` has a fork server as well; decision 0042 says why it is not used here.
The function runs confined (confinement.py): it opens nothing, starts nothing and reads no memory but its own.
An answer is never unpickled, because a hostile file may have taken control of the decoder in the child.
"""

import atexit
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Lock

from photo_files.child_process.confinement import environment_without_secrets, hide_memory
from photo_files.child_process.fork_server import (
    EXIT_STATUS,
    WALL_SECONDS_PER_CPU_SECOND,
    Blobs,
    Bounds,
    receive_message,
    send_message,
    serve,
)

ANSWER_GRACE_SECONDS = 5.0
"""How long the caller waits beyond the limits that the kernel enforces, before it gives the child up."""
KILL_GRACE_SECONDS = 5.0
"""How long a stopped server may take to end by itself before it is killed."""

_SERVER_CODE = (
    f"import sys; sys.path[:] = sys.argv[3:]; from {serve.__module__} import serve; serve(*sys.argv[1:3])"
)
_TIMEOUT_SIGNALS = {signal.SIGPROF, signal.SIGALRM}


class ForkServerFailed(Exception):
    """The fork server died or could not fork. This says nothing about the function or its arguments."""


class ChildDied(Exception):
    """The child ended without an answer. The message is the name of the signal, or the exit status."""


class ChildTimedOut(ChildDied):
    """The child was ended by its time limit, or gave no answer within it."""


class ChildRaised(Exception):
    """The function raised an exception. The message is the child's traceback."""


class ForkServer:
    """A process that forks a child for each call. Calls may come from several threads at once.

    `prepare`, a module-level function, runs once in the server. Each child starts with what it has imported.
    It must leave no thread behind.
    """

    def __init__(self, prepare: Callable[[], object]) -> None:
        self._prepare = f"{prepare.__module__}:{prepare.__qualname__}"
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._lock = Lock()
        atexit.register(self.stop)

    def start(self) -> None:
        """Start the server and return at once, while it imports. `run` starts it as well."""
        with self._lock:
            self._ensure_running()

    def stop(self) -> None:
        """End the server and its children. The next call starts a new server."""
        with self._lock:
            self._reap_server()

    def run(self, bounds: Bounds, function: Callable[..., Blobs], *arguments: object) -> list[bytearray]:
        """Call `function`, a module-level function, in a child, and return its blobs.

        A call whose child or server died is made a second time, because the kill may have come from outside.

        Raises:
            ChildTimedOut: the time limit ended the child; there is no second attempt.
            ChildDied: the child died in both attempts.
            ChildRaised: `function` raised an exception.
            ForkServerFailed: the server failed in the second attempt.
        """
        request = pickle.dumps((bounds, function, arguments))
        try:
            return self._run_once(bounds, request)
        except ChildTimedOut:
            raise
        except (ChildDied, ForkServerFailed):
            return self._run_once(bounds, request)

    def _run_once(self, bounds: Bounds, request: bytes) -> list[bytearray]:
        call, child_call = socket.socketpair()
        status_read_fd, status_write_fd = os.pipe()
        with call, os.fdopen(status_read_fd, "rb", buffering=0) as exit_status:
            with child_call, os.fdopen(status_write_fd, "wb"):
                self._request_child(child_call.fileno(), status_write_fd)
            call.settimeout(bounds.cpu_seconds * WALL_SECONDS_PER_CPU_SECOND + ANSWER_GRACE_SECONDS)
            try:
                send_message(call, True, [request])
                returned, blobs = receive_message(call, bounds.memory_bytes)
            except TimeoutError as error:
                raise ChildTimedOut("no answer, and no end by its timers") from error
            except (OSError, EOFError) as error:
                raise _error_of(_read_exit_status(exit_status.fileno())) from error
        if not returned:
            raise ChildRaised(blobs[0].decode())
        return blobs

    def _request_child(self, *fds: int) -> None:
        # If the server dies or hangs here, the exit status pipe closes without a status: ForkServerFailed.
        with self._lock, suppress(BrokenPipeError, TimeoutError):
            socket.send_fds(self._ensure_running(), [b"."], fds)

    def _ensure_running(self) -> socket.socket:
        if self._control is None or self._process is None or self._process.poll() is not None:
            self._reap_server()
            self._control, self._process = self._spawn_server()
        return self._control

    def _spawn_server(self) -> tuple[socket.socket, subprocess.Popen[bytes]]:
        hide_memory()  # this process's, from children that run as the same user
        control, server_control = socket.socketpair()
        control.settimeout(ANSWER_GRACE_SECONDS)
        with server_control:
            arguments = [str(server_control.fileno()), self._prepare, *sys.path]
            process = subprocess.Popen(  # noqa: S603 - this file, on this interpreter
                [sys.executable, "-c", _SERVER_CODE, *arguments],
                pass_fds=[server_control.fileno()],
                env=environment_without_secrets(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        return control, process

    def _reap_server(self) -> None:
        if self._control is not None:
            self._control.close()  # the server ends when it reads the end of file
        if self._process is not None:
            try:
                self._process.wait(KILL_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._control = self._process = None


def _read_exit_status(fd: int) -> int | None:
    """None when the server closed the pipe without a status, or gave none within the grace period."""
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    status = os.read(fd, EXIT_STATUS.size) if poll.poll(ANSWER_GRACE_SECONDS * 1000) else b""
    return EXIT_STATUS.unpack(status)[0] if status else None


def _error_of(exit_status: int | None) -> ChildDied | ForkServerFailed:
    if exit_status is None:
        return ForkServerFailed("the fork server died or could not fork")
    if exit_status >= 0:
        return ChildDied(f"exited with status {exit_status}")
    name = _name_signal(-exit_status)
    return ChildTimedOut(name) if -exit_status in _TIMEOUT_SIGNALS else ChildDied(name)


def _name_signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # most real-time signals have no name
        return f"signal {number}"
