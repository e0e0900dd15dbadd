"""Whose a picture is, and what was done to make it: by its Content Credentials, and by the registry of
perceptual hashes, which knows copies whose metadata was removed."""

from collections.abc import Callable
from dataclasses import dataclass

from limner.photos import Photo
from limner.ports import FoundPicture, PhotoRepository, PictureHashes
from limner.provenance import COPY_MAX_BITS, Match, Provenance
from limner.report import StyledPicture
from limner.signing import Signer
from photo_files.bounded import IdentifiedPicture
from photo_files.credentials.content_credentials import Credentials

MAX_MATCHES = 10


@dataclass(frozen=True, kw_only=True)
class LookUpProvenance:
    """`identify` takes a picture's bytes and the trusted authorities, and decodes it confined."""

    identify: Callable[[bytes, str], IdentifiedPicture]
    find_signer: Callable[[], Signer]
    hashes: PictureHashes
    photos: PhotoRepository

    def __call__(self, tenant: str, data: bytes) -> Provenance:
        """Raises PhotoRefused for what is no picture."""
        signer = self.find_signer()
        identified = self.identify(data, signer.authorities)
        found = self.hashes.find(tenant, identified.hash, COPY_MAX_BITS)[:MAX_MATCHES]
        keys = list(dict.fromkeys(each.picture.photo for each in found))
        photos = {photo.key: photo for photo in self.photos.those_of(keys)}
        matches = [Match(each, _picture_of(photos.get(each.picture.photo), each)) for each in found]
        return Provenance(identified.credentials, _is_signed_by(signer, identified.credentials), matches)


def _is_signed_by(signer: Signer, credentials: Credentials | None) -> bool:
    """A serial number alone is no proof: another authority may give the same one."""
    return credentials is not None and credentials.is_trusted and credentials.serial == signer.serial != ""


def _picture_of(photo: Photo | None, found: FoundPicture) -> StyledPicture | None:
    """None for a variant, and for a picture that newer ones have replaced."""
    if photo is None or photo.results is None or photo.job is None or photo.job.job_id != found.picture.job:
        return None
    named = {picture.look.slug: picture for picture in photo.results.pictures}
    return named.get(found.picture.look)
