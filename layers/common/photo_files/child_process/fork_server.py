"""The fork server: a process without threads that forks a child for each call of isolation.py.

It reads a call socket and an exit status pipe for each call from its control socket, and stops at end of
file. The child limits and confines itself, runs the function and writes the answer to the call socket.
"""

import linecache
import os
import pickle
import resource
import select
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pkgutil import resolve_name

from photo_files.child_process.confinement import confine, hide_memory

Blobs = Sequence[bytes | bytearray]
WALL_SECONDS_PER_CPU_SECOND = 3.0
"""A call on a busy machine waits for the processor; a call that only sleeps still has to end."""
_HEADER = struct.Struct("!?I")  # whether the function returned, and the number of blobs
_BLOB_LENGTH = struct.Struct("!Q")
EXIT_STATUS = struct.Struct("!i")  # as `os.waitstatus_to_exitcode`: minus the number of a signal
_MAX_BLOBS = 1000


@dataclass(frozen=True)
class Bounds:
    """Limits of one call. Wall clock time is limited to `WALL_SECONDS_PER_CPU_SECOND` times `cpu_seconds`.

    `memory_bytes` is private memory (RLIMIT_DATA), and the size of the largest answer. macOS does not enforce
    RLIMIT_DATA.
    """

    cpu_seconds: float
    memory_bytes: int


def send_message(to: socket.socket, returned: bool, blobs: Blobs) -> None:
    lengths = b"".join(_BLOB_LENGTH.pack(len(blob)) for blob in blobs)
    for part in (_HEADER.pack(returned, len(blobs)) + lengths, *blobs):
        to.sendall(part)


def receive_message(source: socket.socket, max_bytes: int) -> tuple[bool, list[bytearray]]:
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


def serve(control_fd: str, prepare: str) -> None:
    """Fork a child for each pair of descriptors that arrives, until the caller closes its end or dies."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # They reach the whole process group. The caller may finish its work first, and then ends its server.
        signal.signal(number, signal.SIG_IGN)
    hide_memory()  # children inherit it, and cannot reach each other's photos
    resolve_name(prepare)()
    linecache.getline(__file__, 1)  # a traceback in a child can import and open nothing more
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
            os.write(status_fd, EXIT_STATUS.pack(os.waitstatus_to_exitcode(wait_status)))
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
    """Answer one call and exit; never returns."""
    try:
        _reset_signals()
        _close_all_but(call_fd)
        with socket.socket(fileno=call_fd) as call:
            _, (request,) = receive_message(call, sys.maxsize)
            send_message(call, *_answer(request))
    finally:
        os._exit(1)


def _reset_signals() -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def _close_all_but(call_fd: int) -> None:
    """Their callers see no end of file while any process has a descriptor of another call open."""
    os.closerange(3, call_fd)
    os.closerange(call_fd + 1, os.sysconf("SC_OPEN_MAX"))


def _answer(request: bytearray) -> tuple[bool, Blobs]:
    """Whether the function returned, and its blobs or the traceback; it runs limited and confined."""
    try:
        bounds, function, arguments = pickle.loads(request)  # noqa: S301 - from the caller
        _limit_time_and_memory(bounds)
        confine()
        return True, function(*arguments)
    except MemoryError:
        os.abort()
    except Exception:
        return False, [traceback.format_exc().encode()]


def _limit_time_and_memory(bounds: Bounds) -> None:
    _set_timers(bounds.cpu_seconds)
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
