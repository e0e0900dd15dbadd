"""The messages of own styles: the ticket to the stylizer's endpoint, its report, and the erasure of a style.

The job's id is `{tenant}.{style id}.{12 hexadecimal digits}`; where pictures and results are follows from it.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError, model_validator

from limner.errors import ForeignUpload, MalformedMessage
from limner.looks import OWN_STYLE_PATTERN, FrozenModel
from limner.own_styles import (
    MAX_REFINEMENT_STEPS,
    MAX_STYLE_PICTURES,
    OwnStyleId,
    StyleFailure,
    StyleName,
)
from limner.photos import Source
from limner.renditions import Rendition
from limner.tenancy import TENANT_PATTERN, TenantId

STYLE_PICTURES_PREFIX = "style-pictures/"
_DIGITS = 12
_JOB_ID = re.compile(rf"({TENANT_PATTERN})\.({OWN_STYLE_PATTERN})\.[0-9a-f]{{{_DIGITS}}}")
_PICTURE_KEY = re.compile(
    rf"{STYLE_PICTURES_PREFIX}({TENANT_PATTERN})/({OWN_STYLE_PATTERN})/([1-{MAX_STYLE_PICTURES}])"
)


def style_picture_key(tenant: str, style_id: str, number: int) -> str:
    """In the uploads bucket; pictures are numbered from 1."""
    return f"{STYLE_PICTURES_PREFIX}{tenant}/{style_id}/{number}"


def style_pictures_prefix(tenant: str, style_id: str) -> str:
    return f"{STYLE_PICTURES_PREFIX}{tenant}/{style_id}/"


def style_of_picture(key: str) -> tuple[str, str]:
    """Tenant and style of a picture's key. Raises ForeignUpload for other keys."""
    match = _PICTURE_KEY.fullmatch(key)
    if match is None:
        raise ForeignUpload(f"{key} is no picture of a style")
    return match[1], match[2]


def is_style_picture(key: str) -> bool:
    return key.startswith(STYLE_PICTURES_PREFIX)


def style_job_id(tenant: str, style_id: str, pictures: Sequence[Source], model: str) -> str:
    """Equal for equal pictures and model, so that a repeated event refers to the same job."""
    facts = [*([source.key, source.sequencer] for source in pictures), model]
    digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    return f"{tenant}.{style_id}.{digest[:_DIGITS]}"


def style_of_job(job_id: str) -> tuple[str, str]:
    """Tenant and style. Raises MalformedMessage for a text that `style_job_id` cannot have made."""
    match = _JOB_ID.fullmatch(job_id)
    if match is None:
        raise MalformedMessage(f"not the job of a style: {job_id[:80]!r}")
    return match[1], match[2]


def is_style_job(job_id: str) -> bool:
    return _JOB_ID.fullmatch(job_id) is not None


def learned_prefix(tenant: str, style_id: str) -> str:
    """In the results bucket. Each attempt stores its files under a prefix of its own in it; the report says
    which count."""
    return f"learned/{tenant}/{style_id}/"


def style_report_key(tenant: str, style_id: str) -> str:
    return f"{learned_prefix(tenant, style_id)}report.json"


def style_report_key_of_job(job_id: str) -> str:
    """Raises MalformedMessage."""
    return style_report_key(*style_of_job(job_id))


class StyleErasure(FrozenModel):
    """A style was deleted: the eraser erases its pictures and files."""

    style_erasure_version: Literal[1] = 1
    tenant: TenantId
    style_id: OwnStyleId


class LearnTicket(FrozenModel):
    """The pictures to learn a style from. `preview_photo` is painted in it, also while it is refined."""

    learn_ticket_version: Literal[1] = 1
    job_id: str
    name: StyleName
    pictures: tuple[Source, ...] = Field(min_length=1, max_length=MAX_STYLE_PICTURES)
    preview_photo: Source | None = None
    refinement_steps: int = Field(default=0, ge=0, le=MAX_REFINEMENT_STEPS)
    model: str


class LearnReport(FrozenModel):
    """`style_key` and `preview`, or a refusal."""

    learn_report_version: Literal[1] = 1
    job_id: str
    model: str
    style_key: Annotated[str, StringConstraints(min_length=1)] | None = None
    preview: Rendition | None = None
    refusal: StyleFailure | None = None
    seconds: float = Field(ge=0)

    @model_validator(mode="after")
    def _check_one_result(self) -> "LearnReport":
        if bool(self.style_key) == bool(self.refusal):
            raise ValueError("a report must have either a style or a refusal")
        return self


def parse_learn_report(job_id: str, payload: bytes) -> LearnReport:
    """Raises MalformedMessage: the payload is no report, is of another job, or names objects of another
    style."""
    try:
        report = LearnReport.model_validate_json(payload)
    except ValidationError as error:
        raise MalformedMessage(f"not a report on a style: {error}") from error
    prefix = learned_prefix(*style_of_job(job_id))
    keys = [report.style_key, report.preview.key if report.preview else None]
    if report.job_id != job_id or any(key and not key.startswith(prefix) for key in keys):
        raise MalformedMessage(f"the report of job {job_id} is of another, or names objects of another")
    return report
