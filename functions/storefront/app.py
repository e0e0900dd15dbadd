"""The storefront's HTTP API and the page it serves, as one Lambda behind an API Gateway HTTP API."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

from aws_lambda_powertools import Logger
from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from mangum import Mangum
from starlette.exceptions import HTTPException

from limner import __version__, bootstrap
from limner.catalogue import catalogue
from limner.errors import InvalidRequest, LimnerError, PhotoNotFound, Unavailable
from limner.tenancy import PhotoId
from limner.views.explanations import ExplanationView, explanation_view
from limner.views.headers import DATA_POLICY, SECURITY_HEADERS, cache_control, page_policy
from limner.views.photos import PhotosView, PhotoView, photo_view, photos_view
from limner.views.problems import Problem, field_errors, shortened, summary
from limner.views.styles import ModelView, StylesView, StyleView
from limner.views.uploads import FormView, UploadRequest, UploadView

PAGES = Path(__file__).parent / "pages"
PROBLEM_MEDIA_TYPE = "application/problem+json"
STATUS_BY_ERROR: dict[type[LimnerError], HTTPStatus] = {
    InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    PhotoNotFound: HTTPStatus.NOT_FOUND,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
MAX_BODY_BYTES = 64 * 1024
"""The largest valid order has a few thousand bytes; API Gateway lets 10 MB through."""
RETRY_AFTER_SECONDS = 5
TEXT_BY_STATUS = {
    HTTPStatus.INTERNAL_SERVER_ERROR: "Internal error. Please give the request id when you report it.",
    HTTPStatus.SERVICE_UNAVAILABLE: "A part of the service is busy or down. Please try again later.",
}
"""What went wrong inside is for the log alone: it may name accounts and resources."""
logger = Logger()

_ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": HTTPStatus(status).phrase,
        "content": {PROBLEM_MEDIA_TYPE: {"schema": Problem.model_json_schema()}},
    }
    for status in (404, 413, 422, 500, 503)
}
app = FastAPI(title="Limner", version=__version__, docs_url=None, redoc_url=None, responses=_ERROR_RESPONSES)


@app.get("/styles")
def list_styles() -> StylesView:
    """The styles that can be ordered, and the model that paints them."""
    styles = catalogue()
    return StylesView(
        model=ModelView(name=styles.model_name, version=styles.model_version),
        styles=[StyleView(**style.model_dump(), preview=_preview(style.id)) for style in styles.offered],
    )


def _tenant() -> str:
    return bootstrap.storefront_settings().first_tenant


def _preview(style_id: str) -> str | None:
    name = f"previews/{style_id}.webp"
    return f"assets/{name}" if (PAGES / name).is_file() else None


@app.post("/uploads", status_code=HTTPStatus.CREATED)
def request_upload(order: UploadRequest, response: Response) -> UploadView:
    """Order pictures and receive a form to upload the photo with; the upload starts the styling."""
    use_case = bootstrap.request_upload()
    photo, form = use_case(_tenant(), order.filename, order.content_type, order.looks)
    location = f"photos/{photo.photo_id}"
    response.headers["Location"] = location
    upload = FormView(
        url=form.url,
        fields=dict(form.fields),
        expires_at=form.expires_at.isoformat(),
        max_bytes=use_case.max_bytes,
    )
    return UploadView(photo_id=photo.photo_id, photo=location, upload=upload)


@app.get("/photos")
def list_photos(
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> PhotosView:
    """Uploaded photos, newest first."""
    return photos_view(bootstrap.list_photos()(_tenant(), limit, cursor), bootstrap.links().download_link)


@app.get("/photos/{photo_id}")
def get_photo(photo_id: PhotoId) -> PhotoView:
    """One photo: its status, and links to its pictures that expire."""
    return photo_view(bootstrap.get_photo()(_tenant(), photo_id), bootstrap.links().download_link)


@app.get("/photos/{photo_id}/explanation")
def get_explanation(photo_id: PhotoId) -> ExplanationView:
    """Why each picture looks as it does: verdict, shares, and links to its exhibits that expire."""
    return explanation_view(bootstrap.explain_photo()(_tenant(), photo_id), bootstrap.links().download_link)


@app.get("/", include_in_schema=False)
def page() -> FileResponse:
    return FileResponse(PAGES / "index.html")


app.mount("/assets", StaticFiles(directory=PAGES))


@app.middleware("http")
async def add_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Add the request id and the security headers to every response."""
    context = request.scope.get("aws.context")
    request.state.request_id = getattr(context, "aws_request_id", None) or uuid4().hex
    try:
        response = await _too_large(request) or await call_next(request)
    except Exception as error:
        logger.exception("unhandled", exc_info=error)
        response = _internal_error(request)
    response.headers["X-Request-Id"] = request.state.request_id
    response.headers.update(SECURITY_HEADERS)
    response.headers["Cache-Control"] = cache_control(request.scope["path"])
    is_page = response.headers.get("content-type", "").startswith("text/html")
    response.headers["Content-Security-Policy"] = (
        page_policy(bootstrap.links().origins()) if is_page else DATA_POLICY
    )
    return response


async def _too_large(request: Request) -> Response | None:
    """The refusal of a body that is too large, before anything parses it. Lambda has it in memory already."""
    if len(await request.body()) <= MAX_BODY_BYTES:
        return None
    detail = f"a request may have at most {MAX_BODY_BYTES} bytes"
    return _problem(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "request_too_large", detail)


def _problem(request: Request, status: HTTPStatus, code: str, detail: str, **more: Any) -> JSONResponse:
    request_id = getattr(request.state, "request_id", "")
    body = Problem(
        title=status.phrase, status=status, code=code, detail=detail, request_id=request_id, **more
    )
    return JSONResponse(body.model_dump(), status_code=status, media_type=PROBLEM_MEDIA_TYPE)


def _internal_error(request: Request) -> JSONResponse:
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return _problem(request, status, "internal_error", TEXT_BY_STATUS[status])


@app.exception_handler(LimnerError)
def on_limner_error(request: Request, error: LimnerError) -> JSONResponse:
    status = STATUS_BY_ERROR.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.exception("request failed", exc_info=error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return _internal_error(request)
    problem = _problem(request, status, error.code, TEXT_BY_STATUS.get(status, str(error)))
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        problem.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return problem


@app.exception_handler(RequestValidationError)
def on_invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
    found = error.errors()
    errors = field_errors(found)
    detail = summary(errors, len(found))
    return _problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, InvalidRequest.code, detail, errors=errors)


@app.exception_handler(HTTPException)
def on_http_exception(request: Request, error: HTTPException) -> JSONResponse:
    status = HTTPStatus(error.status_code)
    detail = shortened(f"{request.method} {request.url.path}")
    problem = _problem(request, status, status.phrase.lower().replace(" ", "_"), detail)
    problem.headers.update(error.headers or {})
    return problem


handler = Mangum(app, lifespan="off", text_mime_types=["text/", "application/json", PROBLEM_MEDIA_TYPE])
