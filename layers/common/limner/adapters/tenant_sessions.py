"""Credentials for one tenant: a session of the stack's TenantRole, tagged with the tenant.

The role's policies have the tag where a tenant stands in keys (`${aws:PrincipalTag/tenant}`), so that code
which confuses two tenants is refused by AWS.
"""

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Generic, TypeVar

import boto3
import botocore.session

from limner.adapters.sdk import sdk_errors
from limner.tenancy import TENANT_PATTERN

TENANT_TAG = "tenant"
SESSION_LIFE = timedelta(hours=1)
"""AWS's maximum for a session that another role's session takes (role chaining)."""
MIN_REMAINING_LIFE = SESSION_LIFE / 2
"""A session with less left is replaced before it is used. Nothing that it signs may be valid for longer."""
MAX_TENANTS = 128
"""Tenants whose sessions are kept in one process; the least recently used goes first."""

T = TypeVar("T")


@dataclass(frozen=True)
class _Kept(Generic[T]):
    made: T
    expires_at: datetime


class TenantSessions(Generic[T]):
    """For a tenant, what `build` makes of a session that is limited to it: clients, repositories.

    `sts` is a boto3 STS client with the credentials of the function. Threads may share an instance; while one
    waits for STS the others wait too, which Lambda, with one request at a time, never sees.
    """

    def __init__(
        self, sts: Any, role: str, build: Callable[[boto3.Session], T], now: Callable[[], datetime]
    ) -> None:
        self._sts = sts
        self._role = role
        self._build = build
        self._now = now
        self._kept: OrderedDict[str, _Kept[T]] = OrderedDict()
        self._lock = Lock()
        self._service_models = botocore.session.Session().get_component("data_loader")

    def __call__(self, tenant: str) -> T:
        """Raises Unavailable or DependencyRefused where STS gives no session."""
        with self._lock:
            kept = self._kept.get(tenant)
            if kept is None or kept.expires_at - self._now() < MIN_REMAINING_LIFE:
                kept = self._kept[tenant] = self._begin(tenant)
            self._kept.move_to_end(tenant)
            if len(self._kept) > MAX_TENANTS:
                self._kept.popitem(last=False)
            return kept.made

    def _begin(self, tenant: str) -> _Kept[T]:
        if not re.fullmatch(TENANT_PATTERN, tenant):
            raise ValueError(f"not a tenant: {tenant!r}")
        with sdk_errors("beginning a tenant's session"):
            credentials = self._sts.assume_role(
                RoleArn=self._role,
                RoleSessionName=f"tenant-{tenant}",
                Tags=[{"Key": TENANT_TAG, "Value": tenant}],
                DurationSeconds=int(SESSION_LIFE.total_seconds()),
            )["Credentials"]
        return _Kept(self._build(self._session(credentials)), credentials["Expiration"])

    def _session(self, credentials: dict[str, Any]) -> boto3.Session:
        """Sessions share what they have read of the services' API models, most of the time a client takes."""
        core = botocore.session.Session()
        core.register_component("data_loader", self._service_models)
        return boto3.Session(
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
            region_name=self._sts.meta.region_name,
            botocore_session=core,
        )
