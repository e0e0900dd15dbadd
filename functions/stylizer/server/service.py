"""Ticket → pictures and report: fetch, decode, stylize, encode, store."""

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any

import torch
from PIL import ImageChops
from PIL.Image import Image

from limner.contracts import Refusal, StylizeReport, StylizeTicket, parse_report
from limner.errors import MalformedMessage, ObjectMissing, PhotoRefused, RefusalCode, upload_gone
from limner.images import bounded
from limner.images.intake import Limits
from limner.images.provenance import Provenance
from limner.images.variants import Encoded, encode_display, encode_exhibit, encode_rendition
from limner.keys import REPORT_NAME
from limner.looks import ENHANCE, Look, stands_alone
from limner.ports import ObjectStore
from limner.report import ENGINE, StyledPicture, Verdict
from limner.use_cases.store_rendition import store_rendition
from style_engine import Levels as EngineLevels
from style_engine import Look as EngineLook
from style_engine import Protection as EngineProtection
from style_engine import StyledPicture as EngineStyledPicture
from style_engine import StyleEngineError, Stylizer, UnknownStyle

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


class RetryingEngine:
    """One photo at a time. Looks that fail together, for want of memory or for one among them, are tried
    once more, each alone."""

    def __init__(self, stylizer: Stylizer) -> None:
        self._stylizer = stylizer
        self._turn = Lock()

    @property
    def model(self) -> str:
        return f"{self._stylizer.model.name}@{self._stylizer.version}"

    def stylize_all(self, photo: Image, looks: list[EngineLook]) -> list[EngineStyledPicture | None]:
        """None for a look that failed both times while another came out.

        Raises what the engine does: StyleEngineError at once, anything else when no look came out.
        """
        with self._turn:
            try:
                return [*self._stylizer.stylize_all(photo, looks, explained=True)]
            except StyleEngineError:
                raise
            except Exception as error:
                logger.warning("looks are tried one by one after %s", repr(error))
            # Not in the handler: the traceback would keep what the failed attempt holds in memory.
            return self._one_by_one(photo, looks)

    def _one_by_one(self, photo: Image, looks: list[EngineLook]) -> list[EngineStyledPicture | None]:
        made: list[EngineStyledPicture | None] = []
        failure: Exception | None = None
        for look in looks:
            _free_memory()
            try:
                made += self._stylizer.stylize_all(photo, [look], explained=True)
            except StyleEngineError:
                raise
            except Exception as error:
                logger.exception("%s failed alone too", look)
                failure = error.with_traceback(None)
                made.append(None)
        if failure and not any(made):
            raise failure
        return made

    def enhanced(self, photo: Image) -> EngineStyledPicture | None:
        """The photo without a style, its light and colour mended; None if the engine cannot do even that."""
        with self._turn:
            try:
                return self._stylizer.stylize_all(photo, [EngineLook.of(ENHANCE)])[0]
            except Exception:
                logger.exception("not even lifted")
                return None

    def test_itself(self) -> None:
        """Raises whatever a broken engine raises."""
        with self._turn:
            _free_memory()
            self._stylizer.warm_up()


def _free_memory() -> None:
    gc.collect()
    torch.cuda.empty_cache()


def _for_engine(look: Look) -> EngineLook:
    return EngineLook(
        styles=look.styles,
        strength=look.strength,
        protection=EngineProtection(look.protection),
        levels=EngineLevels(**look.levels.model_dump()),
        enhance=look.enhance,
    )


@dataclass(frozen=True)
class Finished:
    """A picture to publish, what the report says of it, and how much of the photo it is."""

    image: Image
    said: dict[str, Any]
    exhibits: dict[str, Image]
    is_painted: bool
    is_changed: bool

    def provenance(self, original: Provenance) -> Provenance:
        if self.is_painted:
            return original.styled
        return original.enhanced if self.is_changed else original


_SAID = ("metrics", "verdict", "regions", "steps", "chosen", "explanation")


def _finished(photo: Image, styled: EngineStyledPicture) -> Finished:
    return Finished(
        styled.image,
        said={name: getattr(styled, name) for name in _SAID},
        exhibits=styled.explanation.pictures if styled.explanation else {},
        is_painted=_is_painted(styled),
        is_changed=_differ(photo, styled.image),
    )


def _is_painted(styled: EngineStyledPicture) -> bool:
    """By a style, and not merely mended in light and colour."""
    look = styled.chosen.look if styled.chosen else styled.look
    return styled.verdict.strength > 0 and not any(map(stands_alone, look.styles))


def _differ(one: Image, other: Image) -> bool:
    return ImageChops.difference(one, other).getbbox(alpha_only=False) is not None


class StylizeService:
    """One ticket at a time has the engine; the rest of the work overlaps."""

    def __init__(self, engine: RetryingEngine, objects: ObjectStore, limits: Limits) -> None:
        self._engine = engine
        self._objects = objects
        self._limits = limits

    def __call__(self, ticket: StylizeTicket) -> StylizeReport:
        """Raises Unavailable when S3 is; whatever the engine raises goes through."""
        if (made := self._made_before(ticket)) is not None:
            return made
        watch = Stopwatch()
        try:
            pictures = self._pictures(ticket, watch)
            outcome: dict[str, Any] = {"pictures": pictures}
        except PhotoRefused as refusal:
            outcome = {"refusal": Refusal(code=refusal.code, message=refusal.message)}
        report = StylizeReport(
            job_id=ticket.job_id, model=self._engine.model, timings=watch.timings(), **outcome
        )
        body = report.model_dump_json().encode()
        self._objects.put(
            ticket.results.bucket, ticket.results.prefix + REPORT_NAME, body, "application/json"
        )
        return report

    def _made_before(self, ticket: StylizeTicket) -> StylizeReport | None:
        """A ticket that comes a second time costs a look at S3, not an engine's run."""
        try:
            report = parse_report(
                self._objects.get(ticket.results.bucket, ticket.results.prefix + REPORT_NAME)
            )
        except (ObjectMissing, MalformedMessage):
            return None
        same = report.job_id == ticket.job_id and report.model == self._engine.model
        return report if same and report.pictures else None

    def _pictures(self, ticket: StylizeTicket, watch: Stopwatch) -> tuple[StyledPicture, ...]:
        with watch.step("fetch"):
            data = self._fetch(ticket)
        with watch.step("decode"):
            photo = bounded.open_photo(data, self._limits)
        with watch.step("stylize"):
            finished = self._stylize(photo.image, ticket.looks)
        return tuple(
            self._publish(ticket, look, each, photo.provenance, watch)
            for look, each in zip(ticket.looks, finished, strict=True)
        )

    def _fetch(self, ticket: StylizeTicket) -> bytes:
        try:
            return self._objects.get(ticket.photo.bucket, ticket.photo.key, ticket.photo.version_id)
        except ObjectMissing as error:
            raise upload_gone() from error

    def _stylize(self, photo: Image, looks: tuple[Look, ...]) -> list[Finished]:
        try:
            styled = self._engine.stylize_all(photo, [_for_engine(look) for look in looks])
        except UnknownStyle as error:
            raise PhotoRefused(RefusalCode.UNKNOWN_STYLE, str(error)) from error
        return [
            _finished(photo, each) if each else self._stand_in(photo, look)
            for look, each in zip(looks, styled, strict=True)
        ]

    def _stand_in(self, photo: Image, look: Look) -> Finished:
        """For a look that the engine failed on: the photo, lifted if that was asked for."""
        enhanced = self._engine.enhanced(photo) if look.enhance else None
        refused = Verdict(outcome="fallback", strength=0, refused_by=(ENGINE,))
        said = {"metrics": {}, "verdict": refused, "steps": enhanced.steps if enhanced else ()}
        image = enhanced.image if enhanced else photo
        return Finished(image, said, {}, is_painted=False, is_changed=_differ(photo, image))

    def _publish(
        self, ticket: StylizeTicket, look: Look, finished: Finished, original: Provenance, watch: Stopwatch
    ) -> StyledPicture:
        provenance = finished.provenance(original)
        with watch.step("encode"):
            encoded = list(_encoded(finished.image, ticket.long_sides, provenance))
            exhibits = {
                name: encode_exhibit(name, image, provenance) for name, image in finished.exhibits.items()
            }
        with watch.step("store"):
            place = (ticket.results.bucket, f"{ticket.results.prefix}{look.slug}/")
            renditions = tuple(store_rendition(self._objects, *place, each) for each in encoded)
            shown = {name: store_rendition(self._objects, *place, each) for name, each in exhibits.items()}
        picture = {"look": look, "renditions": renditions, "exhibits": shown, **finished.said}
        return StyledPicture.model_validate(picture, from_attributes=True)


def _encoded(image: Image, long_sides: tuple[int, ...], provenance: Provenance) -> Iterator[Encoded]:
    """The full size, then each smaller one asked for."""
    yield encode_rendition(image, provenance)
    for side in sorted({side for side in long_sides if side < max(image.size)}, reverse=True):
        yield encode_display(image, side, provenance)
