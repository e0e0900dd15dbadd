"""Collections: the photos of a tenant that a query finds, or those of a list of the caller's own ids."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Annotated, NamedTuple, Protocol

from pydantic import Field, StringConstraints

from limner.looks import FrozenModel
from limner.orders import Label
from limner.photos import Photo
from limner.tenancy import TenantId

MAX_COLLECTIONS = 200
"""Of one tenant."""
MAX_COLLECTION_PHOTOS = 100_000
MAX_IDS_IN_A_CALL = 5_000
IDS_IN_A_PART = 1_000
"""Of a list, in one row: at most 128 kB before compression."""
DELETED_COLLECTION_LIFETIME = timedelta(days=90)
"""How long the rows of a deleted collection are kept, for the campaigns that have it."""
UNNAMED_PART_LIFETIME = timedelta(days=1)
"""Of a part that its collection names no more, or never did: whoever has read the collection may read it."""
COLLECTION_ID_PATTERN = r"[0-9a-f]{32}"
CollectionId = Annotated[str, StringConstraints(pattern=rf"^{COLLECTION_ID_PATTERN}$")]
CollectionName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f-\x9f]{1,100}$")]


class PhotoFilter(FrozenModel):
    """Uploaded photos with this tag, created from `created_since` on and before `created_before`; without
    any of the three, all."""

    tag: Label | None = None
    created_since: datetime | None = None
    created_before: datetime | None = None


class ListPart(FrozenModel):
    """Some of the ids of a list, in a row of their own that is never written again."""

    part_id: str
    ids: int = Field(ge=1, le=IDS_IN_A_PART)


class Collection(FrozenModel):
    """Either `filter`, or a list whose ids are in `parts`. What a filter finds is looked up when it is
    needed: photos that are uploaded later belong to the collection too."""

    collection_id: CollectionId
    tenant: TenantId
    name: CollectionName
    created_at: datetime
    version: int = 0
    filter: PhotoFilter | None = None
    parts: tuple[ListPart, ...] = ()

    @property
    def listed_ids(self) -> int:
        return sum(part.ids for part in self.parts)


class CollectionRepository(Protocol):
    def add(self, collection: Collection) -> None: ...

    def get(self, tenant: str, collection_id: str, *, also_deleted: bool = False) -> Collection:
        """Raises CollectionNotFound."""

    def list(self, tenant: str) -> Sequence[Collection]:
        """Oldest first."""

    def ids(self, collection: Collection) -> Iterable[str]:
        """Of a list, in the order in which they were given. Raises CollectionNotFound where a part has
        expired."""

    def ids_of_part(self, collection: Collection, part: ListPart) -> Sequence[str]:
        """Raises CollectionNotFound where the part has expired."""

    def add_part(self, collection: Collection, part: ListPart, ids: Sequence[str]) -> None:
        """Store a part before the collection names it."""

    def expire_parts(self, collection: Collection, parts: Sequence[ListPart], at: datetime) -> None:
        """Have parts deleted after a time; those that are gone already are left out."""

    def replace(self, before: Collection, after: Collection) -> Collection:
        """`after` with its new version. Raises StaleWrite if `before` is not the newest."""

    def delete(self, collection: Collection, at: datetime) -> None:
        """It is no longer found, but by the campaigns that have it. Raises StaleWrite."""


@dataclass(frozen=True)
class PhotosPage:
    """Photos of a collection; `cursor` continues after them, None at the end."""

    photos: tuple[Photo, ...]
    cursor: str | None


class PhotoCount(NamedTuple):
    """`is_exact` where all were counted. Otherwise `photos` of a list is judged by some of its ids, and of a
    filter a least number."""

    photos: int
    is_exact: bool


class CollectionPhotos(Protocol):
    def page(
        self,
        collection: Collection,
        *,
        before: datetime,
        cursor: str | None,
        limit: int,
        whole: bool = True,
    ) -> PhotosPage:
        """Photos that were created before a time; about `limit` of them, also none, or hundreds more where an
        id of a list has them. Pages do not overlap, whatever is uploaded or erased meanwhile. `whole` as in
        `PhotoRepository.page`."""

    def count(self, collection: Collection, before: datetime) -> PhotoCount: ...


def first_photos(
    photos: CollectionPhotos,
    collection: Collection,
    *,
    before: datetime,
    most: int,
    pages: int | None = None,
    whole: bool = True,
) -> list[Photo]:
    """The first of a collection, `most` of them at most, from as many pages as that takes, or from `pages`:
    of a rare tag, or of a list most of whose ids have no photo, a page may have few or none."""
    found: list[Photo] = []
    cursor = None
    for _ in count() if pages is None else range(pages):
        page = photos.page(collection, before=before, cursor=cursor, limit=most, whole=whole)
        found += page.photos
        cursor = page.cursor
        if cursor is None or len(found) >= most:
            break
    return found[:most]
