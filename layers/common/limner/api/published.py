"""What is published in a placement."""

from typing import Annotated

from fastapi import Depends, Query

from limner.api.identity import CurrentCaller, private_router
from limner.api.photo_queries import LIST_OF_IDS, alt_languages
from limner.bootstrap import campaigns, storefront
from limner.campaigns.campaign import Placement
from limner.identity import Scope
from limner.languages import Language
from limner.views.photos import LANGUAGES_OF_CARDS
from limner.views.published import PublishedView, published_view

router = private_router(Scope.PHOTOS_READ, prefix="/v1/published")


@router.get("")
def list_published(
    caller: CurrentCaller,
    placement: Annotated[Placement, Query(description="Where the pictures are to be shown.")],
    ids: Annotated[str, Query(pattern=LIST_OF_IDS, description="Up to 50 photos' ids, with commas between.")],
    languages: Annotated[tuple[Language, ...] | None, Depends(alt_languages)],
) -> PublishedView:
    """Which pictures to show for these photos in a placement now: those of the campaign with the highest
    priority whose window is open. Photos that no campaign is shown for have none."""
    photo_ids = list(dict.fromkeys(ids.split(",")))
    found = campaigns.find_published(caller.tenant)(caller.tenant, placement, photo_ids)
    link = storefront.tenant_stores(caller.tenant).links.download_link
    return published_view(placement, found, link, languages or LANGUAGES_OF_CARDS)
