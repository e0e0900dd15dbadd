"""Test mode: what becomes of the orders of test tenants, by their `external_id`.

A photo of a test tenant takes the way of every photo, but for the stylizer: the router gives its job to a
queue whose function makes the pictures without a model. Orders with an `external_id` of CASES end as it says;
all others end READY with pictures that passed. docs/how-to/test-mode.md has the same table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Literal

from pydantic import Field, ValidationError

from limner.errors import MalformedMessage, PhotoRefused, RefusalCode
from limner.job_reports import job_report_key
from limner.looks import FrozenModel
from limner.own_styles import StyleProblem
from limner.packs.pack import PackProblem
from limner.photos import FILE_FAULTS
from limner.report import ENGINE
from limner.tenancy import is_live

GATES = (
    "finite", "clipping", "style_gain", "product_ssim", "edge_keep", "flat_noise", "halo", "white_background",
    "background", "delta_e", "text", "skin",
)  # fmt: skip
"""The stylizer's gates, in its order."""
SLOW = timedelta(seconds=30)


class Stage(Enum):
    """Where on a photo's way a case takes effect."""

    ORDER = auto()
    """The call that orders the photo is refused."""
    IMPORT = auto()
    """The photo is not fetched from its URL; without effect on photos that are uploaded."""
    INTAKE = auto()
    """The uploaded file is refused by the router."""
    JOB = auto()


@dataclass(frozen=True)
class SandboxCase:
    """With a `code` the photo, or style, fails. Without, it is READY, and its first look has this outcome of
    the gates; `refused_by` is the one that refused it."""

    stage: Stage = Stage.JOB
    code: str | None = None
    outcome: Literal["passed", "lowered", "fallback"] = "passed"
    refused_by: str | None = None
    wait: timedelta = timedelta(0)
    """How long the job takes."""


ORDINARY = SandboxCase()
_INTAKE_CODES = (*sorted(FILE_FAULTS), RefusalCode.TENANT_SUSPENDED, RefusalCode.QUOTA_EXCEEDED)
_IMPORT_CODES = tuple(code for code in RefusalCode if code.startswith("import_"))
_JOB_CODES = (RefusalCode.UNKNOWN_STYLE, RefusalCode.STYLIZATION_FAILED, RefusalCode.DEADLINE_PASSED)
CASES: Mapping[str, SandboxCase] = {
    "test_ready": ORDINARY,
    "test_slow": SandboxCase(wait=SLOW),
    "test_order_over_quota": SandboxCase(Stage.ORDER, RefusalCode.QUOTA_EXCEEDED),
    **{f"test_{code}": SandboxCase(Stage.INTAKE, code) for code in _INTAKE_CODES},
    **{f"test_{code}": SandboxCase(Stage.IMPORT, code) for code in _IMPORT_CODES},
    **{f"test_{code}": SandboxCase(code=code) for code in _JOB_CODES},
    **{f"test_lowered_{gate}": SandboxCase(outcome="lowered", refused_by=gate) for gate in GATES},
    **{
        f"test_fallback_{gate}": SandboxCase(outcome="fallback", refused_by=gate) for gate in (*GATES, ENGINE)
    },
}
"""Every way in which an order can end, but `cancelled`: cancel an order of `test_slow`."""
STYLE_CASES: Mapping[str, SandboxCase] = {
    "test_slow": SandboxCase(wait=SLOW),
    **{f"test_{problem}": SandboxCase(code=problem) for problem in StyleProblem},
}
"""The same of own styles, by their names."""
PACK_CASES: Mapping[str, SandboxCase] = {
    "test_slow": SandboxCase(wait=SLOW),
    "test_product_not_found": SandboxCase(code="product_not_found"),
    "test_pack_failed": SandboxCase(code=PackProblem.FAILED),
}
"""The same of packs, by their photos' `external_id`. A code but the last one's refuses each marketplace."""


def case_of(tenant: str, external_id: str | None) -> SandboxCase:
    """ORDINARY for every order of a live tenant."""
    return ORDINARY if is_live(tenant) or external_id is None else CASES.get(external_id, ORDINARY)


def refuse_as_ordered(tenant: str, external_id: str | None, stage: Stage) -> None:
    """Raises PhotoRefused for an order of a test tenant that is to be refused at this stage."""
    case = case_of(tenant, external_id)
    if case.stage is stage and case.code is not None:
        raise PhotoRefused(RefusalCode(case.code), message_of(case.code, external_id))


def message_of(code: str, ordered: str | None) -> str:
    return f"Test mode: {code}, as {ordered} orders."


def job_failure_key(job_id: str) -> str:
    """Where the sandbox stores that a job has failed; the endpoint chooses such a place itself."""
    return f"{job_report_key(job_id).rpartition('/')[0]}/failure.json"


class SandboxJob(FrozenModel):
    """A job of a test tenant; its ticket is where every job's is."""

    sandbox_job_version: Literal[1] = 1
    job_id: str = Field(min_length=1)
    has_waited: bool = False
    """The job has taken as long as its case says."""


def parse_sandbox_job(body: str) -> SandboxJob:
    """Raises MalformedMessage."""
    try:
        return SandboxJob.model_validate_json(body)
    except ValidationError as error:
        raise MalformedMessage(f"not a job of the sandbox: {error}") from error
