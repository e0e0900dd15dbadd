"""A tenant's photos: a page of them, one, and why its pictures look as they do."""

from typing import Annotated

from fastapi import Query

from limner import storefront_bootstrap
from limner.api.identity import CurrentCaller, private_router
from limner.identity import Scope
from limner.tenancy import PhotoId
from limner.views.explanations import ExplanationView, explanation_view
from limner.views.photos import PhotosView, PhotoView, photo_view, photos_view

router = private_router(Scope.PHOTOS_READ, prefix="/v1/photos")


@router.get("")
def list_photos(
    caller: CurrentCaller,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> PhotosView:
    """Uploaded photos, newest first."""
    page = storefront_bootstrap.list_photos(caller.tenant)(caller.tenant, limit, cursor)
    return photos_view(page, storefront_bootstrap.tenant_stores(caller.tenant).links.download_link)


@router.get("/{photo_id}")
def get_photo(caller: CurrentCaller, photo_id: PhotoId) -> PhotoView:
    """One photo: its status, and links to its pictures that expire."""
    photo = storefront_bootstrap.get_photo(caller.tenant)(caller.tenant, photo_id)
    return photo_view(photo, storefront_bootstrap.tenant_stores(caller.tenant).links.download_link)


@router.get("/{photo_id}/explanation")
def get_explanation(caller: CurrentCaller, photo_id: PhotoId) -> ExplanationView:
    """Why each picture looks as it does: verdict, shares, and links to its exhibits that expire."""
    photo = storefront_bootstrap.explain_photo(caller.tenant)(caller.tenant, photo_id)
    return explanation_view(photo, storefront_bootstrap.tenant_stores(caller.tenant).links.download_link)
