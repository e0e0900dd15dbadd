"""Erasure of a photo: everything that was made of it, and itself."""

from http import HTTPStatus

from limner.api.identity import CurrentCaller, private_router
from limner.bootstrap import storefront
from limner.identity import Scope
from limner.tenancy import PhotoId, PhotoKey
from limner.views.erasure import ErasureView, erasure_view

router = private_router(Scope.PHOTOS_WRITE, prefix="/v1/photos")


@router.delete("/{photo_id}", status_code=HTTPStatus.ACCEPTED)
def delete_photo(caller: CurrentCaller, photo_id: PhotoId) -> ErasureView:
    """Erase the photo with every version of its objects. It is no longer read or listed from now on; the
    same request, made again, tells how far the erasure is."""
    erase = storefront.request_erasure(caller.tenant)
    return erasure_view(erase(PhotoKey(caller.tenant, photo_id), requested_by=caller.key_id))
