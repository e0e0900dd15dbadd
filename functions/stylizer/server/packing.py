"""Packs in the container: a picture on the canvases of marketplaces, with the verdict by rule."""

from collections.abc import Callable
from functools import partial
from time import monotonic

from limner.contracts import Refusal
from limner.errors import ObjectMissing, PhotoRefused, upload_gone
from limner.intake import Limits, open_photo
from limner.packs.contracts import (
    PackedProfile,
    PackReport,
    PackTicket,
    RuleFinding,
    pack_job_prefix,
    pack_report_key,
    parse_pack_report,
    photo_key_of_pack_job,
)
from limner.photos import Source
from limner.ports import ObjectStore
from limner.signing import FindSigningKey, SigningKey, sign_picture
from limner.use_cases.check_ticket import PackTicketCheck
from limner.use_cases.first_reports import FirstReports
from limner.use_cases.store_rendition import store_rendition
from photo_files.bounded import OpenedPhoto
from photo_files.credentials.content_credentials import Action
from photo_files.packs.profile import Profile, load_profile
from photo_files.variants import Encoded

from .processor_pool import ProcessorPool
from .retrying_engine import RetryingEngine


class PackService:
    """Handles the tickets of packs; `processors` decode and pack, tenants in turn. As with photos, each
    attempt stores its files under a prefix of its own, and the first report stays."""

    def __init__(
        self,
        engine: RetryingEngine,
        objects: ObjectStore,
        *,
        processors: ProcessorPool,
        limits: Limits,
        signing_key: FindSigningKey,
        check: PackTicketCheck,
        results_bucket: str,
        new_attempt: Callable[[], str],
    ) -> None:
        self._engine, self._objects, self._processors = engine, objects, processors
        self._limits = limits
        self._signing_key = signing_key
        self._check = check
        self._results_bucket = results_bucket
        self._reports = FirstReports(objects, results_bucket, pack_report_key, parse_pack_report)
        self._new_attempt = new_attempt

    def __call__(self, ticket: PackTicket) -> PackReport:
        """Raises ForeignTicket before anything is read, Unavailable, and the engine's errors."""
        self._check(ticket)
        if (earlier := self._reports.find(ticket.job_id)) is not None:
            return earlier
        started = monotonic()
        result: dict[str, object]
        try:
            result = {"profiles": self._packed(ticket)}
        except PhotoRefused as refusal:
            result = {"refusal": Refusal(code=refusal.code, message=refusal.message)}
        report = PackReport.model_validate(
            {
                "job_id": ticket.job_id,
                "model": self._engine.model,
                "seconds": round(monotonic() - started, 4),
                **result,
            }
        )
        return self._reports.store(report)

    def _packed(self, ticket: PackTicket) -> tuple[PackedProfile, ...]:
        key = self._signing_key()
        data = self._fetch(ticket.picture)
        tenant = photo_key_of_pack_job(ticket.job_id).tenant
        photo = self._processors.submit(tenant, partial(open_photo, data, self._limits)).result()
        folder = f"{pack_job_prefix(ticket.job_id)}{self._new_attempt()}/"
        packings = (
            partial(self._packed_for, load_profile(each), data, photo, folder, key)
            for each in ticket.profiles
        )
        return tuple(self._processors.submit(tenant, packing).result() for packing in packings)

    def _packed_for(
        self, profile: Profile, data: bytes, photo: OpenedPhoto, folder: str, key: SigningKey | None
    ) -> PackedProfile:
        made = self._engine.pack(data, photo, profile, lambda picture: _signed(picture, photo, profile, key))
        file = made.picture and store_rendition(self._objects, self._results_bucket, folder, made.picture)
        return PackedProfile(
            profile=profile.id,
            file=file,
            refusal=made.refusal[0] if made.refusal else None,
            photo=tuple(map(RuleFinding.of, made.found)),
            picture=tuple(map(RuleFinding.of, made.verdicts)),
        )

    def _fetch(self, source: Source) -> bytes:
        try:
            return self._objects.get(source.bucket, source.key, source.version_id)
        except ObjectMissing as error:
            raise upload_gone() from error


def _signed(picture: Encoded, photo: OpenedPhoto, profile: Profile, key: SigningKey | None) -> Encoded:
    """Raises Unavailable."""
    parameters = {
        "limner.profile": profile.id,
        "limner.background": "white" if profile.canvas.white else "kept",
    }
    action = Action("c2pa.edited", parameters, photo.provenance.enhanced.source)
    return sign_picture(picture, (action,), photo.credentials, key)
