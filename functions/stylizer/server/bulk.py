"""The entry `bulk`: the tickets of a restyle's chunk, one `docker run IMAGE bulk KEY` for each chunk.

Each ticket passes the same service as at the endpoint, stores the same report, and is notified to the same
recorder. A ticket that has a report is not worked for again, so that a container that is started again does
what the killed one had in hand, and the rest.
"""

import logging
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Literal

from limner.adapters.notifications import QueuedNotifications
from limner.bootstrap import pipeline
from limner.contracts import StylizeReport, StylizeTicket
from limner.errors import Unavailable
from limner.ports import ObjectStore
from limner.restyles.restyle import (
    ChunkReport,
    ChunkTickets,
    RestyleObjects,
    RestyleOutcome,
    chunk_of_tickets,
    failure_key,
)
from limner.restyles.settings import BulkSettings

from .tickets import BROKEN_STATUS, MAX_CONCURRENT_TICKETS, build_services

logger = logging.getLogger("stylizer")

TRY_AGAIN_STATUS = 75
"""EX_TEMPFAIL of sysexits.h: the job definition starts the container again after it."""
MESSAGE_GROUP = "restyles"
"""Of notifications: those of the endpoint, which have none, are not delayed by them."""
FAILURES_IN_A_ROW_MAX = 5
"""So many say that the container is broken rather than their photos."""

Notify = Callable[[str, Literal["Completed", "Failed"]], None]


class BulkWorker:
    """Works for `tickets_at_once` tickets at the same time."""

    def __init__(
        self,
        stylize: Callable[[StylizeTicket], StylizeReport],
        objects: ObjectStore,
        results_bucket: str,
        notify: Notify,
        tickets_at_once: int,
    ) -> None:
        self._stylize = stylize
        self._objects = objects
        self._results_bucket = results_bucket
        self._notify = notify
        self._tickets_at_once = tickets_at_once
        self._stopping = threading.Event()
        self._failures_in_a_row = 0

    @property
    def is_broken(self) -> bool:
        return self._failures_in_a_row >= FAILURES_IN_A_ROW_MAX

    def stop(self) -> None:
        """Finish the tickets in hand, begin no others."""
        self._stopping.set()

    def __call__(self, tickets: tuple[StylizeTicket, ...]) -> Counter[RestyleOutcome] | None:
        """What has come of them; None if some were not begun, or not finished for lack of a service."""
        with ThreadPoolExecutor(self._tickets_at_once, "tickets") as pool:
            outcomes = list(pool.map(self._outcome, tickets))
        found = [outcome for outcome in outcomes if outcome is not None]
        return Counter(found) if len(found) == len(outcomes) else None

    def _outcome(self, ticket: StylizeTicket) -> RestyleOutcome | None:
        if self._stopping.is_set():
            return None
        try:
            return self._finish(ticket)
        except Unavailable:
            logger.exception("ticket %s is left", ticket.job_id)
            self.stop()
            return None

    def _finish(self, ticket: StylizeTicket) -> RestyleOutcome:
        try:
            report = self._stylize(ticket)
        except Unavailable:
            raise
        except Exception as error:
            logger.exception("ticket %s failed", ticket.job_id)
            self._count_failure()
            # The recorder believes a failure whose object it finds, and the endpoint tries the photo again.
            text = f"{type(error).__name__}: {error}".encode()
            self._objects.put(self._results_bucket, failure_key(ticket.job_id), text, "text/plain")
            self._notify(ticket.job_id, "Failed")
            return RestyleOutcome.FAILED
        self._failures_in_a_row = 0
        self._notify(ticket.job_id, "Completed")
        return RestyleOutcome.REFUSED if report.refusal else RestyleOutcome.STYLIZED

    def _count_failure(self) -> None:
        self._failures_in_a_row += 1
        if self.is_broken:
            self.stop()


def run_chunk(worker: BulkWorker, restyles: RestyleObjects, tickets_key: str) -> int:
    """The process's exit status: 0 once the chunk is done."""
    chunk = chunk_of_tickets(tickets_key)
    if restyles.report(chunk) is not None:
        return 0
    given: ChunkTickets = restyles.tickets(chunk)
    outcomes = worker(given.tickets)
    if outcomes is None:
        return BROKEN_STATUS if worker.is_broken else TRY_AGAIN_STATUS
    counted = Counter(given.others) + outcomes
    restyles.put(chunk.done, ChunkReport(outcomes=counted, finished_at=datetime.now(UTC)))
    return 0


def stop_on_sigterm(worker: BulkWorker) -> None:
    """Before it ends a Spot instance, ECS sends SIGTERM to its containers."""
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())


def main(tickets_key: str) -> None:
    """`docker run IMAGE bulk KEY`. On SIGTERM the tickets in progress are finished, and no others begun."""
    logging.basicConfig(level=logging.INFO)
    settings = BulkSettings.read()
    services = build_services(settings)
    queue = QueuedNotifications(
        pipeline.client("sqs"), queue_url=settings.done_queue_url, group=MESSAGE_GROUP
    )
    worker = BulkWorker(
        services.stylize,
        services.objects,
        settings.results_bucket,
        notify=queue.send,
        tickets_at_once=MAX_CONCURRENT_TICKETS,
    )
    stop_on_sigterm(worker)
    sys.exit(run_chunk(worker, RestyleObjects(services.objects, settings.results_bucket), tickets_key))
