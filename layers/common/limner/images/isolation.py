"""Calls of a function in a child process of its own, limited in processor time, wall clock time and memory.

    caller ── function, arguments ──▶ child    call socket: one for each call, closed after the answer
       │   ◀───────── blobs ──────────┘ ▲
       │   ◀────── exit status ───────┐ │ fork  exit status pipe: one for each call
       └── descriptors of both ──▶ fork server  control socket: one for each server; end of file stops it

The fork server has no threads. The caller itself cannot be forked safely once it has threads (torch, a thread
pool). `multiprocessing` has a fork server as well; decision 0042 says why it is not used here.
An answer is never unpickled, because a hostile file may have taken control of the decoder in the child.
"""

import atexit
import os
import pickle
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pkgutil import resolve_name
from threading import Lock

Blobs = Sequence[bytes | bytearray]

WALL_SECONDS_PER_CPU_SECOND = 3.0
"""A call on a busy machine waits for the processor; a call that only sleeps still has to end."""
ANSWER_GRACE_SECONDS = 5.0
"""How long the caller waits beyond the limits that the kernel enforces, before it gives the child up."""
KILL_GRACE_SECONDS = 5.0
"""How long a stopped server may take to end by itself before it is killed."""

_SERVER_CODE = f"import sys; sys.path[:] = sys.argv[3:]; from {__name__} import serve; serve(*sys.argv[1:3])"
_HEADER = struct.Struct("!?I")  # whether the function returned, and the number of blobs
_BLOB_LENGTH = struct.Struct("!Q")
_EXIT_STATUS = struct.Struct("!i")  # as `os.waitstatus_to_exitcode`: minus the number of a signal
_TIMEOUT_SIGNALS = {signal.SIGPROF, signal.SIGALRM}
_MAX_BLOBS = 1000


@dataclass(frozen=True)
class Bounds:
    """Limits of one call. Wall clock time is limited to `WALL_SECONDS_PER_CPU_SECOND` times `cpu_seconds`.

    `memory_bytes` is private memory (RLIMIT_DATA), and the size of the largest answer. macOS does not enforce
    RLIMIT_DATA.
    """

    cpu_seconds: float
    memory_bytes: int


class ForkServerFailed(Exception):
    """The fork server died or could not fork. This says nothing about the function or its arguments."""


class ChildDied(Exception):
    """The child ended without an answer. The message is the name of the signal, or the exit status."""


class ChildTimedOut(ChildDied):
    """The child was ended by its time limit, or gave no answer within it."""


class ChildRaised(Exception):
    """The function raised an exception. The message is the child's traceback."""


# ── In the caller ────────────────────────────────────────────────────────────────────────────────────


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
                _send(call, True, [request])
                returned, blobs = _receive(call, bounds.memory_bytes)
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
        control, server_control = socket.socketpair()
        control.settimeout(ANSWER_GRACE_SECONDS)
        with server_control:
            arguments = [str(server_control.fileno()), self._prepare, *sys.path]
            process = subprocess.Popen(  # noqa: S603 - this file, on this interpreter
                [sys.executable, "-c", _SERVER_CODE, *arguments],
                pass_fds=[server_control.fileno()],
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
    status = os.read(fd, _EXIT_STATUS.size) if poll.poll(ANSWER_GRACE_SECONDS * 1000) else b""
    return _EXIT_STATUS.unpack(status)[0] if status else None


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


# ── Messages on the call socket ──────────────────────────────────────────────────────────────────────


def _send(to: socket.socket, returned: bool, blobs: Blobs) -> None:
    lengths = b"".join(_BLOB_LENGTH.pack(len(blob)) for blob in blobs)
    for part in (_HEADER.pack(returned, len(blobs)) + lengths, *blobs):
        to.sendall(part)


def _receive(source: socket.socket, max_bytes: int) -> tuple[bool, list[bytearray]]:
    """Raises EOFError when the other end closes early, or announces more than `max_bytes`."""
    returned, count = _HEADER.unpack(_receive_exactly(source, _HEADER.size))
    if count > _MAX_BLOBS:
        raise EOFError
    lengths = [_BLOB_LENGTH.unpack(_receive_exactly(source, _BLOB_LENGTH.size))[0] for _ in range(count)]
    if sum(lengths) > max_bytes:
        raise EOFError
    return returned, [_receive_exactly(source, length) for length in lengths]


def _receive_exactly(source: socket.socket, length: int) -> bytearray:
    buffer = bytearray(length)
    with memoryview(buffer) as view:
        received = 0
        while received < length:
            count = source.recv_into(view[received:])
            if not count:
                raise EOFError
            received += count
    return buffer


# ── In the fork server ───────────────────────────────────────────────────────────────────────────────


def serve(control_fd: str, prepare: str) -> None:
    """Fork a child for each pair of descriptors that arrives, until the caller closes its end or dies."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # They reach the whole process group. The caller may finish its work first, and then ends its server.
        signal.signal(number, signal.SIG_IGN)
    resolve_name(prepare)()
    control, (wakeup, _wakeup_write) = socket.socket(fileno=int(control_fd)), _open_wakeup_sockets()
    status_fds: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([control, wakeup], [], [])
        if wakeup in ready:
            wakeup.recv(4096)
            _reap_children(status_fds)
        if control in ready:
            _, fds, _, _ = socket.recv_fds(control, 1, 2)
            if len(fds) != 2:  # noqa: PLR2004 - end of file: the caller closed its end or died
                break
            _fork_child(status_fds, *fds)
    signal.set_wakeup_fd(-1)  # children still end while the sockets are closed
    for child in status_fds:
        os.kill(child, signal.SIGKILL)


def _open_wakeup_sockets() -> tuple[socket.socket, socket.socket]:
    """The read and write end of the wakeup fd: the interpreter writes a byte to it for each SIGCHLD."""
    read_end, write_end = socket.socketpair()
    write_end.setblocking(False)
    signal.set_wakeup_fd(write_end.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return read_end, write_end


def _reap_children(status_fds: dict[int, int]) -> None:
    """Reap the children that ended, and write the exit status of each to its pipe."""
    while status_fds:
        child, wait_status = os.waitpid(-1, os.WNOHANG)
        if not child:
            return
        status_fd = status_fds.pop(child)
        with suppress(BrokenPipeError):  # a caller that has its answer has closed the other end
            os.write(status_fd, _EXIT_STATUS.pack(os.waitstatus_to_exitcode(wait_status)))
        os.close(status_fd)


def _fork_child(status_fds: dict[int, int], call_fd: int, status_fd: int) -> None:
    try:
        child = os.fork()
    except OSError:
        traceback.print_exc()
        os.close(status_fd)
    else:
        if child == 0:
            _run_child(call_fd)
        status_fds[child] = status_fd
    os.close(call_fd)


# ── In the child ─────────────────────────────────────────────────────────────────────────────────────


def _run_child(call_fd: int) -> None:
    """Answer one call and exit; never returns.

    It closes the descriptors of other calls: their callers see no end of file while any process has one open.
    """
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.closerange(3, call_fd)
        os.closerange(call_fd + 1, os.sysconf("SC_OPEN_MAX"))
        with socket.socket(fileno=call_fd) as call:
            _answer(call)
    finally:
        os._exit(1)


def _answer(call: socket.socket) -> None:
    _, (request,) = _receive(call, sys.maxsize)
    try:
        bounds, function, arguments = pickle.loads(request)  # noqa: S301 - from the caller
        _apply_limits(bounds)
        blobs, returned = function(*arguments), True
    except MemoryError:
        os.abort()
    except Exception:
        blobs, returned = [traceback.format_exc().encode()], False
    _send(call, returned, blobs)


def _apply_limits(bounds: Bounds) -> None:
    _set_timers(bounds.cpu_seconds)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):  # macOS has the constant and does not accept the value
        resource.setrlimit(resource.RLIMIT_DATA, (bounds.memory_bytes, bounds.memory_bytes))


def _set_timers(cpu_seconds: float) -> float:
    """Set both time limits from now on, and return the processor seconds that were left of the limit before.

    The default action of both signals ends the process. A Python handler would not run inside native code.
    """
    seconds_left, _ = signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
    signal.setitimer(signal.ITIMER_REAL, cpu_seconds * WALL_SECONDS_PER_CPU_SECOND)
    return seconds_left


@contextmanager
def limit_cpu_time(cpu_seconds: float) -> Iterator[None]:
    """In a child: a shorter time limit for a part of the call, which ends the child as that of the call does.

    Afterwards, what is left of the call's own processor time holds.
    """
    whole = _set_timers(cpu_seconds)
    yield
    used = cpu_seconds - signal.getitimer(signal.ITIMER_PROF)[0]
    _set_timers(max(0.01, whole - used))
