"""Where objects live and what they are called. All keys are made here, and all are ASCII.

uploads bucket   uploads/{photo_id}                       written by sellers only
results bucket   tickets/{job_id}.json                    what the endpoint is asked
                 styled/{photo_id}/{job_id}/…             what the stylizer makes
                 variants/{photo_id}/{sequencer}/…        what the thumbnailer makes
                 endpoint/output/ · endpoint/failure/     what SageMaker itself writes
                 sweeper/                                 how far the sweeper has walked
"""

import hashlib
import json
import re
from collections.abc import Sequence
from urllib.parse import unquote_plus, urlsplit

from limner.looks import Look
from limner.photos import Source

UPLOADS = "uploads/"
REPORT = "report.json"
ORPHAN_CURSOR = "sweeper/orphan-cursor"
_OURS = re.compile(rf"^{UPLOADS}([0-9a-f]{{32}})$")
_SEQUENCER_LENGTH = 32
FOUND = "-"
"""Ends the sequencer of an upload that was found; it sorts before every digit."""


def upload_key(photo_id: str) -> str:
    return f"{UPLOADS}{photo_id}"


def photo_id_for(bucket: str, key: str) -> str:
    """The id inside a key we made, or one derived from bucket and key for objects put there by others."""
    ours = _OURS.match(key)
    return ours[1] if ours else hashlib.sha256(f"{bucket}/{key}".encode()).hexdigest()[:32]


def decode_notification_key(encoded: str) -> str:
    """S3 notifications URL-encode keys (a space is `+`); EventBridge's are plain and must not come here."""
    return unquote_plus(encoded)


def comparable_sequencer(raw: str) -> str:
    """Sequencers compare as strings once the shorter is right-padded with zeros (Amazon S3 user guide)."""
    return raw.upper().ljust(_SEQUENCER_LENGTH, "0")


def found_sequencer(newest: str = "0" * _SEQUENCER_LENGTH) -> str:
    """Newer than `newest`, older than any other of S3's: for an upload that was found, not told of."""
    return newest + FOUND


def job_id_for(photo_id: str, source: Source, looks: Sequence[Look], model_version: str) -> str:
    """The same for the same upload, looks and model, so that a replayed event finds its own job."""
    facts = [source.bucket, source.key, source.sequencer, *[look.slug for look in looks], model_version]
    return f"{photo_id}-{hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]}"


def photo_id_of_job(job_id: str) -> str:
    return job_id.partition("-")[0]


def ticket_key(job_id: str) -> str:
    return f"tickets/{job_id}.json"


def styled_prefix(photo_id: str, job_id: str) -> str:
    return f"styled/{photo_id}/{job_id}/"


def report_key(photo_id: str, job_id: str) -> str:
    """The container leaves its report here as well as answering with it, so that it can be found from the
    job alone, whatever became of the endpoint's answer or its notification."""
    return styled_prefix(photo_id, job_id) + REPORT


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
