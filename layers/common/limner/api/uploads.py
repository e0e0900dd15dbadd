"""Orders of pictures."""

from http import HTTPStatus

from fastapi import Response

from limner import bootstrap
from limner.api.identity import CurrentCaller, private_router
from limner.identity import Scope
from limner.views.uploads import UploadRequest, UploadView, upload_view

router = private_router(Scope.PHOTOS_WRITE, prefix="/v1")


@router.post("/uploads", status_code=HTTPStatus.CREATED)
def request_upload(caller: CurrentCaller, order: UploadRequest, response: Response) -> UploadView:
    """Order pictures and receive a form to upload the photo with; the upload starts the styling."""
    use_case = bootstrap.request_upload(caller.tenant)
    photo, form = use_case(caller.tenant, order.filename, order.content_type, order.looks)
    view = upload_view(photo.photo_id, form, use_case.max_bytes)
    response.headers["Location"] = view.photo
    return view
