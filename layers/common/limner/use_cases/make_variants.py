"""For an uploaded photo: make its web variants, upright and in sRGB, in several widths and formats."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from limner.errors import ObjectMissing, PhotoRefused, StaleWrite, upload_gone
from limner.intake import Limits, check_size, make_variants
from limner.keys import variants_prefix
from limner.photos import Failure, Photo, Source, Variants
from limner.ports import ObjectStore, PhotoRepository
from limner.use_cases.outcomes import Outcome
from limner.use_cases.store_rendition import store_rendition
from photo_files.variants import Encoded


@dataclass(frozen=True, kw_only=True)
class MakeVariants:
    photos: PhotoRepository
    objects: ObjectStore
    new_photo: Callable[[Source], Photo]
    now: Callable[[], datetime]
    limits: Limits
    results_bucket: str

    def __call__(self, source: Source) -> Outcome:
        try:
            photo = self.photos.record_upload(self.new_photo(source))
            return self._make(photo, source)
        except StaleWrite:
            return Outcome.SUPERSEDED

    def _make(self, photo: Photo, source: Source) -> Outcome:
        if photo.variants and photo.variants.sequencer == source.sequencer:
            return Outcome.SUPERSEDED
        started = monotonic()
        try:
            pictures = self._pictures(source)
        except PhotoRefused as refusal:
            failure = Failure(
                sequencer=source.sequencer, code=refusal.code, message=refusal.message, at=self.now()
            )
            self.photos.record_failure(photo.photo_id, failure)
            return Outcome.REFUSED
        destination = (self.results_bucket, variants_prefix(photo.photo_id, source.sequencer))
        renditions = tuple(store_rendition(self.objects, *destination, picture) for picture in pictures)
        variants = Variants(sequencer=source.sequencer, renditions=renditions, seconds=monotonic() - started)
        self.photos.record_variants(photo.photo_id, variants)
        return Outcome.VARIANTS_MADE

    def _pictures(self, source: Source) -> tuple[Encoded, ...]:
        check_size(source.bytes, self.limits)
        try:
            data = self.objects.get(source.bucket, source.key, source.version_id)
        except ObjectMissing as error:
            raise upload_gone() from error
        return make_variants(data, self.limits)
