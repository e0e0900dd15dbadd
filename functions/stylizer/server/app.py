"""The HTTP server of the stylizer container, with SageMaker's two routes: /ping and /invocations.

An invocation takes the ticket of a photo, a style or a pack, stores pictures or the style in S3 and returns a
report. For a photo that cannot be styled the report has a refusal (200). Failures: an invalid ticket (400,
408, 413), a ticket that contradicts itself (403), an engine error (500), too many tickets or S3 unavailable
(503), and a time-out (504).
"""

import logging

import anyio
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.requests import ClientDisconnect

from limner.contracts import StylizeTicket
from limner.errors import ForeignTicket, LimnerError, Unavailable
from limner.packs.contracts import PackReport
from limner.settings import StylizerSettings
from limner.style_contracts import LearnReport

from .connections import BoundedConnection
from .health import AdmissionLimit, Health, TooBusy, end_process
from .tickets import MAX_CONCURRENT_TICKETS, TICKETS, Report, Service, Ticket, build_services

logger = logging.getLogger("stylizer")

MAX_TICKET_BYTES = 128_000
"""SageMaker's own limit for an inline request."""
TICKET_READ_TIMEOUT_SECONDS = 10.0
TICKET_TIMEOUT_SECONDS = 600.0
"""Enough for eight looks of a 50 MP photo on two cores, in turn with three more such tickets; SageMaker
allows 900."""
MAX_WAITING_TICKETS = 6
RETRY_AFTER_SECONDS = 5
DRAIN_SECONDS = 25
"""SageMaker sends SIGKILL 30 s after SIGTERM."""
MAX_TICKETS_BEING_READ = 64
"""Each holds up to MAX_TICKET_BYTES for up to TICKET_READ_TIMEOUT_SECONDS."""

_TOO_BUSY = f"{MAX_CONCURRENT_TICKETS} tickets are in progress and {MAX_WAITING_TICKETS} are waiting"


class InvocationFailed(Exception):
    """An HTTP error response: status, stable `code`, detail."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code = status, code


def make_app(service: Service, health: Health) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    reading = AdmissionLimit(MAX_TICKETS_BEING_READ, 0)
    admission = AdmissionLimit(MAX_CONCURRENT_TICKETS, MAX_WAITING_TICKETS)

    @app.get("/ping")
    async def ping() -> Response:
        """200 while the container is healthy. The server listens only after the engine's self-test."""
        return Response(status_code=503 if health.unhealthy_reason else 200)

    @app.post("/invocations")
    async def invoke(request: Request) -> Response:
        try:
            async with reading.admit():
                ticket = await _read_ticket(request)
            async with admission.admit():
                report = await _make_report(service, ticket, health)
        except TooBusy:
            return _failure(503, "too_busy", _TOO_BUSY)
        except InvocationFailed as error:
            return _failure(error.status, error.code, str(error))
        return Response(report.model_dump_json(), media_type="application/json")

    return app


async def _read_ticket(request: Request) -> Ticket:
    body = bytearray()
    try:
        with anyio.fail_after(TICKET_READ_TIMEOUT_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_TICKET_BYTES:
                    raise InvocationFailed(
                        413, "ticket_too_large", f"a ticket may have at most {MAX_TICKET_BYTES} bytes"
                    )
        return TICKETS.validate_json(bytes(body))
    except (TimeoutError, ClientDisconnect) as error:
        raise InvocationFailed(
            408, "ticket_incomplete", f"only {len(body)} bytes were received in time"
        ) from error
    except ValidationError as error:
        raise InvocationFailed(400, "bad_ticket", str(error)) from error


async def _make_report(service: Service, ticket: Ticket, health: Health) -> Report:
    if health.unhealthy_reason:
        raise InvocationFailed(503, "unhealthy", health.unhealthy_reason)
    with anyio.move_on_after(TICKET_TIMEOUT_SECONDS):
        return await anyio.to_thread.run_sync(_run, service, ticket, health, abandon_on_cancel=True)
    health.mark_unhealthy(f"ticket {ticket.job_id} was not finished after {TICKET_TIMEOUT_SECONDS:g} s")
    raise InvocationFailed(504, "too_slow", f"not finished after {TICKET_TIMEOUT_SECONDS:g} s")


def _run(service: Service, ticket: Ticket, health: Health) -> Report:
    try:
        report = service(ticket)
    except Unavailable as error:
        raise InvocationFailed(503, error.code, str(error)) from error
    except ForeignTicket as error:
        raise InvocationFailed(403, error.code, str(error)) from error
    except LimnerError as error:
        raise InvocationFailed(500, error.code, str(error)) from error
    except Exception as error:
        logger.exception("ticket %s failed", ticket.job_id)
        health.record_failure(ticket.photo.key if isinstance(ticket, StylizeTicket) else ticket.job_id)
        raise InvocationFailed(500, "engine_failed", f"{type(error).__name__}: {error}") from error
    if _engine_has_worked(report):
        health.record_success()
    return report


def _engine_has_worked(report: Report) -> bool:
    if isinstance(report, LearnReport):
        return report.style_key is not None
    if isinstance(report, PackReport):
        return bool(report.profiles)
    return bool(report.pictures) and not report.engine_failed


def _failure(status: int, code: str, detail: str) -> Response:
    logger.error("%s: %s", code, detail)
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else {}  # noqa: PLR2004
    return JSONResponse({"code": code, "detail": detail}, status_code=status, headers=headers)


def build(settings: StylizerSettings) -> FastAPI:
    services = build_services(settings)
    return make_app(services, Health(services.engine.self_test, end_process))


def main() -> None:
    """`docker run IMAGE serve`. On SIGTERM uvicorn finishes the requests in progress and accepts no more."""
    logging.basicConfig(level=logging.INFO)
    settings = StylizerSettings.read()
    uvicorn.run(
        build(settings),
        host=settings.sagemaker_bind_to_host,
        port=settings.sagemaker_bind_to_port,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        http=BoundedConnection,
        access_log=False,
    )
