"""The response with what is published in a placement."""

from collections.abc import Sequence

from pydantic import BaseModel

from limner.campaigns.publications import PublishedPhoto
from limner.languages import Language
from limner.photos import Photo
from limner.report import StyledPicture
from limner.reviews.publication import review_of
from limner.views.alt_texts import alt_of_picture
from limner.views.photos import StyledView, styled_view
from limner.views.renditions import Link


class PublishedPhotoView(BaseModel):
    """What is published for one photo: the pictures of a campaign, in the order of its looks; or nothing."""

    photo_id: str
    external_id: str | None
    campaign_id: str | None
    pictures: list[StyledView]


class PublishedView(BaseModel):
    """What is published in a placement now, for those of the photos that there are."""

    placement: str
    photos: list[PublishedPhotoView]


def published_view(
    placement: str, found: Sequence[PublishedPhoto], link: Link, languages: Sequence[Language]
) -> PublishedView:
    photos = [
        PublishedPhotoView(
            photo_id=each.photo.photo_id,
            external_id=each.photo.external_id,
            campaign_id=each.campaign_id,
            pictures=[_picture_view(each.photo, picture, link, languages) for picture in each.pictures],
        )
        for each in found
    ]
    return PublishedView(placement=placement, photos=photos)


def _picture_view(
    photo: Photo, picture: StyledPicture, link: Link, languages: Sequence[Language]
) -> StyledView:
    return styled_view(picture, link, alt_of_picture(photo, picture, languages), review_of(photo, picture))
