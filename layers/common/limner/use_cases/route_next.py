"""The first photo of a tenant's line: route it, or leave it where it is until a job has ended."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from limner.errors import StillWaiting
from limner.photos import Source
from limner.ports import UploadEvents, WaitingLine
from limner.use_cases.outcomes import Outcome

logger = logging.getLogger(__name__)
SHORTEST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=1)
PAUSES_OF_ONE_LENGTH = 10
"""A pause is a second longer after each so many: a tenth of the time that the photo has been first."""


@dataclass(frozen=True, kw_only=True)
class RouteNext:
    route: Callable[[Source], Outcome]
    events: UploadEvents
    line: WaitingLine

    def __call__(self, source: Source, receipt: str, received: int) -> Outcome:
        """`receipt` is that of the message, which has been `received` so often.

        A photo that cannot be routed for another reason leaves the line for the router's queue, which tries
        again and gives up: it must not keep the others of its tenant waiting.

        Raises StillWaiting if the message is to stay.
        """
        try:
            outcome = self.route(source)
        except Exception:
            logger.exception("leaves the line, to be routed again")
            self.events.route(source)
            return Outcome.RESENT
        if outcome is Outcome.WAITING_IN_LINE:
            self.line.ask_again(receipt, pause_before_asking_again(received))
            raise StillWaiting(f"{source.key} is first in its line")
        return outcome


def pause_before_asking_again(received: int) -> timedelta:
    """For a message that has been received so often; with 1,000 receptions it may be first for half a day."""
    return min(LONGEST_PAUSE, max(SHORTEST_PAUSE, timedelta(seconds=received // PAUSES_OF_ONE_LENGTH)))
