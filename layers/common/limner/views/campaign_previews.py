"""The response with the preview of a campaign."""

from collections.abc import Sequence

from pydantic import BaseModel

from limner.campaigns.previews import PreviewedPhoto
from limner.languages import Language
from limner.photos import PhotoStatus
from limner.reviews.publication import review_of
from limner.views.alt_texts import alt_of_picture
from limner.views.photos import StyledView, styled_view
from limner.views.renditions import Link, RenditionView, rendition_views


class PreviewedPhotoView(BaseModel):
    """A photo with those of the campaign's pictures that there are, in the order of its looks."""

    photo_id: str
    external_id: str | None
    filename: str
    status: PhotoStatus
    failure_code: str | None
    original: list[RenditionView]
    pictures: list[StyledView]


class CampaignPreviewView(BaseModel):
    """The campaign's look on the first photos of its collection, twelve at most."""

    campaign_id: str
    under_way: int
    photos: list[PreviewedPhotoView]


def campaign_preview_view(
    campaign_id: str, previewed: Sequence[PreviewedPhoto], link: Link, languages: Sequence[Language]
) -> CampaignPreviewView:
    return CampaignPreviewView(
        campaign_id=campaign_id,
        under_way=sum(each.is_under_way for each in previewed),
        photos=[_photo_view(each, link, languages) for each in previewed],
    )


def _photo_view(previewed: PreviewedPhoto, link: Link, languages: Sequence[Language]) -> PreviewedPhotoView:
    photo, newest = previewed.photo, previewed.photo.newest
    return PreviewedPhotoView(
        photo_id=photo.photo_id,
        external_id=photo.external_id,
        filename=photo.filename,
        status=photo.status,
        failure_code=newest.failure.code if newest.failure else None,
        original=rendition_views(newest.variants.renditions if newest.variants else (), link),
        pictures=[
            styled_view(picture, link, alt_of_picture(photo, picture, languages), review_of(photo, picture))
            for picture in previewed.pictures
        ],
    )
