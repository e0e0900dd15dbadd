"""Do the next step of a campaign: take up photos of its collection, order their looks, see what has come of
those that were ordered; or begin or end its publication.

A step is bounded, and a message asks for it. Before it orders anything it claims the campaign by a
conditional write of `due_at`, so that a message that is delivered twice does nothing; what it has found out
is written at its end, on condition that nobody has changed the campaign since. A step that does not come to
its end leaves a campaign whose claim expires: the regular tick asks for the step again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from limner.campaigns.campaign import (
    Campaign,
    CampaignAction,
    CampaignKey,
    CampaignQueue,
    CampaignRepository,
    CampaignStatus,
    DueCampaigns,
    Member,
    MemberOutcome,
    OpenPhoto,
    Run,
    Waiting,
    at_edges,
    changed,
)
from limner.campaigns.errors import CampaignNotFound, CollectionNotFound
from limner.campaigns.members import GONE, Ended, as_found, ending_of, is_over_quota, is_to_be_ordered
from limner.campaigns.photo_collections import MAX_COLLECTION_PHOTOS, CollectionPhotos, CollectionRepository
from limner.counters import end_of_day
from limner.errors import (
    InvalidRequest,
    OrderRefused,
    OrderRunning,
    PhotoNotFound,
    QuotaExceeded,
    RefusalCode,
    StaleWrite,
    TenantNotFound,
    TenantSuspended,
)
from limner.photos import Photo
from limner.ports import PhotosByKey
from limner.tenancy import PhotoKey
from limner.use_cases.order_looks import PlaceOrder
from limner.use_cases.outcomes import Outcome
from limner.use_cases.steps import CLAIM, POLL_PAUSE, SUSPENDED_PAUSE

OPEN_AT_ONCE = 200
"""Photos of one run that are under way: a campaign does not fill the tenant's line for hours, and its row
stays small."""
ORDERS_IN_A_STEP = 100
"""About ten seconds."""
LONGEST_DELAY = timedelta(minutes=15)
"""Of a message; what is due later is the tick's."""
DUE_AT_ONCE = 500
"""Campaigns that one tick asks for."""


@dataclass(frozen=True)
class _Step:
    """What a step has found out of the open photos so far."""

    still_open: tuple[OpenPhoto, ...] = ()
    ended: tuple[Member, ...] = ()
    ordered: int = 0
    waiting: Waiting | None = None

    @property
    def may_order(self) -> bool:
        return self.waiting is None and self.ordered < ORDERS_IN_A_STEP

    def with_open(self, photo: OpenPhoto, *, ordered: int = 0, waiting: Waiting | None = None) -> "_Step":
        still_open = (*self.still_open, photo)
        waits = waiting or self.waiting
        return replace(self, still_open=still_open, ordered=self.ordered + ordered, waiting=waits)


@dataclass(frozen=True, kw_only=True)
class AdvanceCampaign:
    campaigns: CampaignRepository
    collections: CollectionRepository
    collection_photos: CollectionPhotos
    photos: PhotosByKey
    order_looks: PlaceOrder
    queue: CampaignQueue
    require_active: Callable[[str], object]
    """Raises TenantSuspended, TenantNotFound."""
    now: Callable[[], datetime]

    def __call__(self, key: CampaignKey) -> Outcome:
        """Raises Unavailable; then the step is done again later."""
        try:
            campaign = self.campaigns.get(*key)
            if campaign.due_at is None or campaign.due_at > self.now():
                return Outcome.SUPERSEDED
            return self._advance(campaign)
        except (CampaignNotFound, StaleWrite, TenantNotFound):
            return Outcome.SUPERSEDED

    def _advance(self, campaign: Campaign) -> Outcome:
        if campaign.status is not CampaignStatus.RUNNING:
            self._write(campaign, _at_edges(campaign, self.now()))
            return Outcome.CAMPAIGN_SWITCHED
        claimed = self.campaigns.replace(campaign, campaign.model_copy(update={"due_at": self.now() + CLAIM}))
        try:
            self.require_active(campaign.tenant)
        except TenantSuspended as suspended:
            self._write(claimed, self._postponed(claimed, suspended.code))
            return Outcome.CAMPAIGN_ADVANCED
        after = self._run(claimed)
        self._write(claimed, after)
        is_running = after.status is CampaignStatus.RUNNING
        return Outcome.CAMPAIGN_ADVANCED if is_running else Outcome.CAMPAIGN_FINISHED

    def _postponed(self, campaign: Campaign, reason: str) -> Campaign:
        assert campaign.run, "a running campaign has a run"  # noqa: S101 - a caller's bug
        until = self.now() + SUSPENDED_PAUSE
        run = campaign.run.model_copy(update={"waiting": Waiting(reason=reason, until=until)})
        return campaign.model_copy(update={"run": run, "due_at": until})

    def _write(self, before: Campaign, after: Campaign) -> None:
        written = self.campaigns.replace(before, after)
        delay = written.due_at - self.now() if written.due_at else None
        if delay is not None and delay <= LONGEST_DELAY:
            self.queue.send(written.key, max(delay, timedelta(0)))

    def _run(self, campaign: Campaign) -> Campaign:
        assert campaign.run, "a running campaign has a run"  # noqa: S101 - a caller's bug
        run = self._with_photos_taken_up(campaign, campaign.run)
        step = self._of_open_photos(campaign, run)
        for member in step.ended:
            self.campaigns.put_member(campaign.key, member)
        outcomes = [member.outcome for member in step.ended]
        run = run.model_copy(
            update={
                "open": step.still_open,
                "counts": run.counts.with_outcomes(outcomes),
                "waiting": step.waiting,
            }
        )
        now = self.now()
        if run.has_ended:
            finished = run.model_copy(update={"finished_at": now, "waiting": None})
            return changed(campaign, CampaignAction.FINISH, now, run=finished)
        return campaign.model_copy(update={"run": run, "due_at": _next_step_at(run, step, now)})

    def _with_photos_taken_up(self, campaign: Campaign, run: Run) -> Run:
        """With the next photos of the collection, as many as there is room for."""
        room = OPEN_AT_ONCE - len(run.open)
        left = MAX_COLLECTION_PHOTOS - run.counts.total - len(run.open)
        if run.is_read or room <= 0:
            return run
        if left <= 0:
            return run.model_copy(update={"is_read": True})
        try:
            collection = self.collections.get(campaign.tenant, campaign.collection_id, also_deleted=True)
            page = self.collection_photos.page(
                collection, before=run.started_at, cursor=run.cursor, limit=min(room, left)
            )
        except CollectionNotFound:  # deleted, and expired since: the run ends with what it has taken up
            return run.model_copy(update={"is_read": True})
        taken = tuple(OpenPhoto(photo_id=photo.photo_id) for photo in page.photos)
        return run.model_copy(
            update={"open": run.open + taken, "cursor": page.cursor, "is_read": page.cursor is None}
        )

    def _of_open_photos(self, campaign: Campaign, run: Run) -> _Step:
        keys = [PhotoKey(campaign.tenant, each.photo_id) for each in run.open]
        found = {photo.photo_id: photo for photo in self.photos.those_of(keys, consistent=True)}
        is_waiting = run.waiting is not None and run.waiting.until > self.now()
        step = _Step(waiting=run.waiting if is_waiting else None)
        for each in run.open:
            step = self._of_photo(step, campaign, each, found.get(each.photo_id))
        return step

    def _of_photo(self, step: _Step, campaign: Campaign, open_photo: OpenPhoto, photo: Photo | None) -> _Step:
        if photo is None:
            return self._with_ended(step, campaign, open_photo, GONE, None)
        if ending := ending_of(photo, open_photo, campaign.look_names):
            return self._with_ended(step, campaign, open_photo, ending, photo)
        if not is_to_be_ordered(photo, open_photo):
            return step.with_open(as_found(photo, open_photo, campaign.look_names))
        if is_over_quota(photo, open_photo):
            to_be_ordered = OpenPhoto(photo_id=photo.photo_id)
            waiting = Waiting(reason=RefusalCode.QUOTA_EXCEEDED, until=end_of_day(self.now()))
            return step.with_open(to_be_ordered, waiting=waiting)
        return (
            self._ordered(step, campaign, open_photo, photo) if step.may_order else step.with_open(open_photo)
        )

    def _ordered(self, step: _Step, campaign: Campaign, open_photo: OpenPhoto, photo: Photo) -> _Step:
        try:
            ordered, _ = self.order_looks(photo.key, campaign.looks)
        except (OrderRunning, StaleWrite):  # of others; the next step sees what has come of it
            return step.with_open(open_photo)
        except QuotaExceeded as exceeded:
            waiting = Waiting(reason=exceeded.policy, until=exceeded.resets_at)
            return step.with_open(open_photo, waiting=waiting)
        except OrderRefused as refused:
            ending = Ended(MemberOutcome.REFUSED, refused.code)
        except InvalidRequest:  # a style was deleted after the run had begun
            ending = Ended(MemberOutcome.FAILED, RefusalCode.UNKNOWN_STYLE)
        except PhotoNotFound:
            ending = GONE
        else:
            return step.with_open(open_photo.model_copy(update={"revision": ordered.revision}), ordered=1)
        return self._with_ended(step, campaign, open_photo, ending, photo)

    def _with_ended(
        self, step: _Step, campaign: Campaign, open_photo: OpenPhoto, ending: Ended, photo: Photo | None
    ) -> _Step:
        assert campaign.run, "a running campaign has a run"  # noqa: S101 - a caller's bug
        member = Member(
            photo_id=open_photo.photo_id,
            outcome=ending.outcome,
            code=ending.code,
            sequencer=photo.source.sequencer if photo and photo.source else None,
            at=self.now(),
            run=campaign.run.number,
        )
        return replace(step, ended=(*step.ended, member))


def _at_edges(campaign: Campaign, now: datetime) -> Campaign:
    """A window whose time zone has other rules by now may have its edge later than it was due."""
    after = at_edges(campaign, now)
    if after is not campaign:
        return after
    is_scheduled = campaign.status is CampaignStatus.SCHEDULED
    edge = campaign.window.start if is_scheduled else campaign.window.end
    return campaign.model_copy(update={"due_at": edge})


def _next_step_at(run: Run, step: _Step, now: datetime) -> datetime:
    """At once where a step could do more now; when the cap is free again where nothing else is under way."""
    are_under_way = any(each.revision is not None for each in step.still_open)
    if step.waiting:
        return now + POLL_PAUSE if are_under_way else step.waiting.until
    has_room = not run.is_read and len(step.still_open) < OPEN_AT_ONCE
    return now if has_room or not step.may_order else now + POLL_PAUSE


@dataclass(frozen=True, kw_only=True)
class AskForDueCampaigns:
    """The regular tick: a message for each campaign whose next step or edge is due."""

    campaigns: DueCampaigns
    queue: CampaignQueue
    now: Callable[[], datetime]

    def __call__(self) -> int:
        """How many were asked for."""
        due: Sequence[CampaignKey] = self.campaigns.due(self.now(), DUE_AT_ONCE)
        for key in due:
            self.queue.send(key)
        return len(due)
