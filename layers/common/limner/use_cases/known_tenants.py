"""The tenants that the functions work for, read so that a photo usually costs no read of their settings."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from limner.attached_buckets import AttachedPrefix
from limner.errors import PhotoRefused, RefusalCode, TenantNotFound, Unavailable
from limner.tenants import TenantRepository, TenantSettings

logger = logging.getLogger(__name__)

KEPT_SECONDS = 60
KEPT_ENTRIES = 1_000

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """What `read` returned, for a minute. While it raises Unavailable, the last value holds.

    Errors are not kept. `clock` gives seconds that never go back.
    """

    def __init__(self, read: Callable[[Key], Value], clock: Callable[[], float]) -> None:
        self._read = read
        self._clock = clock
        self._entries: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    def __call__(self, key: Key) -> Value:
        """Raises what `read` does."""
        entry = self._entries.get(key)
        if entry is None or self._clock() - entry[0] >= KEPT_SECONDS:
            entry = self._refreshed(key)
        return entry[1]

    def _refreshed(self, key: Key) -> tuple[float, Value]:
        before = self._entries.pop(key, None)
        try:
            value = self._read(key)
        except Unavailable:
            if before is None:
                raise
            logger.exception("%s: the last value holds", key)
            value = before[1]
        if len(self._entries) >= KEPT_ENTRIES:
            self._entries.popitem(last=False)
        self._entries[key] = self._clock(), value
        return self._entries[key]


@dataclass(frozen=True, kw_only=True)
class KnownTenants:
    """The settings of a tenant; of the first tenant also before it has a row."""

    tenants: TenantRepository
    first: TenantSettings

    def __call__(self, tenant: str) -> TenantSettings:
        """Raises TenantNotFound."""
        try:
            return self.tenants.get(tenant)
        except TenantNotFound:
            if tenant != self.first.tenant:
                raise
            return self.first


FindTenant = Callable[[str], TenantSettings]
"""Raises TenantNotFound."""
FindAttached = Callable[[str], Sequence[AttachedPrefix]]
"""The attached prefixes of a bucket."""


def refuse_suspended(find_tenant: FindTenant, tenant: str) -> None:
    """Raises PhotoRefused for uploads of a suspended tenant, and TenantNotFound."""
    if find_tenant(tenant).is_suspended:
        message = "This account is suspended; please upload the photo again when it is resumed."
        raise PhotoRefused(RefusalCode.TENANT_SUSPENDED, message)
