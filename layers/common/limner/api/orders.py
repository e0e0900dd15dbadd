"""Orders for a photo that is there: more looks, another attempt, a cancellation, an earlier version."""

from http import HTTPStatus

from fastapi import Response

from limner.api.identity import CurrentCaller, private_router
from limner.api.problems import problem_responses
from limner.bootstrap import orders, pipeline, storefront
from limner.identity import Identity, Scope
from limner.photos import Photo
from limner.tenancy import PhotoId, PhotoKey
from limner.views.orders import LooksRequest, RestoreRequest, VersionsView, versions_view
from limner.views.photos import PhotoView, photo_view
from limner.views.rate_limits import rate_limit_headers

router = private_router(Scope.PHOTOS_WRITE, prefix="/v1/photos/{photo_id}")
CONFLICT = problem_responses(HTTPStatus.CONFLICT)
reading = private_router(Scope.PHOTOS_READ, prefix="/v1/photos/{photo_id}")


@router.post("/looks", status_code=HTTPStatus.ACCEPTED, responses=CONFLICT)
def order_looks(
    caller: CurrentCaller, photo_id: PhotoId, order: LooksRequest, response: Response
) -> PhotoView:
    """Order more pictures of a photo without uploading it again. It is PROCESSING until they are made, and
    the pictures that it has can be read all the while."""
    use_case = orders.order_looks(caller.tenant)
    photo, standing = use_case(PhotoKey(caller.tenant, photo_id), order.looks, key_id=caller.key_id)
    if standing:
        response.headers.update(rate_limit_headers(standing, pipeline.now()))
    return _view(caller, photo)


@router.post("/retry", status_code=HTTPStatus.ACCEPTED, responses=CONFLICT)
def retry_order(caller: CurrentCaller, photo_id: PhotoId, response: Response) -> PhotoView:
    """Try again what failed on our side, or has not ended for too long."""
    use_case = orders.retry_order(caller.tenant)
    photo, standing = use_case(PhotoKey(caller.tenant, photo_id), key_id=caller.key_id)
    response.headers.update(rate_limit_headers(standing, pipeline.now()))
    return _view(caller, photo)


@router.post("/cancel", responses=CONFLICT)
def cancel_order(caller: CurrentCaller, photo_id: PhotoId) -> PhotoView:
    """End an order: no further pictures are made. The photo is READY with the pictures of earlier orders, or
    FAILED (`cancelled`) if there are none."""
    return _view(caller, orders.cancel_order(caller.tenant)(PhotoKey(caller.tenant, photo_id)))


@router.post("/restore", responses=CONFLICT)
def restore_version(caller: CurrentCaller, photo_id: PhotoId, order: RestoreRequest) -> PhotoView:
    """Make the pictures of an earlier version the photo's pictures again, at once: the same files, as a new
    version."""
    use_case = orders.restore_version(caller.tenant)
    return _view(caller, use_case(PhotoKey(caller.tenant, photo_id), order.version))


@reading.get("/versions")
def list_versions(caller: CurrentCaller, photo_id: PhotoId) -> VersionsView:
    """The finished sets of pictures that the photo has had, newest first."""
    photos = storefront.tenant_stores(caller.tenant).photos
    return versions_view(photos.get(PhotoKey(caller.tenant, photo_id)))


def _view(caller: Identity, photo: Photo) -> PhotoView:
    return photo_view(photo, storefront.tenant_stores(caller.tenant).links.download_link)
