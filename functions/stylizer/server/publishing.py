"""The third stage of a look: its picture encoded in every format, signed and stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import ImageChops
from PIL.Image import Image

from limner.contracts import StylizeTicket
from limner.keys import attempt_prefix, picture_folder
from limner.looks import Look, stands_alone
from limner.ports import ObjectStore
from limner.renditions import Rendition
from limner.report import StyledPicture, Verdict
from limner.reviews.certainty import visibility_of_picture
from limner.signing import SigningKey, sign_picture
from limner.use_cases.store_rendition import store_rendition
from photo_files.bounded import OpenedPhoto
from photo_files.credentials.picture_history import converted
from photo_files.metadata.provenance import Provenance
from photo_files.perceptual_hash import perceptual_hash
from photo_files.placeholder import placeholder_of
from photo_files.variants import Encoded, encode_exhibit, encode_rendition, encode_variants
from style_engine import StyledPicture as EngineStyledPicture

from .picture_actions import picture_actions
from .stopwatch import Stopwatch

COMPARED_ROWS = 256
"""At once: pictures that differ do so in their first rows, mostly."""
REDUCED_SIDE_PX = 256
"""The shorter side of what a placeholder is made from."""
_REPORT_FIELDS = ("metrics", "verdict", "regions", "steps", "chosen", "explanation")


@dataclass(frozen=True)
class FinishedPicture:
    """A picture to publish; `report_fields` go into its StyledPicture."""

    image: Image
    report_fields: Mapping[str, Any]
    exhibits: Mapping[str, Image]
    is_painted: bool
    is_changed: bool
    """Whether it differs from the photo."""

    @classmethod
    def of(cls, photo: Image, styled: EngineStyledPicture) -> "FinishedPicture":
        return cls(
            styled.image,
            report_fields={name: getattr(styled, name) for name in _REPORT_FIELDS},
            exhibits=styled.explanation.pictures if styled.explanation else {},
            is_painted=_is_painted(styled),
            is_changed=differ(photo, styled.image),
        )

    def provenance(self, original: Provenance) -> Provenance:
        if self.is_painted:
            return original.styled
        return original.enhanced if self.is_changed else original


def _is_painted(styled: EngineStyledPicture) -> bool:
    """By a style, rather than only enhanced or colour graded."""
    look = styled.chosen.look if styled.chosen else styled.look
    return styled.verdict.strength > 0 and not any(map(stands_alone, look.styles))


def differ(one: Image, other: Image) -> bool:
    """Whether two pictures of one size and mode have different pixels."""
    tops = range(0, one.height, COMPARED_ROWS)
    boxes = ((0, top, one.width, min(one.height, top + COMPARED_ROWS)) for top in tops)
    return any(
        ImageChops.difference(one.crop(box), other.crop(box)).getbbox(alpha_only=False) is not None
        for box in boxes
    )


def _reduced(image: Image) -> Image:
    """For both parts of a placeholder, which are made from 64 pixels a side at most: one pass over it."""
    factor = min(image.size) // REDUCED_SIDE_PX
    return image.reduce(factor) if factor > 1 else image


@dataclass(frozen=True)
class Publisher:
    """Publishes the pictures of one attempt at a ticket; `key` is None where nothing is signed."""

    objects: ObjectStore
    results_bucket: str
    ticket: StylizeTicket
    attempt: str
    photo: OpenedPhoto
    model: str
    key: SigningKey | None
    watch: Stopwatch

    def publish(self, look: Look, finished: FinishedPicture) -> StyledPicture:
        """Raises Unavailable."""
        provenance = finished.provenance(self.photo.provenance)
        fields, width = finished.report_fields, finished.image.width
        done = picture_actions(look, fields, self.model, provenance.source) if finished.is_changed else ()

        def sign(picture: Encoded) -> Encoded:
            return sign_picture(
                picture, (*done, *converted(picture, width)), self.photo.credentials, self.key
            )

        with self.watch.step("encode"):
            encoded = [encode_rendition(finished.image, provenance)]
            encoded += encode_variants(finished.image, provenance)
            placeholder = placeholder_of(_reduced(finished.image))
            exhibits = {
                name: encode_exhibit(name, image, provenance) for name, image in finished.exhibits.items()
            }
        with self.watch.step("sign"):
            encoded = [sign(picture) for picture in encoded]
            exhibits = {name: sign(exhibit) for name, exhibit in exhibits.items()}
        with self.watch.step("store"):
            folder = self._pictures_folder(look, fields.get("verdict"))
            renditions = tuple(self._store(folder, picture) for picture in encoded)
            stored = {name: self._store(self._exhibits_folder(look), each) for name, each in exhibits.items()}
        picture = {
            "look": look,
            "renditions": renditions,
            "exhibits": stored,
            "hash": f"{perceptual_hash(finished.image):016x}",
            "is_signed": self.key is not None,
            "dominant_colour": placeholder.dominant_colour,
            "placeholder": placeholder.thumbhash,
            **fields,
        }
        return StyledPicture.model_validate(picture, from_attributes=True)

    def _pictures_folder(self, look: Look, verdict: object) -> str:
        visibility = visibility_of_picture(self.ticket, _verdict_of(verdict))
        return picture_folder(self.ticket.job_id, self.attempt, look.slug, visibility)

    def _exhibits_folder(self, look: Look) -> str:
        """The exhibits of an explanation are for the tenant alone, always."""
        return f"{attempt_prefix(self.ticket.job_id, self.attempt)}{look.slug}/"

    def _store(self, folder: str, picture: Encoded) -> Rendition:
        return store_rendition(self.objects, self.results_bucket, folder, picture)


def _verdict_of(verdict: object) -> Verdict | None:
    """The engine's, as the report has it."""
    return Verdict.model_validate(verdict, from_attributes=True) if verdict is not None else None
