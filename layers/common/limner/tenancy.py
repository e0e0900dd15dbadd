"""Whose a photo is. A tenant is one shop or marketplace; its id is part of every key.

docs/access-patterns.md lists the keys.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

TEST_PREFIX = "test_"
TENANT_PATTERN = rf"(?:{TEST_PREFIX})?[a-z0-9][a-z0-9-]{{0,17}}"
"""At most 18 characters after the prefix: a job id, which has the tenant in it, is a valid InferenceId of
SageMaker then. Jobs of test tenants never go there."""
PHOTO_ID_PATTERN = r"[0-9a-f]{32}"
TenantId = Annotated[str, StringConstraints(pattern=rf"^{TENANT_PATTERN}$")]
PhotoId = Annotated[str, StringConstraints(pattern=rf"^{PHOTO_ID_PATTERN}$")]
KEY_SEPARATOR = "#"
"""Between the parts of a DynamoDB key; no tenant and no photo id has one."""


def is_live(tenant: str) -> bool:
    """Whether the tenant is in live mode. The mode is a part of the id (docs/decisions/0194): it cannot
    change, and a role can be limited to one mode by what rows and objects begin with."""
    return not tenant.startswith(TEST_PREFIX)


def paired_test_tenant(tenant: str) -> str:
    """The id of the test tenant that belongs to a live one; a test tenant's own id as it is."""
    return f"{TEST_PREFIX}{tenant}" if is_live(tenant) else tenant


class Visibility(StrEnum):
    """Who can read a picture: whoever has its address, for good, or whoever has a link that expires."""

    PRIVATE = "private"
    PUBLIC = "public"


@dataclass(frozen=True, order=True)
class PhotoKey:
    """A photo among those of all tenants. Whoever has only a photo's id cannot read the photo."""

    tenant: str
    photo_id: str

    def __str__(self) -> str:
        return f"{self.tenant}{KEY_SEPARATOR}{self.photo_id}"
