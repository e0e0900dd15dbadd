"""What the preview of a campaign shows of a photo."""

from dataclasses import dataclass

from limner.campaigns.campaign import Campaign
from limner.photos import FINAL_STATUSES, Photo
from limner.report import StyledPicture

PREVIEW_PHOTOS = 12
PREVIEW_PAGES = 10
"""Of a collection, read at most to find them."""


@dataclass(frozen=True)
class PreviewedPhoto:
    """`pictures` are those of the campaign's looks that there are."""

    photo: Photo
    pictures: tuple[StyledPicture, ...]
    is_under_way: bool


def previewed(photo: Photo, campaign: Campaign) -> PreviewedPhoto:
    made = {picture.look.slug: picture for picture in photo.published.pictures} if photo.published else {}
    pictures = tuple(made[name] for name in campaign.look_names if name in made)
    is_complete = len(pictures) == len(campaign.look_names)
    return PreviewedPhoto(photo, pictures, not is_complete and photo.status not in FINAL_STATUSES)
