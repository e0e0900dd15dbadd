"""The report on an own style of a test tenant: learned at once, without a model."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from limner.errors import ObjectMissing, PhotoRefused, upload_gone
from limner.intake import Limits, open_photo
from limner.own_styles import StyleFailure
from limner.photos import Source
from limner.ports import ObjectStore
from limner.renditions import Rendition
from limner.sandbox import ORDINARY, STYLE_CASES, message_of
from limner.style_contracts import (
    LearnReport,
    LearnTicket,
    learned_prefix,
    style_of_job,
)
from limner.use_cases.sandbox_pictures import SANDBOX_MODEL
from limner.use_cases.store_rendition import store_rendition
from photo_files.mock_picture import mock_picture
from photo_files.variants import encode_display

SANDBOX_STYLE_NAME = "style.json"
PREVIEW_LONG_SIDE_PX = 512


@dataclass(frozen=True, kw_only=True)
class SandboxStyles:
    """`new_attempt` gives the attempt's name, which no other attempt at the job has."""

    objects: ObjectStore
    limits: Limits
    results_bucket: str
    new_attempt: Callable[[], str]

    def __call__(self, ticket: LearnTicket) -> LearnReport:
        """Raises Unavailable."""
        code = STYLE_CASES.get(ticket.name, ORDINARY).code
        if code is not None:
            return _report(ticket, refusal=StyleFailure(code=code, message=message_of(code, ticket.name)))
        try:
            return _report(ticket, **self._learned(ticket))
        except PhotoRefused as refused:
            return _report(ticket, refusal=StyleFailure(code=refused.code, message=refused.message))

    def _learned(self, ticket: LearnTicket) -> dict[str, object]:
        """The style's file has hashes of the pictures alone: no stylizer ever reads it."""
        pictures = [self._fetch(picture) for picture in ticket.pictures]
        for data in pictures:
            open_photo(data, self.limits)
        folder = f"{learned_prefix(*style_of_job(ticket.job_id))}{self.new_attempt()}/"
        hashes = [hashlib.sha256(data).hexdigest() for data in pictures]
        body = json.dumps({"sandbox_style_version": 1, "pictures": hashes}).encode()
        key = folder + SANDBOX_STYLE_NAME
        self.objects.put(self.results_bucket, key, body, "application/json", only_if_absent=True)
        return {"style_key": key, "preview": self._preview(ticket, folder)}

    def _preview(self, ticket: LearnTicket, folder: str) -> Rendition | None:
        """None also for a photo that is gone or cannot be opened, as in the stylizer."""
        if ticket.preview_photo is None:
            return None
        try:
            photo = open_photo(self._fetch(ticket.preview_photo), self.limits)
        except PhotoRefused:
            return None
        picture = mock_picture(photo.image, ticket.job_id, strength=1)
        encoded = encode_display(picture, PREVIEW_LONG_SIDE_PX, photo.provenance.styled)
        return store_rendition(self.objects, self.results_bucket, folder, encoded)

    def _fetch(self, source: Source) -> bytes:
        try:
            return self.objects.get(source.bucket, source.key, source.version_id)
        except ObjectMissing as error:
            raise upload_gone() from error


def _report(ticket: LearnTicket, **result: object) -> LearnReport:
    return LearnReport.model_validate(
        {"job_id": ticket.job_id, "model": SANDBOX_MODEL, "seconds": 0.0, **result}
    )
