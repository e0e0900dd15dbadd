"""S3 object keys and the ids derived from them. All keys are ASCII.

uploads bucket   uploads/{photo_id}                       written by sellers only
results bucket   tickets/{job_id}.json                    requests to the endpoint
                 styled/{photo_id}/{job_id}/…             written by the stylizer
                 variants/{photo_id}/{sequencer}/…        written by the thumbnailer
                 endpoint/output/ · endpoint/failure/     written by SageMaker
                 sweeper/                                 written by the sweeper: its position in the listing
"""

import hashlib
import json
import re
from collections.abc import Sequence
from urllib.parse import unquote_plus, urlsplit

from limner.looks import Look
from limner.photos import Source

UPLOADS_PREFIX = "uploads/"
REPORT_NAME = "report.json"
ORPHAN_CURSOR_KEY = "sweeper/orphan-cursor"
_UPLOAD_KEY = re.compile(rf"{UPLOADS_PREFIX}([0-9a-f]{{32}})")
_SEQUENCER_LENGTH = 32
FOUND_SUFFIX = "-"
"""Ends the sequencer of an upload that the sweeper found in S3; sorts before every digit."""


def upload_key(photo_id: str) -> str:
    return f"{UPLOADS_PREFIX}{photo_id}"


def photo_id_for(bucket: str, key: str) -> str:
    """The id in a key made by `upload_key`; for any other key, an id derived from bucket and key."""
    match = _UPLOAD_KEY.fullmatch(key)
    return match[1] if match else hashlib.sha256(f"{bucket}/{key}".encode()).hexdigest()[:32]


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


def job_id_for(photo_id: str, source: Source, looks: Sequence[Look], model_version: str) -> str:
    """Equal for equal upload, looks and model, so that a repeated event refers to the same job."""
    facts = [source.bucket, source.key, source.sequencer, *[look.slug for look in looks], model_version]
    return f"{photo_id}-{hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]}"


def photo_id_of_job(job_id: str) -> str:
    return job_id.partition("-")[0]


def ticket_key(job_id: str) -> str:
    return f"tickets/{job_id}.json"


def styled_prefix(photo_id: str, job_id: str) -> str:
    return f"styled/{photo_id}/{job_id}/"


def report_key(photo_id: str, job_id: str) -> str:
    """The container stores its report here in addition to returning it, so that it can be found by job id
    even when the endpoint's response or notification is lost."""
    return styled_prefix(photo_id, job_id) + REPORT_NAME


def variants_prefix(photo_id: str, sequencer: str) -> str:
    return f"variants/{photo_id}/{sequencer}/"


def split_s3_uri(uri: str) -> tuple[str, str]:
    """`s3://bucket/key` → (bucket, key).

    Raises:
        ValueError: the text is not such a location.
    """
    parts = urlsplit(uri)
    if parts.scheme != "s3" or not parts.netloc or len(parts.path) < 2:  # noqa: PLR2004 - "/" and a name
        raise ValueError(f"not an s3:// location: {uri!r}")
    return parts.netloc, parts.path[1:]
