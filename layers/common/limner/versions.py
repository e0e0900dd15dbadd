"""Versions of a photo: each finished set of pictures that it has had."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from limner.looks import MAX_PICTURES, FrozenModel

MAX_VERSIONS = 20
"""Kept of each photo; the oldest are dropped. Their pictures are kept as long as they are
(limner.use_cases.expire)."""
JobDigits = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]
"""What a job's id has after its photo's."""


class VersionSource(StrEnum):
    """What the version was made by: the photo's first order, more looks of it, another attempt at an order
    that failed, the restoring of an earlier version, or an order for another file."""

    ORDER = "order"
    LOOKS = "looks"
    RETRY = "retry"
    RESTORE = "restore"
    REPLACE = "replace"


class Version(FrozenModel):
    """`number` counts from 1 and is never used again. `looks` are names of looks (`Look.slug`). The pictures
    are all those in the reports of `jobs`; without jobs they are not known. `sequencer` is of the upload that
    they were made of."""

    number: int = Field(ge=1)
    at: datetime
    source: VersionSource
    model: str
    sequencer: str
    looks: tuple[str, ...] = Field(max_length=MAX_PICTURES)
    jobs: tuple[JobDigits, ...] = Field(default=(), max_length=MAX_PICTURES)
    restored: int | None = None
    """For RESTORE: the number of the version that was restored."""
