"""Campaigns: looks for a collection of photos, and where and when their pictures are published.

A campaign is run, which orders its looks for each photo; then it is published in its window. What is
published is a matter of these rows alone: no picture is written, moved or deleted for it, so that the end of
a publication, or its undoing, has nothing to restore.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, NamedTuple, Protocol

from pydantic import Field, StringConstraints

from limner.campaigns.errors import CampaignProblem, CampaignRefused
from limner.campaigns.photo_collections import CollectionId, CollectionName
from limner.campaigns.windows import ALWAYS, Window
from limner.looks import MAX_LOOKS, FrozenModel, Look
from limner.tenancy import PhotoId, TenantId

MAX_CAMPAIGNS = 500
"""Of one tenant, without those that are over."""
MAX_KEPT_CAMPAIGNS = 2_000
"""Of one tenant, with those that are over: a list of all fits into one answer."""
MAX_SHOWN_CAMPAIGNS = 20
"""Of one placement: published, or waiting for their start."""
CAMPAIGN_LIFETIME = timedelta(days=400)
"""How long a campaign is kept after its last change, unless it is published."""
MEMBER_LIFETIME = timedelta(days=1_200)
"""How long a photo's part in a campaign is kept after it ended: without a further run, a publication lasts no
longer. It has the photo's id, and nothing else of it."""
MAX_PRIORITY = 1_000
CAMPAIGN_ID_PATTERN = r"[0-9a-f]{32}"
CampaignId = Annotated[str, StringConstraints(pattern=rf"^{CAMPAIGN_ID_PATTERN}$")]
PLACEMENT_PATTERN = r"[a-z0-9][a-z0-9-]{0,39}"
Placement = Annotated[str, StringConstraints(pattern=rf"^{PLACEMENT_PATTERN}$")]


class CampaignStatus(StrEnum):
    """SCHEDULED waits for its start, PUBLISHED has begun; ENDED and CANCELLED are for good."""

    DRAFT = "DRAFT"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    FINISHED = "FINISHED"
    SCHEDULED = "SCHEDULED"
    PUBLISHED = "PUBLISHED"
    ENDED = "ENDED"
    CANCELLED = "CANCELLED"


class CampaignAction(StrEnum):
    """The first six are a caller's; the others follow from the run and the window."""

    RUN = "run"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    PUBLISH = "publish"
    UNPUBLISH = "unpublish"
    FINISH = "finish"
    START = "start"
    END = "end"


_S, _A = CampaignStatus, CampaignAction
TRANSITIONS: dict[tuple[CampaignStatus, CampaignAction], CampaignStatus] = {
    (_S.DRAFT, _A.RUN): _S.RUNNING,
    (_S.DRAFT, _A.CANCEL): _S.CANCELLED,
    (_S.RUNNING, _A.PAUSE): _S.PAUSED,
    (_S.RUNNING, _A.CANCEL): _S.CANCELLED,
    (_S.RUNNING, _A.FINISH): _S.FINISHED,
    (_S.PAUSED, _A.RESUME): _S.RUNNING,
    (_S.PAUSED, _A.CANCEL): _S.CANCELLED,
    (_S.FINISHED, _A.RUN): _S.RUNNING,
    (_S.FINISHED, _A.CANCEL): _S.CANCELLED,
    (_S.FINISHED, _A.PUBLISH): _S.SCHEDULED,
    (_S.SCHEDULED, _A.START): _S.PUBLISHED,
    (_S.SCHEDULED, _A.UNPUBLISH): _S.FINISHED,
    (_S.PUBLISHED, _A.UNPUBLISH): _S.FINISHED,
    (_S.PUBLISHED, _A.END): _S.ENDED,
}
"""What is allowed; anything else is refused."""
OVER_STATUSES = frozenset({CampaignStatus.ENDED, CampaignStatus.CANCELLED})
SHOWN_STATUSES = frozenset({CampaignStatus.SCHEDULED, CampaignStatus.PUBLISHED})


class MemberOutcome(StrEnum):
    """What has come of one photo in a run. READY has all pictures; REFUSED could not be ordered, or its file
    was refused; GONE was erased."""

    READY = "ready"
    FAILED = "failed"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    GONE = "gone"


class Member(FrozenModel):
    """A photo of a campaign whose part in the run has ended. `sequencer` is of the upload that the pictures
    are of: another file of the photo has no part in the campaign until it is run again."""

    photo_id: PhotoId
    outcome: MemberOutcome
    code: str | None = None
    sequencer: str | None = None
    at: datetime
    run: int
    is_withdrawn: bool = False
    """Its pictures are not published with the campaign's."""


class OpenPhoto(FrozenModel):
    """A photo of the run that has not ended. `revision` is that of the campaign's order, None before it."""

    photo_id: PhotoId
    revision: int | None = None


class Waiting(FrozenModel):
    """Nothing more is ordered before `until`. `reason` is the cap that is used up, or an error's code."""

    reason: str
    until: datetime


class Counts(FrozenModel):
    """Photos of the run that have ended, by outcome."""

    ready: int = Field(default=0, ge=0)
    failed: int = Field(default=0, ge=0)
    refused: int = Field(default=0, ge=0)
    cancelled: int = Field(default=0, ge=0)
    gone: int = Field(default=0, ge=0)

    @property
    def total(self) -> int:
        return self.ready + self.failed + self.refused + self.cancelled + self.gone

    def with_outcomes(self, outcomes: Sequence[MemberOutcome]) -> "Counts":
        added = {name: outcomes.count(name) for name in MemberOutcome}
        return Counts(**{name.value: getattr(self, name) + added[name] for name in MemberOutcome})


class Run(FrozenModel):
    """How far a run is. `number` counts runs from 1. `cursor` is behind the photos that were taken up, of
    which `open` have not ended; `is_read` once there are no more to take up."""

    number: int = 1
    started_at: datetime
    expected: int
    is_expected_exact: bool = True
    cursor: str | None = None
    is_read: bool = False
    open: tuple[OpenPhoto, ...] = ()
    counts: Counts = Counts()
    waiting: Waiting | None = None
    finished_at: datetime | None = None

    @property
    def has_ended(self) -> bool:
        return self.is_read and not self.open


class CampaignKey(NamedTuple):
    tenant: str
    campaign_id: str


class Campaign(FrozenModel):
    """`due_at` is when its next step is due, None while nothing happens by itself. Every write
    raises `version`, and is made on condition that it is the one that was read."""

    campaign_id: CampaignId
    tenant: TenantId
    name: CollectionName
    collection_id: CollectionId
    looks: tuple[Look, ...] = Field(min_length=1, max_length=MAX_LOOKS)
    placement: Placement
    priority: int = Field(default=0, ge=0, le=MAX_PRIORITY)
    window: Window = ALWAYS
    created_at: datetime
    changed_at: datetime
    version: int = 0
    status: CampaignStatus = CampaignStatus.DRAFT
    run: Run | None = None
    published_at: datetime | None = None
    due_at: datetime | None = None

    @property
    def key(self) -> CampaignKey:
        return CampaignKey(self.tenant, self.campaign_id)

    @property
    def look_names(self) -> tuple[str, ...]:
        return tuple(look.slug for look in self.looks)

    @property
    def is_shown(self) -> bool:
        """Whether its window, once it is open, shows its pictures."""
        return self.status in SHOWN_STATUSES

    def is_allowed(self, action: CampaignAction) -> bool:
        return (self.status, action) in TRANSITIONS


def changed(campaign: Campaign, action: CampaignAction, now: datetime, **changes: object) -> Campaign:
    """Raises CampaignRefused where the status does not allow the action."""
    status = TRANSITIONS.get((campaign.status, action))
    if status is None:
        message = f"a campaign that is {campaign.status} cannot {action.value}"
        raise CampaignRefused(CampaignProblem.NOT_ALLOWED, message)
    return campaign.model_copy(update={"status": status, "changed_at": now, "due_at": None, **changes})


def published(campaign: Campaign, now: datetime) -> Campaign:
    """SCHEDULED, or already PUBLISHED where its window is open. Raises CampaignRefused."""
    after = changed(campaign, CampaignAction.PUBLISH, now, published_at=now)
    if campaign.window.is_over(now):
        raise CampaignRefused(CampaignProblem.WINDOW_OVER, "the campaign's window is over")
    if campaign.run is None or not campaign.run.counts.ready:
        raise CampaignRefused(CampaignProblem.NOTHING_MADE, "no photo of the campaign has its pictures")
    return at_edges(after.model_copy(update={"due_at": after.window.start or now}), now)


def at_edges(campaign: Campaign, now: datetime) -> Campaign:
    """After the edges of its window that have passed, and due at the next one."""
    if campaign.status is CampaignStatus.SCHEDULED and campaign.window.has_begun(now):
        campaign = changed(campaign, CampaignAction.START, now, due_at=campaign.window.end)
    if campaign.status is CampaignStatus.PUBLISHED and campaign.window.is_over(now):
        campaign = changed(campaign, CampaignAction.END, now)
    return campaign


class CampaignRepository(Protocol):
    def add(self, campaign: Campaign) -> None: ...

    def get(self, tenant: str, campaign_id: str) -> Campaign:
        """As it is now. Raises CampaignNotFound."""

    def list(self, tenant: str) -> Sequence[Campaign]:
        """Newest first."""

    def replace(self, before: Campaign, after: Campaign) -> Campaign:
        """`after` with its new version; what is published changes in the same write. Raises StaleWrite if
        `before` is not the newest."""

    def put_member(self, key: CampaignKey, member: Member) -> None: ...

    def replace_member(self, key: CampaignKey, member: Member) -> None:
        """Raises StaleWrite if what there is of the photo is not of the member's run."""

    def member(self, key: CampaignKey, photo_id: str) -> Member:
        """Raises PhotoNotFound."""

    def members(self, key: CampaignKey, *, after: str | None, limit: int) -> Sequence[Member]:
        """By photo id, from the one after `after` on."""

    def members_of(
        self, keys: Sequence[CampaignKey], photo_ids: Sequence[str]
    ) -> dict[tuple[str, str], Member]:
        """By campaign's and photo's id; those that there are."""


class DueCampaigns(Protocol):
    def due(self, now: datetime, limit: int) -> Sequence[CampaignKey]:
        """Campaigns of all tenants with `due_at` ≤ `now`, earliest first."""


class CampaignQueue(Protocol):
    def send(self, key: CampaignKey, delay: timedelta = timedelta(0)) -> None:
        """Ask for the campaign's next step."""
