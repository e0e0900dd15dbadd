"""Requests of orders for a photo that is there, and the response of GET /v1/photos/{photo_id}/versions."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from limner.json_types import JsonInteger
from limner.looks import FrozenModel, OrderedLooks
from limner.photos import Photo
from limner.revisions import history, is_restorable
from limner.versions import Version, VersionSource


class LooksRequest(BaseModel):
    """The looks to make besides those that the photo has."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"looks": [{"styles": {"watercolour": 1.0}, "strength": 0.8}]}},
    )

    looks: Annotated[OrderedLooks, Field(min_length=1)]


class RestoreRequest(BaseModel):
    """The number of the version whose pictures are to be the photo's again."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"version": 1}})

    version: JsonInteger = Field(ge=1, le=2**31)


class VersionView(FrozenModel):
    """One finished set of pictures. `looks` are the names of its pictures; `restored_version`, for the source
    `restore`, is the version that it repeats."""

    version: int
    at: datetime
    source: VersionSource
    model: str
    looks: list[str]
    restored_version: int | None
    is_restorable: bool


class VersionsView(BaseModel):
    """Newest first, at most twenty."""

    versions: list[VersionView]


def versions_view(photo: Photo) -> VersionsView:
    return VersionsView(versions=[_version_view(photo, version) for version in reversed(history(photo))])


def _version_view(photo: Photo, version: Version) -> VersionView:
    return VersionView(
        version=version.number,
        at=version.at,
        source=version.source,
        model=version.model,
        looks=list(version.looks),
        restored_version=version.restored,
        is_restorable=is_restorable(photo, version),
    )
