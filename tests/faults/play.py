"""Play a fault to its end and say how it ended."""

from dataclasses import dataclass

from limner.errors import PhotoNotFound
from limner.use_cases.outcomes import Outcome
from tests.faults.catalogue import Fault
from tests.faults.world import PHOTO_ID, World, breaches, ending, new_world

ORDINARY = {Outcome.SUBMITTED, Outcome.VARIANTS_MADE, Outcome.STYLED}
"""Counted for every photo that goes well."""


@dataclass(frozen=True)
class Played:
    """How a fault ended; `noticed` are the metrics that say so."""

    ends: str
    paid: int
    dead: dict[str, int]
    noticed: tuple[str, ...]
    breaches: list[str]


def play(fault: Fault) -> Played:
    with new_world() as world:
        fault.script(world)
        world.rest()
        if fault.then:
            fault.then(world)
            world.rest()
        return Played(
            ends=_ending(world),
            paid=sum(world.endpoint.paid.values()),
            dead=world.dead_letters(),
            noticed=tuple(_noticed(world)),
            breaches=breaches(world),
        )


def _ending(world: World) -> str:
    rows = world.rows()
    if len(rows) == 1:
        return ending(rows[0])
    try:
        return ending(world.photos.get(PHOTO_ID))
    except PhotoNotFound:
        return "no photo"


def _noticed(world: World) -> list[str]:
    errors = [f"{function} errors" for function in sorted(world.errors)]
    return [*sorted(set(world.metrics) - ORDINARY), *errors, *sorted(world.dead_letters())]
