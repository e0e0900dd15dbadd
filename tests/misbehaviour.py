"""Functions for a child process that loop, allocate, crash or exit (tests/unit/photo_files/test_bounded.py)."""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from photo_files.fork_server import Blobs, limit_cpu_time
from photo_files.intake import Limits


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


def die_the_first_time(marker: str) -> Blobs:
    """SIGKILL in the first attempt, as from the kernel when another process has used up the memory."""
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return [b"second attempt"]


def kill_the_server() -> Blobs:
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(5)
    return []


def announce_too_large_an_answer() -> NoReturn:
    """Write the header of an answer larger than the limit, without the answer."""
    fd = next(fd for fd in range(3, 64) if is_socket(fd))
    os.write(fd, b"\x01\x00\x00\x00\x01" + b"\x7f" + b"\xff" * 7)
    os._exit(0)


def is_socket(fd: int) -> bool:
    try:
        return str(Path(f"/proc/self/fd/{fd}").readlink()).startswith("socket:")
    except OSError:
        return False


def wait_for_others(folder: str, count: int) -> Blobs:
    """Return when `count` children have made their file in the folder."""
    Path(folder, str(os.getpid())).touch()
    while len(list(Path(folder).iterdir())) < count:
        time.sleep(0.01)
    return [str(os.getpid()).encode()]


def stop_the_server_and_crash() -> None:
    os.kill(os.getppid(), signal.SIGSTOP)
    segfault()


def write_pid_and_sleep(path: str) -> None:
    Path(path).write_text(str(os.getpid()))
    time.sleep(60)


def misbehave_as_named(data: bytes, limits: Limits) -> Blobs:
    """In place of a decoder: calls the function of this module that the file names."""
    answer: Blobs = globals()[data.decode()]()
    return answer
