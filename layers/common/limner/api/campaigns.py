"""Campaigns: run looks over a collection, and publish their pictures in a placement for a time."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import Query, Response

from limner.api.identity import CurrentCaller, private_router
from limner.bootstrap import campaigns, storefront
from limner.campaigns.campaign import CampaignAction, CampaignId, CampaignStatus
from limner.campaigns.previews import PreviewedPhoto
from limner.identity import Identity, Scope
from limner.tenancy import PhotoId
from limner.views.campaign_previews import CampaignPreviewView, campaign_preview_view
from limner.views.campaigns import (
    CampaignRequest,
    CampaignsView,
    CampaignView,
    EstimateView,
    MembersView,
    MemberView,
    campaign_view,
    estimate_view,
    member_view,
    members_view,
)
from limner.views.photos import LANGUAGES_OF_CARDS

reading = private_router(Scope.PHOTOS_READ, prefix="/v1/campaigns")
writing = private_router(Scope.PHOTOS_WRITE, prefix="/v1/campaigns")
MAX_LISTED_MEMBERS = 200
RUNNING_SECONDS = 10
"""After which a campaign that is running is worth another look."""
PREVIEW_SECONDS = 1


@writing.post("", status_code=HTTPStatus.CREATED)
def create_campaign(caller: CurrentCaller, requested: CampaignRequest, response: Response) -> CampaignView:
    """Make a campaign. Nothing is ordered before it is run, and nothing published before it is published."""
    campaign = campaigns.create_campaign(caller.tenant)(
        caller.tenant,
        name=requested.name,
        collection_id=requested.collection_id,
        looks=requested.looks,
        placement=requested.placement,
        priority=requested.priority,
        window=requested.window.window,
    )
    response.headers["Location"] = f"campaigns/{campaign.campaign_id}"
    return campaign_view(campaign)


@reading.get("")
def list_campaigns(caller: CurrentCaller) -> CampaignsView:
    """All campaigns, newest first."""
    found = storefront.tenant_stores(caller.tenant).campaigns.list(caller.tenant)
    return CampaignsView(campaigns=[campaign_view(each) for each in found])


@reading.get("/{campaign_id}")
def get_campaign(caller: CurrentCaller, campaign_id: CampaignId, response: Response) -> CampaignView:
    """One campaign, and how far its run is."""
    campaign = storefront.tenant_stores(caller.tenant).campaigns.get(caller.tenant, campaign_id)
    if campaign.status is CampaignStatus.RUNNING:
        response.headers["Retry-After"] = str(RUNNING_SECONDS)
    return campaign_view(campaign)


@reading.get("/{campaign_id}/photos")
def list_campaign_photos(
    caller: CurrentCaller,
    campaign_id: CampaignId,
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED_MEMBERS)] = 50,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> MembersView:
    """What has come of each photo whose part in a run has ended, by the photos' ids."""
    campaigns = storefront.tenant_stores(caller.tenant).campaigns
    cursors = storefront.cursors()
    scope = f"photos of campaign {campaign_id} of {caller.tenant}"
    key = campaigns.get(caller.tenant, campaign_id).key
    after = cursors.position(cursor, scope) if cursor is not None else None
    members = campaigns.members(key, after=after, limit=limit + 1)
    has_more = len(members) > limit
    return members_view(
        members[:limit], cursors.sign(members[limit - 1].photo_id, scope) if has_more else None
    )


@writing.post("/{campaign_id}/estimate")
def estimate_campaign(caller: CurrentCaller, campaign_id: CampaignId) -> EstimateView:
    """What a run would take: photos, pictures, seconds, money, and of which caps more than is left."""
    return estimate_view(campaigns.estimate_campaign(caller.tenant)(caller.tenant, campaign_id))


@writing.post("/{campaign_id}/preview", status_code=HTTPStatus.ACCEPTED)
def order_campaign_preview(
    caller: CurrentCaller, campaign_id: CampaignId, response: Response
) -> CampaignPreviewView:
    """Order the looks for the first photos of the collection, twelve at most, and see what is there. The run
    does not make these pictures again."""
    ordered = campaigns.order_preview(caller.tenant)(caller.tenant, campaign_id, key_id=caller.key_id)
    return _preview(caller, campaign_id, ordered, response)


@reading.get("/{campaign_id}/preview")
def get_campaign_preview(
    caller: CurrentCaller, campaign_id: CampaignId, response: Response
) -> CampaignPreviewView:
    """The campaign's pictures of the first photos of its collection, as far as they are made."""
    found = campaigns.read_preview(caller.tenant)(caller.tenant, campaign_id)
    return _preview(caller, campaign_id, found, response)


@writing.post("/{campaign_id}/run", status_code=HTTPStatus.ACCEPTED)
def run_campaign(caller: CurrentCaller, campaign_id: CampaignId) -> CampaignView:
    """Order the looks for each photo of the collection. Pictures that a photo has are not made again. A
    campaign that is FINISHED can be run again, for photos that failed or were uploaded since."""
    return _changed(caller, campaign_id, CampaignAction.RUN)


@writing.post("/{campaign_id}/pause")
def pause_campaign(caller: CurrentCaller, campaign_id: CampaignId) -> CampaignView:
    """Order nothing more until it is resumed. Photos that were ordered are finished."""
    return _changed(caller, campaign_id, CampaignAction.PAUSE)


@writing.post("/{campaign_id}/resume", status_code=HTTPStatus.ACCEPTED)
def resume_campaign(caller: CurrentCaller, campaign_id: CampaignId) -> CampaignView:
    """Go on with a run that was paused."""
    return _changed(caller, campaign_id, CampaignAction.RESUME)


@writing.post("/{campaign_id}/cancel")
def cancel_campaign(caller: CurrentCaller, campaign_id: CampaignId) -> CampaignView:
    """End the campaign for good. Photos that were ordered are finished, and their pictures stay."""
    return _changed(caller, campaign_id, CampaignAction.CANCEL)


@writing.post("/{campaign_id}/publish")
def publish_campaign(caller: CurrentCaller, campaign_id: CampaignId) -> CampaignView:
    """Publish the pictures from the window's start on, or at once where it has begun, until its end."""
    return _changed(caller, campaign_id, CampaignAction.PUBLISH)


@writing.post("/{campaign_id}/unpublish")
def unpublish_campaign(caller: CurrentCaller, campaign_id: CampaignId) -> CampaignView:
    """Take back the publication, at once: what was published before is so again."""
    return _changed(caller, campaign_id, CampaignAction.UNPUBLISH)


@writing.post("/{campaign_id}/photos/{photo_id}/unpublish")
def unpublish_campaign_photo(caller: CurrentCaller, campaign_id: CampaignId, photo_id: PhotoId) -> MemberView:
    """Leave one photo out of what the campaign publishes, at once and until its next run."""
    return _withdrawn(caller, campaign_id, photo_id, is_withdrawn=True)


@writing.post("/{campaign_id}/photos/{photo_id}/publish")
def publish_campaign_photo(caller: CurrentCaller, campaign_id: CampaignId, photo_id: PhotoId) -> MemberView:
    """Take a photo that was left out in again."""
    return _withdrawn(caller, campaign_id, photo_id, is_withdrawn=False)


def _preview(
    caller: Identity, campaign_id: str, previewed: Sequence[PreviewedPhoto], response: Response
) -> CampaignPreviewView:
    link = storefront.tenant_stores(caller.tenant).links.download_link
    view = campaign_preview_view(campaign_id, previewed, link, LANGUAGES_OF_CARDS)
    if view.under_way:
        response.headers["Retry-After"] = str(PREVIEW_SECONDS)
    return view


def _changed(caller: Identity, campaign_id: str, action: CampaignAction) -> CampaignView:
    change = campaigns.change_campaign(caller.tenant)
    return campaign_view(change(caller.tenant, campaign_id, action))


def _withdrawn(caller: Identity, campaign_id: str, photo_id: str, *, is_withdrawn: bool) -> MemberView:
    withdraw = campaigns.withdraw_photo(caller.tenant)
    return member_view(withdraw(caller.tenant, campaign_id, photo_id, is_withdrawn=is_withdrawn))
