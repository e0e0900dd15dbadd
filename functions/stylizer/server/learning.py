"""Own styles in the container: learned from a ticket's pictures, and found for the looks that use them."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from time import monotonic

from limner.errors import (
    MalformedMessage,
    ObjectMissing,
    PhotoRefused,
    RefusalCode,
    upload_gone,
)
from limner.intake import Limits, open_photo
from limner.keys import photo_key_of_job
from limner.looks import Look, own_styles_in
from limner.own_styles import StyleFailure, StyleProblem
from limner.photos import Source
from limner.ports import ObjectStore, PictureHashes
from limner.renditions import Rendition
from limner.signing import FindSigningKey, sign_picture
from limner.style_contracts import (
    LearnReport,
    LearnTicket,
    is_style_job,
    learned_prefix,
    parse_learn_report,
    style_of_job,
    style_report_key,
    style_report_key_of_job,
)
from limner.use_cases.check_ticket import StyleTicketCheck
from limner.use_cases.first_reports import FirstReports
from limner.use_cases.store_rendition import store_rendition
from photo_files.bounded import OpenedPhoto
from photo_files.credentials.picture_history import converted, enhanced, styled
from photo_files.variants import encode_display
from style_engine.network.styles import Style, style_bytes, style_from_bytes

from .copied_pictures import refused_copies
from .retrying_engine import RetryingEngine

logger = logging.getLogger("stylizer")

STYLE_NAME = "style.safetensors"
PREVIEW_SIDE_PX = 512
MAX_PEOPLE_SHARE = 0.1
"""Of a style's picture, by the skin mask. A picture of people is no style: their faces would be laid into
products, and whoever is shown has not been asked."""
PEOPLE_MESSAGE = "A picture shows people; please use pictures without people for a style."
KEPT_STYLES = 64
"""Style files held in memory, about 7 kB each."""


class LearnService:
    """Handles the tickets of own styles. As with photos, each attempt stores its files under a prefix of its
    own, and the first report stays."""

    def __init__(
        self,
        engine: RetryingEngine,
        objects: ObjectStore,
        *,
        limits: Limits,
        signing_key: FindSigningKey,
        check: StyleTicketCheck,
        hashes: PictureHashes,
        results_bucket: str,
        new_attempt: Callable[[], str],
    ) -> None:
        self._engine = engine
        self._objects = objects
        self._limits = limits
        self._signing_key = signing_key
        self._check = check
        self._hashes = hashes
        self._results_bucket = results_bucket
        self._reports = FirstReports(objects, results_bucket, style_report_key_of_job, parse_learn_report)
        self._new_attempt = new_attempt

    def __call__(self, ticket: LearnTicket) -> LearnReport:
        """Raises ForeignTicket before anything is read, Unavailable, and the engine's errors."""
        self._check(ticket)
        tenant, style_id = style_of_job(ticket.job_id)
        if (earlier := self._reports.find(ticket.job_id)) is not None:
            return earlier
        started = monotonic()
        prefix = f"{learned_prefix(tenant, style_id)}{self._new_attempt()}/"
        result: dict[str, object]
        try:
            result = self._learn(ticket, tenant, style_id, prefix)
        except PhotoRefused as refusal:
            result = {"refusal": StyleFailure(code=refusal.code, message=refusal.message)}
        report = LearnReport.model_validate(
            {
                "job_id": ticket.job_id,
                "model": self._engine.model,
                "seconds": round(monotonic() - started, 4),
                **result,
            }
        )
        return self._reports.store(report)

    def _learn(self, ticket: LearnTicket, tenant: str, style_id: str, prefix: str) -> dict[str, object]:
        pictures = [self._open(picture).image for picture in ticket.pictures]
        if copies := refused_copies(pictures, tenant, self._hashes):
            return {"refusal": copies}
        if any(self._engine.people_share(picture, tenant) > MAX_PEOPLE_SHARE for picture in pictures):
            return {"refusal": StyleFailure(code=StyleProblem.PEOPLE, message=PEOPLE_MESSAGE)}
        photo = self._preview_photo(ticket.preview_photo)
        scene = photo.image if photo else None
        style = self._engine.learn(pictures, style_id, ticket.name, scene, ticket.refinement_steps)
        key = f"{prefix}{STYLE_NAME}"
        self._objects.put(
            self._results_bucket, key, style_bytes(style), "application/octet-stream", only_if_absent=True
        )
        preview = self._store_preview(photo, style, tenant, prefix) if photo else None
        return {"style_key": key, "preview": preview}

    def _open(self, source: Source) -> OpenedPhoto:
        try:
            data = self._objects.get(source.bucket, source.key, source.version_id)
        except ObjectMissing as error:
            raise upload_gone() from error
        return open_photo(data, self._limits)

    def _preview_photo(self, source: Source | None) -> OpenedPhoto | None:
        """None also for a photo that is gone or cannot be opened: a style needs no preview."""
        if source is None:
            return None
        try:
            return self._open(source)
        except PhotoRefused as refusal:
            logger.info("no preview: %s", refusal.code)
            return None

    def _store_preview(self, photo: OpenedPhoto, style: Style, tenant: str, prefix: str) -> Rendition:
        painted = self._engine.preview(photo.image, style, tenant)
        provenance = photo.provenance.styled
        encoded = encode_display(painted.image, PREVIEW_SIDE_PX, provenance)
        done = styled(
            painted.look.styles,
            strength=painted.verdict.strength,
            ordered_strength=painted.look.strength,
            protection=str(painted.look.protection),
            model=self._engine.model,
            source_type=provenance.source,
        )
        actions = (*enhanced(painted.steps), done, *converted(encoded, photo.image.width))
        signed = sign_picture(encoded, actions, photo.credentials, self._signing_key())
        return store_rendition(self._objects, self._results_bucket, prefix, signed)


class OwnStyles:
    """The own styles that a ticket's looks use, read from where its own tenant's are; a ticket cannot name
    another's. The files of the last KEPT_STYLES styles are held in memory."""

    def __init__(self, objects: ObjectStore, results_bucket: str) -> None:
        self._objects = objects
        self._results_bucket = results_bucket
        self._kept: OrderedDict[tuple[str, str], Style] = OrderedDict()
        self._lock = Lock()

    def __call__(self, job_id: str, looks: Sequence[Look]) -> list[Style]:
        """Raises PhotoRefused where one was deleted, or never learned."""
        tenant = photo_key_of_job(job_id).tenant
        return [self._style(tenant, style_id) for style_id in own_styles_in(looks)]

    def _style(self, tenant: str, style_id: str) -> Style:
        with self._lock:
            if (kept := self._kept.get((tenant, style_id))) is not None:
                self._kept.move_to_end((tenant, style_id))
                return kept
        style = self._read(tenant, style_id)
        with self._lock:
            self._kept[tenant, style_id] = style
            if len(self._kept) > KEPT_STYLES:
                self._kept.popitem(last=False)
        return style

    def _read(self, tenant: str, style_id: str) -> Style:
        try:
            payload = self._objects.get(self._results_bucket, style_report_key(tenant, style_id))
            report = LearnReport.model_validate_json(payload)
            if not is_style_job(report.job_id) or style_of_job(report.job_id) != (tenant, style_id):
                raise MalformedMessage(f"the report of style {style_id} is of another")
            report = parse_learn_report(report.job_id, payload)
            if report.style_key is None:
                raise ObjectMissing(style_id)
            return style_from_bytes(self._objects.get(self._results_bucket, report.style_key))
        except ObjectMissing as error:
            message = f"The style {style_id} does not exist any more."
            raise PhotoRefused(RefusalCode.UNKNOWN_STYLE, message) from error
