"""The report on a pack of a test tenant, without a model: the photo in few tones on each canvas, with TEST.

What needs a mask is not measured but taken as the canvas has it; all other rules are checked as they are
live.
"""

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageOps

from limner.contracts import Refusal
from limner.errors import ObjectMissing, PhotoRefused, upload_gone
from limner.intake import Limits, open_photo
from limner.packs.contracts import (
    PackedProfile,
    PackReport,
    PackTicket,
    RuleFinding,
    pack_job_prefix,
)
from limner.photos import Source
from limner.ports import ObjectStore
from limner.sandbox import PACK_CASES
from limner.use_cases.sandbox_pictures import SANDBOX_MODEL
from limner.use_cases.store_rendition import store_rendition
from photo_files.bounded import OpenedPhoto
from photo_files.mock_picture import mock_picture
from photo_files.packs.encoding import encode_pack
from photo_files.packs.facts import FileFacts
from photo_files.packs.profile import Profile, RuleVerdict, illustration_verdict, is_accepted, load_profile


@dataclass(frozen=True)
class SandboxMeasures:
    """A product that was found on white, at the canvas' fill."""

    fill: float | None
    background: str = "white"
    background_rgb: tuple[int, int, int] = (255, 255, 255)
    has_border: bool = False
    overlay_share: float | None = 0.0


@dataclass(frozen=True, kw_only=True)
class SandboxPacks:
    """`new_attempt` gives the attempt's name, which no other attempt at the job has."""

    objects: ObjectStore
    limits: Limits
    results_bucket: str
    new_attempt: Callable[[], str]

    def __call__(self, ticket: PackTicket) -> PackReport:
        """Raises Unavailable."""
        try:
            data = self._fetch(ticket.picture)
            photo = open_photo(data, self.limits)
        except PhotoRefused as refused:
            return _report(ticket, refusal=Refusal(code=refused.code, message=refused.message))
        folder = f"{pack_job_prefix(ticket.job_id)}{self.new_attempt()}/"
        packed = tuple(self._packed(ticket, data, photo, profile, folder) for profile in ticket.profiles)
        return _report(ticket, profiles=packed)

    def _packed(
        self, ticket: PackTicket, data: bytes, photo: OpenedPhoto, profile_id: str, folder: str
    ) -> PackedProfile:
        profile = load_profile(profile_id)
        found = _verdicts(data, photo.image, photo, profile)
        case = PACK_CASES.get(ticket.external_id or "")
        forbidden = illustration_verdict(found)
        refusal = forbidden.finding.code if forbidden else case.code if case else None
        of_photo = tuple(map(RuleFinding.of, found))
        if refusal:
            return PackedProfile(profile=profile_id, refusal=refusal, photo=of_photo)
        opened = OpenedPhoto(_on_canvas(photo.image, profile, ticket.job_id), photo.provenance)
        encoded = encode_pack(opened.image, profile, photo.provenance.enhanced)
        made = _verdicts(encoded.body, opened.image, opened, profile)
        is_stored = is_accepted(made)
        return PackedProfile(
            profile=profile_id,
            file=store_rendition(self.objects, self.results_bucket, folder, encoded) if is_stored else None,
            photo=of_photo,
            picture=tuple(map(RuleFinding.of, made)),
        )

    def _fetch(self, source: Source) -> bytes:
        try:
            return self.objects.get(source.bucket, source.key, source.version_id)
        except ObjectMissing as error:
            raise upload_gone() from error


def _verdicts(
    data: bytes, image: Image.Image, photo: OpenedPhoto, profile: Profile
) -> tuple[RuleVerdict, ...]:
    facts = FileFacts.of(data, image.size, image.mode, photo.provenance)
    return profile.check(facts, SandboxMeasures(fill=profile.canvas.fill))


def _on_canvas(image: Image.Image, profile: Profile, name: str) -> Image.Image:
    """The mock picture at the canvas' fill; as large as the photo allows, which is never enlarged."""
    canvas, picture = profile.canvas, mock_picture(image.convert("RGB"), name, strength=1)
    if not canvas.white:
        picture.thumbnail((canvas.long_side_px, canvas.long_side_px))
        return picture
    long_side = min(canvas.long_side_px, round(max(picture.size) / canvas.fill))
    width, height = (max(1, round(long_side * min(1.0, part))) for part in (canvas.aspect, 1 / canvas.aspect))
    product = ImageOps.contain(picture, (round(width * canvas.fill), round(height * canvas.fill)))
    white = Image.new("RGB", (width, height), "white")
    white.paste(product, ((width - product.width) // 2, (height - product.height) // 2))
    return white


def _report(ticket: PackTicket, **result: object) -> PackReport:
    return PackReport.model_validate(
        {"job_id": ticket.job_id, "model": SANDBOX_MODEL, "seconds": 0.0, **result}
    )
