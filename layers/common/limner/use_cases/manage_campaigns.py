"""Campaigns of a tenant: make one, run, pause, resume, cancel, publish and unpublish it, and withdraw one
photo's pictures from what it publishes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from limner.campaigns.campaign import (
    MAX_CAMPAIGNS,
    MAX_KEPT_CAMPAIGNS,
    MAX_SHOWN_CAMPAIGNS,
    OVER_STATUSES,
    Campaign,
    CampaignAction,
    CampaignQueue,
    CampaignRepository,
    Member,
    Run,
    changed,
    published,
)
from limner.campaigns.errors import CampaignProblem, CampaignRefused
from limner.campaigns.photo_collections import MAX_COLLECTION_PHOTOS, CollectionPhotos, CollectionRepository
from limner.campaigns.publications import ShownCampaigns
from limner.campaigns.windows import Window
from limner.errors import StaleWrite
from limner.looks import Look

CAMPAIGN_CHANGE_ATTEMPTS = 5
"""A run writes its campaign every few seconds."""


@dataclass(frozen=True, kw_only=True)
class CreateCampaign:
    campaigns: CampaignRepository
    collections: CollectionRepository
    require_styles: Callable[[str, tuple[Look, ...]], None]
    """Raises InvalidRequest for looks of a tenant with styles that do not exist."""
    new_id: Callable[[], str]
    now: Callable[[], datetime]

    def __call__(
        self,
        tenant: str,
        *,
        name: str,
        collection_id: str,
        looks: tuple[Look, ...],
        placement: str,
        priority: int,
        window: Window,
    ) -> Campaign:
        """
        Raises:
            CollectionNotFound: there is no such collection.
            InvalidRequest: a style does not exist.
            CampaignRefused: the tenant has as many campaigns as it may have.
        """
        self.collections.get(tenant, collection_id)
        self.require_styles(tenant, looks)
        _require_room(self.campaigns.list(tenant))
        now = self.now()
        campaign = Campaign(
            campaign_id=self.new_id(),
            tenant=tenant,
            name=name,
            collection_id=collection_id,
            looks=looks,
            placement=placement,
            priority=priority,
            window=window,
            created_at=now,
            changed_at=now,
        )
        self.campaigns.add(campaign)
        return campaign


def _require_room(campaigns: Sequence[Campaign]) -> None:
    """For a further campaign. Raises CampaignRefused."""
    if sum(campaign.status not in OVER_STATUSES for campaign in campaigns) >= MAX_CAMPAIGNS:
        message = f"a tenant has at most {MAX_CAMPAIGNS} campaigns that are not over; cancel one first"
        raise CampaignRefused(CampaignProblem.TOO_MANY_CAMPAIGNS, message)
    if len(campaigns) >= MAX_KEPT_CAMPAIGNS:
        message = f"a tenant has at most {MAX_KEPT_CAMPAIGNS} campaigns, with those that are over"
        raise CampaignRefused(CampaignProblem.TOO_MANY_CAMPAIGNS, message)


Change = Callable[[Campaign, datetime], Campaign]


@dataclass(frozen=True, kw_only=True)
class ChangeCampaign:
    """What a caller does with a campaign. Each is one conditional write; where a step of the run has come in
    between, it is tried again."""

    campaigns: CampaignRepository
    shown: ShownCampaigns
    collections: CollectionRepository
    collection_photos: CollectionPhotos
    require_styles: Callable[[str, tuple[Look, ...]], None]
    queue: CampaignQueue
    now: Callable[[], datetime]

    def __call__(self, tenant: str, campaign_id: str, action: CampaignAction) -> Campaign:
        """
        Raises:
            CampaignNotFound: there is no such campaign.
            CampaignRefused: its status, its collection or its window does not allow the action.
            CollectionNotFound, InvalidRequest: to be run, it needs a collection and styles that there are.
            StaleWrite: it was changed by others again and again.
        """
        changes: dict[CampaignAction, Change] = {
            CampaignAction.RUN: self._run,
            CampaignAction.PAUSE: _paused,
            CampaignAction.RESUME: _resumed,
            CampaignAction.CANCEL: _cancelled,
            CampaignAction.PUBLISH: self._published,
            CampaignAction.UNPUBLISH: _unpublished,
        }
        after = self._written(tenant, campaign_id, changes[action])
        if after.due_at is not None and after.due_at <= self.now():
            self.queue.send(after.key)
        return after

    def _written(self, tenant: str, campaign_id: str, change: Change) -> Campaign:
        for _ in range(CAMPAIGN_CHANGE_ATTEMPTS):
            before = self.campaigns.get(tenant, campaign_id)
            after = change(before, self.now())
            try:
                return self.campaigns.replace(before, after)
            except StaleWrite:
                continue
        raise StaleWrite(f"campaign {campaign_id} is being changed by others")

    def _run(self, campaign: Campaign, now: datetime) -> Campaign:
        number = campaign.run.number + 1 if campaign.run else 1
        after = changed(campaign, CampaignAction.RUN, now, due_at=now, published_at=None)
        self.require_styles(campaign.tenant, campaign.looks)
        collection = self.collections.get(campaign.tenant, campaign.collection_id)
        count = self.collection_photos.count(collection, now)
        if count.photos == 0 and count.is_exact:
            message = "the collection has no photos"
            raise CampaignRefused(CampaignProblem.EMPTY_COLLECTION, message)
        if count.photos > MAX_COLLECTION_PHOTOS:
            message = f"a campaign has at most {MAX_COLLECTION_PHOTOS} photos, and the collection has more"
            raise CampaignRefused(CampaignProblem.TOO_MANY_PHOTOS, message)
        run = Run(number=number, started_at=now, expected=count.photos, is_expected_exact=count.is_exact)
        return after.model_copy(update={"run": run})

    def _published(self, campaign: Campaign, now: datetime) -> Campaign:
        after = published(campaign, now)
        if len(self.shown.shown(campaign.tenant, campaign.placement)) >= MAX_SHOWN_CAMPAIGNS:
            message = f"a placement has at most {MAX_SHOWN_CAMPAIGNS} campaigns at once; end one first"
            raise CampaignRefused(CampaignProblem.TOO_MANY_SHOWN, message)
        return after


def _paused(campaign: Campaign, now: datetime) -> Campaign:
    """Photos that were ordered are finished; a paused campaign orders no others."""
    return changed(campaign, CampaignAction.PAUSE, now)


def _resumed(campaign: Campaign, now: datetime) -> Campaign:
    run = campaign.run.model_copy(update={"waiting": None}) if campaign.run else None
    return changed(campaign, CampaignAction.RESUME, now, due_at=now, run=run)


def _cancelled(campaign: Campaign, now: datetime) -> Campaign:
    return changed(campaign, CampaignAction.CANCEL, now)


def _unpublished(campaign: Campaign, now: datetime) -> Campaign:
    return changed(campaign, CampaignAction.UNPUBLISH, now, published_at=None)


@dataclass(frozen=True, kw_only=True)
class WithdrawPhoto:
    campaigns: CampaignRepository

    def __call__(self, tenant: str, campaign_id: str, photo_id: str, *, is_withdrawn: bool) -> Member:
        """Leave the photo out of what the campaign publishes, or take it in again; until the next run.

        Raises:
            CampaignNotFound: there is no such campaign.
            PhotoNotFound: the photo has no part in it.
            StaleWrite: runs changed its part again and again.
        """
        key = self.campaigns.get(tenant, campaign_id).key
        for _ in range(CAMPAIGN_CHANGE_ATTEMPTS):
            member = self.campaigns.member(key, photo_id).model_copy(update={"is_withdrawn": is_withdrawn})
            try:
                self.campaigns.replace_member(key, member)
            except StaleWrite:
                continue
            return member
        raise StaleWrite(f"photo {photo_id} of campaign {campaign_id} is being changed by a run")
