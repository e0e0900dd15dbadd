"""A tenant's own styles: each is learned from one to five of its pictures, and used in looks by its id.

A style is ordered, its pictures are uploaded by forms, the stylizer's endpoint learns it in a job of its own.
Its status is computed from what is known of these three.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import Field, StringConstraints

from limner.errors import InvalidRequest
from limner.looks import OWN_STYLE_PATTERN, FrozenModel
from limner.photos import Source
from limner.renditions import Rendition
from limner.tenancy import TenantId

OwnStyleId = Annotated[str, StringConstraints(pattern=rf"^{OWN_STYLE_PATTERN}$")]
StyleName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,100}$")]
MAX_STYLE_PICTURES = 5
MAX_REFINEMENT_STEPS = 120
MAX_STYLES = 100
"""Of a tenant, those that failed included: a list of them is one answer."""
UPLOAD_DEADLINE = timedelta(minutes=45)
"""From the order of a style until its pictures are there and its job is submitted. Forms live for ten
minutes."""


class OwnStyleStatus(StrEnum):
    AWAITING_UPLOAD = "AWAITING_UPLOAD"
    LEARNING = "LEARNING"
    READY = "READY"
    FAILED = "FAILED"


class StyleProblem(StrEnum):
    """Why a style was not learned: stable codes, returned to sellers. Those of a picture's file are added to
    them (limner.errors.RefusalCode)."""

    PEOPLE = "style_picture_shows_people"
    REPEATED = "style_pictures_repeated"
    PRODUCT_PHOTO = "style_picture_is_product_photo"
    FAILED = "learning_failed"
    PAUSED = "submissions_paused"
    DEADLINE = "deadline_passed"


class StyleFailure(FrozenModel):
    code: str
    message: str


class LearnedStyle(FrozenModel):
    """`key` is the style's file in the results bucket; `preview` is a photo of the shop's, painted in it."""

    key: str
    model: str
    preview: Rendition | None = None
    finished_at: datetime


class OwnStyle(FrozenModel):
    """`preview_photo` is the shop's newest photo when the style was ordered. `refinement_steps` are those of
    fine-tuning after the first estimate; 0 for none. `job_ends_by` is when the job has ended at the latest,
    its wait at the endpoint included."""

    tenant: TenantId
    style_id: OwnStyleId
    name: StyleName
    pictures: int = Field(ge=1, le=MAX_STYLE_PICTURES)
    refinement_steps: int = Field(default=0, ge=0, le=MAX_REFINEMENT_STEPS)
    created_at: datetime
    preview_photo: Source | None = None
    job_id: str | None = None
    job_ends_by: datetime | None = None
    learned: LearnedStyle | None = None
    failure: StyleFailure | None = None
    deleted_at: datetime | None = None
    """From then on it is answered as an unknown one, until the eraser has erased its files and removes it."""

    @property
    def due_at(self) -> datetime:
        """When a style that has not ended is ended by the sweeper."""
        return self.job_ends_by or self.created_at + UPLOAD_DEADLINE

    def status(self, now: datetime) -> OwnStyleStatus:
        if self.learned:
            return OwnStyleStatus.READY
        if self.failure_at(now):
            return OwnStyleStatus.FAILED
        return OwnStyleStatus.LEARNING if self.job_id else OwnStyleStatus.AWAITING_UPLOAD

    def may_be_written(self, now: datetime) -> bool:
        """Whether a job may still write files of the style. It may after `deadline_passed`, where the style
        was ended at the moment of its submission."""
        if self.job_id is None or self.learned:
            return False
        has_failed = self.failure is not None and self.failure.code != StyleProblem.DEADLINE
        return not has_failed and now < self.due_at

    def failure_at(self, now: datetime) -> StyleFailure | None:
        """Also of a style whose pictures or whose result have not come in time."""
        if self.learned or self.failure:
            return self.failure
        if now < self.due_at:
            return None
        missing = (
            "the result did not come in time" if self.job_id else "its pictures were not uploaded in time"
        )
        return StyleFailure(code=StyleProblem.DEADLINE, message=f"The style was not learned: {missing}.")


class OwnStyleRepository(Protocol):
    def add(self, style: OwnStyle) -> None:
        """Raises StaleWrite where there is one with this id."""

    def get(self, tenant: str, style_id: str) -> OwnStyle:
        """Raises StyleNotFound."""

    def list(self, tenant: str) -> Sequence[OwnStyle]:
        """All of the tenant's, oldest first."""

    def due(self, now: datetime, limit: int) -> Sequence[OwnStyle]:
        """Of all tenants, those that have not ended and are due, earliest first."""

    def record_job(self, tenant: str, style_id: str, job_id: str, ends_by: datetime) -> None:
        """Also postpones when the style is due. Recording it again changes that time alone. Raises
        StyleNotFound."""

    def record_end(self, tenant: str, style_id: str, end: LearnedStyle | StyleFailure) -> bool:
        """Whether it was recorded: False for a style that has ended, or that was deleted."""

    def mark_deleted(self, tenant: str, style_id: str, at: datetime, settings_version: int) -> None:
        """Raises StyleNotFound, also for one that is marked already, and StaleWrite where the tenant's
        settings have another version: they may use the style."""

    def is_deleted(self, tenant: str, style_id: str) -> bool:
        """Also of one that is forgotten."""

    def remove(self, tenant: str, style_id: str) -> None:
        """Remove the row of a style that is marked as deleted."""


class StyleErasures(Protocol):
    def erase_style(self, tenant: str, style_id: str) -> None:
        """Have the style's pictures and files erased, every version of them."""


def no_such_style(style_ids: Iterable[str]) -> InvalidRequest:
    names = ", ".join(sorted(style_ids))
    return InvalidRequest(f"no such style, or not learned yet: {names}; GET /v1/styles lists all")
