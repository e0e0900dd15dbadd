"""From a ticket to stored pictures and a report, in three stages that tickets pass one after another.

    fetch, decode, enhance  →  regions, networks  →  marks, gates, compose, encode, sign, store
    pool of threads            the device's own      pool of threads

Tenants take the pool in turn as they take the device.
A ticket has LOOKS_AHEAD looks at most before the device or on it, and as many behind it: what is in memory is
bounded by the number of tickets.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from functools import partial
from typing import Any

from PIL.Image import Image

from limner.contracts import Refusal, StylizeReport, StylizeTicket, parse_report_of
from limner.errors import ObjectMissing, PhotoRefused, RefusalCode, upload_gone
from limner.intake import Limits, open_photo
from limner.keys import photo_key_of_job, report_key
from limner.looks import Look, Protection
from limner.ports import ObjectStore
from limner.report import ENGINE, StyledPicture, Verdict
from limner.signing import FindSigningKey
from limner.use_cases.check_ticket import TicketCheck
from limner.use_cases.first_reports import FirstReports
from photo_files.bounded import OpenedPhoto
from style_engine import Levels as EngineLevels
from style_engine import Look as EngineLook
from style_engine import Protection as EngineProtection
from style_engine import StyleEngineError, UnknownStyle
from style_engine.network.styles import Style
from style_engine.prepared_photo import PreparedPhoto
from style_engine.toned_look import TonedLook

from .processor_pool import ProcessorPool
from .publishing import FinishedPicture, Publisher, differ
from .retrying_engine import RetryingEngine
from .stopwatch import Stopwatch

LOOKS_AHEAD = 3
"""One is on the device while another is finished; the third waits, so that the device need not."""

_Outcome = StyledPicture | Exception
FindOwnStyles = Callable[[str, Sequence[Look]], Sequence[Style]]
"""A job's id and its looks → the own styles that the looks use (`learning.OwnStyles`)."""


class StylizeService:
    """Handles tickets; `processors` run what needs no device, for all tickets.

    Each attempt at a job stores its pictures under a prefix of its own, and the first report stays. So a
    report describes the pictures that it names, whatever an interrupted or a simultaneous attempt has stored.
    `new_attempt` gives the attempt's name, which no other attempt at the job has.
    """

    def __init__(
        self,
        engine: RetryingEngine,
        objects: ObjectStore,
        *,
        processors: ProcessorPool,
        limits: Limits,
        signing_key: FindSigningKey,
        check: TicketCheck,
        results_bucket: str,
        new_attempt: Callable[[], str],
        own_styles: FindOwnStyles,
    ) -> None:
        self._engine, self._objects, self._processors = engine, objects, processors
        self._own_styles = own_styles
        self._limits = limits
        self._signing_key = signing_key
        self._check = check
        self._results_bucket = results_bucket
        self._reports = FirstReports(objects, results_bucket, report_key, parse_report_of)
        self._new_attempt = new_attempt

    def __call__(self, ticket: StylizeTicket) -> StylizeReport:
        """Raises ForeignTicket before anything is read, Unavailable if S3 or the signing key is unavailable,
        and the engine's errors."""
        self._check(ticket)
        if (earlier := self._reports.find(ticket.job_id)) is not None:
            return earlier  # of an earlier delivery: the engine need not run again
        watch = Stopwatch()
        try:
            pictures = self._pictures(ticket, watch)
            outcome: dict[str, Any] = {"pictures": pictures}
        except PhotoRefused as refusal:
            outcome = {"refusal": Refusal(code=refusal.code, message=refusal.message)}
        except UnknownStyle as error:
            outcome = {"refusal": Refusal(code=RefusalCode.UNKNOWN_STYLE, message=str(error))}
        report = StylizeReport(
            job_id=ticket.job_id, model=self._engine.model, timings=watch.timings(), **outcome
        )
        return self._reports.store(report)

    def _pictures(self, ticket: StylizeTicket, watch: Stopwatch) -> tuple[StyledPicture, ...]:
        key = self._signing_key()  # before the engine's work, which would be lost
        with watch.step("fetch"):
            data = self._fetch(ticket)
        looks = [_to_engine_look(look) for look in ticket.looks]
        own_styles = self._own_styles(ticket.job_id, ticket.looks)
        prepare = partial(self._prepare, data, looks, own_styles, watch)
        photo, prepared = self._processors.submit(_tenant_of(ticket), prepare).result()
        publisher = Publisher(
            self._objects,
            self._results_bucket,
            ticket,
            self._new_attempt(),
            photo,
            self._engine.model,
            key,
            watch,
        )
        return self._finish_looks(prepared, looks, publisher)

    def _fetch(self, ticket: StylizeTicket) -> bytes:
        try:
            return self._objects.get(ticket.photo.bucket, ticket.photo.key, ticket.photo.version_id)
        except ObjectMissing as error:
            raise upload_gone() from error

    def _prepare(
        self, data: bytes, looks: Sequence[EngineLook], own_styles: Sequence[Style], watch: Stopwatch
    ) -> tuple[OpenedPhoto, PreparedPhoto]:
        with watch.step("decode"):
            photo = open_photo(data, self._limits)
        with watch.step("prepare"):
            return photo, self._engine.prepare(photo.image, looks, own_styles)

    def _finish_looks(
        self, prepared: PreparedPhoto, looks: Sequence[EngineLook], publisher: Publisher
    ) -> tuple[StyledPicture, ...]:
        """Each look's picture, finished and published while the next ones are painted.

        For a look that failed the photo is published; if all failed, the last error is raised.
        """
        tenant = _tenant_of(publisher.ticket)
        finishing: list[Future[_Outcome]] = []
        try:
            for look, painting in zip(
                publisher.ticket.looks, self._painted(prepared, looks, tenant, publisher.watch), strict=True
            ):
                finish = partial(self._finish, publisher, look, _toned_in(painting))
                finishing.append(self._processors.submit(tenant, finish))
                _await_all_but(LOOKS_AHEAD, finishing)
        finally:
            _await_all_but(0, finishing)
        outcomes = [each.result() for each in finishing]
        failures = [each for each in outcomes if isinstance(each, Exception)]
        if len(failures) == len(outcomes):
            raise failures[-1]
        return tuple(
            publisher.publish(look, self._fallback(publisher.photo.image, look, tenant))
            if isinstance(outcome, Exception)
            else outcome
            for look, outcome in zip(publisher.ticket.looks, outcomes, strict=True)
        )

    def _finish(self, publisher: Publisher, look: Look, toned: TonedLook | Exception) -> _Outcome:
        """The published picture, or the engine's error."""
        if isinstance(toned, Exception):
            return toned
        try:
            with publisher.watch.step("marks"):
                painted = self._engine.finish(toned)
            with publisher.watch.step("compose"):
                finished = FinishedPicture.of(publisher.photo.image, self._engine.compose(painted))
        except Exception as error:
            return error
        return publisher.publish(look, finished)

    def _painted(
        self, prepared: PreparedPhoto, looks: Sequence[EngineLook], tenant: str, watch: Stopwatch
    ) -> Iterator["Future[TonedLook]"]:
        """In order; LOOKS_AHEAD of them at most wait for the device or for whoever takes them from here."""
        painting: deque[Future[TonedLook]] = deque()
        for look in looks:
            painting.append(self._engine.paint(prepared, look, tenant, partial(watch.add, "paint")))
            if len(painting) == LOOKS_AHEAD:
                yield painting.popleft()
        while painting:
            yield painting.popleft()

    def _fallback(self, photo: Image, look: Look, tenant: str) -> FinishedPicture:
        """The photo for a look that failed: enhanced if it asks for that and does not protect the product."""
        enhances = look.enhance and look.protection == Protection.OFF
        enhanced = self._engine.enhance(photo, tenant) if enhances else None
        verdict = Verdict(outcome="fallback", strength=0, refused_by=(ENGINE,))
        report_fields = {"metrics": {}, "verdict": verdict, "steps": enhanced.steps if enhanced else ()}
        image = enhanced.image if enhanced else photo
        return FinishedPicture(image, report_fields, {}, is_painted=False, is_changed=differ(photo, image))


def _tenant_of(ticket: StylizeTicket) -> str:
    return photo_key_of_job(ticket.job_id).tenant


def _toned_in(painting: "Future[TonedLook]") -> TonedLook | Exception:
    """What the networks have painted, or the error of its second attempt. Raises StyleEngineError."""
    try:
        return painting.result()
    except StyleEngineError:
        raise
    except Exception as error:
        return error


def _await_all_but(count: int, finishing: Sequence[Future[_Outcome]]) -> None:
    """Wait for all but the last `count`."""
    wait(finishing[: max(0, len(finishing) - count)])


def _to_engine_look(look: Look) -> EngineLook:
    return EngineLook(
        styles=look.styles,
        strength=look.strength,
        protection=EngineProtection(look.protection),
        levels=EngineLevels(**look.levels.model_dump()),
        enhance=look.enhance,
    )
