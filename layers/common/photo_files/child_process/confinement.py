"""What a child that decodes hostile files may do: compute, and answer on the socket that it has.

docs/decisions/0129 says what each restriction prevents, and what remains.
"""

import ctypes
import os
import resource
import sys
from contextlib import suppress

_UNPRIVILEGED_ID = 65_534  # "nobody": owns no file
_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38  # linux/prctl.h
_KEPT_VARIABLES = ("COVERAGE_PROCESS_", "DYLD_", "LANG", "LC_", "LD_", "MALLOC_", "PYTHON", "TZ")
"""Beginnings of the names of the variables that the interpreter, its loader and libc need."""


def environment_without_secrets() -> dict[str, str]:
    """This process's environment, reduced to what a Python interpreter needs to start."""
    return {name: value for name, value in os.environ.items() if name.startswith(_KEPT_VARIABLES)}


def hide_memory() -> None:
    """Other processes of the same user can no longer read this one's memory and environment, nor trace it.

    Linux only. It also prevents core dumps and debuggers other than root's. Programs that this process starts
    are not affected.
    """
    _prctl(_PR_SET_DUMPABLE, 0)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(*map(ctypes.c_ulong, (option, value, 0, 0, 0)))


# ── In the child ─────────────────────────────────────────────────────────────────────────────────────


def confine() -> None:
    """Give up, for good, everything that decoding and encoding do not need; the order matters.

    No new process or thread, no new descriptor (so no file and no socket), no byte written to a file, no core
    dump, no privileges from programs; if the caller is root, another user.
    """
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _forbid(resource.RLIMIT_CORE)
    _forbid(resource.RLIMIT_NPROC)  # before the change of user, after which the kernel refuses exec as well
    if os.geteuid() == 0:
        _become_unprivileged()
    hide_memory()  # again, because a change of user resets it
    _forbid(resource.RLIMIT_FSIZE)
    _forbid(resource.RLIMIT_NOFILE)


def _become_unprivileged() -> None:
    """As far as the kernel allows it: a container may withhold a capability from its root."""
    with suppress(OSError):
        os.setgroups([])
    with suppress(OSError):
        os.setgid(_UNPRIVILEGED_ID)
    with suppress(OSError):
        os.setuid(_UNPRIVILEGED_ID)


def _forbid(limit: int) -> None:
    with suppress(ValueError, OSError):  # macOS does not accept every value
        resource.setrlimit(limit, (0, 0))
