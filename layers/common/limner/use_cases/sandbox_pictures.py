"""The pictures and the report of a test tenant's job: what the stylizer would make, without a model."""

from collections.abc import Callable
from dataclasses import dataclass

from PIL.Image import Image

from limner.contracts import Refusal, StylizeReport, StylizeTicket
from limner.errors import ObjectMissing, PhotoRefused, upload_gone
from limner.intake import Limits, open_photo
from limner.keys import picture_folder
from limner.looks import AUTO, ENHANCE, Look
from limner.ports import ObjectStore
from limner.report import Choice, Gate, StyledPicture, Verdict
from limner.reviews.certainty import visibility_of_picture
from limner.sandbox import GATES, ORDINARY, SandboxCase, case_of, message_of
from limner.tenancy import PhotoKey
from limner.use_cases.store_rendition import store_rendition
from photo_files.bounded import OpenedPhoto
from photo_files.mock_picture import mock_picture
from photo_files.perceptual_hash import perceptual_hash
from photo_files.placeholder import placeholder_of
from photo_files.variants import encode_rendition, encode_variants

SANDBOX_MODEL = "sandbox@1"
LOWERED_SHARE = 0.6
"""Of the ordered strength, in a picture whose verdict is `lowered`."""
_CHOSEN_STYLE = "oil"


@dataclass(frozen=True, kw_only=True)
class SandboxPictures:
    """`new_attempt` gives the attempt's name, which no other attempt at the job has."""

    objects: ObjectStore
    limits: Limits
    results_bucket: str
    new_attempt: Callable[[], str]

    def __call__(self, ticket: StylizeTicket, photo: PhotoKey) -> StylizeReport:
        """Raises Unavailable."""
        case = case_of(photo.tenant, ticket.external_id)
        if case.code is not None:
            return _report(ticket, refusal=_refusal(case.code, ticket))
        try:
            return _report(ticket, pictures=self._pictures(ticket, case))
        except PhotoRefused as refused:
            return _report(ticket, refusal=Refusal(code=refused.code, message=refused.message))

    def _pictures(self, ticket: StylizeTicket, case: SandboxCase) -> tuple[StyledPicture, ...]:
        """The case is that of the first look; the others pass."""
        photo = open_photo(self._fetch(ticket), self.limits)
        attempt = self.new_attempt()
        return tuple(
            self._picture(ticket, attempt, look, photo, case if number == 0 else ORDINARY)
            for number, look in enumerate(ticket.looks)
        )

    def _fetch(self, ticket: StylizeTicket) -> bytes:
        try:
            return self.objects.get(ticket.photo.bucket, ticket.photo.key, ticket.photo.version_id)
        except ObjectMissing as error:
            raise upload_gone() from error

    def _picture(
        self, ticket: StylizeTicket, attempt: str, look: Look, photo: OpenedPhoto, case: SandboxCase
    ) -> StyledPicture:
        """Unsigned: Content Credentials say what a model did, and none did anything."""
        verdict = verdict_of(case, look)
        image = _drawn(photo.image, look, verdict)
        provenance = photo.provenance.styled if verdict.strength > 0 else photo.provenance
        folder = picture_folder(ticket.job_id, attempt, look.slug, visibility_of_picture(ticket, verdict))
        encoded = [encode_rendition(image, provenance), *encode_variants(image, provenance)]
        placeholder = placeholder_of(image)
        return StyledPicture(
            look=look,
            renditions=tuple(
                store_rendition(self.objects, self.results_bucket, folder, each) for each in encoded
            ),
            metrics={},
            verdict=verdict,
            chosen=_choice(look),
            hash=f"{perceptual_hash(image):016x}",
            dominant_colour=placeholder.dominant_colour,
            placeholder=placeholder.thumbhash,
        )


def verdict_of(case: SandboxCase, look: Look) -> Verdict:
    """Its gates have no values: nothing was measured."""
    strength = {"passed": look.strength, "lowered": look.strength * LOWERED_SHARE, "fallback": 0.0}
    refused = case.refused_by if case.outcome == "fallback" else None
    return Verdict(
        outcome=case.outcome,
        strength=strength[case.outcome],
        refused_by=(case.refused_by,) if case.refused_by else (),
        gates=tuple(Gate(name=name, passed=name != refused) for name in GATES),
    )


def _drawn(photo: Image, look: Look, verdict: Verdict) -> Image:
    return mock_picture(photo, look.slug, 0.0 if ENHANCE in look.styles else verdict.strength)


def _choice(look: Look) -> Choice | None:
    if AUTO not in look.styles:
        return None
    chosen = look.model_copy(update={"styles": {_CHOSEN_STYLE: 1.0}})
    return Choice(look=chosen, reasons=(f"In test mode {AUTO} always chooses {_CHOSEN_STYLE}.",))


def _refusal(code: str, ticket: StylizeTicket) -> Refusal:
    return Refusal(code=code, message=message_of(code, ticket.external_id))


def _report(ticket: StylizeTicket, **result: object) -> StylizeReport:
    """Without a time, so that it is equal for equal jobs."""
    return StylizeReport.model_validate(
        {"job_id": ticket.job_id, "model": SANDBOX_MODEL, "timings": {"total": 0.0}, **result}
    )
