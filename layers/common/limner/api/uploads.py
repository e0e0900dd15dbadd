"""Orders of pictures, and the forms that photos are uploaded with."""

from datetime import date
from http import HTTPStatus

from fastapi import Response

from limner.api.deprecation import deprecated
from limner.api.idempotency import Json, renewed_by
from limner.api.identity import CurrentCaller, private_router
from limner.api.problems import problem_responses
from limner.bootstrap import pipeline, storefront
from limner.identity import Identity, Scope
from limner.tenancy import PhotoId, PhotoKey
from limner.views.photos import PhotoView, photo_view
from limner.views.rate_limits import rate_limit_headers
from limner.views.uploads import (
    FormRequest,
    ImportRequest,
    UploadRequest,
    UploadView,
    form_view,
    upload_view,
)

router = private_router(Scope.PHOTOS_WRITE, prefix="/v1")
IMPORT_SECONDS = 5
"""Most photos have been fetched by then."""
FORMER_ADDRESS = deprecated(since=date(2026, 12, 1), sunset=date(2027, 6, 1), successor="/v1/photos")


def _with_new_form(caller: Identity, answer: Json, requested: Json) -> Json:
    """A form is good for ten minutes and a key for a day, so that a repeated answer has a form of its own."""
    form = storefront.repeat_form(caller.tenant)
    upload = form_view(form(caller.tenant, answer["photo_id"], requested["content_type"]), form.max_bytes)
    return {**answer, "upload": upload.model_dump(mode="json")}


@router.post(
    "/photos",
    status_code=HTTPStatus.CREATED,
    responses=problem_responses(HTTPStatus.TOO_MANY_REQUESTS),
)
@renewed_by(_with_new_form)
def order_photo(caller: CurrentCaller, requested: UploadRequest, response: Response) -> UploadView:
    """Order pictures and receive a form to upload the photo with; the upload starts the styling."""
    use_case = storefront.request_upload(caller.tenant)
    photo, form, standing = use_case(caller.tenant, requested.order, key_id=caller.key_id)
    view = upload_view(photo.key, form, use_case.max_bytes)
    response.headers["Location"] = view.photo
    response.headers.update(rate_limit_headers(standing, pipeline.now()))
    return view


@router.post(
    "/photos/import",
    status_code=HTTPStatus.ACCEPTED,
    responses=problem_responses(HTTPStatus.TOO_MANY_REQUESTS),
)
def import_photo(caller: CurrentCaller, requested: ImportRequest, response: Response) -> PhotoView:
    """Order pictures of a photo that is fetched from a URL. The photo is `AWAITING_UPLOAD` until it has been
    fetched, and `FAILED` with a code that begins with `import_` if it cannot be."""
    use_case = storefront.request_import(caller.tenant)
    photo, standing = use_case(caller.tenant, requested.order, requested.url, key_id=caller.key_id)
    response.headers["Location"] = f"photos/{photo.photo_id}"
    response.headers["Retry-After"] = str(IMPORT_SECONDS)
    response.headers.update(rate_limit_headers(standing, pipeline.now()))
    return photo_view(photo, storefront.tenant_stores(caller.tenant).links.download_link)


@router.post("/uploads", status_code=HTTPStatus.CREATED, **FORMER_ADDRESS)
@renewed_by(_with_new_form)
def request_upload(caller: CurrentCaller, requested: UploadRequest, response: Response) -> UploadView:
    """The former address of `POST /v1/photos`."""
    return order_photo(caller, requested, response)


@router.post(
    "/photos/{photo_id}/upload",
    status_code=HTTPStatus.CREATED,
    responses=problem_responses(HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
@renewed_by(_with_new_form)
def request_form(
    caller: CurrentCaller, photo_id: PhotoId, order: FormRequest, response: Response
) -> UploadView:
    """Receive another form for a photo whose form has expired, or whose file is to be replaced; it counts as
    an order."""
    use_case = storefront.request_form(caller.tenant)
    form, standing = use_case(
        caller.tenant, photo_id, order.content_type, replace=order.replace, key_id=caller.key_id
    )
    response.headers.update(rate_limit_headers(standing, pipeline.now()))
    return upload_view(PhotoKey(caller.tenant, photo_id), form, use_case.max_bytes)
