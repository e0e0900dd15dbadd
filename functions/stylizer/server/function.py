"""The container as a Lambda function: one invocation is one job, in a process that has no other at that time.

The router invokes it asynchronously. How the job has ended Lambda tells the recorder (the function's
destinations), also of a process that died or hung: nothing here does.
"""

import logging
import os
import runpy
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from pydantic import ValidationError

from limner.errors import LimnerError, MalformedMessage
from limner.function_contracts import parse_function_job
from limner.keys import ticket_key
from limner.ports import ObjectStore
from limner.settings import StylizerSettings

from .tickets import BROKEN_STATUS, TICKETS, Service, Ticket, build_services

logger = logging.getLogger("stylizer")

HANDLER = "server.function.handler"


class JobHandler:
    """`test_engine` raises where the engine is broken, and `end` ends the process, which Lambda replaces."""

    def __init__(
        self,
        service: Service,
        objects: ObjectStore,
        *,
        results_bucket: str,
        test_engine: Callable[[], None],
        end: Callable[[int], Any],
    ) -> None:
        self._service = service
        self._objects = objects
        self._results_bucket = results_bucket
        self._test_engine = test_engine
        self._end = end

    def __call__(self, event: Mapping[str, Any]) -> dict[str, str]:
        """The report is in S3, also of a photo that is refused. An invocation that raises has failed.

        Raises MalformedMessage, ObjectMissing where the ticket is gone, and the service's errors.
        """
        job = parse_function_job(event)
        ticket = self._ticket(job.job_id)
        try:
            self._service(ticket)
        except LimnerError:
            raise
        except Exception:
            logger.exception("job %s failed", job.job_id)
            self._end_if_broken()
            raise
        return {"job_id": job.job_id}

    def _ticket(self, job_id: str) -> Ticket:
        payload = self._objects.get(self._results_bucket, ticket_key(job_id))
        try:
            ticket = TICKETS.validate_json(payload)
        except ValidationError as error:
            raise MalformedMessage(f"not a ticket: {error}") from error
        if ticket.job_id != job_id:
            raise MalformedMessage(f"the ticket of job {job_id} is of another")
        return ticket

    def _end_if_broken(self) -> None:
        """Without it, this process would fail every job that Lambda gives it, for hours."""
        try:
            self._test_engine()
        except Exception:
            logger.critical("the engine fails its self-test: the process ends", exc_info=True)
            self._end(BROKEN_STATUS)


@cache
def job_handler() -> JobHandler:
    settings = StylizerSettings.read()
    services = build_services(settings)
    return JobHandler(
        services,
        services.objects,
        results_bucket=settings.results_bucket,
        test_engine=services.engine.self_test,
        end=os._exit,
    )


def handler(event: dict[str, Any], context: object) -> dict[str, str]:
    return job_handler()(event)


def main() -> None:
    """`docker run IMAGE function`: Lambda's runtime client, which calls `handler`."""
    logging.getLogger().setLevel(logging.INFO)
    sys.argv[1:] = [HANDLER]
    runpy.run_module("awslambdaric", run_name="__main__")
