"""Calls in a child process of their own, bounded in time and memory, so that none can take its caller down.

    caller ── function, arguments ──▶ child     one socket for each call: blobs of bytes come back
       │   ◀───────── blobs ──────────┘ ▲
       │   ◀── the number of its death ─┤       one pipe for each call
       └── both ──▶ fork server ──forks, buries

The server is a small process without threads: to fork the caller itself is unsafe once it has some (torch, a
thread pool). No semaphore, no shared memory: Lambda has neither, so multiprocessing's queues and pools fail.
What a child answers is never unpickled: it may be what a hostile file has made of a decoder.
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

_BOOT = f"import sys; sys.path[:] = sys.argv[3:]; from {__name__} import serve; serve(*sys.argv[1:3])"
_HEAD = struct.Struct("!?I")  # whether the function returned, and the number of blobs
_LENGTH = struct.Struct("!Q")
_CLOCK = 3.0  # seconds by the clock for one of the processor's: a busy machine is not the child's fault
_PATIENCE = 5.0  # beyond the child's own; whoever is silent for longer hangs
_OVER = {signal.SIGPROF, signal.SIGALRM}
_MOST_BLOBS = 1000


@dataclass(frozen=True)
class Bounds:
    """Of one call: seconds of the processor, and bytes of private memory (where the system limits that)."""

    seconds: float
    memory: int


class ServerLost(Exception):
    """The server died, or could not fork; that says nothing about the work."""


class ChildLost(Exception):
    """The child died without an answer, of a signal or by itself."""


class ChildOverran(ChildLost):
    """The child's time was over."""


class ChildRaised(Exception):
    """The function raised; the message is the child's traceback."""


# ── The caller's side ────────────────────────────────────────────────────────────────────────────────


class ForkServer:
    """`prepare`, a function of a module's top level, runs once: what it imports and warms, children find so.
    It must leave no thread behind."""

    def __init__(self, prepare: Callable[[], object]) -> None:
        self._prepare = f"{prepare.__module__}:{prepare.__qualname__}"
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._lock = Lock()
        atexit.register(self.stop)

    def start(self) -> None:
        """Returns at once; the server imports meanwhile. A call starts it too."""
        with self._lock:
            self._running()

    def stop(self) -> None:
        """End the server and its children. The next call starts another."""
        with self._lock:
            self._bury()

    def run(self, bounds: Bounds, function: Callable[..., Blobs], *arguments: object) -> list[bytearray]:
        """What `function`, of a module's top level, returns in a child.

        Raises:
            ChildOverran: its time was over.
            ChildLost: it died twice: one kill may come from outside, two in a row are its own doing.
            ChildRaised: `function` raised.
            ServerLost: twice, too.
        """
        request = pickle.dumps((bounds, function, arguments))
        try:
            return self._once(bounds, request)
        except ChildOverran:
            raise
        except (ChildLost, ServerLost):
            return self._once(bounds, request)

    def _once(self, bounds: Bounds, request: bytes) -> list[bytearray]:
        ours, theirs = socket.socketpair()
        fate, told = os.pipe()
        with ours, os.fdopen(fate, "rb") as death:
            with theirs, os.fdopen(told, "wb"):
                self._hand_over(theirs.fileno(), told)
            ours.settimeout(bounds.seconds * _CLOCK + _PATIENCE)
            try:
                _send(ours, True, [request])
                returned, blobs = _receive(ours, bounds.memory)
            except TimeoutError as error:
                raise ChildOverran("SIGALRM never came") from error
            except (OSError, EOFError) as error:
                raise _lost(death.read(1)) from error
        if not returned:
            raise ChildRaised(blobs[0].decode())
        return blobs

    def _hand_over(self, *fds: int) -> None:
        with self._lock, suppress(BrokenPipeError):  # a server that dies just now tells no fate
            socket.send_fds(self._running(), [b"."], fds)

    def _running(self) -> socket.socket:
        if self._control is None or self._process is None or self._process.poll() is not None:
            self._bury()
            self._control, self._process = self._started()
        return self._control

    def _started(self) -> tuple[socket.socket, subprocess.Popen[bytes]]:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-c", _BOOT, str(theirs.fileno()), self._prepare, *sys.path]
            nothing = subprocess.DEVNULL
            process = subprocess.Popen(  # noqa: S603 - this file, on this interpreter
                command, pass_fds=[theirs.fileno()], stdin=nothing, stdout=nothing
            )
        return ours, process

    def _bury(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.wait()
        self._control = self._process = None


def _lost(death: bytes) -> ChildLost | ServerLost:
    """By the number of the signal; 0 when the child ended by itself."""
    if not death:
        return ServerLost("the fork server died or could not fork")
    name = signal.Signals(death[0]).name if death[0] else "ended by itself"
    return ChildOverran(name) if death[0] in _OVER else ChildLost(name)


# ── On the wire ──────────────────────────────────────────────────────────────────────────────────────


def _send(to: socket.socket, returned: bool, blobs: Blobs) -> None:
    lengths = b"".join(_LENGTH.pack(len(blob)) for blob in blobs)
    for part in (_HEAD.pack(returned, len(blobs)) + lengths, *blobs):
        to.sendall(part)


def _receive(source: socket.socket, most: int) -> tuple[bool, list[bytearray]]:
    """Raises EOFError when the other end closes early, or announces more than `most` bytes."""
    returned, count = _HEAD.unpack(_exactly(source, _HEAD.size))
    if count > _MOST_BLOBS:
        raise EOFError
    lengths = [_LENGTH.unpack(_exactly(source, _LENGTH.size))[0] for _ in range(count)]
    if sum(lengths) > most:
        raise EOFError
    return returned, [_exactly(source, length) for length in lengths]


def _exactly(source: socket.socket, length: int) -> bytearray:
    buffer = bytearray(length)
    with memoryview(buffer) as view:
        done = 0
        while done < length:
            count = source.recv_into(view[done:])
            if not count:
                raise EOFError
            done += count
    return buffer


# ── The server's side ────────────────────────────────────────────────────────────────────────────────


def serve(control_fd: str, prepare: str) -> None:
    """Fork a child for each pair of descriptors that comes, until the caller's end closes."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the caller may drain for a while; it ends its server itself
    resolve_name(prepare)()
    control, (bell, _bell) = socket.socket(fileno=int(control_fd)), _bell_of_deaths()
    children: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([control, bell], [], [])
        if bell in ready:
            bell.recv(4096)
            _report_deaths(children)
        if control in ready:
            _, fds, _, _ = socket.recv_fds(control, 1, 2)
            if len(fds) != 2:  # noqa: PLR2004 - none: the caller is gone
                break
            _fork(children, *fds)
    for child in children:
        os.kill(child, signal.SIGKILL)


def _bell_of_deaths() -> tuple[socket.socket, socket.socket]:
    """A socket to wait on: each death of a child writes a byte to it."""
    bell, rope = socket.socketpair()
    rope.setblocking(False)
    signal.set_wakeup_fd(rope.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return bell, rope


def _report_deaths(children: dict[int, int]) -> None:
    while children:
        child, status = os.waitpid(-1, os.WNOHANG)
        if not child:
            return
        told = children.pop(child)
        with suppress(BrokenPipeError):  # a caller that has its answer has closed the other end
            os.write(told, bytes([max(0, -os.waitstatus_to_exitcode(status))]))
        os.close(told)


def _fork(children: dict[int, int], call: int, told: int) -> None:
    try:
        child = os.fork()
    except OSError:
        traceback.print_exc()
        os.close(told)
    else:
        if child == 0:
            _end_of_child(call)
        children[child] = told
    os.close(call)


# ── The child's side ─────────────────────────────────────────────────────────────────────────────────


def _end_of_child(call_fd: int) -> None:
    """Never returns. Whatever is open of other calls is closed, or they would wait for this child's end."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.closerange(3, call_fd)
        os.closerange(call_fd + 1, os.sysconf("SC_OPEN_MAX"))
        with socket.socket(fileno=call_fd) as call:
            _work(call)
    finally:
        os._exit(1)


def _work(call: socket.socket) -> None:
    _, (request,) = _receive(call, sys.maxsize)
    try:
        bounds, function, arguments = pickle.loads(request)  # noqa: S301 - from the caller
        _bind(bounds)
        blobs, returned = function(*arguments), True
    except MemoryError:
        os.abort()
    except Exception:
        blobs, returned = [traceback.format_exc().encode()], False
    _send(call, returned, blobs)


def _bind(bounds: Bounds) -> None:
    _arm(bounds.seconds)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):  # macOS has the name only
        resource.setrlimit(resource.RLIMIT_DATA, (bounds.memory, bounds.memory))


def _arm(seconds: float) -> float:
    """What was left. The kernel keeps the time and ends the child: native code hears no Python handler."""
    left, _ = signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, seconds * _CLOCK)
    return left


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """In a child: fewer of the processor's seconds for a part of the call."""
    whole = _arm(seconds)
    yield
    used = seconds - signal.getitimer(signal.ITIMER_PROF)[0]
    _arm(max(0.01, whole - used))
