"""Errors of restyles, a branch of the tree in `limner.errors`."""

from enum import StrEnum

from limner.errors import LimnerError


class RestyleProblem(StrEnum):
    """Stable reasons why a restyle cannot be begun or changed."""

    INVALID_MANIFEST = "invalid_manifest"
    NO_PHOTOS = "no_photos_in_manifest"
    TEST_TENANT = "restyle_of_test_tenant"
    OVER_BUDGET = "restyle_over_budget"
    TOO_MANY_CHUNKS = "too_many_chunks"
    NO_WORKERS = "no_bulk_workers"
    STILL_RUNNING = "restyle_still_running"


class RestyleNotFound(LimnerError):
    """No such restyle, or another tenant's."""

    code = "restyle_not_found"


class RestyleRefused(LimnerError):
    """`code` is the reason."""

    def __init__(self, code: RestyleProblem, message: str) -> None:
        super().__init__(message)
        self.code = code
