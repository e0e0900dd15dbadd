"""The next step of a pack: see which of its jobs have ended, and begin those for which there is room.

A step is claimed by a conditional write, and one that was interrupted is done again: which photos have a job,
and which have ended, is read from their rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from limner.costs import JobSize
from limner.errors import (
    JobsAtLimit,
    ObjectMissing,
    QuotaExceeded,
    RefusalCode,
    StaleWrite,
    TenantNotFound,
    TenantSuspended,
)
from limner.keys import split_s3_uri, ticket_key
from limner.packs.contracts import PackTicket, pack_job_id
from limner.packs.errors import PackNotFound
from limner.packs.pack import (
    Pack,
    PackedPhoto,
    PackJob,
    PackKey,
    PackOutcome,
    PackProblem,
    PackQueue,
    PackRepository,
    picture_of,
    pixels_of,
)
from limner.photos import Photo, Source
from limner.ports import ObjectStore, PhotosByKey, StylizeEndpoint
from limner.quotas import Charge, Quotas
from limner.tenancy import PhotoKey, is_live
from limner.use_cases.assemble_archive import find_report
from limner.use_cases.outcomes import Outcome
from limner.use_cases.steps import CLAIM, POLL_PAUSE, SUSPENDED_PAUSE
from limner.use_cases.store_submission import store_submission

OPEN_PACK_PHOTOS = 50
"""Photos of one pack that are under way, at most; the tenant's cap of jobs in flight is mostly less."""
JOBS_IN_A_STEP = 50
PAUSED_PAUSE = timedelta(minutes=5)
MAX_ATTEMPTS = 3
"""Invocations of the endpoint for one photo."""


@dataclass(frozen=True)
class _Step:
    """What a step has found out and done so far."""

    open: tuple[str, ...] = ()
    outcomes: tuple[PackOutcome, ...] = ()
    taken: int = 0
    is_full: bool = False
    """No further job may begin now."""

    def with_photo(self, photo: PackedPhoto) -> "_Step":
        if photo.outcome is None:
            return replace(self, open=(*self.open, photo.photo_id))
        return replace(self, outcomes=(*self.outcomes, photo.outcome))


@dataclass(frozen=True, kw_only=True)
class AdvancePack:
    packs: PackRepository
    photos: PhotosByKey
    objects: ObjectStore
    endpoint: StylizeEndpoint
    queue: PackQueue
    quotas_of: Callable[[str], Quotas]
    estimate: Callable[[str, JobSize], int]
    """What a tenant's job costs, in micro-dollars."""
    require_active: Callable[[str], object]
    """Raises TenantSuspended, TenantNotFound."""
    is_paused: Callable[[], bool]
    """Whether the endpoint must not be invoked at present."""
    now: Callable[[], datetime]
    results_bucket: str
    model: str
    longest_job: timedelta
    """The longest wait and invocation of a job at the endpoint."""

    def __call__(self, key: PackKey, *, has_ended: bool = False) -> Outcome:
        """`has_ended`: a job of the pack has, so that the step is not waited for.

        Raises Unavailable; then the step is done again later.
        """
        try:
            pack = self.packs.get(*key)
            if not self._is_due(pack, has_ended=has_ended):
                return Outcome.SUPERSEDED
            until = self.now() + CLAIM
            claimed = self.packs.replace(
                pack, pack.model_copy(update={"claimed_until": until, "due_at": until})
            )
            return self._advance(claimed)
        except (PackNotFound, StaleWrite, TenantNotFound):
            return Outcome.SUPERSEDED

    def _is_due(self, pack: Pack, *, has_ended: bool) -> bool:
        now = self.now()
        is_claimed = pack.claimed_until is not None and pack.claimed_until > now
        is_early = pack.due_at is not None and pack.due_at > now and not has_ended
        return pack.due_at is not None and not is_claimed and not is_early

    def _advance(self, pack: Pack) -> Outcome:
        try:
            self.require_active(pack.tenant)
        except TenantSuspended:
            self._write(pack, pack, SUSPENDED_PAUSE)
            return Outcome.PACK_ADVANCED
        step = self._with_open_photos(pack, _Step())
        is_paused = self.is_paused()
        step = step if is_paused else self._with_begun_photos(pack, step)
        after = pack.model_copy(
            update={
                "open": step.open,
                "taken": pack.taken + step.taken,
                "counts": pack.counts.with_outcomes(step.outcomes),
            }
        )
        if not after.open and not after.not_taken:
            self._write(pack, after.model_copy(update={"finished_at": self.now()}), None)
            return Outcome.PACK_FINISHED
        has_more_to_begin = bool(after.not_taken) and not (step.is_full or is_paused)
        self._write(
            pack, after, timedelta(0) if has_more_to_begin else PAUSED_PAUSE if is_paused else POLL_PAUSE
        )
        return Outcome.PACK_ADVANCED

    def _write(self, before: Pack, after: Pack, pause: timedelta | None) -> None:
        """`pause` until the next step; None where there is none."""
        due_at = None if pause is None else self.now() + pause
        written = self.packs.replace(
            before, after.model_copy(update={"due_at": due_at, "claimed_until": None})
        )
        if pause is not None:
            self.queue.send(written.key, pause)

    # ── photos whose jobs are under way ──

    def _with_open_photos(self, pack: Pack, step: _Step) -> _Step:
        rows = self.packs.photos(pack.key, pack.open)
        there = self._found(pack, pack.open, whole=False)
        for photo_id in pack.open:
            photo = rows[photo_id]
            if photo.outcome is None and photo_id not in there:  # ticket and report are erased with it
                step = step.with_photo(self._ended(pack, photo, PackOutcome.GONE, PackProblem.GONE))
            else:
                step = step.with_photo(self._looked_at(pack, photo))
        return step

    def _found(self, pack: Pack, photo_ids: Sequence[str], *, whole: bool) -> dict[str, Photo]:
        """By id, those that there are."""
        keys = [PhotoKey(pack.tenant, photo_id) for photo_id in photo_ids]
        return {photo.photo_id: photo for photo in self.photos.those_of(keys, whole=whole)} if keys else {}

    def _looked_at(self, pack: Pack, photo: PackedPhoto) -> PackedPhoto:
        """The photo, ended where its job has; submitted again where that has failed, or was never begun."""
        if photo.outcome is not None or photo.job is None:
            return photo
        job = photo.job
        if (report := find_report(self.objects, self.results_bucket, job.job_id)) is not None:
            code = report.refusal.code if report.refusal else None
            return self._ended(pack, photo, PackOutcome.REFUSED if code else PackOutcome.MADE, code)
        if job.submitted_at is None:
            return self._submitted(pack, photo, job)
        has_failed = self._has_failed(job)
        if not has_failed and self.now() <= job.submitted_at + self.longest_job:
            return photo
        if job.attempts < MAX_ATTEMPTS and is_live(pack.tenant):
            return self._submitted(pack, photo, job)
        code = PackProblem.FAILED if has_failed else RefusalCode.DEADLINE_PASSED
        return self._ended(pack, photo, PackOutcome.FAILED, code)

    def _has_failed(self, job: PackJob) -> bool:
        """The endpoint stores a failure object before it notifies of a failure."""
        if job.failure_location is None:
            return False
        try:
            self.objects.describe(*split_s3_uri(job.failure_location))
        except ObjectMissing:
            return False
        return True

    def _ended(
        self, pack: Pack, photo: PackedPhoto, outcome: PackOutcome, code: str | None = None
    ) -> PackedPhoto:
        ended = photo.model_copy(update={"outcome": outcome, "code": code})
        self.packs.end(pack.key, ended, self.now())
        return ended

    # ── photos whose jobs are to begin ──

    def _with_begun_photos(self, pack: Pack, step: _Step) -> _Step:
        wanted = pack.not_taken[: min(JOBS_IN_A_STEP, OPEN_PACK_PHOTOS - len(step.open))]
        found = self._found(pack, wanted, whole=True)
        stored = self.packs.photos(pack.key, wanted)
        for photo_id in wanted:
            packed = stored.get(photo_id, PackedPhoto(photo_id=photo_id))
            try:
                begun = self._begun(pack, packed, found.get(photo_id))
            except JobsAtLimit:
                return replace(step, is_full=True)
            step = replace(step.with_photo(begun), taken=step.taken + 1)
        return replace(step, is_full=len(step.open) >= OPEN_PACK_PHOTOS)

    def _begun(self, pack: Pack, packed: PackedPhoto, photo: Photo | None) -> PackedPhoto:
        """`packed` has a job already where a step that was interrupted has begun it. Raises JobsAtLimit."""
        if packed.outcome is not None or (packed.job and packed.job.submitted_at):
            return packed
        if photo is None:
            return self._ended(pack, packed, PackOutcome.GONE, PackProblem.GONE)
        picture = picture_of(photo, pack.look_name, self.results_bucket)
        if isinstance(picture, PackProblem):
            return self._ended(pack, packed, PackOutcome.REFUSED, picture)
        job = PackJob(job_id=pack_job_id(photo.key, pack.pack_id, picture, pack.profiles, self.model))
        size = JobSize(looks=len(pack.profiles), nbytes=picture.bytes, pixels=pixels_of(photo))
        charge = Charge(size, self.estimate(pack.tenant, size), self.quotas_of(pack.tenant))
        try:
            begun = self.packs.begin(pack.key, packed.model_copy(update={"job": job}), charge, self.now())
        except QuotaExceeded:
            return self._ended(pack, packed, PackOutcome.FAILED, RefusalCode.QUOTA_EXCEEDED)
        if begun.outcome is not None or begun.job is None or begun.job.submitted_at is not None:
            return begun  # begun since its row was read
        self._write_ticket(pack, begun.job.job_id, picture, photo)
        return self._submitted(pack, begun, begun.job)

    def _write_ticket(self, pack: Pack, job_id: str, picture: Source, photo: Photo) -> None:
        ticket = PackTicket(
            job_id=job_id,
            pack_id=pack.pack_id,
            picture=picture,
            profiles=pack.profiles,
            model=self.model,
            external_id=None if is_live(pack.tenant) else photo.external_id,
        )
        body = ticket.model_dump_json().encode()
        self.objects.put(self.results_bucket, ticket_key(job_id), body, "application/json")

    def _submitted(self, pack: Pack, photo: PackedPhoto, job: PackJob) -> PackedPhoto:
        """The ticket is there: it is written before the first submission."""
        location = f"s3://{self.results_bucket}/{ticket_key(job.job_id)}"
        submission = self.endpoint.submit(job.job_id, location)
        submitted = job.model_copy(
            update={
                "attempts": job.attempts + 1,
                "submitted_at": self.now(),
                "failure_location": submission.failure_location,
            }
        )
        recorded = photo.model_copy(update={"job": submitted})
        try:
            self.packs.record_submission(pack.key, recorded, self.now())
        finally:
            store_submission(self.objects, self.results_bucket, job.job_id, submission)
        return recorded
