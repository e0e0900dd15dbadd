"""Interfaces that the sweeper alone needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from limner.ports import ListedObject

MESSAGE_RETENTION = timedelta(days=4)
"""How long SQS keeps a message of ours (MessageRetentionPeriod of the queues)."""


class Step(StrEnum):
    """What a photo waits for, and so in which queue."""

    IMPORT = "import"
    ROUTING = "routing"
    VARIANTS = "variants"
    STYLIZATION = "stylization"


class Backlog(Protocol):
    def oldest(self, step: Step) -> datetime | None:
        """When the oldest message that waits for this step was sent, or earlier. None where none waits; of
        the endpoint's queue also where that is not known."""


@dataclass(frozen=True)
class InventoryReport:
    name: str
    made_at: datetime


@dataclass(frozen=True)
class RowsRead:
    """The files of a report before number `file`, and the first `rows` of that file."""

    file: int = 0
    rows: int = 0


NOTHING_READ = RowsRead()


class Inventory(Protocol):
    """Reports of all objects of the uploads bucket that were made at some times. Names sort by time."""

    def newest(self, after: str) -> InventoryReport | None:
        """The newest report whose name is greater than `after`."""

    def rows(self, report: str, after: RowsRead = NOTHING_READ) -> Iterator[tuple[RowsRead, ListedObject]]:
        """The objects in this report, each time in the same order, each with what has been read with it.

        Raises:
            MalformedMessage: a file of it is not what S3 writes.
            DependencyRefused: a file of it is no longer there, or may not be read.
        """
