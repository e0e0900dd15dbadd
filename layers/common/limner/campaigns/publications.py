"""What is published for a photo in a placement: the pictures of the first campaign that has some.

Nothing is stored for a photo. The answer follows from the campaigns that are shown in the placement, the
photo's part in each, and the pictures that the photo has now.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from limner.campaigns.campaign import Campaign, CampaignId, Member, MemberOutcome, Placement
from limner.campaigns.windows import Window
from limner.looks import FrozenModel
from limner.photos import Photo
from limner.report import StyledPicture
from limner.reviews.publication import shown_in_place_of


class ShownCampaign(FrozenModel):
    """What must be known of a campaign to publish its pictures. It is written with the campaign's row."""

    campaign_id: CampaignId
    placement: Placement
    priority: int
    window: Window
    published_at: datetime
    run: int
    look_names: tuple[str, ...]

    @classmethod
    def of(cls, campaign: Campaign) -> "ShownCampaign | None":
        """None where nothing of it is published, now or at its start."""
        if not campaign.is_shown or campaign.published_at is None or campaign.run is None:
            return None
        return cls(
            campaign_id=campaign.campaign_id,
            placement=campaign.placement,
            priority=campaign.priority,
            window=campaign.window,
            published_at=campaign.published_at,
            run=campaign.run.number,
            look_names=campaign.look_names,
        )

    @property
    def begins_at(self) -> datetime:
        return max(self.published_at, self.window.start or self.published_at)


class ShownCampaigns(Protocol):
    def shown(self, tenant: str, placement: str) -> Sequence[ShownCampaign]:
        """Those whose window is open or will be, in any order."""


def by_precedence(campaigns: Iterable[ShownCampaign], now: datetime) -> list[ShownCampaign]:
    """Those whose window is open: the highest priority first; of equal ones that which began last, so that a
    sale of two days takes precedence over the season around it."""
    are_open = [each for each in campaigns if each.window.is_open(now)]
    return sorted(are_open, key=lambda each: (each.priority, each.begins_at, each.campaign_id), reverse=True)


@dataclass(frozen=True)
class PublishedPhoto:
    """Without a campaign nothing is published, and `pictures` is empty."""

    photo: Photo
    campaign_id: str | None = None
    pictures: tuple[StyledPicture, ...] = ()


def published_of(
    photo: Photo, campaigns: Sequence[ShownCampaign], member_of: Callable[[str, str], Member | None]
) -> PublishedPhoto:
    """`campaigns` by precedence; `member_of` finds the photo's part by campaign's and photo's id."""
    for campaign in campaigns:
        member = member_of(campaign.campaign_id, photo.photo_id)
        pictures = _pictures(photo, campaign, member) if member else ()
        if pictures:
            return PublishedPhoto(photo, campaign.campaign_id, pictures)
    return PublishedPhoto(photo)


def _pictures(photo: Photo, campaign: ShownCampaign, member: Member) -> tuple[StyledPicture, ...]:
    """In the order of the campaign's looks, if there is a picture of each of them; of those that a person
    decides about the approved ones alone, or what they were redone as."""
    results = photo.published
    is_published = member.outcome is MemberOutcome.READY and not member.is_withdrawn
    if not is_published or member.run != campaign.run or results is None:
        return ()
    names = {picture.look.slug for picture in results.pictures}
    if results.sequencer != member.sequencer or not names >= set(campaign.look_names):
        return ()
    shown = [shown_in_place_of(photo, name) for name in campaign.look_names]
    return tuple(picture for picture in shown if picture)
