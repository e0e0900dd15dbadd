"""What a child process may do instead of its work (tests/unit/limner/images/test_bounded.py)."""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from limner.images.intake import Limits
from limner.images.isolation import Blobs, within


def echo(*blobs: bytes) -> Blobs:
    return list(blobs)


def large(count: int, size: int) -> Blobs:
    return [bytes([number]) * size for number in range(count)]


def loop() -> NoReturn:
    while True:
        pass


def loop_in_native_code() -> Blobs:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    return [b"%d" % (10 ** (10**8))]  # one call that heeds no Python handler


def loop_in_a_part(seconds: float) -> Blobs:
    with within(seconds):
        loop()


def part_in_time() -> Blobs:
    """Within the whole's time, though beyond the part's, and beyond both by the clock."""
    with within(0.2):
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


def allocate_natively() -> Blobs:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes = [ctypes.c_size_t]
    while address := libc.malloc(2**24):
        ctypes.memset(address, 1, 2**24)
    return [b"malloc said no"]


def segfault() -> None:
    ctypes.string_at(0)


def abort() -> NoReturn:
    os.abort()


def leave() -> NoReturn:
    sys.exit(3)


def leave_silently() -> NoReturn:
    os._exit(0)


def fail() -> NoReturn:
    raise RuntimeError("a bug of ours")


def die_the_first_time(marker: str) -> Blobs:
    """As when someone else's memory makes the kernel kill this one."""
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return [b"the second time"]


def kill_the_server() -> Blobs:
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(5)
    return []


def answer_with_lies() -> NoReturn:
    """More than it may have: the head of an answer that never comes."""
    fd = next(fd for fd in range(3, 64) if is_socket(fd))
    os.write(fd, b"\x01\x00\x00\x00\x01" + b"\x7f" + b"\xff" * 7)
    os._exit(0)


def is_socket(fd: int) -> bool:
    try:
        return str(Path(f"/proc/self/fd/{fd}").readlink()).startswith("socket:")
    except OSError:
        return False


def meet(folder: str, count: int) -> Blobs:
    """Come back when as many are there."""
    Path(folder, str(os.getpid())).touch()
    while len(list(Path(folder).iterdir())) < count:
        time.sleep(0.01)
    return [str(os.getpid()).encode()]


def spawn_and_hang(marker: str) -> None:
    Path(marker).write_text(str(os.getpid()))
    time.sleep(60)


def open_like_photo(data: bytes, limits: Limits) -> Blobs:
    """A decoder that does what its file says."""
    answer: Blobs = globals()[data.decode()]()
    return answer
