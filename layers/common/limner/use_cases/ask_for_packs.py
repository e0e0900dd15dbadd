"""Who asks for the next step of a pack: the regular tick, and the end of one of its jobs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from limner.errors import ObjectMissing
from limner.keys import ticket_key
from limner.packs.contracts import parse_pack_ticket, photo_key_of_pack_job
from limner.packs.pack import DuePacks, PackKey, PackQueue
from limner.ports import ObjectStore
from limner.use_cases.outcomes import Outcome

DUE_AT_ONCE = 500
"""Packs that one tick asks for."""


@dataclass(frozen=True, kw_only=True)
class AskForDuePacks:
    """The regular tick: a message for each pack whose next step is due."""

    packs: DuePacks
    queue: PackQueue
    now: Callable[[], datetime]

    def __call__(self) -> int:
        """How many were asked for."""
        due = self.packs.due(self.now(), DUE_AT_ONCE)
        for key in due:
            self.queue.send(key)
        return len(due)


@dataclass(frozen=True, kw_only=True)
class AskForPackOfJob:
    """For a notification that a job of a pack has ended: its pack's next step. What has come of the job is
    read there, from its report; a notification that is lost or forged changes only when."""

    objects: ObjectStore
    queue: PackQueue
    results_bucket: str

    def __call__(self, job_id: str) -> Outcome:
        try:
            ticket = parse_pack_ticket(self.objects.get(self.results_bucket, ticket_key(job_id)))
        except ObjectMissing:  # its photo was erased meanwhile
            return Outcome.SUPERSEDED
        tenant = photo_key_of_pack_job(job_id).tenant
        self.queue.send(PackKey(tenant, ticket.pack_id), has_ended=True)
        return Outcome.PACK_JOB_ENDED
