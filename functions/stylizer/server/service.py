"""From a ticket to stored pictures and a report: fetch, decode, stylize, encode, store."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

from PIL import ImageChops
from PIL.Image import Image

from limner.contracts import Refusal, StylizeReport, StylizeTicket, parse_report_of
from limner.errors import ObjectMissing, PhotoRefused, RefusalCode, upload_gone
from limner.intake import Limits, open_photo
from limner.keys import attempt_prefix, photo_key_of_job, picture_folder, report_key
from limner.looks import Look, Protection, stands_alone
from limner.ports import ObjectStore
from limner.renditions import Rendition
from limner.report import ENGINE, StyledPicture, Verdict
from limner.signing import FindSigningKey, SigningKey, sign_picture
from limner.use_cases.check_ticket import TicketCheck
from limner.use_cases.first_reports import FirstReports
from limner.use_cases.store_rendition import store_rendition
from photo_files.bounded import OpenedPhoto
from photo_files.credentials.picture_history import converted
from photo_files.metadata.provenance import Provenance
from photo_files.perceptual_hash import perceptual_hash
from photo_files.placeholder import placeholder_of
from photo_files.variants import Encoded, encode_exhibit, encode_rendition, encode_variants
from style_engine import Levels as EngineLevels
from style_engine import Look as EngineLook
from style_engine import Protection as EngineProtection
from style_engine import StyledPicture as EngineStyledPicture
from style_engine import UnknownStyle
from style_engine.network.styles import Style

from .picture_actions import picture_actions
from .retrying_engine import RetryingEngine

logger = logging.getLogger("stylizer")


FindOwnStyles = Callable[[str, Sequence[Look]], Sequence[Style]]
"""A job's id and its looks → the own styles that the looks use (`learning.OwnStyles`)."""


class Stopwatch:
    """Measures the seconds of each step."""

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


def _to_engine_look(look: Look) -> EngineLook:
    return EngineLook(
        styles=look.styles,
        strength=look.strength,
        protection=EngineProtection(look.protection),
        levels=EngineLevels(**look.levels.model_dump()),
        enhance=look.enhance,
    )


@dataclass(frozen=True)
class FinishedPicture:
    """A picture to publish; `report_fields` go into its StyledPicture."""

    image: Image
    report_fields: dict[str, Any]
    exhibits: dict[str, Image]
    is_painted: bool
    is_changed: bool
    """Whether it differs from the photo."""

    def provenance(self, original: Provenance) -> Provenance:
        if self.is_painted:
            return original.styled
        return original.enhanced if self.is_changed else original


_REPORT_FIELDS = ("metrics", "verdict", "regions", "steps", "chosen", "explanation")


def _to_finished(photo: Image, styled: EngineStyledPicture) -> FinishedPicture:
    return FinishedPicture(
        styled.image,
        report_fields={name: getattr(styled, name) for name in _REPORT_FIELDS},
        exhibits=styled.explanation.pictures if styled.explanation else {},
        is_painted=_is_painted(styled),
        is_changed=_differ(photo, styled.image),
    )


def _is_painted(styled: EngineStyledPicture) -> bool:
    """By a style, rather than only enhanced or colour graded."""
    look = styled.chosen.look if styled.chosen else styled.look
    return styled.verdict.strength > 0 and not any(map(stands_alone, look.styles))


def _differ(one: Image, other: Image) -> bool:
    return ImageChops.difference(one, other).getbbox(alpha_only=False) is not None


class StylizeService:
    """Handles tickets. The engine paints one look at a time, tenants in turn; other steps run concurrently.

    Each attempt at a job stores its pictures under a prefix of its own, and the first report stays. So a
    report describes the pictures that it names, whatever an interrupted or a simultaneous attempt has stored.
    `new_attempt` gives the attempt's name, which no other attempt at the job has.
    """

    def __init__(
        self,
        engine: RetryingEngine,
        objects: ObjectStore,
        *,
        limits: Limits,
        signing_key: FindSigningKey,
        check: TicketCheck,
        results_bucket: str,
        new_attempt: Callable[[], str],
        own_styles: FindOwnStyles,
    ) -> None:
        self._own_styles = own_styles
        self._engine = engine
        self._objects = objects
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
        report = StylizeReport(
            job_id=ticket.job_id, model=self._engine.model, timings=watch.timings(), **outcome
        )
        return self._reports.store(report)

    def _pictures(self, ticket: StylizeTicket, watch: Stopwatch) -> tuple[StyledPicture, ...]:
        key = self._signing_key()  # before the engine's work, which would be lost
        with watch.step("fetch"):
            data = self._fetch(ticket)
        own_styles = self._own_styles(ticket.job_id, ticket.looks)
        with watch.step("decode"):
            photo = open_photo(data, self._limits)
        with watch.step("stylize"):
            tenant = photo_key_of_job(ticket.job_id).tenant
            finished = self._stylize(photo.image, ticket.looks, tenant, own_styles)
        attempt = self._new_attempt()
        return tuple(
            self._publish(look, picture, photo, _Folders.of(ticket, attempt, look), key=key, watch=watch)
            for look, picture in zip(ticket.looks, finished, strict=True)
        )

    def _fetch(self, ticket: StylizeTicket) -> bytes:
        try:
            return self._objects.get(ticket.photo.bucket, ticket.photo.key, ticket.photo.version_id)
        except ObjectMissing as error:
            raise upload_gone() from error

    def _stylize(
        self, photo: Image, looks: tuple[Look, ...], tenant: str, own_styles: Sequence[Style]
    ) -> list[FinishedPicture]:
        engine_looks = [_to_engine_look(look) for look in looks]
        try:
            styled = self._engine.stylize_all(photo, engine_looks, tenant, own_styles)
        except UnknownStyle as error:
            raise PhotoRefused(RefusalCode.UNKNOWN_STYLE, str(error)) from error
        return [
            _to_finished(photo, picture) if picture else self._fallback(photo, look, tenant)
            for look, picture in zip(looks, styled, strict=True)
        ]

    def _fallback(self, photo: Image, look: Look, tenant: str) -> FinishedPicture:
        """The photo for a look that failed: enhanced if it asks for that and does not protect the product."""
        enhances = look.enhance and look.protection == Protection.OFF
        enhanced = self._engine.enhance(photo, tenant) if enhances else None
        verdict = Verdict(outcome="fallback", strength=0, refused_by=(ENGINE,))
        report_fields = {"metrics": {}, "verdict": verdict, "steps": enhanced.steps if enhanced else ()}
        image = enhanced.image if enhanced else photo
        return FinishedPicture(image, report_fields, {}, is_painted=False, is_changed=_differ(photo, image))

    def _publish(
        self,
        look: Look,
        finished: FinishedPicture,
        photo: OpenedPhoto,
        folders: "_Folders",
        *,
        key: SigningKey | None,
        watch: Stopwatch,
    ) -> StyledPicture:
        provenance = finished.provenance(photo.provenance)
        fields, width = finished.report_fields, finished.image.width
        is_changed, model = finished.is_changed, self._engine.model
        done = picture_actions(look, fields, model, provenance.source) if is_changed else ()

        def sign(picture: Encoded) -> Encoded:
            return sign_picture(picture, (*done, *converted(picture, width)), photo.credentials, key)

        with watch.step("encode"):
            encoded = [encode_rendition(finished.image, provenance)]
            encoded += encode_variants(finished.image, provenance)
            placeholder = placeholder_of(finished.image)
            exhibits = {
                name: encode_exhibit(name, image, provenance) for name, image in finished.exhibits.items()
            }
        with watch.step("sign"):
            encoded = [sign(picture) for picture in encoded]
            exhibits = {name: sign(exhibit) for name, exhibit in exhibits.items()}
        with watch.step("store"):
            renditions = tuple(self._store_picture(folders.pictures, picture) for picture in encoded)
            stored = {name: self._store_picture(folders.exhibits, each) for name, each in exhibits.items()}
        picture = {
            "look": look,
            "renditions": renditions,
            "exhibits": stored,
            "hash": f"{perceptual_hash(finished.image):016x}",
            "is_signed": key is not None,
            "dominant_colour": placeholder.dominant_colour,
            "placeholder": placeholder.thumbhash,
            **fields,
        }
        return StyledPicture.model_validate(picture, from_attributes=True)

    def _store_picture(self, folder: str, picture: Encoded) -> Rendition:
        return store_rendition(self._objects, self._results_bucket, folder, picture)


@dataclass(frozen=True)
class _Folders:
    """Where one picture's files go. The exhibits of its explanation are for the tenant alone, always."""

    pictures: str
    exhibits: str

    @classmethod
    def of(cls, ticket: StylizeTicket, attempt: str, look: Look) -> "_Folders":
        return cls(
            pictures=picture_folder(ticket.job_id, attempt, look.slug, ticket.visibility),
            exhibits=f"{attempt_prefix(ticket.job_id, attempt)}{look.slug}/",
        )
