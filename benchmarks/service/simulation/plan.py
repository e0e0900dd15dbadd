"""What a simulation is given: the stack's parameters, the photos that come, and what goes wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field

from .figures import SECONDS_PER_HOUR, Figures


@dataclass(frozen=True)
class StackParameters:
    """Parameters of template.yaml, by their names there, and the speed of the container.

    `min_instances` holds at every hour that `open_hours` (first hour, hour after the last) does not have;
    within them `open_min_instances` are kept. `jobs_of_a_tenant` is the quota concurrent_jobs.
    """

    ticket_seconds: float
    router_concurrency: int = 10
    thumbnailer_concurrency: int = 18
    recorder_concurrency: int = 10
    sweeper_concurrency: int = 8
    deadline_seconds: float = 1_800.0
    attempts: int = 4
    max_instances: int = 10
    min_instances: int = 0
    open_min_instances: int = 0
    open_hours: tuple[int, int] = (0, 0)
    target_backlog: float = 2.0
    jobs_of_a_tenant: int | None = None

    @property
    def jobs_in_flight(self) -> int:
        """Of one tenant: two for each instance, unless its quotas say otherwise (docs/how-to/quotas.md)."""
        return self.jobs_of_a_tenant or 2 * self.max_instances

    def least_instances(self, time_seconds: float) -> int:
        """What the scheduled actions keep at a time since midnight."""
        opens, closes = self.open_hours
        is_open = opens <= time_seconds / SECONDS_PER_HOUR % 24 < closes
        return max(self.min_instances, self.open_min_instances if is_open else 0)


@dataclass(frozen=True)
class Plan:
    """A load on a stack for `hours` from `begin_hour` on, and then until every photo is at its end or
    `drain_hours` have passed.

    `rate` gives photos a second by the time since midnight; a share of them comes in bursts. With
    `first_burst` one burst comes at the beginning, whatever the rate is.
    `failing_share` gives the share of invocations that fail at a time.
    """

    name: str
    stack: StackParameters
    figures: Figures
    rate: Callable[[float], float]
    begin_hour: float = 0.0
    hours: float = 24.0
    drain_hours: float = 6.0
    initial_instances: int = 0
    failing_share: Callable[[float], float] = field(default=lambda time_seconds: 0.0)
    first_burst: bool = False
    seed: int = 1

    @property
    def begins_at(self) -> float:
        return self.begin_hour * SECONDS_PER_HOUR

    @property
    def ends_at(self) -> float:
        return self.begins_at + self.hours * SECONDS_PER_HOUR
