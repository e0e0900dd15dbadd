"""Play a fault to its end and return how it ended."""

from dataclasses import dataclass

from limner.errors import PhotoNotFound
from limner.use_cases.outcomes import SWEEPS_STARTED, Outcome
from tests.faults.catalogue import Fault
from tests.faults.world import KEY, World, breaches, ending, new_world

ORDINARY = {Outcome.SUBMITTED, Outcome.VARIANTS_MADE, Outcome.STYLED, SWEEPS_STARTED}
"""Counted for every photo without faults."""


@dataclass(frozen=True)
class Played:
    """How a fault ended; `metrics` are those that it moved, with errors and dead letters."""

    ends: str
    paid: int
    dead: dict[str, int]
    metrics: tuple[str, ...]
    pictures: int
    answers: list[str]
    breaches: list[str]


def play(fault: Fault) -> Played:
    with new_world() as world:
        fault.script(world)
        world.run_until_idle()
        if fault.then:
            fault.then(world)
            world.run_until_idle()
        return Played(
            ends=_ending(world),
            paid=sum(world.endpoint.paid.values()),
            dead=world.dead_letters(),
            metrics=tuple(_moved_metrics(world)),
            breaches=breaches(world),
            pictures=_pictures(world),
            answers=world.answers,
        )


def _ending(world: World) -> str:
    rows = world.rows()
    if len(rows) == 1:
        return ending(rows[0])
    try:
        return ending(world.photos.get(KEY))
    except PhotoNotFound:
        return "no photo"


def _pictures(world: World) -> int:
    """Those that a caller sees, of all photos together."""
    return sum(len(row.published.pictures) for row in world.rows() if row.published)


def _moved_metrics(world: World) -> list[str]:
    errors = [f"{function} errors" for function in sorted(world.errors)]
    return [*sorted(set(world.metrics) - ORDINARY), *errors, *sorted(world.dead_letters())]
