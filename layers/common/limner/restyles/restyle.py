"""A restyle: looks for the photos of a manifest, made by workers of its own instead of the endpoint.

The manifest is cut into chunks. All that a restyle knows is objects of the results bucket:

    restyles/{tenant}/{restyle_id}/restyle.json             what is made of how many photos
    restyles/{tenant}/{restyle_id}/state.json               whether it is paused
    restyles/{tenant}/{restyle_id}/chunks/000000.json       the ids of a chunk's photos
    tickets/{tenant}/restyles/{restyle_id}/000000.json      the tickets of those that are ordered
    restyles/{tenant}/{restyle_id}/done/000000.json         what has come of them
    restyles/{tenant}/{restyle_id}/executions/…             written by Step Functions

Whether a photo is still to be ordered, its row says, so a chunk can be done again at any time.
"""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, NamedTuple, TypeVar

from pydantic import Field, StringConstraints, ValidationError

from limner.contracts import StylizeTicket
from limner.errors import MalformedMessage, ObjectMissing
from limner.looks import FrozenModel, Looks
from limner.photos import StylizeJob
from limner.ports import ObjectStore
from limner.restyles.errors import RestyleNotFound
from limner.tenancy import TENANT_PATTERN, PhotoId, TenantId

RESTYLE_ID_PATTERN = r"[0-9a-f]{32}"
RestyleId = Annotated[str, StringConstraints(pattern=rf"^{RESTYLE_ID_PATTERN}$")]
PHOTOS_IN_A_CHUNK = 200
"""A few minutes of a GPU: the start of a container is a small part of it."""
MAX_PHOTOS_IN_A_CHUNK = 1_000
"""They are ordered by one invocation of the function."""
CHUNK_DIGITS = 6
MAX_CHUNKS = 10**CHUNK_DIGITS
RESTYLE_DEADLINE = timedelta(hours=24)
"""After which the sweeper takes a photo over that a chunk has ordered. Longer than a chunk waits for an
instance, and than the endpoint keeps a job."""
RESTYLES_PREFIX = "restyles/"
_CHUNK_KEY = re.compile(
    rf"{RESTYLES_PREFIX}({TENANT_PATTERN})/({RESTYLE_ID_PATTERN})/chunks/(\d{{{CHUNK_DIGITS}}})\.json"
)
_TICKETS_KEY = re.compile(
    rf"tickets/({TENANT_PATTERN})/restyles/({RESTYLE_ID_PATTERN})/(\d{{{CHUNK_DIGITS}}})\.json"
)
_JSON = "application/json"

SomeModel = TypeVar("SomeModel", bound=FrozenModel)


class RestyleOutcome(StrEnum):
    """What has come of a photo in its chunk. Of the first three there was a ticket; a photo that FAILED is
    tried again by the endpoint, as any other. MADE had the looks before; RUNNING has another order;
    UNSUITABLE has no pictures yet, or no room for more; GONE is erased, or never was."""

    STYLIZED = "stylized"
    REFUSED = "refused"
    FAILED = "failed"
    MADE = "made"
    RUNNING = "running"
    UNSUITABLE = "unsuitable"
    GONE = "gone"


Outcomes = dict[RestyleOutcome, int]


class RestyleKey(NamedTuple):
    tenant: str
    restyle_id: str

    @property
    def prefix(self) -> str:
        return f"{RESTYLES_PREFIX}{self.tenant}/{self.restyle_id}/"

    @property
    def chunks_prefix(self) -> str:
        return f"{self.prefix}chunks/"

    @property
    def done_prefix(self) -> str:
        return f"{self.prefix}done/"


class ChunkKey(NamedTuple):
    """`number` is text of six digits."""

    restyle: RestyleKey
    number: str

    @property
    def photos(self) -> str:
        return f"{self.restyle.chunks_prefix}{self.number}.json"

    @property
    def tickets(self) -> str:
        return f"tickets/{self.restyle.tenant}/restyles/{self.restyle.restyle_id}/{self.number}.json"

    @property
    def done(self) -> str:
        return f"{self.restyle.done_prefix}{self.number}.json"


class Restyle(FrozenModel):
    restyle_id: RestyleId
    tenant: TenantId
    looks: Looks = Field(min_length=1)
    photos: int = Field(ge=1)
    chunks: int = Field(ge=1)
    estimated_micro_usd: int = Field(ge=0)
    created_at: datetime

    @property
    def key(self) -> RestyleKey:
        return RestyleKey(self.tenant, self.restyle_id)


class RestyleState(FrozenModel):
    is_paused: bool = False


class ChunkPhotos(FrozenModel):
    photo_ids: tuple[PhotoId, ...] = Field(min_length=1, max_length=MAX_PHOTOS_IN_A_CHUNK)


class ChunkTickets(FrozenModel):
    """`others` counts the photos of the chunk without a ticket."""

    tickets: tuple[StylizeTicket, ...]
    others: Outcomes


class ChunkReport(FrozenModel):
    outcomes: Outcomes
    finished_at: datetime


def chunk_key(key: str) -> ChunkKey:
    """The chunk whose photos are listed at `key`. Raises MalformedMessage."""
    return _chunk(_CHUNK_KEY, key)


def chunk_of_tickets(key: str) -> ChunkKey:
    """The chunk whose tickets are at `key`. Raises MalformedMessage."""
    return _chunk(_TICKETS_KEY, key)


def _chunk(pattern: re.Pattern[str], key: str) -> ChunkKey:
    match = pattern.fullmatch(key)
    if match is None:
        raise MalformedMessage(f"not a key of a restyle's chunk: {key[:200]!r}")
    return ChunkKey(RestyleKey(match[1], match[2]), match[3])


def failure_key(job_id: str) -> str:
    """Where a worker stores why a job has failed; also what tells its jobs from those of the endpoint."""
    return f"endpoint/failure/restyle/{job_id}.out"


def is_of_restyle(job: StylizeJob) -> bool:
    """Whether a chunk has ordered it, and not the router."""
    return (job.failure_location or "").endswith(failure_key(job.job_id))


class RestyleObjects:
    """The objects of restyles in the results bucket."""

    def __init__(self, objects: ObjectStore, bucket: str) -> None:
        self._objects = objects
        self.bucket = bucket

    def put(self, key: str, model: FrozenModel) -> None:
        self._objects.put(self.bucket, key, model.model_dump_json().encode(), _JSON)

    def restyle(self, key: RestyleKey) -> Restyle:
        """Raises RestyleNotFound."""
        try:
            return _parsed(Restyle, self._objects.get(self.bucket, f"{key.prefix}restyle.json"))
        except ObjectMissing as error:
            raise RestyleNotFound(f"{key.tenant} has no restyle {key.restyle_id}") from error

    def put_restyle(self, restyle: Restyle) -> None:
        self.put(f"{restyle.key.prefix}restyle.json", restyle)

    def is_paused(self, key: RestyleKey) -> bool:
        try:
            state = _parsed(RestyleState, self._objects.get(self.bucket, f"{key.prefix}state.json"))
        except ObjectMissing:
            return False
        return state.is_paused

    def set_paused(self, key: RestyleKey, is_paused: bool) -> None:
        self.put(f"{key.prefix}state.json", RestyleState(is_paused=is_paused))

    def photos(self, chunk: ChunkKey) -> ChunkPhotos:
        """Raises ObjectMissing."""
        return _parsed(ChunkPhotos, self._objects.get(self.bucket, chunk.photos))

    def tickets(self, chunk: ChunkKey) -> ChunkTickets:
        """Raises ObjectMissing."""
        return _parsed(ChunkTickets, self._objects.get(self.bucket, chunk.tickets))

    def report(self, chunk: ChunkKey) -> ChunkReport | None:
        try:
            return _parsed(ChunkReport, self._objects.get(self.bucket, chunk.done))
        except ObjectMissing:
            return None

    def done(self, key: RestyleKey) -> list[str]:
        """The numbers of the chunks that are done."""
        found: list[str] = []
        after = ""
        while page := self._objects.list(self.bucket, key.done_prefix, after=after, limit=1_000):
            found += [listed.key.removeprefix(key.done_prefix).removesuffix(".json") for listed in page]
            after = page[-1].key
        return found


def _parsed(model: type[SomeModel], body: bytes) -> SomeModel:
    """Raises MalformedMessage."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise MalformedMessage(f"not a {model.__name__} of a restyle: {error}") from error
