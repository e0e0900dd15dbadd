"""The stylizer container's side of SageMaker's contract: /ping, /invocations, and nothing else.

A ticket comes in, pictures go to S3, a report comes out. A photo that cannot be styled is an answer; only
a ticket that is none (400, 408, 413), too many of them or a slow S3 (503), a broken engine (500) and a ticket
that takes too long (504) are failures.
"""

import logging
import sys
from collections.abc import Callable
from pathlib import Path

import anyio
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.requests import ClientDisconnect

from limner import bootstrap
from limner.contracts import StylizeReport, StylizeTicket
from limner.errors import LimnerError, Unavailable
from limner.images import bounded
from limner.images.intake import Limits
from limner.settings import StylizerSettings
from style_engine import DeviceRefused, Stylizer

from .health import AdmissionLimit, Health, TooBusy, end_process
from .service import RetryingEngine, StylizeService

logger = logging.getLogger("stylizer")

TICKET_BYTES = 128_000
"""As SageMaker's own bound on an inline request."""
TICKET_ARRIVES_SECONDS = 10.0
TICKET_SECONDS = 300.0
"""Eight looks of a 25 MP photo on two cores, others before it, and room to spare; SageMaker waits for 900."""
AT_WORK, WAITING = 2, 6
RETRY_AFTER_SECONDS = 5
DRAIN_SECONDS = 25
"""SageMaker kills 30 s after SIGTERM."""
CONNECTIONS = 64

Service = Callable[[StylizeTicket], StylizeReport]


class NotServed(Exception):
    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code = status, code


def make_app(service: Service, health: Health) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    admission = AdmissionLimit(AT_WORK, WAITING)

    @app.get("/ping")
    async def ping() -> Response:
        """200 while the engine works; it has really run once before the server listens at all."""
        return Response(status_code=503 if health.unhealthy_reason else 200)

    @app.post("/invocations")
    async def invoke(request: Request) -> Response:
        try:
            ticket = await _ticket(request)
            async with admission.place():
                report = await _report(service, ticket, health)
        except TooBusy:
            return _failure(503, "crowded", f"{AT_WORK} tickets are at work and {WAITING} wait")
        except NotServed as error:
            return _failure(error.status, error.code, str(error))
        return Response(report.model_dump_json(), media_type="application/json")

    return app


async def _ticket(request: Request) -> StylizeTicket:
    body = bytearray()
    try:
        with anyio.fail_after(TICKET_ARRIVES_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > TICKET_BYTES:
                    raise NotServed(413, "ticket_too_large", f"a ticket has at most {TICKET_BYTES} bytes")
        return StylizeTicket.model_validate_json(bytes(body))
    except (TimeoutError, ClientDisconnect) as error:
        raise NotServed(408, "ticket_incomplete", f"{len(body)} bytes came in time") from error
    except ValidationError as error:
        raise NotServed(400, "bad_ticket", str(error)) from error


async def _report(service: Service, ticket: StylizeTicket, health: Health) -> StylizeReport:
    if health.unhealthy_reason:
        raise NotServed(503, "beyond_repair", health.unhealthy_reason)
    with anyio.move_on_after(TICKET_SECONDS):
        return await anyio.to_thread.run_sync(_watched, service, ticket, health, abandon_on_cancel=True)
    health.mark_unhealthy(f"ticket {ticket.job_id} was not done after {TICKET_SECONDS:g} s")
    raise NotServed(504, "too_slow", f"not done after {TICKET_SECONDS:g} s")


def _watched(service: Service, ticket: StylizeTicket, health: Health) -> StylizeReport:
    try:
        report = service(ticket)
    except Unavailable as error:
        raise NotServed(503, error.code, str(error)) from error
    except LimnerError as error:
        raise NotServed(500, error.code, str(error)) from error
    except Exception as error:
        logger.exception("ticket %s failed", ticket.job_id)
        health.note_failure(ticket.photo.key)
        raise NotServed(500, "engine_failed", f"{type(error).__name__}: {error}") from error
    if report.pictures and not report.engine_failed:
        health.note_success()
    return report


def _failure(status: int, code: str, detail: str) -> Response:
    logger.error("%s: %s", code, detail)
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else {}  # noqa: PLR2004
    return JSONResponse({"code": code, "detail": detail}, status_code=status, headers=headers)


def build(settings: StylizerSettings) -> FastAPI:
    bounded.start()
    engine = _engine(settings)
    limits = Limits(max_bytes=settings.max_upload_bytes, max_pixels=int(settings.max_megapixels * 1_000_000))
    service = StylizeService(engine, bootstrap.objects(), limits)
    return make_app(service, Health(engine.test_itself, end_process))


def _engine(settings: StylizerSettings) -> RetryingEngine:
    """Loaded and tested.

    A GPU instance that quietly works on its CPU is paid for nothing, so it does not start at all; nor does
    one whose GPU is wrong.
    """
    try:
        stylizer = Stylizer.load(Path(settings.limner_model_dir), settings.stylizer_device)
        engine = RetryingEngine(stylizer)
        engine.test_itself()
    except DeviceRefused as error:
        sys.exit(f"{error}; for a CPU set STYLIZER_DEVICE=cpu")
    return engine


def main() -> None:
    """`docker run IMAGE serve`. On SIGTERM uvicorn refuses what is new and finishes what it has."""
    logging.basicConfig(level=logging.INFO)
    if sys.argv[1:] != ["serve"]:
        sys.exit("usage: docker run IMAGE serve")
    settings = StylizerSettings.read()
    uvicorn.run(
        build(settings),
        host=settings.sagemaker_bind_to_host,
        port=settings.sagemaker_bind_to_port,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        limit_concurrency=CONNECTIONS,
        access_log=False,
    )
