"""Whether a message may still wait in its queue, or is lost."""

from datetime import datetime, timedelta

from limner.sweep.ports import Backlog, Step

AGE_TOLERANCE = timedelta(minutes=2)
"""A queue's age is measured once a minute."""


def may_wait(backlog: Backlog, step: Step, sent_at: datetime) -> bool:
    """Whether a message that was sent then, or earlier, may still be in the step's queue: the queue holds one
    that is as old."""
    oldest = backlog.oldest(step)
    return oldest is not None and sent_at >= oldest - AGE_TOLERANCE
