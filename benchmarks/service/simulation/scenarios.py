"""The plans that are simulated: loads from a hundred thousand to ten million photos a day, and what may go
wrong."""

from dataclasses import replace
from functools import partial

from .figures import SECONDS_PER_HOUR, Figures
from .plan import Plan, StackParameters
from .sizing import sized

MILLION = 1_000_000
ACCEPTED_WAIT_SECONDS = 15.0
"""Of a ticket at the endpoint, while it has enough instances."""
AS_DEPLOYED = StackParameters(ticket_seconds=0.0, max_instances=10, target_backlog=2.0)
"""Stage prod of the Makefile, before it is sized for a load."""
PEAK_BEGINS_HOUR = 9.0
FAULT_BEGINS_HOUR, FAULT_ENDS_HOUR = 11.0, 12.0
REGION_BACK_HOUR = 13.0
FAILING_SHARE = 0.5
"""Of invocations in the hour of the fault: a broken container on half of the instances."""
TEN_MILLION_WINDOW_HOURS = 1.0
BURST_TARGETS = (2.0, 4.0, 10.0, 20.0)


def scenarios(figures: Figures, ticket_seconds: float, scale: float = 1.0) -> list[Plan]:
    """`scale` multiplies the photos and not the stack's headroom: for quick runs and tests."""
    million, ten_millions = MILLION * scale, 10 * MILLION * scale
    size = partial(
        sized,
        figures=figures,
        ticket_seconds=ticket_seconds,
        accepted_wait_seconds=ACCEPTED_WAIT_SECONDS,
    )
    rate = partial(_daily, figures, million)
    stack = size(million)
    return [
        Plan(
            "100,000 a day, as deployed",
            replace(AS_DEPLOYED, ticket_seconds=ticket_seconds),
            figures,
            partial(_daily, figures, million / 10),
        ),
        Plan(
            "a million a day, as deployed",
            replace(AS_DEPLOYED, ticket_seconds=ticket_seconds),
            figures,
            rate,
            drain_hours=6.0,
        ),
        Plan("a million a day, sized", stack, figures, rate),
        Plan(
            "an hour in which half of the invocations fail",
            stack,
            figures,
            rate,
            begin_hour=PEAK_BEGINS_HOUR,
            hours=4.0,
            initial_instances=stack.open_min_instances,
            failing_share=_in_the_hour_of_the_fault,
        ),
        Plan(
            "one of two regions lost for two hours, as sized for its half",
            size(million / 2),
            figures,
            partial(_of_the_region_that_is_left, figures, million),
            begin_hour=PEAK_BEGINS_HOUR,
            hours=6.0,
            initial_instances=size(million / 2).open_min_instances,
        ),
        Plan(
            "the same, each sized for the whole",
            stack,
            figures,
            partial(_of_the_region_that_is_left, figures, million),
            begin_hour=PEAK_BEGINS_HOUR,
            hours=6.0,
            initial_instances=size(million / 2).open_min_instances,
        ),
        Plan(
            "ten million a day in one stack, its busiest hour",
            size(ten_millions),
            figures,
            partial(_daily, figures, ten_millions),
            begin_hour=PEAK_BEGINS_HOUR + 1,
            hours=TEN_MILLION_WINDOW_HOURS,
            initial_instances=size(ten_millions).open_min_instances,
        ),
    ]


def bursts(figures: Figures, ticket_seconds: float) -> list[Plan]:
    """200 photos of one seller on a stack that sleeps, by the target backlog of an instance."""
    alone = replace(figures, burst_share=1.0, lost_events_share=0.0)
    return [
        Plan(
            f"target backlog {target:g}",
            replace(AS_DEPLOYED, ticket_seconds=ticket_seconds, target_backlog=target),
            alone,
            rate=_never,
            begin_hour=9.0,
            hours=1.0,
            first_burst=True,
        )
        for target in BURST_TARGETS
    ]


def _never(time_seconds: float) -> float:
    return 0.0


def _daily(figures: Figures, photos_per_day: float, time_seconds: float) -> float:
    return figures.photos_per_second(photos_per_day, time_seconds)


def _of_the_region_that_is_left(figures: Figures, photos_per_day: float, time_seconds: float) -> float:
    """Half of all photos; all of them while the other region is lost."""
    is_alone = FAULT_BEGINS_HOUR <= time_seconds / SECONDS_PER_HOUR < REGION_BACK_HOUR
    return figures.photos_per_second(photos_per_day, time_seconds) * (1.0 if is_alone else 0.5)


def _in_the_hour_of_the_fault(time_seconds: float) -> float:
    is_faulty = FAULT_BEGINS_HOUR <= time_seconds / SECONDS_PER_HOUR < FAULT_ENDS_HOUR
    return FAILING_SHARE if is_faulty else 0.0
