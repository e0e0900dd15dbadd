"""A pack of the API: up to 500 photos, each to be put on the canvases of some marketplaces.

A pack is a row; each photo of it has one of its own once its job has begun. What the job has found is in the
results bucket, in the report of the job alone, so that an erased photo leaves nothing of it here but its id.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, NamedTuple, Protocol

from pydantic import Field, StringConstraints

from limner.looks import FrozenModel
from limner.photos import Photo, Source
from limner.quotas import Charge
from limner.reviews.publication import shown_in_place_of
from limner.tenancy import PhotoId, TenantId

MAX_PACK_PHOTOS = 500
MAX_PACK_PROFILES = 8
PACK_LIFETIME = timedelta(days=30)
"""How long a pack and its files are kept; the template's lifecycle rules have the same days."""
PACK_ID_PATTERN = r"[0-9a-f]{32}"
PackId = Annotated[str, StringConstraints(pattern=rf"^{PACK_ID_PATTERN}$")]
ProfileId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
LookName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9._+,=~-]{1,200}$")]


class PackStatus(StrEnum):
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"


class PackOutcome(StrEnum):
    """What has come of one photo of a pack. MADE has a verdict for each marketplace, also where it refuses
    the picture; REFUSED has no picture of the photo to begin with; GONE was erased."""

    MADE = "made"
    REFUSED = "refused"
    FAILED = "failed"
    GONE = "gone"


class PackProblem(StrEnum):
    """Why a photo of a pack has no verdicts: stable codes. Those of files are added (RefusalCode)."""

    NOT_UPLOADED = "not_uploaded"
    LOOK_MISSING = "look_missing"
    NOT_APPROVED = "look_not_approved"
    FAILED = "pack_failed"
    GONE = "photo_gone"


class PackKey(NamedTuple):
    tenant: str
    pack_id: str


class PackJob(FrozenModel):
    """A job of the stylizer for one photo. `counter` is the row in which it is counted among the tenant's
    jobs in flight; None once it is not. It has been submitted if `submitted_at` is set."""

    job_id: str
    counter: str | None = None
    attempts: int = 0
    submitted_at: datetime | None = None
    failure_location: str | None = None


class PackedPhoto(FrozenModel):
    """A photo of a pack whose job has begun, or that has ended."""

    photo_id: PhotoId
    job: PackJob | None = None
    outcome: PackOutcome | None = None
    code: str | None = None


class PackCounts(FrozenModel):
    """Photos that have ended, by outcome."""

    made: int = Field(default=0, ge=0)
    refused: int = Field(default=0, ge=0)
    failed: int = Field(default=0, ge=0)
    gone: int = Field(default=0, ge=0)

    @property
    def total(self) -> int:
        return self.made + self.refused + self.failed + self.gone

    def with_outcomes(self, outcomes: Sequence[PackOutcome]) -> "PackCounts":
        return PackCounts(**{each.value: getattr(self, each) + outcomes.count(each) for each in PackOutcome})


class Pack(FrozenModel):
    """`look_name` is that of the look whose pictures are packed; None for the photos themselves. `taken`
    photos were taken up, in the order of `photo_ids`; `open` are those of them that have not ended.
    `claimed_until`: a worker is at the pack. There is no archive of profiles that are
    `too_large` for one."""

    pack_id: PackId
    tenant: TenantId
    created_at: datetime
    photo_ids: tuple[PhotoId, ...] = Field(min_length=1, max_length=MAX_PACK_PHOTOS)
    profiles: tuple[ProfileId, ...] = Field(min_length=1, max_length=MAX_PACK_PROFILES)
    look_name: LookName | None = None
    taken: int = 0
    open: tuple[PhotoId, ...] = ()
    counts: PackCounts = PackCounts()
    version: int = 0
    due_at: datetime | None = None
    claimed_until: datetime | None = None
    finished_at: datetime | None = None
    too_large: tuple[ProfileId, ...] = ()

    @property
    def key(self) -> PackKey:
        return PackKey(self.tenant, self.pack_id)

    @property
    def status(self) -> PackStatus:
        return PackStatus.FINISHED if self.finished_at else PackStatus.RUNNING

    @property
    def expires_at(self) -> datetime:
        return self.created_at + PACK_LIFETIME

    @property
    def not_taken(self) -> tuple[str, ...]:
        return self.photo_ids[self.taken :]


def picture_of(photo: Photo, look_name: str | None, results_bucket: str) -> Source | PackProblem:
    """The file that a pack is made from: the upload, or the largest file of a look's picture that may be
    shown, which is another's where the look was redone."""
    if look_name is None:
        return photo.source or PackProblem.NOT_UPLOADED
    pictures = photo.published.pictures if photo.published else ()
    if look_name not in {each.look.slug for each in pictures}:
        return PackProblem.LOOK_MISSING
    shown = shown_in_place_of(photo, look_name)
    if shown is None:
        return PackProblem.NOT_APPROVED
    largest = max(shown.renditions, key=lambda each: (each.width * each.height, each.bytes))
    return Source(bucket=results_bucket, key=largest.key, sequencer="", bytes=largest.bytes)


def pixels_of(photo: Photo) -> int:
    """Of the photo's largest file that we have made: pictures have the size of the upload. 0 without any."""
    pictures = photo.published.pictures if photo.published else ()
    variants = photo.variants.renditions if photo.variants else ()
    made = [*(file for picture in pictures for file in picture.renditions), *variants]
    return max((file.width * file.height for file in made), default=0)


class PackRepository(Protocol):
    def add(self, pack: Pack) -> None: ...

    def get(self, tenant: str, pack_id: str) -> Pack:
        """As it is now. Raises PackNotFound."""

    def replace(self, before: Pack, after: Pack) -> Pack:
        """`after` with its new version. Raises StaleWrite if `before` is not the newest."""

    def photos(self, key: PackKey, photo_ids: Sequence[str]) -> Mapping[str, PackedPhoto]:
        """By id, those that there are."""

    def begin(self, key: PackKey, photo: PackedPhoto, charge: Charge, now: datetime) -> PackedPhoto:
        """Store a photo whose job begins, charge the job, and count it among the tenant's jobs in flight, all
        in one write. One that is stored stays, and is returned. Raises QuotaExceeded, JobsAtLimit."""

    def record_submission(self, key: PackKey, photo: PackedPhoto, now: datetime) -> None:
        """Of a photo that has not ended. Raises StaleWrite where it has."""

    def end(self, key: PackKey, photo: PackedPhoto, now: datetime) -> None:
        """Store how a photo has ended; its job is in flight no more. Without effect on one that has ended."""

    def take_archive_turn(self, tenant: str, now: datetime, until: datetime) -> bool:
        """Whether the tenant may have an archive assembled now: no other is. It is lost at `until`."""

    def give_archive_turn_back(self, tenant: str, now: datetime) -> None:
        """The archive is assembled, or will not be."""


class DuePacks(Protocol):
    def due(self, now: datetime, limit: int) -> Sequence[PackKey]:
        """Packs of all tenants with `due_at` ≤ `now`, earliest first."""


class PackQueue(Protocol):
    def send(self, key: PackKey, delay: timedelta = timedelta(0), *, has_ended: bool = False) -> None:
        """Ask for the pack's next step; `has_ended`: at once, since a job of it has ended."""

    def assemble(self, key: PackKey, profile: str) -> None:
        """Ask for the archive of a profile."""
