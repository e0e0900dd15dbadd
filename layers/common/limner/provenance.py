"""What is known of a picture that somebody has: its credentials, and the published pictures it is like."""

from collections.abc import Sequence
from dataclasses import dataclass

from limner.ports import FoundPicture
from limner.report import StyledPicture
from photo_files.credentials.content_credentials import Credentials

MAX_PICTURE_BYTES = 4_500_000
"""Lambda takes 6 MB of an event, in which the picture is a third longer (base64)."""
COPY_MAX_BITS = 7
"""More than the perceptual hashes of nearly all copies differ by, and far less than those of other pictures
(docs/decisions/0127)."""
LOOK_UP_PATH = "/v1/provenance"


@dataclass(frozen=True)
class Match:
    """A published picture of the tenant's, and what its photo's row says of it, if it is still there."""

    found: FoundPicture
    picture: StyledPicture | None


@dataclass(frozen=True)
class Provenance:
    """`is_signed_here`: the credentials are valid and were signed with this stack's key. `matches` are the
    nearest published pictures of the tenant's."""

    credentials: Credentials | None
    is_signed_here: bool
    matches: Sequence[Match]
