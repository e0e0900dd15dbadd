"""The storefront's HTTP API and its buckets in memory, on one port. The page is at 127.0.0.1 and the buckets are at
localhost, so that uploads and pictures are cross-origin, as with S3."""

import base64
import hashlib
import io
import math
import re
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError
from starlette.middleware.gzip import GZipMiddleware

from limner.api.page_assets import PageAssets
from limner.views.headers import page_policy
from tests.e2e.fake_campaigns import FakeCampaigns, add_campaigns

ASSETS = PageAssets(Path(__file__).parents[2] / "functions/storefront/pages")
STAGE = "/_aws/execute-api/abc/$default"
WIDTHS = (160, 320, 640, 1280)
ENCODERS = {"image/avif": ("AVIF", {"speed": 10}), "image/webp": ("WEBP", {}), "image/jpeg": ("JPEG", {})}
STYLES = (
    (
        "auto",
        "Automatic",
        "auto",
        {"de": "automatisch", "zh": "自动", "es": "automático", "fr": "automatique", "ja": "自動"},
    ),
    (
        "enhance",
        "Enhanced",
        "enhance",
        {"de": "Verbessert", "zh": "增强", "es": "mejorada", "fr": "améliorée", "ja": "補正"},
    ),
    ("oil", "Oil", "painting", {"de": "Öl", "zh": "油画", "es": "óleo", "fr": "huile", "ja": "油絵"}),
    (
        "watercolour",
        "Watercolour",
        "painting",
        {"de": "Aquarell", "zh": "水彩", "es": "acuarela", "fr": "aquarelle", "ja": "水彩"},
    ),
    (
        "gouache",
        "Gouache",
        "painting",
        {"de": "Gouache", "zh": "水粉", "es": "gouache", "fr": "gouache", "ja": "ガッシュ"},
    ),
    (
        "cartoon",
        "Cartoon",
        "drawing",
        {"de": "Comic", "zh": "卡通", "es": "dibujo", "fr": "dessin", "ja": "漫画"},
    ),
    (
        "pencil",
        "Pencil",
        "drawing",
        {"de": "Bleistift", "zh": "铅笔", "es": "lápiz", "fr": "crayon", "ja": "鉛筆"},
    ),
    (
        "woodblock",
        "Woodblock print",
        "print",
        {"de": "Holzschnitt", "zh": "木版画", "es": "xilografía", "fr": "gravure", "ja": "木版画"},
    ),
)
OWN_STYLE = f"own-{'a' * 12}"
TEST_KEY = f"lk_test_{'a' * 16}_{'s' * 43}"
ID_TOKEN = "header.claims.signature"
PRIVATE_PATHS = (f"{STAGE}/v1/photos", f"{STAGE}/v1/styles/search")
STATUS_SECONDS = {"UPLOADED": 0.35, "PROCESSING": 0.9}
"""Seconds after receipt at which each status may end."""
VERDICT = {
    "outcome": "lowered",
    "strength": 0.6,
    "refused_by": ["text"],
    "gates": [
        {"name": "product_ssim", "value": 0.9134, "limit": 0.85, "passed": True},
        {"name": "text", "value": None, "limit": 0.8, "passed": False},
    ],
    "words": "Strength lowered to 60 % to keep the text legible.",
}
ENGINE_FAILURE = {"code": "stylization_failed", "message": "Styling failed on our side."}
STRIP = [{"strength": share, "gates": {"text": 0.9}, "passed": share < 0.7} for share in (0.25, 0.5, 0.75, 1)]


def fake_styled(picture: Image.Image, style: str) -> Image.Image:
    """A picture that is cheap to make and looks different for each style."""
    match style:
        case "oil" | "auto":
            return picture.filter(ImageFilter.ModeFilter(9))
        case "watercolour":
            paper = Image.new("RGB", picture.size, "white")
            return Image.blend(picture.filter(ImageFilter.MedianFilter(9)), paper, 0.25)
        case "gouache":
            return ImageOps.posterize(picture.filter(ImageFilter.MedianFilter(7)), 3)
        case "pencil":
            return ImageOps.invert(picture.convert("L").filter(ImageFilter.FIND_EDGES)).convert("RGB")
        case "enhance":
            return ImageOps.autocontrast(picture)
        case _:
            return ImageOps.posterize(picture, 2)


def choose_look(look: dict[str, Any]) -> dict[str, Any] | None:
    if "auto" not in look["styles"]:
        return None
    reasons = [
        "The product carries letters, and a woodblock print keeps outlines and letters crisp.",
        "The letters must stay readable, so the product is protected strictly.",
    ]
    return {
        "look": look | {"styles": {"oil": 1.0}, "strength": 0.6, "protection": "strict"},
        "reasons": reasons,
    }


@dataclass
class FakePhoto:
    photo_id: str
    filename: str
    looks: list[dict[str, Any]]
    received_at: float | None = None
    original: list[dict[str, Any]] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    failure: dict[str, str] | None = None
    reported: set[str] = field(default_factory=set)
    results_before: int = 0
    """Of the orders before the newest; they are shown while it runs."""
    picture: Image.Image | None = None
    reviews: dict[str, str] = field(default_factory=dict)
    """Of pictures, by the style of their look."""
    external_id: str | None = None
    updated_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class FakeStorefront:
    """A status lasts at least until it has been reported once, so that the page on a slow machine gets every one.

    `ordered` are photos by the idempotency key of their order. `slowdown` multiplies STATUS_SECONDS; `answers_304` counts polls of an unchanged photo; `largest_upload` is the size in bytes that the bucket enforces, which a test
    may set below the `max_bytes` in the upload form; requests whose path ends in one of `failing_paths` get a 503.
    `searched` are the words of searches for styles. Requests whose path ends in one of `html_paths` get a proxy's page
    instead. `made` counts pictures; `calls` are the requests to the API, such as `GET photos`.

    A request for photos needs a credential in `accepted`; `refusal` is the code of the 401 of any other. `client` is
    the answer to GET /v1/sign-in. `exchanged` are the forms that the token address has got; a code is good for the
    verifier whose challenge came with it, as an authorization server has it.
    """

    def __init__(self) -> None:
        self.port = 0
        self.reset()

    def reset(self) -> None:
        self.photos: dict[str, FakePhoto] = {}
        self.ordered: dict[str, FakePhoto] = {}
        self.objects: dict[str, tuple[bytes, str]] = {}
        self.slowdown = 1.0
        self.answers_304 = 0
        self.link_age = 0
        self.livemode = False
        self.more_styles: list[str] = []
        self.made = 0
        self.calls: list[str] = []
        self.html_paths: set[str] = set()
        self.largest_upload = 20 * 2**20
        self.failing_paths: set[str] = set()
        self.searched: list[str] = []
        self.engine_works = True
        self.accepted = {TEST_KEY, ID_TOKEN}
        self.refusal = "invalid_credentials"
        self.client: dict[str, str] | None = None
        self.challenges: dict[str, str] = {}
        self.exchanged: list[dict[str, str]] = []
        self.campaigns = FakeCampaigns()

    def has_issuer(self) -> None:
        """Lets people sign in at an issuer, which is at another origin than the page."""
        issuer = f"http://localhost:{self.port}/issuer"
        addresses = {"authorize_url": f"{issuer}/authorize", "token_url": f"{issuer}/token"}
        self.client = {
            "issuer": issuer,
            "client_id": "page",
            "scope": "openid email",
            "token": "id_token",
            **addresses,
        }

    @property
    def page_url(self) -> str:
        return f"http://127.0.0.1:{self.port}{STAGE}/"

    @property
    def bucket_url(self) -> str:
        return f"http://localhost:{self.port}/bucket"

    def status(self, photo: FakePhoto) -> str:
        if photo.received_at is None:
            return "AWAITING_UPLOAD"
        age = (time.monotonic() - photo.received_at) / self.slowdown
        for status, end in STATUS_SECONDS.items():
            if age < end or status not in photo.reported:
                return status
        return "FAILED" if photo.failure else "READY"

    def view(self, photo: FakePhoto) -> dict[str, Any]:
        status = self.status(photo)
        ready = status == "READY"
        return {
            "photo_id": photo.photo_id,
            "filename": photo.filename,
            "status": status,
            "livemode": self.livemode,
            "external_id": photo.external_id,
            "created_at": "2026-01-01T00:00:00Z",
            "updated_at": photo.updated_at.isoformat(),
            "looks": photo.looks,
            "failure": photo.failure if status == "FAILED" else None,
            "original": self.with_links(photo.original if ready or photo.results_before else []),
            "results": [
                {
                    **result,
                    "renditions": self.with_links(result["renditions"]),
                    "review": photo.reviews.get(next(iter(result["look"]["styles"]))),
                }
                for result in (photo.results if ready else photo.results[: photo.results_before])
            ],
            "dominant_colour": "#808080" if ready else None,
            "model": "fuse-1.0" if ready else None,
            "timings": {"total": 1.24} if ready else {},
        }

    def order(self, key: str, filename: str, looks: list[dict[str, Any]]) -> FakePhoto:
        if key not in self.ordered:
            self.ordered[key] = self.create(filename, looks)
        return self.ordered[key]

    def create(self, filename: str, looks: list[dict[str, Any]]) -> FakePhoto:
        photo = FakePhoto(uuid.uuid4().hex, filename, looks)
        self.photos = {photo.photo_id: photo, **self.photos}
        return photo

    def receive(self, photo: FakePhoto, content: bytes) -> None:
        try:
            picture = ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB")
        except UnidentifiedImageError:
            photo.failure = {"code": "not_an_image", "message": "This file is not a photo that can be read."}
        else:
            self.style(photo, picture)
        if not self.engine_works:
            photo.failure = ENGINE_FAILURE
        photo.received_at = time.monotonic()

    def order_more(self, photo: FakePhoto, looks: list[dict[str, Any]]) -> None:
        """Makes the pictures that the photo does not have."""
        assert photo.picture
        missing = [look for look in looks if look not in photo.looks]
        self.made += len(missing)
        photo.results_before = len(photo.results)
        photo.looks = [*photo.looks, *missing]
        photo.results = [*photo.results, *(self.result(photo.picture, look) for look in missing)]
        self.start_again(photo)

    def start_again(self, photo: FakePhoto) -> None:
        photo.failure = None if self.engine_works else ENGINE_FAILURE
        photo.reported = set()
        photo.received_at = time.monotonic()

    def style(self, photo: FakePhoto, picture: Image.Image) -> None:
        photo.original = [
            self.store(picture, width, content_type)
            for content_type in ENCODERS
            for width in sorted({min(width, picture.width) for width in WIDTHS})
        ]
        photo.results = [self.result(picture, look) for look in photo.looks]
        photo.picture = picture
        self.made += len(photo.looks)

    def result(self, picture: Image.Image, look: dict[str, Any]) -> dict[str, Any]:
        styled = picture
        for style, weight in look["styles"].items():
            styled = Image.blend(
                styled, fake_styled(picture, style), min(1, weight * look["strength"] * 1.25)
            )
        smaller_widths = [width for width in (640, 320) if width < picture.width]
        return {
            "name": f"{'.'.join(look['styles'])}.s{look['strength']:.0%}".rstrip("%"),
            "look": look,
            "renditions": [
                self.store(styled, picture.width, "image/jpeg"),
                *(self.store(styled, width, "image/webp") for width in smaller_widths),
            ],
            "metrics": {"ssim": 0.613, "mean_shift": 21.04},
            "verdict": VERDICT,
            "regions": {"found": True, "confidence": 0.93, "product_share": 0.41, "text_share": 0.06},
            "steps": [{"name": "exposure", "amount": 0.4, "note": "brightened by 0.4 EV"}],
            "chosen": choose_look(look),
        }

    def explain(self, result: dict[str, Any]) -> dict[str, Any]:
        """The explanation, with exhibits that look different from each other."""
        look, content = result["look"], self.objects[result["renditions"][0]["url"].rpartition("/")[2]][0]
        picture = Image.open(io.BytesIO(content)).convert("RGB")
        grey = picture.convert("L")
        maps = {
            "difference-structure": grey.filter(ImageFilter.FIND_EDGES),
            "difference-colour": ImageOps.colorize(grey, "black", "orange"),
            "difference-texture": ImageOps.posterize(grey.convert("RGB"), 2),
            "strip": Image.merge("RGB", [grey] * 3).resize((4 * picture.width, picture.height)),
        }
        total = sum(look["styles"].values())
        explanation = {
            "levels": {"colour": 0.62, "stroke": 0.27, "motif": 0.11},
            "styles": {style: weight / total for style, weight in look["styles"].items()},
            "difference": {"structure": 0.18, "colour": 0.67, "texture": 0.15},
            "strip": STRIP,
            "words": "Most of the change is colour; the product keeps its shape and its text.",
        }
        common = {key: result[key] for key in ("name", "look", "verdict", "regions", "steps", "chosen")}
        exhibits = {name: self.store(image.convert("RGB"), 960, "image/webp") for name, image in maps.items()}
        return {**common, "explanation": explanation, "exhibits": exhibits}

    def expire_links(self) -> None:
        """Of every object, so that each address that was answered so far is refused."""
        self.link_age += 1

    def link(self, address: str) -> str:
        return f"{address.partition('?')[0]}?age={self.link_age}"

    def with_links(self, renditions: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**one, "url": self.link(one["url"])} for one in renditions]

    def store(self, picture: Image.Image, width: int, content_type: str) -> dict[str, Any]:
        encoder, options = ENCODERS[content_type]
        small = ImageOps.contain(picture, (width, 10_000))
        buffer = io.BytesIO()
        small.save(buffer, encoder, **options)
        key = uuid.uuid4().hex
        self.objects[key] = (buffer.getvalue(), content_type)
        return {
            "url": f"{self.bucket_url}/{key}",
            "width": small.width,
            "height": small.height,
            "bytes": len(buffer.getvalue()),
            "content_type": content_type,
        }


def problem(status: int, code: str, detail: str) -> JSONResponse:
    body = {"type": "about:blank", "title": code, "status": status, "code": code, "detail": detail}
    return JSONResponse(body | {"request_id": "req-1"}, status, media_type="application/problem+json")


def parts_of(body: bytes, content_type: str) -> dict[str, bytes]:
    """The fields of a multipart form, in order."""
    boundary = content_type.split("boundary=")[1].encode()
    parts = [part.removeprefix(b"\r\n").partition(b"\r\n\r\n") for part in body.split(b"--" + boundary)[1:-1]]
    named = [(re.search(rb'name="([^"]+)"', head), content) for head, _, content in parts]
    return {name[1].decode(): content.removesuffix(b"\r\n") for name, content in named if name}


def add_issuer(app: FastAPI, shop: FakeStorefront, cors: dict[str, str]) -> None:
    @app.get(STAGE + "/v1/sign-in")
    def sign_in() -> dict[str, str] | None:
        return shop.client

    @app.get("/issuer/authorize")
    def authorize(redirect_uri: str, state: str, code_challenge: str, code_challenge_method: str) -> Response:
        assert code_challenge_method == "S256"
        code = uuid.uuid4().hex
        shop.challenges[code] = code_challenge
        return RedirectResponse(f"{redirect_uri}?code={code}&state={state}")

    @app.post("/issuer/token")
    async def token(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        shop.exchanged.append(form)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if shop.challenges.pop(form["code"], None) != challenge:
            return JSONResponse({"error": "invalid_grant"}, 400, cors)
        return JSONResponse(
            {"access_token": "for another audience", "id_token": ID_TOKEN, "token_type": "Bearer"}, 200, cors
        )


def add_styles(app: FastAPI, shop: FakeStorefront) -> None:
    def listed_styles() -> list[dict[str, Any]]:
        return [
            {
                "id": style,
                "name": name,
                "family": family,
                "words": {"en": name, **words},
                "preview": ASSETS.address(f"previews/{style}.webp"),
            }
            for style, name, family, words in [
                *STYLES,
                *((one, one, "print", {}) for one in shop.more_styles),
            ]
        ]

    @app.get(STAGE + "/v1/styles")
    def styles() -> dict[str, Any]:
        return {"model": {"name": "fuse", "version": "1.0"}, "styles": listed_styles()}

    @app.get(STAGE + "/v1/styles/search")
    def found_styles(q: str) -> dict[str, Any]:
        """Styles with a name that the words have, in the order of the words; half of each is suggested."""
        shop.searched.append(q)
        own: dict[str, Any] = {
            "id": OWN_STYLE,
            "name": "Autumn",
            "family": "own",
            "words": {},
            "preview": None,
        }
        by_name = {style["name"].lower(): style for style in [*listed_styles(), own]}
        found = [by_name[word] for word in q.lower().split() if word in by_name]
        suggestion = {
            "styles": {style["id"]: 1 / len(found) for style in found},
            "strength": 0.4,
            "protection": "strict",
            "levels": {"colour": 0.5, "stroke": 1, "motif": 1},
        }
        return {"styles": found, "suggestion": suggestion if found else None}


def add_photos(app: FastAPI, shop: FakeStorefront) -> None:
    def reported_view(photo: FakePhoto) -> dict[str, Any]:
        view = shop.view(photo)
        photo.reported.add(view["status"])
        return view

    def conditional(request: Request, content: dict[str, Any]) -> Response:
        answer = JSONResponse(content)
        answer.headers["ETag"] = f'W/"{hashlib.md5(answer.body, usedforsecurity=False).hexdigest()}"'
        if request.headers.get("if-none-match") == answer.headers["ETag"]:
            shop.answers_304 += 1
            return Response(status_code=304, headers={"ETag": answer.headers["ETag"]})
        return answer

    @app.get(STAGE + "/v1/photos")
    def photos(
        request: Request,
        limit: int,
        cursor: str = "0",
        expand: str = "",
        ids: str = "",
        status: str = "",
        external_id: str = "",
        updated_since: str = "",
    ) -> Response:
        assert expand == "results,original" or limit == 1 or ids, "the page shows whole photos"
        if ids:
            listed = [shop.photos[one] for one in ids.split(",") if one in shop.photos]
            return conditional(request, {"photos": list(map(reported_view, listed)), "next_cursor": None})
        since = datetime.fromisoformat(updated_since) if updated_since else None
        found = [
            one
            for one in shop.photos.values()
            if (not status or shop.status(one) == status)
            and (not external_id or one.external_id == external_id)
            and (since is None or one.updated_at >= since)
        ]
        start = int(cursor)
        next_cursor = str(start + limit) if start + limit < len(found) else None
        views = [shop.view(one) for one in found[start : start + limit]]
        return conditional(request, {"photos": views, "next_cursor": next_cursor})

    @app.get(STAGE + "/v1/photos/{photo_id}")
    def photo_view(request: Request, photo_id: str) -> Response:
        if photo_id not in shop.photos:
            return problem(404, "photo_not_found", "There is no such photo.")
        return conditional(request, reported_view(shop.photos[photo_id]))

    @app.post(STAGE + "/v1/photos/{photo_id}/looks")
    async def more_looks(request: Request, photo_id: str) -> Response:
        photo = shop.photos[photo_id]
        if shop.status(photo) not in {"READY", "FAILED"}:
            return problem(409, "order_running", "An order is running.")
        await run_in_threadpool(shop.order_more, photo, (await request.json())["looks"])
        return JSONResponse(reported_view(photo), 202)

    @app.post(STAGE + "/v1/photos/{photo_id}/retry")
    def retry(photo_id: str) -> Response:
        photo = shop.photos[photo_id]
        shop.start_again(photo)
        return JSONResponse(reported_view(photo), 202)

    @app.delete(STAGE + "/v1/photos/{photo_id}")
    def erase(photo_id: str) -> Response:
        del shop.photos[photo_id]
        return JSONResponse({"photo_id": photo_id, "state": "erasing"}, 202)


def application(shop: FakeStorefront) -> FastAPI:
    app = FastAPI()
    cors = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
    add_issuer(app, shop, cors)

    @app.middleware("http")
    async def refuse(request: Request, call_next: Any) -> Response:
        name = request.url.path.rpartition("/")[2]
        if "/v1/" in request.url.path:
            shop.calls.append(f"{request.method} {request.url.path.partition('/v1/')[2]}")
        if name in shop.html_paths:
            return Response("<html><title>Network sign-in</title></html>", media_type="text/html")
        if name in shop.failing_paths:
            return problem(503, "unavailable", "throttled")
        credential = request.headers.get("authorization", "").removeprefix("Bearer ")
        if request.url.path.startswith(PRIVATE_PATHS) and credential not in shop.accepted:
            return problem(401, shop.refusal, "not accepted")
        response: Response = await call_next(request)
        return response

    @app.get(STAGE + "/")
    def index() -> Response:
        policy = page_policy([f"http://localhost:{shop.port}"])  # of the buckets, and of the issuer
        return HTMLResponse(
            ASSETS.page, headers={"Content-Security-Policy": policy, "Cache-Control": "no-cache"}
        )

    app.mount(STAGE + "/assets", ASSETS)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    add_styles(app, shop)

    @app.post(STAGE + "/v1/photos")
    async def order_photo(request: Request) -> Response:
        order = await request.json()
        photo = shop.order(request.headers["idempotency-key"], order["filename"], order["looks"])
        fields = {"key": photo.photo_id, "Content-Type": order["content_type"], "policy": "p"}
        upload = {"url": shop.bucket_url, "fields": fields, "expires_at": "x", "max_bytes": 20 * 2**20}
        location = f"photos/{photo.photo_id}"
        body = {"photo_id": photo.photo_id, "photo": location, "upload": upload}
        return JSONResponse(body, 201, {"Location": location})

    add_photos(app, shop)
    add_campaigns(app, STAGE, shop)

    @app.get(STAGE + "/v1/photos/{photo_id}/explanation")
    def explanation(photo_id: str) -> dict[str, Any]:
        photo = shop.photos[photo_id]
        pictures = [shop.explain(result) for result in photo.results]
        return {"photo_id": photo_id, "status": shop.status(photo), "pictures": pictures}

    @app.options("/bucket")
    def preflight() -> Response:
        return Response(headers=cors)

    @app.post("/bucket")
    async def receive(request: Request) -> Response:
        parts = parts_of(await request.body(), request.headers["content-type"])
        if list(parts) != ["key", "Content-Type", "policy", "file"]:
            return Response("<Error><Code>InvalidArgument</Code></Error>", 400, cors, "application/xml")
        if len(parts["file"]) > shop.largest_upload:
            return Response("<Error><Code>EntityTooLarge</Code></Error>", 400, cors, "application/xml")
        await run_in_threadpool(shop.receive, shop.photos[parts["key"].decode()], parts["file"])
        return Response(status_code=204, headers=cors)

    @app.get("/bucket/{key}")
    def stored(key: str, age: int = 0) -> Response:
        content, content_type = shop.objects[key]
        if age < shop.link_age:
            return Response("<Error><Code>AccessDenied</Code></Error>", 403, cors, "application/xml")
        return Response(content, 200, cors, content_type)

    return app


def add_ready_photo(shop: FakeStorefront, path: Path, filename: str, *styles: str) -> str:
    """Put a finished photo in the shop and return its id."""
    photo = shop.create(filename, [{"styles": {style: 1.0}, "strength": 0.8} for style in styles])
    shop.receive(photo, path.read_bytes())
    photo.received_at, photo.reported = -math.inf, set(STATUS_SECONDS)
    return photo.photo_id


@contextmanager
def serving() -> Iterator[FakeStorefront]:
    shop = FakeStorefront()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        shop.port = listener.getsockname()[1]
        config = uvicorn.Config(application(shop), log_level="error", ws="none", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield shop
        finally:
            server.should_exit = True
            thread.join()
