"""A campaign's look on the first twelve photos of its collection, before the whole collection is ordered.

The pictures are those that the run would make: a run does not make them again, so that a preview costs
nothing beyond it. It is for the tenant: pictures that wait for review, or were rejected, are in it too.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from limner.campaigns.campaign import OVER_STATUSES, Campaign, CampaignRepository
from limner.campaigns.errors import CampaignProblem, CampaignRefused
from limner.campaigns.photo_collections import CollectionPhotos, CollectionRepository, first_photos
from limner.campaigns.previews import PREVIEW_PAGES, PREVIEW_PHOTOS, PreviewedPhoto, previewed
from limner.errors import OrderRefused, OrderRunning, PhotoNotFound, StaleWrite
from limner.photos import Photo
from limner.use_cases.order_looks import PlaceOrder


@dataclass(frozen=True, kw_only=True)
class ReadPreview:
    campaigns: CampaignRepository
    collections: CollectionRepository
    collection_photos: CollectionPhotos

    def __call__(self, tenant: str, campaign_id: str) -> list[PreviewedPhoto]:
        """Raises CampaignNotFound, CollectionNotFound."""
        campaign = self.campaigns.get(tenant, campaign_id)
        return [previewed(photo, campaign) for photo in self.photos_of(campaign)]

    def photos_of(self, campaign: Campaign) -> Sequence[Photo]:
        """Those that the run takes up first, among the ones that were there when the campaign was made: the
        same ones each time, whatever is uploaded meanwhile."""
        collection = self.collections.get(campaign.tenant, campaign.collection_id)
        return first_photos(
            self.collection_photos,
            collection,
            before=campaign.created_at,
            most=PREVIEW_PHOTOS,
            pages=PREVIEW_PAGES,
        )


@dataclass(frozen=True, kw_only=True)
class OrderPreview:
    read: ReadPreview
    order_looks: PlaceOrder

    def __call__(self, tenant: str, campaign_id: str, *, key_id: str) -> list[PreviewedPhoto]:
        """Order the looks for those of the photos that are not under way; what there is, is not made again.

        Raises:
            CampaignNotFound, CollectionNotFound: there is none.
            CampaignRefused: the campaign is over, or its collection has no photo.
            InvalidRequest: a style does not exist.
            QuotaExceeded: of the day's orders, or of the month's budget; photos before it are ordered.
        """
        campaign = self.read.campaigns.get(tenant, campaign_id)
        if campaign.status in OVER_STATUSES:
            message = f"a campaign that is {campaign.status} has no preview"
            raise CampaignRefused(CampaignProblem.NOT_ALLOWED, message)
        photos = self.read.photos_of(campaign)
        if not photos:
            message = "the collection had no photos when the campaign was made"
            raise CampaignRefused(CampaignProblem.EMPTY_COLLECTION, message)
        return [previewed(self._ordered(photo, campaign, key_id), campaign) for photo in photos]

    def _ordered(self, photo: Photo, campaign: Campaign, key_id: str) -> Photo:
        """As it is where an order for it runs, or its file was refused or never came."""
        with suppress(OrderRunning, OrderRefused, PhotoNotFound, StaleWrite):
            return self.order_looks(photo.key, campaign.looks, key_id=key_id)[0]
        return photo
