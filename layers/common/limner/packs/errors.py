"""Errors of packs, a branch of the tree in `limner.errors`."""

from limner.errors import LimnerError


class PackNotFound(LimnerError):
    """No such pack, another tenant's, or one that has expired."""

    code = "pack_not_found"


class PackRunning(LimnerError):
    """The pack has not ended, so that there is no archive of it yet."""

    code = "pack_running"


class ArchiveTooLarge(LimnerError):
    """The pictures are more than an archive can be made of in time."""

    code = "archive_too_large"
