"""S3 object keys and the ids derived from them. All keys are ASCII, and each begins with its kind and tenant.

uploads bucket   uploads/{tenant}/{photo_id}                       written by sellers, by the API's form
                 uploads/{tenant}/…                                written by a program of the tenant's
                 style-pictures/{tenant}/{style_id}/{1 to 5}       written by sellers, by forms of a style
results bucket   tickets/{tenant}/{job_id}.json                    requests to the endpoint
                 tickets/{tenant}/restyles/{restyle_id}/…          requests to the workers of a restyle
                 restyles/{tenant}/{restyle_id}/…                  its lists, state and reports
                 submissions/{tenant}/{job_id}.json                where the responses to them are
                 styled/{tenant}/{photo_id}/{job_id}/report.json   written by the stylizer
                 styled/{tenant}/{photo_id}/{job_id}/{attempt}/{look}/…       written by the stylizer
                 variants/{tenant}/{photo_id}/{sequencer}/{attempt}/…         written by the thumbnailer
                 public/{tenant}/{photo_id}/{12 digits}-{attempt}/{look}/…    written by the stylizer
                 public/{tenant}/{photo_id}/{sequencer}-{attempt}/original/…  written by the thumbnailer
                 learned/{tenant}/{style_id}/…                     written by the stylizer: own styles
                 packs/{tenant}/{photo_id}/{job_id}/…              written by the stylizer: packs
                 pack-archives/{tenant}/{pack_id}/{profile}.zip    written by campaigns
                 endpoint/output/ · endpoint/failure/              written by SageMaker, or in its place
                 inventory/{uploads bucket}/uploads/…              written by S3 each day: what is in uploads
                 sweeper/                                          written by the sweeper: its position there

Of test tenants, whose ids begin with `test_`, the sandbox writes what the stylizer writes of others.

Under `public/` are the pictures of tenants whose setting says so, and nothing else: it is the one prefix that
CloudFront may read, and the key is the path of the address. Whoever writes a picture decides by the prefix
who can read it (docs/decisions/0184).

A job's id is `{tenant}.{photo_id}.{12 hexadecimal digits}`, so that everything else follows from it.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from urllib.parse import unquote_plus, urlsplit

from limner.errors import ForeignUpload, MalformedMessage
from limner.looks import Look
from limner.photos import Source
from limner.tenancy import PHOTO_ID_PATTERN, TENANT_PATTERN, PhotoKey, Visibility

UPLOADS_PREFIX = "uploads/"
PUBLIC_PREFIX = "public/"
ORIGINAL = "original"
"""Where an address has a look, the name of the photo without a style. No look's slug is equal to it."""
REPORT_NAME = "report.json"
INVENTORY_PREFIX = "inventory/"
INVENTORY_NAME = "uploads"
"""The inventory configuration of the uploads bucket."""
INVENTORY_POSITION_KEY = "sweeper/inventory-position.json"
_UPLOAD_KEY = re.compile(rf"{UPLOADS_PREFIX}({TENANT_PATTERN})/({PHOTO_ID_PATTERN})")
_TENANTS_KEY = re.compile(rf"{UPLOADS_PREFIX}({TENANT_PATTERN})/.+", re.DOTALL)
_JOB_DIGITS = 12
ATTEMPT_DIGITS = 8
"""Of the name under which an attempt at a job or at an upload's variants stores its pictures: 32 random bits,
for the few attempts at one of them."""
_JOB_ID = re.compile(rf"({TENANT_PATTERN})\.({PHOTO_ID_PATTERN})\.[0-9a-f]{{{_JOB_DIGITS}}}")
_ANY_JOB_ID = re.compile(rf"({TENANT_PATTERN})\.[0-9a-z-]{{1,32}}\.[0-9a-fp][0-9a-f]{{{_JOB_DIGITS - 1}}}")
_STYLED_KEY = re.compile(rf"styled/{TENANT_PATTERN}/{PHOTO_ID_PATTERN}/({_JOB_ID.pattern})/")
_PUBLIC_PICTURE_KEY = re.compile(
    rf"{PUBLIC_PREFIX}({TENANT_PATTERN})/({PHOTO_ID_PATTERN})/([0-9a-f]{{{_JOB_DIGITS}}})-[^/]+/"
)
_SEQUENCER_LENGTH = 32
FOUND_SUFFIX = "-"
"""Ends the sequencer of an upload that the sweeper found in S3; sorts before every digit."""


def upload_key(photo: PhotoKey) -> str:
    return f"{UPLOADS_PREFIX}{photo.tenant}/{photo.photo_id}"


def photo_key_for(bucket: str, key: str) -> PhotoKey:
    """The photo in a key made by `upload_key`; for other keys of a tenant the id is a hash of bucket and key.

    Raises:
        ForeignUpload: the key names no tenant.
    """
    if ordered := _UPLOAD_KEY.fullmatch(key):
        return PhotoKey(ordered[1], ordered[2])
    if tenants := _TENANTS_KEY.fullmatch(key):
        return attached_photo_key(tenants[1], bucket, key)
    raise ForeignUpload(f"s3://{bucket}/{key} names no tenant: keys begin with {UPLOADS_PREFIX}<tenant>/")


def attached_photo_key(tenant: str, bucket: str, key: str) -> PhotoKey:
    """The tenant's photo for an object whose key is not made here."""
    return PhotoKey(tenant, hashlib.sha256(f"{bucket}/{key}".encode()).hexdigest()[:32])


def is_folder(key: str, nbytes: int) -> bool:
    """Whether an object stands for a folder: S3's console makes an empty one with a slash at its end."""
    return key.endswith("/") and nbytes == 0


def decode_notification_key(encoded: str) -> str:
    """S3 notifications URL-encode keys (a space is `+`). EventBridge does not: never pass its keys here."""
    return unquote_plus(encoded)


def comparable_sequencer(raw: str) -> str:
    """Sequencers compare as strings once padded with zeros on the right (Amazon S3 user guide)."""
    return raw.upper().ljust(_SEQUENCER_LENGTH, "0")


def found_sequencer(newest: str = "0" * _SEQUENCER_LENGTH) -> str:
    """Sorts after `newest` and before every later sequencer of S3: for an upload found without its event."""
    return newest + FOUND_SUFFIX


def job_id_for(photo: PhotoKey, source: Source, looks: Sequence[Look], model_version: str) -> str:
    """Equal for equal upload, looks and model, so that a repeated event refers to the same job."""
    facts = [source.bucket, source.key, source.sequencer, *[look.slug for look in looks], model_version]
    digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    return job_id_of(photo, digest[:_JOB_DIGITS])


def job_id_of(photo: PhotoKey, digits: str) -> str:
    """The job's id, given what it has after the photo's."""
    return f"{photo.tenant}.{photo.photo_id}.{digits}"


def job_id_of_picture(key: str) -> str | None:
    """The job that has stored a picture at this key; None for a key of another form."""
    if public := _PUBLIC_PICTURE_KEY.match(key):
        return job_id_of(PhotoKey(public[1], public[2]), public[3])
    match = _STYLED_KEY.match(key)
    return match[1] if match else None


def job_digits_of_picture(key: str) -> str | None:
    """The last part of that job's id."""
    job_id = job_id_of_picture(key)
    return job_id[-_JOB_DIGITS:] if job_id else None


def photo_key_of_job(job_id: str) -> PhotoKey:
    """Raises MalformedMessage for a text that `job_id_for` cannot have made."""
    match = _JOB_ID.fullmatch(job_id)
    if match is None:
        raise MalformedMessage(f"not a job id: {job_id[:80]!r}")
    return PhotoKey(match[1], match[2])


def tenant_of_job(job_id: str) -> str:
    """Of a photo's job, a style's or a pack's. Raises MalformedMessage for a text that is neither's id."""
    match = _ANY_JOB_ID.fullmatch(job_id)
    if match is None:
        raise MalformedMessage(f"not a job id: {job_id[:80]!r}")
    return match[1]


def ticket_key(job_id: str) -> str:
    return f"tickets/{tenant_of_job(job_id)}/{job_id}.json"


def submission_key(job_id: str) -> str:
    """Where the endpoint's response to a job is said to be: the name that SageMaker chooses says nothing of
    it."""
    return f"submissions/{tenant_of_job(job_id)}/{job_id}.json"


def submissions_prefix(photo: PhotoKey) -> str:
    return f"submissions/{photo.tenant}/{photo.tenant}.{photo.photo_id}."


def public_photo_prefix(photo: PhotoKey) -> str:
    """Where a photo's public pictures are."""
    return f"{public_tenant_prefix(photo.tenant)}{photo.photo_id}/"


def public_tenant_prefix(tenant: str) -> str:
    return f"{PUBLIC_PREFIX}{tenant}/"


def packs_prefix(photo: PhotoKey) -> str:
    """Where the pictures of a photo's packs are."""
    return f"packs/{photo.tenant}/{photo.photo_id}/"


def archives_prefix(tenant: str) -> str:
    """Where the archives of a tenant's packs are. Their keys do not say which photos are in them."""
    return f"pack-archives/{tenant}/"


def photo_prefixes(photo: PhotoKey) -> tuple[str, ...]:
    """Where the objects made of a photo alone are in the results bucket, but for the endpoint's own."""
    tenant, photo_id = photo.tenant, photo.photo_id
    return (
        public_photo_prefix(photo),
        f"styled/{tenant}/{photo_id}/",
        f"variants/{tenant}/{photo_id}/",
        packs_prefix(photo),
        f"tickets/{tenant}/{tenant}.{photo_id}.",
        submissions_prefix(photo),
    )


def tenant_prefixes(tenant: str) -> tuple[str, ...]:
    """The same of all photos and styles of a tenant."""
    kinds = (
        "public", "styled", "variants", "tickets", "submissions", "learned", "restyles", "packs",
        "pack-archives",
    )  # fmt: skip
    return tuple(f"{kind}/{tenant}/" for kind in kinds)


def styled_prefix(job_id: str) -> str:
    photo = photo_key_of_job(job_id)
    return f"styled/{photo.tenant}/{photo.photo_id}/{job_id}/"


def attempt_prefix(job_id: str, attempt: str) -> str:
    """Each attempt at a job writes its pictures under a prefix of its own and overwrites none; the report
    says which attempt's pictures count."""
    return f"{styled_prefix(job_id)}{attempt}/"


def report_key(job_id: str) -> str:
    """The container stores its report here in addition to returning it, so that it can be found by job id
    even when the endpoint's response or notification is lost."""
    return styled_prefix(job_id) + REPORT_NAME


def picture_folder(job_id: str, attempt: str, slug: str, visibility: Visibility) -> str:
    """Where an attempt at a job writes the picture of one look."""
    if visibility == Visibility.PRIVATE:
        return f"{attempt_prefix(job_id, attempt)}{slug}/"
    return f"{public_job_prefix(job_id)}{attempt}/{slug}/"


def public_job_prefix(job_id: str) -> str:
    """What the folders of a job's public pictures begin with."""
    return _public_prefix(photo_key_of_job(job_id), job_id.rpartition(".")[2])


def variants_prefix(photo: PhotoKey, sequencer: str) -> str:
    return f"variants/{photo.tenant}/{photo.photo_id}/{sequencer}/"


def variants_folder(photo: PhotoKey, sequencer: str, attempt: str, visibility: Visibility) -> str:
    """Where an attempt at an upload's variants writes them."""
    if visibility == Visibility.PRIVATE:
        return f"{variants_prefix(photo, sequencer)}{attempt}/"
    return f"{public_variants_prefix(photo, sequencer)}{attempt}/{ORIGINAL}/"


def public_variants_prefix(photo: PhotoKey, sequencer: str) -> str:
    """What the folders of an upload's public variants begin with."""
    return _public_prefix(photo, sequencer)


def _public_prefix(photo: PhotoKey, version: str) -> str:
    return f"{public_photo_prefix(photo)}{version}-"


def split_s3_uri(uri: str) -> tuple[str, str]:
    """`s3://bucket/key` → (bucket, key).

    Raises:
        ValueError: the text is not such a location.
    """
    parts = urlsplit(uri)
    if parts.scheme != "s3" or not parts.netloc or len(parts.path) < 2:  # noqa: PLR2004 - "/" and a name
        raise ValueError(f"not an s3:// location: {uri!r}")
    return parts.netloc, parts.path[1:]
