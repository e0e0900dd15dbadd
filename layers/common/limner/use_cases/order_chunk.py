"""Order the looks of a restyle for the photos of one chunk, and make the tickets for its worker.

The order, its lease and its submission are one conditional write of the photo's row. It takes no place among
the tenant's jobs in flight and is not counted against the tenant's caps: those bound what the endpoint does.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from limner.contracts import StylizeTicket
from limner.errors import OrderRefused, OrderRunning, PhotoNotFound, StaleWrite
from limner.keys import job_id_for
from limner.looks import MAX_LOOKS, MAX_PICTURES, Look
from limner.photos import FINAL_STATUSES, Photo, StylizeJob
from limner.restyles.restyle import (
    RESTYLE_DEADLINE,
    ChunkKey,
    ChunkReport,
    ChunkTickets,
    Restyle,
    RestyleObjects,
    RestyleOutcome,
    failure_key,
    is_of_restyle,
)
from limner.revisions import is_shown, looks_made, with_more_looks
from limner.tenancy import PhotoKey
from limner.tenants import TenantSettings
from limner.use_cases.revise_photo import RevisePhoto, require_accepted_file, require_final


class _Unsuitable(Exception):
    """The photo has no pictures yet, or would have too many."""


@dataclass(frozen=True, kw_only=True)
class OrderChunk:
    objects: RestyleObjects
    revise_for: Callable[[str], RevisePhoto]
    """Of a tenant: with credentials that reach this tenant's photos alone."""
    find_tenant: Callable[[str], TenantSettings]
    """Raises TenantSuspended, TenantNotFound."""
    is_paused: Callable[[], bool]
    """Whether nothing must be submitted at present, by the stack's parameter."""
    model: str
    now: Callable[[], datetime]

    def __call__(self, chunk: ChunkKey) -> int:
        """How many tickets the chunk's worker has to do; 0 for a chunk that is done, and while its restyle or
        the stack's submissions are paused.

        Raises Unavailable; then the chunk is ordered again, which finds what was ordered.
        """
        if self.objects.report(chunk) or self.objects.is_paused(chunk.restyle) or self.is_paused():
            return 0
        restyle = self.objects.restyle(chunk.restyle)
        tenant = self.find_tenant(restyle.tenant)
        revise = self.revise_for(restyle.tenant)
        found = [
            self._order(revise, PhotoKey(restyle.tenant, photo_id), restyle, tenant)
            for photo_id in self.objects.photos(chunk).photo_ids
        ]
        tickets = tuple(each for each in found if isinstance(each, StylizeTicket))
        others = Counter(each for each in found if isinstance(each, RestyleOutcome))
        if tickets:
            self.objects.put(chunk.tickets, ChunkTickets(tickets=tickets, others=others))
        else:
            self.objects.put(chunk.done, ChunkReport(outcomes=others, finished_at=self.now()))
        return len(tickets)

    def _order(
        self, revise: RevisePhoto, key: PhotoKey, restyle: Restyle, tenant: TenantSettings
    ) -> StylizeTicket | RestyleOutcome:
        try:
            photo = revise(key, partial(self._ordered, restyle.looks, tenant.review))
        except PhotoNotFound:
            return RestyleOutcome.GONE
        except (OrderRunning, StaleWrite):
            return RestyleOutcome.RUNNING
        except (OrderRefused, _Unsuitable):
            return RestyleOutcome.UNSUITABLE
        if _are_made(photo, restyle.looks):
            return RestyleOutcome.MADE
        job = _job_of_restyle(photo, restyle.looks)
        assert job, "the order has written it"  # noqa: S101 - a caller's bug
        assert photo.source, "an ordered photo has a file"  # noqa: S101 - a caller's bug
        return StylizeTicket(
            job_id=job.job_id,
            photo=photo.source,
            looks=_looks_of_job(photo, restyle.looks),
            model=self.model,
            visibility=tenant.pictures,
            is_reviewed=job.is_reviewed,
        )

    def _ordered(self, looks: tuple[Look, ...], is_reviewed: bool, photo: Photo, now: datetime) -> Photo:
        """The photo as it is where it has the looks, or an earlier attempt at the chunk has ordered them."""
        if _are_made(photo, looks) or _job_of_restyle(photo, looks):
            return photo
        require_final(photo)
        require_accepted_file(photo)
        if not is_shown(photo):
            raise _Unsuitable
        due_at = int((now + RESTYLE_DEADLINE).timestamp())
        after = with_more_looks(photo, looks, now, due_at)
        if len(after.looks) > MAX_PICTURES:
            raise _Unsuitable
        assert photo.source, "a shown photo has a file"  # noqa: S101 - a caller's bug
        job_id = job_id_for(photo.key, photo.source, _looks_of_job(after, looks), self.model)
        job = StylizeJob(
            job_id=job_id,
            sequencer=photo.source.sequencer,
            revision=after.revision,
            lease_until=due_at,
            failure_location=f"s3://{self.objects.bucket}/{failure_key(job_id)}",
            submitted_at=now,
            is_reviewed=is_reviewed,
        )
        return after.model_copy(update={"job": job})


def _are_made(photo: Photo, looks: tuple[Look, ...]) -> bool:
    return {look.slug for look in looks} <= {look.slug for look in looks_made(photo)}


def _looks_of_job(photo: Photo, looks: tuple[Look, ...]) -> tuple[Look, ...]:
    """The restyle's first: those that were ordered before and have no picture take what room is left."""
    names = {look.slug for look in looks}
    return tuple(sorted(photo.missing_looks, key=lambda look: look.slug not in names))[:MAX_LOOKS]


def _job_of_restyle(photo: Photo, looks: tuple[Look, ...]) -> StylizeJob | None:
    """The job of these looks that a chunk has ordered and that has not ended. Those of the endpoint fail in
    another place."""
    job = photo.newest.job
    if photo.status in FINAL_STATUSES or job is None or job.submitted_at is None:
        return None
    is_of_looks = {look.slug for look in looks} <= {look.slug for look in photo.looks}
    return job if is_of_restyle(job) and is_of_looks else None
