"""Functions for a child process that loop, allocate, crash or exit (tests/unit/photo_files/test_bounded.py), and
some that try to reach what a decoder has no need of (test_confinement.py)."""

import ctypes
import errno
import json
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from photo_files.child_process.fork_server import Blobs, limit_cpu_time
from photo_files.intake import Limits

_PTRACE_ATTACH = 16


def echo(*blobs: bytes) -> Blobs:
    return list(blobs)


def return_large_blobs(count: int, size: int) -> Blobs:
    return [bytes([number]) * size for number in range(count)]


def loop() -> NoReturn:
    while True:
        pass


def loop_in_native_code() -> Blobs:
    """A single call into C, during which the interpreter runs no signal handler."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    return [b"%d" % (10 ** (10**8))]


def loop_in_limited_part(cpu_seconds: float) -> Blobs:
    with limit_cpu_time(cpu_seconds):
        loop()


def exceed_the_limit_of_a_finished_part() -> Blobs:
    """More processor and wall clock time than the part had, but less than the whole call has."""
    with limit_cpu_time(0.2):
        pass
    time.sleep(0.8)
    deadline = time.process_time() + 0.3
    while time.process_time() < deadline:
        pass
    return [b"done"]


def sleep() -> None:
    time.sleep(60)


def allocate() -> NoReturn:
    kept = []
    while True:
        kept.append(bytearray(2**24))


def allocate_with_malloc() -> Blobs:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes = [ctypes.c_size_t]
    while address := libc.malloc(2**24):
        ctypes.memset(address, 1, 2**24)
    return [b"malloc returned NULL"]


def segfault() -> None:
    ctypes.string_at(0)


def abort() -> NoReturn:
    os.abort()


def die_of_realtime_signal() -> None:
    """Most real-time signals are not in `signal.Signals`."""
    os.kill(os.getpid(), signal.SIGRTMIN + 1)
    time.sleep(5)


def raise_system_exit() -> NoReturn:
    sys.exit(3)


def exit_at_once(*_: object) -> NoReturn:
    os._exit(0)


def raise_runtime_error() -> NoReturn:
    raise RuntimeError("a bug in our code")


def stop_and_echo(*blobs: bytes) -> Blobs:
    """Wait, as a stopped process, until the test lets it go on; a child has no other way to tell that it runs."""
    os.kill(os.getpid(), signal.SIGSTOP)
    return list(blobs)


def announce_too_large_an_answer() -> NoReturn:
    """Write the header of an answer larger than the limit, without the answer."""
    os.write(call_socket(), b"\x01\x00\x00\x00\x01" + b"\x7f" + b"\xff" * 7)
    os._exit(0)


def call_socket() -> int:
    """The one descriptor that a child has beside the standard streams."""
    for fd in range(3, 1024):
        with suppress(OSError):
            os.fstat(fd)
            return fd
    raise AssertionError("no call socket")


# ── Attempts to reach what a decoder has no need of ──────────────────────────────────────────────────


def attempt(name: str, caller_pid: int) -> Blobs:
    """The name of the attempt's error, or what it reached."""
    try:
        result = ATTEMPTS[name]() if name in ATTEMPTS else ATTEMPTS_ON_CALLER[name](caller_pid)
    except (OSError, RuntimeError, ValueError) as error:
        number = getattr(error, "errno", None)
        return [(errno.errorcode[number] if number else str(error)).encode()]
    return [f"reached {result}".encode()]


def read_environment() -> str:
    return json.dumps(dict(os.environ))


def open_file() -> int:
    return os.open("/proc/self/environ", os.O_RDONLY)


def open_environment_of(pid: int) -> int:
    return os.open(f"/proc/{pid}/environ", os.O_RDONLY)


def create_file() -> int:
    return os.open("/tmp/limner-canary", os.O_CREAT | os.O_WRONLY)


def write_to_stderr() -> int:
    """Standard error is the one file that a child may have open for writing."""
    return os.write(2, b"canary")


def open_socket() -> int:
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM).fileno()


def connect() -> None:
    """With the one socket that the child has."""
    with socket.socket(fileno=call_socket()) as call:
        try:
            call.connect("/dev/log")
        finally:
            call.detach()


def duplicate_descriptor() -> int:
    return os.dup(2)


def fork() -> int:
    return os.fork()


def start_thread() -> None:
    threading.Thread(target=str).start()


def execute() -> None:
    os.execv("/bin/true", ["true"])


def raise_limit() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def become_root() -> None:
    os.setuid(0)


def trace(pid: int) -> None:
    _libc("ptrace", _PTRACE_ATTACH, pid, 0, 0)


def read_memory_of(pid: int) -> None:
    """process_vm_readv of 8 bytes at an address; what counts is whether the kernel asks for the address at all."""
    buffer = ctypes.create_string_buffer(8)
    part = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 8)
    _libc("process_vm_readv", pid, ctypes.addressof(part), 1, ctypes.addressof(part), 1, 0)


def send_signal_to(pid: int) -> None:
    os.kill(pid, 0)


def _libc(name: str, *arguments: int) -> None:
    function = getattr(ctypes.CDLL(None, use_errno=True), name)
    if function(*map(ctypes.c_ulong, arguments)) == -1:
        raise OSError(ctypes.get_errno(), name)


ATTEMPTS: dict[str, Callable[[], object]] = {
    function.__name__: function
    for function in (
        read_environment, open_file, create_file, write_to_stderr, open_socket, connect, duplicate_descriptor,
        fork, start_thread, execute, raise_limit, become_root,
    )
}  # fmt: skip
ATTEMPTS_ON_CALLER: dict[str, Callable[[int], object]] = {
    function.__name__: function for function in (open_environment_of, trace, read_memory_of, send_signal_to)
}


def misbehave_as_named(data: bytes, limits: Limits) -> Blobs:
    """In place of a decoder: calls the function of this module that the file names."""
    answer: Blobs = globals()[data.decode()]()
    return answer
