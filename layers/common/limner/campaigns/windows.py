"""When a campaign is shown: from one local time of a time zone to another.

A window is kept as it was given, and its instants are computed when they are needed, by the rules that the
time zone has by then.
"""

from datetime import UTC, datetime
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from limner.looks import FrozenModel


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # unknown, not a relative path, a folder of the database
        raise PydanticCustomError("unknown_time_zone", "not a time zone of the IANA database") from None
    return name


def _without_offset(time: datetime) -> datetime:
    if time.tzinfo is not None:
        raise PydanticCustomError("local_time", "must be a local time without an offset; the zone has it")
    return time


TimeZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_known_zone)]
LocalTime = Annotated[datetime, AfterValidator(_without_offset)]


def instant(local: datetime, zone: str) -> datetime:
    """The instant of a local time, in UTC (the rules of RFC 5545, 3.3.5).

    Of a time that there is twice, when clocks are set back, it is the first. A time that there is not, when
    clocks are set forward, is read with the offset before the change: 02:30 is then what clocks show as
    03:30. Raises PydanticCustomError for a time that is outside of the years 1 to 9999 in UTC.
    """
    try:
        return local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("time_out_of_range", "must be in the years 1 to 9999 in UTC") from None


class Window(FrozenModel):
    """Without `starts_at` it is open from the publication on, without `ends_at` until it is ended by hand.
    The end itself is outside."""

    starts_at: LocalTime | None = None
    ends_at: LocalTime | None = None
    time_zone: TimeZone = "UTC"

    @model_validator(mode="after")
    def _refuse_empty(self) -> Self:
        start, end = self.start, self.end  # both, so that either is refused where it is out of range
        if start and end and start >= end:
            raise PydanticCustomError("empty_window", "ends_at must be after starts_at")
        return self

    @property
    def start(self) -> datetime | None:
        return instant(self.starts_at, self.time_zone) if self.starts_at else None

    @property
    def end(self) -> datetime | None:
        return instant(self.ends_at, self.time_zone) if self.ends_at else None

    def has_begun(self, now: datetime) -> bool:
        return self.start is None or self.start <= now

    def is_over(self, now: datetime) -> bool:
        return self.end is not None and self.end <= now

    def is_open(self, now: datetime) -> bool:
        return self.has_begun(now) and not self.is_over(now)


ALWAYS = Window()
