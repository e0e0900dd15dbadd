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
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from limner import __version__, bootstrap
from limner.catalogue import catalogue
from limner.errors import InvalidRequest, LimnerError, PhotoNotFound, Unavailable
from limner.looks import Looks
from limner.photos import PhotoId
from limner.views import ExplanationView, PhotoView, explanation_view, photo_view

PAGES = Path(__file__).parent / "pages"
PROBLEM = "application/problem+json"
STATUS_OF: dict[type[LimnerError], HTTPStatus] = {
    InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    PhotoNotFound: HTTPStatus.NOT_FOUND,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
logger = Logger()


class StyleView(BaseModel):
    id: str
    name: str
    family: str
    tags: list[str]
    words: dict[str, str]
    preview: str | None


class ModelView(BaseModel):
    name: str
    version: str


class StylesView(BaseModel):
    model: ModelView
    styles: list[StyleView]


class UploadRequest(BaseModel):
    """What will be uploaded and which pictures to make of it; without `looks`, the shop's usual ones."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "filename": "mug.jpg",
                "content_type": "image/jpeg",
                "looks": [
                    {"styles": {"auto": 1.0}},
                    {"styles": {"oil": 0.7, "ukiyo-e": 0.3}, "strength": 0.8, "protection": "strict"},
                    {"styles": {"cartoon": 1.0}, "levels": {"colour": 0.5}, "enhance": False},
                ],
            }
        },
    )

    filename: str = Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f/\\]+$")
    content_type: str = Field(pattern=r"^(image/[a-z0-9.+-]{1,60}|application/octet-stream)$")
    looks: Looks = ()


class FormView(BaseModel):
    """Send `fields` and then the file, as `file`, in one multipart POST to `url`."""

    url: str
    fields: dict[str, str]
    expires_at: str
    max_bytes: int


class UploadView(BaseModel):
    photo_id: str
    photo: str
    upload: FormView


class PhotosView(BaseModel):
    photos: list[PhotoView]
    next_cursor: str | None


class Problem(BaseModel):
    """RFC 9457, with a stable `code` and the request's id; so has each of the `errors` in a request."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: list[dict[str, str]] = []


_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": HTTPStatus(status).phrase,
        "content": {PROBLEM: {"schema": Problem.model_json_schema()}},
    }
    for status in (404, 422, 503)
}
app = FastAPI(title="Limner", version=__version__, docs_url=None, redoc_url=None, responses=_PROBLEMS)


@app.get("/styles")
def list_styles() -> StylesView:
    """The styles on offer, and the model that paints them."""
    offer = catalogue()
    return StylesView(
        model=ModelView(name=offer.model_name, version=offer.model_version),
        styles=[StyleView(**style.model_dump(), preview=_preview(style.id)) for style in offer.offer],
    )


def _preview(style_id: str) -> str | None:
    name = f"previews/{style_id}.webp"
    return f"assets/{name}" if (PAGES / name).is_file() else None


@app.post("/uploads", status_code=HTTPStatus.CREATED)
def request_upload(order: UploadRequest, response: Response) -> UploadView:
    """Order pictures and receive a form to upload the photo with; the rest happens by itself."""
    use_case = bootstrap.request_upload()
    photo, form = use_case(order.filename, order.content_type, order.looks)
    response.headers["Location"] = where = f"photos/{photo.photo_id}"
    upload = FormView(
        url=form.url,
        fields=dict(form.fields),
        expires_at=form.expires_at.isoformat(),
        max_bytes=use_case.max_bytes,
    )
    return UploadView(photo_id=photo.photo_id, photo=where, upload=upload)


@app.get("/photos")
def list_photos(
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> PhotosView:
    """Photos that have arrived, newest first."""
    settings = bootstrap.storefront_settings()
    page = bootstrap.photos(settings.photos_table).page(settings.shop, limit=limit, cursor=cursor)
    link = bootstrap.links().download_link
    return PhotosView(photos=[photo_view(photo, link) for photo in page.photos], next_cursor=page.cursor)


@app.get("/photos/{photo_id}")
def get_photo(photo_id: PhotoId) -> PhotoView:
    """One photo: its status, and links to its pictures that expire."""
    photo = bootstrap.photos(bootstrap.storefront_settings().photos_table).get(photo_id)
    return photo_view(photo, bootstrap.links().download_link)


@app.get("/photos/{photo_id}/explanation")
def get_explanation(photo_id: PhotoId) -> ExplanationView:
    """Why each picture looks as it does: verdict, shares, and links to its exhibits that expire."""
    photo = bootstrap.photos(bootstrap.storefront_settings().photos_table).get(photo_id)
    return explanation_view(photo, bootstrap.links().download_link)


@app.get("/", include_in_schema=False)
def page() -> FileResponse:
    return FileResponse(PAGES / "index.html")


app.mount("/assets", StaticFiles(directory=PAGES))


@app.middleware("http")
async def dress(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Give every answer the request's id and the browser's guard rails."""
    context = request.scope.get("aws.context")
    request.state.request_id = getattr(context, "aws_request_id", None) or uuid4().hex
    try:
        response = await call_next(request)
    except Exception as error:
        logger.exception("unhandled", exc_info=error)
        detail = "Something broke on our side; the request id helps us to find it."
        response = _problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", detail)
    response.headers["X-Request-Id"] = request.state.request_id
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Cache-Control", "no-cache")
    if response.headers.get("content-type", "").startswith("text/html"):
        response.headers["Content-Security-Policy"] = _content_security_policy()
    return response


def _content_security_policy() -> str:
    """Pictures and uploads go straight to S3, wherever the links of this deployment point."""
    s3 = " ".join(sorted(bootstrap.links().origins()))
    return (
        f"default-src 'self'; img-src 'self' blob: data: {s3}; connect-src 'self' {s3}; "
        "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )


def _problem(request: Request, status: HTTPStatus, code: str, detail: str, **more: Any) -> JSONResponse:
    request_id = getattr(request.state, "request_id", "")
    body = Problem(
        title=status.phrase, status=status, code=code, detail=detail, request_id=request_id, **more
    )
    return JSONResponse(body.model_dump(), status_code=status, media_type=PROBLEM)


@app.exception_handler(LimnerError)
def on_limner_error(request: Request, error: LimnerError) -> JSONResponse:
    status = STATUS_OF.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.exception("request failed", exc_info=error)
    return _problem(request, status, error.code, str(error))


@app.exception_handler(RequestValidationError)
def on_invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
    slips = [
        {"at": "/".join(map(str, slip["loc"])), "code": slip["type"], "detail": str(slip["msg"])}
        for slip in error.errors()
    ]
    detail = "; ".join(f"{slip['at']}: {slip['detail']}" for slip in slips[:3])
    return _problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, InvalidRequest.code, detail, errors=slips)


@app.exception_handler(HTTPException)
def on_http_exception(request: Request, error: HTTPException) -> JSONResponse:
    status = HTTPStatus(error.status_code)
    return _problem(
        request, status, status.phrase.lower().replace(" ", "_"), f"{request.method} {request.url.path}"
    )


handler = Mangum(app, lifespan="off", text_mime_types=["text/", "application/json", PROBLEM])
