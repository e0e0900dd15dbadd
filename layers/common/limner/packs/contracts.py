"""The messages of packs: the ticket to the stylizer's endpoint, its report, and the steps of a pack.

A job's id is `{tenant}.{photo_id}.p{11 hexadecimal digits}`: as a photo's job but for the letter p, so that
whoever erases a photo finds tickets and submissions of its packs by the same prefixes.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from limner.contracts import Refusal
from limner.errors import MalformedMessage
from limner.keys import REPORT_NAME, archives_prefix, packs_prefix
from limner.looks import FrozenModel
from limner.orders import ExternalId
from limner.packs.pack import MAX_PACK_PROFILES, PackId, ProfileId
from limner.photos import Source
from limner.renditions import Rendition
from limner.tenancy import PHOTO_ID_PATTERN, TENANT_PATTERN, PhotoKey, TenantId
from photo_files.packs.profile import RuleVerdict
from photo_files.packs.rules import RuleOutcome
from photo_files.packs.texts import Value

_DIGITS = 11
_JOB_ID = re.compile(rf"({TENANT_PATTERN})\.({PHOTO_ID_PATTERN})\.p[0-9a-f]{{{_DIGITS}}}")


def pack_job_id(photo: PhotoKey, pack_id: str, picture: Source, profiles: Sequence[str], model: str) -> str:
    """Equal for equal arguments, so that a step that is done again refers to the same job. Each pack has jobs
    of its own: its files expire with it."""
    facts = [pack_id, picture.bucket, picture.key, picture.sequencer, *profiles, model]
    digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    return f"{photo.tenant}.{photo.photo_id}.p{digest[:_DIGITS]}"


def is_pack_job(job_id: str) -> bool:
    return _JOB_ID.fullmatch(job_id) is not None


def photo_key_of_pack_job(job_id: str) -> PhotoKey:
    """Raises MalformedMessage for a text that `pack_job_id` cannot have made."""
    match = _JOB_ID.fullmatch(job_id)
    if match is None:
        raise MalformedMessage(f"not the job of a pack: {job_id[:80]!r}")
    return PhotoKey(match[1], match[2])


def pack_job_prefix(job_id: str) -> str:
    """In the results bucket. Each attempt stores its files under a prefix of its own in it; the report says
    which count. Raises MalformedMessage."""
    return f"{packs_prefix(photo_key_of_pack_job(job_id))}{job_id}/"


def pack_report_key(job_id: str) -> str:
    """Raises MalformedMessage."""
    return pack_job_prefix(job_id) + REPORT_NAME


def archive_key(tenant: str, pack_id: str, profile: str) -> str:
    """In the results bucket: the ZIP archive of a pack's pictures for one profile."""
    return f"{archives_prefix(tenant)}{pack_id}/{profile}.zip"


# ── campaigns → endpoint: the ticket ─────────────────────────────────────────────────────────────────


class PackTicket(FrozenModel):
    """One picture to be put on the canvases of some marketplaces: a photo's upload, or a styled picture of
    it. `external_id` says for test tenants how the job is to end."""

    pack_ticket_version: Literal[1] = 1
    job_id: str
    pack_id: PackId
    picture: Source
    profiles: tuple[ProfileId, ...] = Field(min_length=1, max_length=MAX_PACK_PROFILES)
    model: str
    external_id: ExternalId | None = None


def parse_pack_ticket(payload: bytes) -> PackTicket:
    """Raises MalformedMessage."""
    try:
        return PackTicket.model_validate_json(payload)
    except ValidationError as error:
        raise MalformedMessage(f"not the ticket of a pack: {error}") from error


# ── endpoint → campaigns: the report ─────────────────────────────────────────────────────────────────


class RuleFinding(FrozenModel):
    """What a picture says to one rule. `text` and `values` make the reason in a language."""

    rule: str
    required: bool
    outcome: RuleOutcome
    code: str
    text: str
    values: dict[str, Value]
    source: str
    read_on: date

    @classmethod
    def of(cls, verdict: RuleVerdict) -> "RuleFinding":
        finding = verdict.finding
        return cls(
            rule=verdict.rule.kind,
            required=verdict.rule.required,
            outcome=finding.outcome,
            code=finding.code,
            text=finding.text,
            values=dict(finding.values),
            source=verdict.rule.source,
            read_on=verdict.rule.read_on,
        )


class PackedProfile(FrozenModel):
    """`file` is None where no picture was made, with `refusal`, the code of the reason; or where the one that
    was made breaks a required rule. `photo`: findings on the file as it was; `picture`: on the one that was
    made."""

    profile: ProfileId
    file: Rendition | None = None
    refusal: str | None = None
    photo: tuple[RuleFinding, ...] = ()
    picture: tuple[RuleFinding, ...] = ()


class PackReport(FrozenModel):
    """An entry for each profile, or a refusal of the file."""

    pack_report_version: Literal[1] = 1
    job_id: str
    model: str
    profiles: tuple[PackedProfile, ...] = ()
    refusal: Refusal | None = None
    seconds: float = Field(ge=0)

    @model_validator(mode="after")
    def _check_one_result(self) -> "PackReport":
        if bool(self.profiles) == bool(self.refusal):
            raise ValueError("a report must have either profiles or a refusal")
        return self


def parse_pack_report(job_id: str, payload: bytes) -> PackReport:
    """Raises MalformedMessage: the payload is no report, is of another job, or names objects of another."""
    try:
        report = PackReport.model_validate_json(payload)
    except ValidationError as error:
        raise MalformedMessage(f"not a report on a pack: {error}") from error
    prefix = pack_job_prefix(job_id)
    keys = [each.file.key for each in report.profiles if each.file]
    if report.job_id != job_id or not all(key.startswith(prefix) for key in keys):
        raise MalformedMessage(f"the report of job {job_id} is of another, or names objects of another")
    return report


# ── storefront, recorder, campaigns → campaigns ──────────────────────────────────────────────────────


class PackStep(FrozenModel):
    """Do what is due of a pack; at once where one of its jobs `has_ended`."""

    request_version: Literal[1] = 1
    tenant: TenantId
    pack_id: PackId
    has_ended: bool = False


class ArchiveRequest(FrozenModel):
    """Assemble the archive of a pack's pictures for a profile."""

    request_version: Literal[1] = 1
    tenant: TenantId
    pack_id: PackId
    archive_of: ProfileId
