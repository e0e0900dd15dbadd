"""Requests and responses of campaigns."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from limner.campaigns.campaign import (
    MAX_PRIORITY,
    Campaign,
    CampaignAction,
    CampaignStatus,
    Counts,
    Member,
    MemberOutcome,
    Placement,
    Run,
)
from limner.campaigns.estimates import CampaignEstimate
from limner.campaigns.photo_collections import CollectionId, CollectionName
from limner.campaigns.windows import TimeZone, Window
from limner.costs import MICRO_USD_PER_USD
from limner.json_types import JsonInteger
from limner.looks import Look, OrderedLooks
from limner.quotas import Cap
from limner.tenancy import is_live

LocalTimeText = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$")]
CALLERS_ACTIONS = (
    CampaignAction.RUN,
    CampaignAction.PAUSE,
    CampaignAction.RESUME,
    CampaignAction.CANCEL,
    CampaignAction.PUBLISH,
    CampaignAction.UNPUBLISH,
)


class WindowRequest(BaseModel):
    """When the campaign is shown, in local times of one time zone. Without a start, from its publication on;
    without an end, until it is unpublished."""

    model_config = ConfigDict(extra="forbid")

    starts_at: LocalTimeText | None = None
    ends_at: LocalTimeText | None = None
    time_zone: TimeZone = "UTC"

    @model_validator(mode="after")
    def _refuse_no_window(self) -> Self:
        _ = self.window
        return self

    @property
    def window(self) -> Window:
        """Raises ValueError for times that are in no calendar, or in the wrong order."""
        starts_at, ends_at = (
            datetime.fromisoformat(text) if text else None for text in (self.starts_at, self.ends_at)
        )
        return Window(starts_at=starts_at, ends_at=ends_at, time_zone=self.time_zone)


class CampaignRequest(BaseModel):
    """Looks for a collection, and where and when to publish them. Of several campaigns that are shown in one
    placement, the one with the highest priority is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "name": "Autumn sale",
                "collection_id": "c" * 32,
                "looks": [{"styles": {"watercolour": 1.0}, "strength": 0.8}],
                "placement": "home",
                "priority": 10,
                "window": {
                    "starts_at": "2026-11-27T00:00",
                    "ends_at": "2026-12-01T00:00",
                    "time_zone": "Europe/Berlin",
                },
            }
        },
    )

    name: CollectionName
    collection_id: CollectionId
    looks: Annotated[OrderedLooks, Field(min_length=1)]
    placement: Placement
    priority: JsonInteger = Field(default=0, ge=0, le=MAX_PRIORITY)
    window: WindowRequest = WindowRequest()


class WindowView(BaseModel):
    """As it was given; `start` and `end` are the instants (UTC) by today's rules of the time zone."""

    starts_at: str | None
    ends_at: str | None
    time_zone: str
    start: datetime | None
    end: datetime | None


class WaitingView(BaseModel):
    """Nothing more is ordered before `until`."""

    reason: str
    until: datetime


class ProgressView(BaseModel):
    """How far the run is."""

    run: int
    started_at: datetime
    finished_at: datetime | None
    expected: int
    is_exact: bool
    under_way: int
    outcomes: Counts
    waiting: WaitingView | None


class CampaignView(BaseModel):
    """A campaign; `actions` are those that its status allows now."""

    campaign_id: str
    livemode: bool
    name: str
    collection_id: str
    looks: list[Look]
    placement: str
    priority: int
    window: WindowView
    status: CampaignStatus
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    progress: ProgressView | None
    actions: list[CampaignAction]


class CampaignsView(BaseModel):
    """The tenant's campaigns, newest first."""

    campaigns: list[CampaignView]


class CapCheckView(BaseModel):
    """What a campaign needs of one cap, and what is left of it today; of `budget`, in US dollars, this
    month."""

    cap: Cap
    needed: float
    left: float
    limit: float
    windows: int | None


class EstimateView(BaseModel):
    """What the campaign's run would take, judged by its newest photos and the cost model."""

    photos: int
    is_exact: bool
    sampled: int
    pictures: int
    instance_seconds: float
    estimated_cost_usd: float
    fits: bool
    caps: list[CapCheckView]


class MemberView(BaseModel):
    """What has come of one photo in the campaign's last run that it had a part in."""

    photo_id: str
    outcome: MemberOutcome
    code: str | None
    at: datetime
    run: int
    is_withdrawn: bool


class MembersView(BaseModel):
    """Photos of a campaign whose part in a run has ended, by their ids."""

    photos: list[MemberView]
    next_cursor: str | None


def campaign_view(campaign: Campaign) -> CampaignView:
    return CampaignView(
        campaign_id=campaign.campaign_id,
        livemode=is_live(campaign.tenant),
        name=campaign.name,
        collection_id=campaign.collection_id,
        looks=list(campaign.looks),
        placement=campaign.placement,
        priority=campaign.priority,
        window=_window_view(campaign.window),
        status=campaign.status,
        created_at=campaign.created_at,
        updated_at=campaign.changed_at,
        published_at=campaign.published_at,
        progress=_progress_view(campaign.run) if campaign.run else None,
        actions=[action for action in CALLERS_ACTIONS if campaign.is_allowed(action)],
    )


def _window_view(window: Window) -> WindowView:
    return WindowView(
        starts_at=window.starts_at.isoformat() if window.starts_at else None,
        ends_at=window.ends_at.isoformat() if window.ends_at else None,
        time_zone=window.time_zone,
        start=window.start,
        end=window.end,
    )


def _progress_view(run: Run) -> ProgressView:
    waiting = run.waiting and WaitingView(reason=run.waiting.reason, until=run.waiting.until)
    return ProgressView(
        run=run.number,
        started_at=run.started_at,
        finished_at=run.finished_at,
        expected=run.expected,
        is_exact=run.is_expected_exact,
        under_way=len(run.open),
        outcomes=run.counts,
        waiting=waiting,
    )


def estimate_view(estimate: CampaignEstimate) -> EstimateView:
    return EstimateView(
        photos=estimate.count.photos,
        is_exact=estimate.count.is_exact,
        sampled=estimate.sampled,
        pictures=estimate.pictures,
        instance_seconds=round(estimate.instance_seconds, 1),
        estimated_cost_usd=estimate.micro_usd / MICRO_USD_PER_USD,
        fits=estimate.fits,
        caps=[
            CapCheckView(
                cap=check.cap, needed=check.needed, left=check.left, limit=check.limit, windows=check.windows
            )
            for check in estimate.caps
        ],
    )


def member_view(member: Member) -> MemberView:
    return MemberView(**member.model_dump(exclude={"sequencer"}))


def members_view(members: Sequence[Member], next_cursor: str | None) -> MembersView:
    return MembersView(photos=[member_view(member) for member in members], next_cursor=next_cursor)
