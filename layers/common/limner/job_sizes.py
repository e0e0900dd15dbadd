"""The size of the job that makes the looks which a photo lacks, as far as its row says it."""

from collections.abc import Sequence

from limner.costs import JobSize
from limner.photos import Photo
from limner.revisions import looks_made

PIXELS_OF_UNKNOWN_PHOTO = 2_000_000


def size_of_missing(photo: Photo, look_names: Sequence[str]) -> JobSize:
    """Of the pictures that the photo has not; `look_names` are slugs."""
    made = {look.slug for look in looks_made(photo)}
    missing = sum(name not in made for name in look_names)
    return JobSize(looks=missing, nbytes=photo.source.bytes if photo.source else 0, pixels=_pixels(photo))


def _pixels(photo: Photo) -> int:
    """Of the largest file of a picture, which has the photo's size; of the photo's variants, which may be
    smaller; or a guess."""
    renditions = [
        each for picture in (photo.results.pictures if photo.results else ()) for each in picture.renditions
    ]
    renditions += photo.variants.renditions if photo.variants else ()
    return max((each.width * each.height for each in renditions), default=PIXELS_OF_UNKNOWN_PHOTO)
