"""API keys in memory, which pass the same tests as the table (tests/integration/test_api_keys.py)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from limner.api_keys import ApiKey
from limner.errors import ApiKeyNotFound, InvalidRequest


class InMemoryApiKeys:
    def __init__(self, *keys: ApiKey) -> None:
        self._rows = {key.key_id: key for key in keys}

    def add(self, key: ApiKey) -> None:
        if key.key_id in self._rows:
            raise InvalidRequest(key.key_id)
        self._rows[key.key_id] = key

    def get(self, key_id: str) -> ApiKey:
        if key_id not in self._rows:
            raise ApiKeyNotFound(key_id)
        return self._rows[key_id]

    def keys_of(self, tenant: str | None) -> Sequence[ApiKey]:
        found = [key for key in self._rows.values() if tenant in (None, key.tenant)]
        return sorted(found, key=lambda key: key.created_at)

    def record_use(self, key_id: str, day: date) -> None:
        key = self._rows.get(key_id)
        if key is not None and (key.last_used_on is None or key.last_used_on < day):
            self._change(key_id, last_used_on=day)

    def revoke(self, key_id: str, at: datetime) -> None:
        self._change(key_id, revoked_at=self.get(key_id).revoked_at or at)

    def rotate(self, key_id: str, replacement: ApiKey, valid_until: datetime) -> None:
        key = self.get(key_id)
        if key.revoked_at or key.rotated_to:
            raise InvalidRequest(key_id)
        self.add(replacement)
        ends = min(valid_until, key.expires_at or valid_until)
        self._change(key_id, rotated_to=replacement.key_id, expires_at=ends)

    def _change(self, key_id: str, **changes: Any) -> None:
        self._rows[key_id] = self._rows[key_id].model_copy(update=changes)
