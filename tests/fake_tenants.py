"""In-memory tenants, which pass the same tests as the AWS adapter (tests/integration/test_tenants.py)."""

from collections.abc import Iterator, Sequence

from limner.attached_buckets import AttachedPrefix
from limner.errors import PrefixTaken, SettingsChanged, TenantNotFound
from limner.own_styles import no_such_style
from limner.tenants import TenantSettings
from tests.fake_own_styles import InMemoryOwnStyles


class InMemoryTenants:
    def __init__(self, *settings: TenantSettings, styles: InMemoryOwnStyles | None = None) -> None:
        self._versions: dict[str, list[TenantSettings]] = {}
        self._styles = styles or InMemoryOwnStyles()
        self.reads = 0
        for one in settings:
            self.put(one, 0)

    def get(self, tenant: str) -> TenantSettings:
        self.reads += 1
        if tenant not in self._versions:
            raise TenantNotFound(tenant)
        return self._versions[tenant][-1]

    def put(self, settings: TenantSettings, expected_version: int) -> None:
        versions = self._versions.get(settings.tenant, [])
        if expected_version != (versions[-1].version if versions else 0):
            raise SettingsChanged(settings.tenant)
        ready = {style.style_id for style in self._styles.list(settings.tenant) if style.learned}
        if missing := set(settings.own_styles) - ready:
            raise no_such_style(missing)
        self._versions[settings.tenant] = [*versions, settings]
        self._styles.settings_versions[settings.tenant] = settings.version

    def history(self, tenant: str, *, before: int | None, limit: int) -> Sequence[TenantSettings]:
        versions = self._versions.get(tenant, [])
        older = [one for one in versions if before is None or one.version < before]
        return older[::-1][:limit]

    def list(self) -> Iterator[TenantSettings]:
        for tenant in sorted(self._versions):
            yield self._versions[tenant][-1]


class InMemoryAttachedPrefixes:
    def __init__(self, *attached: AttachedPrefix) -> None:
        self._owners: dict[tuple[str, str], AttachedPrefix] = {}
        self.reads = 0
        for one in attached:
            self.attach(one)

    def attach(self, attached: AttachedPrefix) -> None:
        self._refuse_others(attached)
        self._owners[attached.bucket, attached.prefix] = attached

    def detach(self, attached: AttachedPrefix) -> None:
        self._refuse_others(attached)
        self._owners.pop((attached.bucket, attached.prefix), None)

    def of_bucket(self, bucket: str) -> Sequence[AttachedPrefix]:
        self.reads += 1
        return [one for one in self._owners.values() if one.bucket == bucket]

    def of_tenant(self, tenant: str) -> Sequence[AttachedPrefix]:
        owned = [one for one in self._owners.values() if one.tenant == tenant]
        return sorted(owned, key=lambda one: (one.bucket, one.prefix))

    def _refuse_others(self, attached: AttachedPrefix) -> None:
        there = self._owners.get((attached.bucket, attached.prefix))
        if there is not None and there.tenant != attached.tenant:
            raise PrefixTaken(attached)
