"""Read and change a tenant's settings. Every change is a new version; the former ones are kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from limner.catalogue import Catalogue
from limner.errors import SettingsChanged
from limner.looks import Look
from limner.own_styles import no_such_style
from limner.tenants import TenantPreferences, TenantRepository, TenantSettings
from limner.use_cases.known_tenants import FindTenant


@dataclass(frozen=True, kw_only=True)
class CreateTenant:
    tenants: TenantRepository
    catalogue: Catalogue
    now: Callable[[], datetime]

    def __call__(self, tenant: str, preferences: TenantPreferences, by: str) -> TenantSettings:
        """Raises InvalidRequest for a style that is not in the catalogue, SettingsChanged for a tenant that
        exists."""
        if missing := self.catalogue.missing(preferences.all_looks):
            raise no_such_style(missing)
        settings = TenantSettings(
            **preferences.model_dump(), tenant=tenant, version=1, changed_at=self.now(), changed_by=by
        )
        self.tenants.put(settings, 0)
        return settings


@dataclass(frozen=True, kw_only=True)
class ChangeSettings:
    """`find_tenant` must read the newest version."""

    find_tenant: FindTenant
    tenants: TenantRepository
    require_styles: Callable[[str, tuple[Look, ...]], None]
    """Raises InvalidRequest for looks of a tenant with styles that do not exist."""
    now: Callable[[], datetime]

    def __call__(
        self, tenant: str, changes: Mapping[str, Any], *, expected_version: int | None, by: str
    ) -> TenantSettings:
        """The settings with other values for some of their fields; `expected_version` None changes whichever
        version is the newest.

        Raises:
            TenantNotFound: no such tenant.
            InvalidRequest: a style is neither in the catalogue nor a learned one of the tenant's.
            SettingsChanged: another version than `expected_version` is the newest.
        """
        before = self.find_tenant(tenant)
        if expected_version not in {None, before.version}:
            raise SettingsChanged(f"the settings have version {before.version}, not {expected_version}")
        record = {"version": before.version + 1, "changed_at": self.now(), "changed_by": by}
        fields = {**before.model_dump(), **changes, **record, "tenant": tenant}
        settings = TenantSettings.model_validate(fields)
        self.require_styles(tenant, settings.all_looks)
        self.tenants.put(settings, before.version)
        return settings


@dataclass(frozen=True, kw_only=True)
class ListSettingsHistory:
    tenants: TenantRepository

    def __call__(self, tenant: str, *, before: int | None, limit: int) -> Sequence[TenantSettings]:
        return self.tenants.history(tenant, before=before, limit=limit)
