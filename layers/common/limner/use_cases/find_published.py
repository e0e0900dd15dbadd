"""What is published for some photos in a placement."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from limner.campaigns.campaign import CampaignKey, CampaignRepository
from limner.campaigns.publications import PublishedPhoto, ShownCampaigns, by_precedence, published_of
from limner.ports import PhotosByKey
from limner.tenancy import PhotoKey


@dataclass(frozen=True, kw_only=True)
class FindPublished:
    shown: ShownCampaigns
    campaigns: CampaignRepository
    photos: PhotosByKey
    now: Callable[[], datetime]

    def __call__(self, tenant: str, placement: str, photo_ids: Sequence[str]) -> list[PublishedPhoto]:
        """For those of the photos that there are, in the given order."""
        campaigns = by_precedence(self.shown.shown(tenant, placement), self.now())
        keys = [CampaignKey(tenant, each.campaign_id) for each in campaigns]
        members = self.campaigns.members_of(keys, photo_ids) if keys else {}
        photos = self.photos.those_of([PhotoKey(tenant, photo_id) for photo_id in photo_ids])
        return [
            published_of(photo, campaigns, lambda campaign_id, photo_id: members.get((campaign_id, photo_id)))
            for photo in photos
        ]
