"""Orders of pictures, and the forms that photos are uploaded with."""

from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import Response

from limner import storefront_bootstrap
from limner.api.identity import CurrentCaller, private_router
from limner.api.problems import problem_responses
from limner.identity import Scope
from limner.tenancy import PhotoId
from limner.views.rate_limits import rate_limit_headers
from limner.views.uploads import FormRequest, UploadRequest, UploadView, upload_view

router = private_router(Scope.PHOTOS_WRITE, prefix="/v1")


@router.post(
    "/uploads",
    status_code=HTTPStatus.CREATED,
    responses=problem_responses(HTTPStatus.TOO_MANY_REQUESTS),
)
def request_upload(caller: CurrentCaller, order: UploadRequest, response: Response) -> UploadView:
    """Order pictures and receive a form to upload the photo with; the upload starts the styling."""
    use_case = storefront_bootstrap.request_upload(caller.tenant)
    photo, form, standing = use_case(
        caller.tenant, order.filename, order.content_type, order.looks, key_id=caller.key_id
    )
    view = upload_view(photo.photo_id, form, use_case.max_bytes)
    response.headers["Location"] = view.photo
    response.headers.update(rate_limit_headers(standing, datetime.now(UTC)))
    return view


@router.post(
    "/photos/{photo_id}/upload",
    status_code=HTTPStatus.CREATED,
    responses=problem_responses(HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
def request_form(
    caller: CurrentCaller, photo_id: PhotoId, order: FormRequest, response: Response
) -> UploadView:
    """Receive another form for a photo whose form has expired, or whose file is to be replaced; it counts as
    an order."""
    use_case = storefront_bootstrap.request_form(caller.tenant)
    form, standing = use_case(
        caller.tenant, photo_id, order.content_type, replace=order.replace, key_id=caller.key_id
    )
    response.headers.update(rate_limit_headers(standing, datetime.now(UTC)))
    return upload_view(photo_id, form, use_case.max_bytes)
