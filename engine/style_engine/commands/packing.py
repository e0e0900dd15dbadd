"""Packs: a photo's file checked by the rules of a marketplace, and the picture that meets them."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PIL import Image

from photo_files.bounded import OpenedPhoto
from photo_files.metadata.provenance import Provenance
from photo_files.packs.encoding import encode_pack
from photo_files.packs.facts import FileFacts
from photo_files.packs.profile import Profile, RuleVerdict, illustration_verdict, is_accepted
from photo_files.variants import Encoded

from ..errors import ProductNotFound
from ..packs.composition import compose
from ..packs.measures import measure_picture
from ..regions.finder import RegionFinder


@dataclass(frozen=True)
class Pack:
    """`picture` is None where none was made or the one made breaks a required rule; `refusal`: the code and
    reason for which none was made. `found`: the photo's own verdicts; `verdicts`: those of the picture made.
    """

    profile: Profile
    found: tuple[RuleVerdict, ...]
    verdicts: tuple[RuleVerdict, ...] = ()
    picture: Encoded | None = None
    refusal: tuple[str, str] | None = None

    @property
    def is_accepted(self) -> bool:
        return self.picture is not None

    def to_json(self) -> dict[str, Any]:
        return {
            "profile": self.profile.id,
            "accepted": self.is_accepted,
            "refusal": dict(zip(("code", "reason"), self.refusal, strict=True)) if self.refusal else None,
            "photo": [verdict.to_json() for verdict in self.found],
            "picture": [verdict.to_json() for verdict in self.verdicts],
        }


def check_file(
    data: bytes, photo: OpenedPhoto, profile: Profile, finder: RegionFinder
) -> tuple[RuleVerdict, ...]:
    """The verdict by rule of a file and the photo that was opened from it."""
    image = photo.image
    facts = FileFacts.of(data, image.size, image.mode, photo.provenance)
    return profile.check(facts, measure_picture(image, finder))


def make_pack(
    data: bytes,
    photo: OpenedPhoto,
    profile: Profile,
    finder: RegionFinder,
    sign: Callable[[Encoded], Encoded] = lambda picture: picture,
) -> Pack:
    """The photo on the profile's canvas, with the verdicts of the signed file as it is decoded again."""
    found = check_file(data, photo, profile, finder)
    if verdict := illustration_verdict(found):
        return Pack(profile, found, refusal=(verdict.finding.code, verdict.finding.reason))
    try:
        composed = compose(photo.image, finder, profile.canvas)
    except ProductNotFound as error:
        return Pack(profile, found, refusal=(error.code, f"{error}."))
    provenance = photo.provenance.enhanced
    encoded = sign(encode_pack(composed, profile, provenance))
    verdicts = check_file(encoded.body, _decoded(encoded, provenance), profile, finder)
    return Pack(profile, found, verdicts, encoded if is_accepted(verdicts) else None)


def _decoded(encoded: Encoded, provenance: Provenance) -> OpenedPhoto:
    """The file of our own, decoded: it needs no child process."""
    with Image.open(io.BytesIO(encoded.body)) as image:
        return OpenedPhoto(image.convert("RGB"), provenance)
