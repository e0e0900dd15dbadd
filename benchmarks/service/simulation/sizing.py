"""From a load to the stack's parameters, and which limit a load meets first.

Workers follow from Little's law: those that are busy at once are the rate times the time of one item. The
target backlog of an instance follows from the wait that is accepted: a ticket behind B others of its instance
waits B times the seconds in which the engine is a ticket's own.
"""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from .figures import Figures
from .plan import StackParameters

LIMITS_FILE = Path(__file__).with_name("limits.toml")
WORKER_HEADROOM = 1.5
"""Of workers, so that a peak within the hour waits for seconds."""
INSTANCE_HEADROOM = 1.3
"""Of instances: starting one takes minutes, and a burst is 200 photos."""
LEAST_CONCURRENCY = 2
"""Of an SQS mapping."""
DAYTIME_SHARE_KEPT = 0.5
"""Of the instances at the busiest hour: those that a shop-hours minimum keeps."""


@dataclass(frozen=True)
class Limit:
    """`per_photo` and `per_look` are what one needs, in the limit's unit; with `engine` it is the seconds
    for which a ticket has the engine."""

    what: str
    limit: float
    unit: str
    adjustable: str
    demand_source: str
    limit_source: str
    remedy: str
    per_photo: float = 0.0
    per_look: float = 0.0
    engine: bool = False

    def demand(self, photos_per_second: float, figures: Figures, ticket_seconds: float) -> float:
        if self.engine:
            return photos_per_second * figures.engine_seconds(ticket_seconds) * INSTANCE_HEADROOM
        return photos_per_second * (self.per_photo + self.per_look * figures.photo_looks)


@cache
def limits() -> Mapping[str, Limit]:
    return {name: Limit(**entry) for name, entry in tomllib.loads(LIMITS_FILE.read_text("utf-8")).items()}


def first_to_break(
    photos_per_day: float, figures: Figures, ticket_seconds: float
) -> list[tuple[str, float, float]]:
    """Name, demand at the busiest hour and its share of the limit, of each limit; the most used one first."""
    rate = figures.peak_photos_per_second(photos_per_day)
    used = []
    for name, limit in limits().items():
        demand = limit.demand(rate, figures, ticket_seconds)
        used.append((name, demand, demand / limit.limit))
    return sorted(used, key=lambda row: row[2], reverse=True)


def target_backlog(accepted_wait_seconds: float, engine_seconds: float) -> int:
    """StylizerTargetBacklog: how many tickets an instance may have before another one is started.

    Raises ValueError for a wait that not even one ticket keeps.
    """
    if accepted_wait_seconds < engine_seconds:
        raise ValueError(
            f"a wait of {accepted_wait_seconds:g} s is shorter than one ticket, {engine_seconds:g} s"
        )
    return int(accepted_wait_seconds / engine_seconds)


def workers(photos_per_second: float, seconds: float, least: int = LEAST_CONCURRENCY) -> int:
    return max(least, math.ceil(photos_per_second * seconds * WORKER_HEADROOM))


def sized(
    photos_per_day: float, figures: Figures, ticket_seconds: float, accepted_wait_seconds: float
) -> StackParameters:
    """Parameters for the busiest hour of a load; no concurrency is below the template's default."""
    rate = figures.peak_photos_per_second(photos_per_day)
    engine = figures.engine_seconds(ticket_seconds)
    defaults = StackParameters(ticket_seconds)
    instances = max(1, math.ceil(rate * engine * INSTANCE_HEADROOM))
    return replace(
        defaults,
        router_concurrency=workers(rate, figures.route_seconds, defaults.router_concurrency),
        thumbnailer_concurrency=workers(rate, figures.variants_seconds, defaults.thumbnailer_concurrency),
        recorder_concurrency=workers(rate, figures.record_seconds, defaults.recorder_concurrency),
        max_instances=instances,
        open_min_instances=math.ceil(rate * engine * DAYTIME_SHARE_KEPT),
        open_hours=open_hours(figures),
        target_backlog=float(target_backlog(accepted_wait_seconds, engine)),
    )


def open_hours(figures: Figures) -> tuple[int, int]:
    """First hour and hour after the last in which at least half of the busiest hour's photos come."""
    busy = [
        hour
        for hour, weight in enumerate(figures.hour_weights)
        if weight >= DAYTIME_SHARE_KEPT * max(figures.hour_weights)
    ]
    return busy[0], busy[-1] + 1
