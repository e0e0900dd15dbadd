"""Valid collections and campaigns; a test passes the fields that matter to it."""

from typing import Any

from limner.campaigns.campaign import Campaign, CampaignStatus, Counts, Run
from limner.campaigns.photo_collections import Collection, PhotoFilter
from tests import makers

COLLECTION_ID = "c0" * 16
CAMPAIGN_ID = "ca" * 16


def collection(**changes: Any) -> Collection:
    facts = {
        "collection_id": COLLECTION_ID,
        "tenant": makers.TENANT,
        "name": "Mugs",
        "created_at": makers.NOON,
        "filter": PhotoFilter(),
    }
    return Collection(**(facts | changes))


def campaign(**changes: Any) -> Campaign:
    facts = {
        "campaign_id": CAMPAIGN_ID,
        "tenant": makers.TENANT,
        "name": "Autumn",
        "collection_id": COLLECTION_ID,
        "looks": (makers.OIL,),
        "placement": "home",
        "created_at": makers.NOON,
        "changed_at": makers.NOON,
    }
    return Campaign(**(facts | changes))


def finished(counts: Counts = Counts(ready=1), **changes: Any) -> Campaign:
    """With a run that has ended."""
    run = Run(started_at=makers.NOON, expected=1, is_read=True, counts=counts, finished_at=makers.NOON)
    return campaign(status=CampaignStatus.FINISHED, run=run, **changes)
