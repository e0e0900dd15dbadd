"""Erasing photos: what is recorded of it, and its ports.

An erasure begins with a tombstone: the photo's row loses what it says of the photo, and its upload is
replaced by one that sorts after every other. All writes to a row are conditional on the upload that they
belong to being the newest, so no event, lease, submission, result or failure that is still on its way changes
a tombstone.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from limner.looks import FrozenModel
from limner.photos import Source, StylizeJob
from limner.tenancy import PhotoId, PhotoKey, TenantId

LAST_SEQUENCER = "~"
"""The sequencer of a tombstone's upload: greater than every hexadecimal digit, and so than every sequencer of
S3."""
MESSAGE_LIFETIME = timedelta(days=18)
"""How long a message can live: 14 days in a dead-letter queue, and 4 in its queue after it was sent back."""
TOMBSTONE_LIFETIME = MESSAGE_LIFETIME + timedelta(days=30)
"""How long a tombstone stays after its erasure has ended."""
AUDIT_LIFETIME = timedelta(days=3 * 365)
"""How long the audit log keeps an entry."""
BY_RETENTION = "retention"
"""`requested_by` of erasures that no person asked for."""
MAX_IN_FLIGHT = timedelta(hours=7)
"""The longest that the template lets a job take: six hours in the endpoint's queue and one in the
container."""
LATE_WRITES = timedelta(minutes=15)
"""After the longest time that a job may take: for its lease, for a function that was running, for a slow
upload."""


class Erasure(FrozenModel):
    """`requested_by` is the id of a credential, or the name of a rule; never a person's name.

    Until `last_check_at` something that was under way when the erasure began may still write objects or
    hashes. `objects` counts versions and delete markers, `hashes` items of the registry of published
    pictures. `is_at_edge`: public pictures were deleted, and the caches are not invalidated yet.
    """

    tenant: TenantId
    photo_id: PhotoId
    requested_at: datetime
    requested_by: str
    last_check_at: datetime
    original: Source | None = None
    job: StylizeJob | None = None
    objects: int = 0
    hashes: int = 0
    is_at_edge: bool = False
    finished_at: datetime | None = None

    @property
    def key(self) -> PhotoKey:
        return PhotoKey(self.tenant, self.photo_id)


class ErasureRepository(Protocol):
    def begin(self, erasure: Erasure, due_at: int) -> Erasure:
        """Make the photo's row a tombstone, or return the erasure that it has. The eraser is called for it
        again from `due_at`, in Unix seconds.

        Raises:
            PhotoNotFound: there is no such row.
        """

    def get(self, key: PhotoKey) -> Erasure:
        """Raises PhotoNotFound where no row is, or its photo is not being erased."""

    def count(self, erasure: Erasure, due_at: int) -> None:
        """Store the counts of an erasure that goes on, and when it is due again."""

    def finish(self, erasure: Erasure) -> None:
        """Leave nothing in the row but ids, times and counts. It stays due until `close`."""

    def close(self, erasure: Erasure, expires_at: datetime) -> None:
        """The erasure has ended; DynamoDB deletes the tombstone after `expires_at`."""

    def postpone(self, key: PhotoKey, due_at: int) -> None:
        """Call the eraser for this erasure again at `due_at`, in Unix seconds, unless it has ended."""

    def due(self, now: int, limit: int) -> Sequence[PhotoKey]:
        """At most `limit` erasures that have not ended and are due, in Unix seconds, earliest first."""

    def older_than(self, tenant: str, cutoff: datetime) -> Iterator[PhotoKey]:
        """Listed photos that were ordered before, oldest first in each of the list's partitions."""

    def photos_of(self, tenant: str) -> Iterator[PhotoKey]:
        """Every row of the tenant but tombstones whose erasure has ended: also orders, and rows that are
        invalid."""


class ErasureQueue(Protocol):
    def send(self, key: PhotoKey, object_key: str | None = None) -> None:
        """Have the eraser called for a photo whose erasure has begun; `object_key` is an upload of it that
        was found later."""


class PictureHashErasure(Protocol):
    """The registry of published pictures, as the eraser needs it."""

    def erase(self, photo: PhotoKey) -> int:
        """Delete all entries of the photo's pictures, also of earlier uploads; how many items they were."""

    def erase_all(self, tenant: str) -> int:
        """The same of all photos of the tenant."""


class EdgeCache(Protocol):
    """What keeps public pictures near those who look at them."""

    def invalidate(self, prefix: str) -> bool:
        """Let no cache answer for a key under the prefix from what it has. False if too many such requests
        are in progress; ask again later."""


class TenantErasure(FrozenModel):
    tenant: TenantId
    requested_at: datetime
    requested_by: str
    last_check_at: datetime
    counts: Mapping[str, int] = {}


class TenantErasureRepository(Protocol):
    def find(self, tenant: str) -> TenantErasure | None:
        """The erasure that has begun and not ended."""

    def begin(self, erasure: TenantErasure) -> TenantErasure:
        """Store it, or return the one that has begun and not ended."""

    def save(self, erasure: TenantErasure) -> None: ...

    def end(self, tenant: str) -> None: ...


class TenantRecords(Protocol):
    """What a table besides the photos' holds of tenants, such as API keys."""

    name: str

    def erase(self, tenant: str) -> int:
        """Delete everything of the tenant; how many items it was."""


class AuditEntry(FrozenModel):
    """Who had what erased, and how much it was. Without personal data: ids, times and counts."""

    tenant: TenantId
    action: str
    subject: str
    requested_at: datetime
    requested_by: str
    finished_at: datetime
    counts: Mapping[str, int]


class AuditLog(Protocol):
    def record(self, entry: AuditEntry) -> None:
        """Recording an entry again changes nothing."""

    def entries(self, tenant: str) -> Sequence[AuditEntry]:
        """Oldest first."""
