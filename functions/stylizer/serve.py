"""The stylizer container's side of SageMaker's contract: /ping, /invocations, and nothing else.

A ticket comes in, pictures go to S3, a report comes out. A photo that cannot be styled is an answer; only
a broken ticket (400), a missing or slow S3 (503) or a broken engine (500) are failures.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

import torch
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from PIL.Image import Image
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from limner import bootstrap
from limner.contracts import Refusal, StylizeReport, StylizeTicket
from limner.errors import LimnerError, ObjectMissing, PhotoRefused, RefusalCode, Unavailable, upload_gone
from limner.intake import Limits, open_photo
from limner.photos import Look, Rendition, StyledPicture
from limner.ports import ObjectStore
from limner.settings import StylizerSettings
from limner.variants import Encoded, encode_display, encode_rendition
from style_engine import Look as EngineLook
from style_engine import Stylized, Stylizer, UnknownStyle

logger = logging.getLogger("stylizer")


class Stopwatch:
    """Seconds by step."""

    def __init__(self) -> None:
        self._started = monotonic()
        self._steps: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        started = monotonic()
        yield
        self._steps[name] = self._steps.get(name, 0.0) + monotonic() - started

    def timings(self) -> dict[str, float]:
        steps = {**self._steps, "total": monotonic() - self._started}
        return {name: round(seconds, 4) for name, seconds in steps.items()}


class StylizeService:
    """Ticket → pictures and report. One ticket at a time has the engine; the rest of the work overlaps."""

    def __init__(self, stylizer: Stylizer, objects: ObjectStore, limits: Limits) -> None:
        self._stylizer = stylizer
        self._objects = objects
        self._limits = limits
        self._engine = Lock()

    @property
    def model(self) -> str:
        return f"{self._stylizer.model.name}@{self._stylizer.model.version}"

    def __call__(self, ticket: StylizeTicket) -> StylizeReport:
        """Raises Unavailable when S3 is; whatever the engine raises goes through."""
        watch = Stopwatch()
        try:
            pictures = self._pictures(ticket, watch)
            outcome: dict[str, Any] = {"pictures": pictures}
        except PhotoRefused as refusal:
            outcome = {"refusal": Refusal(code=refusal.code, message=refusal.message)}
        report = StylizeReport(job_id=ticket.job_id, model=self.model, timings=watch.timings(), **outcome)
        body = report.model_dump_json().encode()
        self._objects.put(
            ticket.results.bucket, f"{ticket.results.prefix}report.json", body, "application/json"
        )
        return report

    def _pictures(self, ticket: StylizeTicket, watch: Stopwatch) -> tuple[StyledPicture, ...]:
        with watch.step("fetch"):
            data = self._fetch(ticket)
        with watch.step("decode"):
            photo = open_photo(data, self._limits)
        with watch.step("stylize"):
            styled = self._stylize(photo, ticket.looks)
        return tuple(
            self._publish(ticket, look, each, watch) for look, each in zip(ticket.looks, styled, strict=True)
        )

    def _fetch(self, ticket: StylizeTicket) -> bytes:
        try:
            return self._objects.get(ticket.photo.bucket, ticket.photo.key, ticket.photo.version_id)
        except ObjectMissing as error:
            raise upload_gone() from error

    def _stylize(self, photo: Image, looks: tuple[Look, ...]) -> list[Stylized]:
        wanted = [EngineLook(styles=look.styles, strength=look.strength) for look in looks]
        try:
            with self._engine:
                return self._stylizer.stylize_all(photo, wanted)
        except UnknownStyle as error:
            raise PhotoRefused(RefusalCode.UNKNOWN_STYLE, str(error)) from error

    def _publish(
        self, ticket: StylizeTicket, look: Look, styled: Stylized, watch: Stopwatch
    ) -> StyledPicture:
        with watch.step("encode"):
            encoded = list(_encoded(styled.image, ticket.long_sides))
        with watch.step("store"):
            renditions = tuple(self._put(ticket, look, each) for each in encoded)
        return StyledPicture(look=look, renditions=renditions, metrics=styled.metrics)

    def _put(self, ticket: StylizeTicket, look: Look, encoded: Encoded) -> Rendition:
        key = f"{ticket.results.prefix}{look.slug}/{encoded.name}"
        self._objects.put(ticket.results.bucket, key, encoded.body, encoded.content_type)
        return Rendition(
            key=key,
            width=encoded.width,
            height=encoded.height,
            bytes=len(encoded.body),
            content_type=encoded.content_type,
        )


def _encoded(image: Image, long_sides: tuple[int, ...]) -> Iterator[Encoded]:
    """The full size, then each smaller one asked for."""
    yield encode_rendition(image)
    for side in sorted({side for side in long_sides if side < max(image.size)}, reverse=True):
        yield encode_display(image, side)


def make_app(service: StylizeService) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.broken = False

    @app.get("/ping")
    def ping() -> Response:
        """200 while the engine works; it has really run once before the server listens at all."""
        return Response(status_code=503 if app.state.broken else 200)

    @app.post("/invocations")
    async def invoke(request: Request) -> Response:
        body = await request.body()
        try:
            report = await run_in_threadpool(service, StylizeTicket.model_validate_json(body))
        except ValidationError as error:
            return _failure(400, "bad_ticket", str(error))
        except Unavailable as error:
            return _failure(503, error.code, str(error))
        except LimnerError as error:
            return _failure(500, error.code, str(error))
        except Exception as error:
            logger.exception("the engine failed")
            app.state.broken = _is_beyond_repair(error)
            return _failure(500, "engine_failed", f"{type(error).__name__}: {error}")
        return Response(report.model_dump_json(), media_type="application/json")

    return app


def _is_beyond_repair(error: Exception) -> bool:
    """A CUDA context that has faulted fails every later call; the instance must be replaced."""
    return "CUDA error" in str(error)


def _failure(status: int, code: str, detail: str) -> Response:
    logger.error("%s: %s", code, detail)
    return JSONResponse({"code": code, "detail": detail}, status_code=status)


def build(settings: StylizerSettings) -> FastAPI:
    stylizer = Stylizer.load(Path(settings.limner_model_dir), device=_device())
    stylizer.warm_up()
    limits = Limits(max_bytes=settings.max_upload_bytes, max_pixels=int(settings.max_megapixels * 1_000_000))
    return make_app(StylizeService(stylizer, bootstrap.objects(), limits))


def _device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def main() -> None:
    """`docker run IMAGE serve`. uvicorn drains on SIGTERM; SageMaker kills 30 s later."""
    logging.basicConfig(level=logging.INFO)
    if sys.argv[1:] != ["serve"]:
        sys.exit("usage: serve.py serve")
    settings = StylizerSettings.read()
    uvicorn.run(
        build(settings),
        host=settings.sagemaker_bind_to_host,
        port=settings.sagemaker_bind_to_port,
        timeout_graceful_shutdown=25,
        access_log=False,
    )


if __name__ == "__main__":
    main()
