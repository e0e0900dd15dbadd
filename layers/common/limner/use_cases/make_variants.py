"""For an uploaded photo: make its web variants, upright and in sRGB, in several widths and formats."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from uuid import uuid4

from limner import __version__
from limner.errors import ForeignUpload, ObjectMissing, PhotoRefused, StaleWrite, upload_gone
from limner.intake import Limits, check_size, make_variants
from limner.keys import ATTEMPT_DIGITS, variants_folder
from limner.photos import Failure, Photo, Source, Variants
from limner.ports import VARIANTS, ObjectStore, PhotoRepository, PictureHashes, PublishedPicture
from limner.signing import FindSigningKey, SigningKey, sign_picture
from limner.tenancy import Visibility
from limner.use_cases.new_photos import require_valid_labels
from limner.use_cases.outcomes import Outcome, foreign_upload, of_mode
from limner.use_cases.store_rendition import store_rendition
from photo_files.bounded import MadeVariants
from photo_files.credentials.picture_history import converted
from photo_files.variants import Encoded


@dataclass(frozen=True, kw_only=True)
class MakeVariants:
    photos: PhotoRepository
    objects: ObjectStore
    new_photo: Callable[[Source], Photo]
    now: Callable[[], datetime]
    limits: Limits
    results_bucket: str
    signing_key: FindSigningKey
    hashes: PictureHashes
    check_tenant: Callable[[str], None] = lambda tenant: None
    """Raises PhotoRefused for a tenant whose uploads are not accepted at present."""
    visibility_of: Callable[[str], Visibility] = lambda tenant: Visibility.PRIVATE
    """Who may read the pictures that are made for a tenant now."""
    new_attempt: Callable[[], str] = lambda: uuid4().hex[:ATTEMPT_DIGITS]
    """A name that no other attempt at the same upload has: no picture is ever written over another."""
    on_unsigned: Callable[[int], None] = lambda pictures: None
    """Called with the number of pictures that are published unsigned."""

    def __call__(self, source: Source) -> Outcome:
        try:
            new = self.new_photo(source)
            photo = self.photos.record_upload(new)
            return of_mode(photo.tenant, self._make(photo, new, source))
        except ForeignUpload as error:
            return foreign_upload(error)
        except StaleWrite:
            return Outcome.SUPERSEDED

    def _make(self, photo: Photo, new: Photo, source: Source) -> Outcome:
        if photo.variants and photo.variants.sequencer == source.sequencer:
            return Outcome.SUPERSEDED
        started = monotonic()
        key = self.signing_key()
        try:
            self.check_tenant(photo.tenant)
            require_valid_labels(new)
            made = self._make_variants(source)
        except PhotoRefused as refusal:
            failure = Failure(
                sequencer=source.sequencer,
                revision=photo.revision,
                code=refusal.code,
                message=refusal.message,
                at=self.now(),
            )
            self.photos.record_failure(photo.key, failure)
            return Outcome.REFUSED
        folder = variants_folder(
            photo.key, source.sequencer, self.new_attempt(), self.visibility_of(photo.tenant)
        )
        renditions = tuple(
            store_rendition(self.objects, self.results_bucket, folder, picture)
            for picture in _signed(made, key)
        )
        if key is None:
            self.on_unsigned(len(renditions))
        published = PublishedPicture(made.hash, photo.key, source.sequencer, VARIANTS, __version__)
        self.hashes.record([published])
        variants = Variants(
            sequencer=source.sequencer,
            renditions=renditions,
            seconds=monotonic() - started,
            hash=f"{made.hash:016x}",
            dominant_colour=made.placeholder.dominant_colour,
            placeholder=made.placeholder.thumbhash,
        )
        self.photos.record_variants(photo.key, variants)
        return Outcome.VARIANTS_MADE

    def _make_variants(self, source: Source) -> MadeVariants:
        check_size(source.bytes, self.limits)
        try:
            data = self.objects.get(source.bucket, source.key, source.version_id)
        except ObjectMissing as error:
            raise upload_gone() from error
        return make_variants(data, self.limits)


def _signed(made: MadeVariants, key: SigningKey | None) -> Iterator[Encoded]:
    """Signed here and not in the child that encoded them: it must not reach the key."""
    for picture in made.pictures:
        yield sign_picture(picture, converted(picture, made.photo_width), made.credentials, key)
