"""For a job of a test tenant: make its results without a model, and announce them as the endpoint would."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

from pydantic import TypeAdapter, ValidationError

from limner.contracts import StylizeReport, StylizeTicket
from limner.errors import MalformedMessage, ObjectMissing, RefusalCode
from limner.keys import photo_key_of_job, ticket_key
from limner.own_styles import StyleProblem
from limner.packs.contracts import PackReport, PackTicket
from limner.packs.pack import PackProblem
from limner.ports import ObjectStore
from limner.sandbox import (
    ORDINARY,
    PACK_CASES,
    STYLE_CASES,
    SandboxCase,
    SandboxJob,
    case_of,
    job_failure_key,
)
from limner.style_contracts import LearnReport, LearnTicket
from limner.use_cases.check_ticket import PackTicketCheck, StyleTicketCheck, TicketCheck
from limner.use_cases.first_reports import FirstReports
from limner.use_cases.outcomes import Outcome
from limner.use_cases.sandbox_packs import SandboxPacks
from limner.use_cases.sandbox_pictures import SandboxPictures
from limner.use_cases.sandbox_styles import SandboxStyles

Ticket = StylizeTicket | LearnTicket | PackTicket
_TICKETS: TypeAdapter[Ticket] = TypeAdapter(Ticket)
_ENGINE_FAILURES = frozenset(
    {RefusalCode.STYLIZATION_FAILED.value, StyleProblem.FAILED.value, PackProblem.FAILED.value}
)
"""Failures of the endpoint itself: there is no report, and the notification says that the job failed."""


class SandboxQueue(Protocol):
    def send(self, job: SandboxJob, delay: timedelta = timedelta(0)) -> None:
        """Have the job done after `delay`."""


class Notifications(Protocol):
    def send(self, job_id: str, status: Literal["Completed", "Failed"]) -> None:
        """Notify the recorder of a job's end, as the endpoint does."""


@dataclass(frozen=True, kw_only=True)
class RunSandboxJob:
    objects: ObjectStore
    queue: SandboxQueue
    notifications: Notifications
    check: TicketCheck
    check_style: StyleTicketCheck
    check_pack: PackTicketCheck
    pictures: SandboxPictures
    styles: SandboxStyles
    packs: SandboxPacks
    photo_reports: FirstReports[StylizeReport]
    style_reports: FirstReports[LearnReport]
    pack_reports: FirstReports[PackReport]
    results_bucket: str

    def __call__(self, job: SandboxJob) -> Outcome:
        """A message that comes again finds the first report.

        Raises MalformedMessage, ForeignTicket, or Unavailable when the job must be done later.
        """
        try:
            ticket = self._ticket(job.job_id)
        except ObjectMissing:  # its photo was erased meanwhile
            return Outcome.SUPERSEDED
        case = self._checked_case(ticket)
        if case.wait and not job.has_waited:
            self.queue.send(job.model_copy(update={"has_waited": True}), case.wait)
            return Outcome.SANDBOX_JOB_DELAYED
        if case.code in _ENGINE_FAILURES:
            self._fail(job.job_id)
        else:
            self._report(ticket)
            self.notifications.send(job.job_id, "Completed")
        return Outcome.SANDBOX_JOB_DONE

    def _ticket(self, job_id: str) -> Ticket:
        payload = self.objects.get(self.results_bucket, ticket_key(job_id))
        try:
            ticket = _TICKETS.validate_json(payload)
        except ValidationError as error:
            raise MalformedMessage(f"not a ticket: {error}") from error
        if ticket.job_id != job_id:
            raise MalformedMessage(f"the ticket of job {job_id} is of another")
        return ticket

    def _checked_case(self, ticket: Ticket) -> SandboxCase:
        """Raises ForeignTicket."""
        if isinstance(ticket, LearnTicket):
            self.check_style(ticket)
            return STYLE_CASES.get(ticket.name, ORDINARY)
        if isinstance(ticket, PackTicket):
            self.check_pack(ticket)
            return PACK_CASES.get(ticket.external_id or "", ORDINARY)
        self.check(ticket)
        return case_of(photo_key_of_job(ticket.job_id).tenant, ticket.external_id)

    def _report(self, ticket: Ticket) -> None:
        """Unless there is a report of an earlier delivery."""
        if isinstance(ticket, LearnTicket):
            if self.style_reports.find(ticket.job_id) is None:
                self.style_reports.store(self.styles(ticket))
        elif isinstance(ticket, PackTicket):
            if self.pack_reports.find(ticket.job_id) is None:
                self.pack_reports.store(self.packs(ticket))
        elif self.photo_reports.find(ticket.job_id) is None:
            self.photo_reports.store(self.pictures(ticket, photo_key_of_job(ticket.job_id)))

    def _fail(self, job_id: str) -> None:
        """The endpoint stores a failure object before it notifies of a failure."""
        body = b'{"detail": "test mode"}'
        self.objects.put(
            self.results_bucket, job_failure_key(job_id), body, "application/json", only_if_absent=True
        )
        self.notifications.send(job_id, "Failed")
