"""Another attempt at an order that failed for a reason of ours, or that has not ended for too long."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.errors import OrderProblem, OrderRefused, OrderRunning
from limner.photos import FINAL_STATUSES, Photo, PhotoStatus
from limner.ports import UploadEvents
from limner.quotas import Quotas, Standing, UsageRepository
from limner.revisions import retried
from limner.tenancy import PhotoKey
from limner.use_cases.revise_photo import RevisePhoto, require_accepted_file


@dataclass(frozen=True, kw_only=True)
class RetryOrder:
    revise: RevisePhoto
    events: UploadEvents
    usage: UsageRepository
    quotas_of: Callable[[str], Quotas]
    grace_period: timedelta
    """After which an order that has not ended has taken too long."""

    def __call__(self, key: PhotoKey, *, key_id: str | None = None) -> tuple[Photo, Standing]:
        """The attempt is counted as an order; its looks are charged only if they have not been.

        Raises:
            PhotoNotFound: there is no such photo.
            OrderRunning: its order may still end by itself.
            OrderRefused: it is READY, has no file, or its file was refused.
            QuotaExceeded: of the day's orders, or nothing is left of the month's budget.
            StaleWrite: others changed the photo again and again.
        """
        self.revise.planned(key, self._retried)
        standing = self.usage.count_order(key.tenant, key_id, self.quotas_of(key.tenant), self.revise.now())
        photo = self.revise(key, self._retried)
        if photo.source and photo.status not in FINAL_STATUSES:
            self.events.route(photo.source)
            if photo.newest.variants is None and photo.published:  # the router has nothing to do
                self.events.make_variants(photo.source)
        return photo, standing

    def _retried(self, photo: Photo, now: datetime) -> Photo:
        if photo.status is PhotoStatus.READY:
            raise OrderRefused(OrderProblem.NOTHING_TO_RETRY, "the photo is READY")
        if photo.status is not PhotoStatus.FAILED and not self._has_taken_too_long(photo, now):
            raise OrderRunning("an order for this photo is running; it can be retried when it has failed")
        require_accepted_file(photo)
        return retried(photo, now, int((now + self.grace_period).timestamp()))

    def _has_taken_too_long(self, photo: Photo, now: datetime) -> bool:
        """The sweeper has found it overdue, or would now."""
        newest = photo.newest
        submitted = newest.job.submitted_at if newest.job else None
        is_due = photo.due_at is not None and photo.due_at <= now.timestamp()
        is_late = submitted is not None and submitted + self.grace_period <= now
        was_resent = newest.retried is not None and bool(newest.retried.count or newest.retried.variants)
        return was_resent or is_due or is_late
