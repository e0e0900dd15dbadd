"""What a campaign would take: photos, pictures, seconds, money, and which caps it would reach."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from limner.campaigns.campaign import CampaignRepository
from limner.campaigns.estimates import CampaignEstimate, CapCheck
from limner.campaigns.photo_collections import CollectionPhotos, CollectionRepository, first_photos
from limner.costs import MICRO_USD_PER_USD, CostModel
from limner.job_sizes import size_of_missing
from limner.quotas import Cap, Quotas, Usage, UsageRepository
from limner.tenancy import is_live

SAMPLE_PHOTOS = 20
"""The first of the collection, whose mean size stands for all."""
SAMPLE_PAGES = 10
"""Read for the sample at most."""
_PIXELS_PER_MEGAPIXEL = 1_000_000


@dataclass(frozen=True, kw_only=True)
class EstimateCampaign:
    campaigns: CampaignRepository
    collections: CollectionRepository
    collection_photos: CollectionPhotos
    usage: UsageRepository
    quotas_of: Callable[[str], Quotas]
    costs: CostModel
    instance_type: str
    now: Callable[[], datetime]

    def __call__(self, tenant: str, campaign_id: str) -> CampaignEstimate:
        """Raises CampaignNotFound, CollectionNotFound."""
        campaign, now = self.campaigns.get(tenant, campaign_id), self.now()
        collection = self.collections.get(tenant, campaign.collection_id, also_deleted=True)
        sample = first_photos(
            self.collection_photos, collection, before=now, most=SAMPLE_PHOTOS, pages=SAMPLE_PAGES
        )
        sizes = [size_of_missing(photo, campaign.look_names) for photo in sample]
        count = self.collection_photos.count(collection, now)
        if not count.is_exact:
            count = count._replace(photos=max(count.photos, len(sizes)))
        to_do = [size for size in sizes if size.looks]
        share = count.photos / len(sizes) if sizes else 0
        seconds = share * sum(self.costs.instance_seconds(size) for size in to_do)
        cost = share * sum(self.costs.estimate(size, self.instance_type) for size in to_do)
        quotas = self.quotas_of(tenant)
        needed = {
            Cap.ORDERS: len(to_do),
            Cap.LOOKS: sum(size.looks for size in to_do),
            Cap.BYTES: sum(size.nbytes for size in to_do),
            Cap.MEGAPIXELS: sum(size.pixels for size in to_do) / _PIXELS_PER_MEGAPIXEL,
        }
        micro_usd = math.ceil(cost) if is_live(tenant) else 0
        return CampaignEstimate(
            count=count,
            sampled=len(sizes),
            pictures=round(share * needed[Cap.LOOKS]),
            instance_seconds=seconds,
            micro_usd=micro_usd,
            caps=_cap_checks(
                {cap: math.ceil(share * amount) for cap, amount in needed.items()}
                | {Cap.BUDGET: micro_usd / MICRO_USD_PER_USD},
                quotas,
                self.usage.read(tenant, quotas, now),
            ),
        )


def _cap_checks(needed: dict[Cap, float], quotas: Quotas, usage: Usage) -> tuple[CapCheck, ...]:
    used = {
        Cap.ORDERS: (usage.orders, quotas.orders_per_day),
        Cap.LOOKS: (usage.looks, quotas.looks_per_day),
        Cap.BYTES: (usage.bytes, quotas.bytes_per_day),
        Cap.MEGAPIXELS: (usage.pixels / _PIXELS_PER_MEGAPIXEL, quotas.megapixels_per_day),
        Cap.BUDGET: (usage.micro_usd / MICRO_USD_PER_USD, quotas.monthly_budget_usd),
    }
    return tuple(
        CapCheck(cap, needed[cap], left=max(0, limit - amount), limit=limit)
        for cap, (amount, limit) in used.items()
    )
