"""A tenant's webhooks: add one, change it, replace its secret, remove it."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from limner.errors import StaleWrite, TooManyWebhooks, Unavailable
from limner.webhooks import MAX_ENDPOINTS, DisabledBy, Endpoint, SecretBox, StoredSecret, WebhookRepository

SECRET_PREFIX = "whsec_"  # noqa: S105 - how a secret begins, by the specification
SECRET_BYTES = 32
CHANGE_ATTEMPTS = 3
"""The delivering function changes endpoints too, when they begin to fail or recover."""

T = TypeVar("T")
CheckUrl = Callable[[str], None]
"""Raises AddressRefused for a URL to which nothing may be sent."""


def new_secret(random_bytes: Callable[[int], bytes]) -> str:
    return SECRET_PREFIX + base64.b64encode(random_bytes(SECRET_BYTES)).decode()


@dataclass(frozen=True, kw_only=True)
class AddWebhook:
    webhooks: WebhookRepository
    secrets: SecretBox
    check_url: CheckUrl
    new_id: Callable[[], str]
    random_bytes: Callable[[int], bytes]
    now: Callable[[], datetime]

    def __call__(
        self, tenant: str, url: str, event_types: Sequence[str], description: str
    ) -> tuple[Endpoint, str]:
        """The endpoint, and its secret, which nobody can read again.

        Raises:
            AddressRefused: nothing may be sent to the URL.
            TooManyWebhooks: the tenant has MAX_ENDPOINTS.
        """
        self.check_url(url)
        if len(self.webhooks.endpoints(tenant)) >= MAX_ENDPOINTS:
            raise TooManyWebhooks(f"there are {MAX_ENDPOINTS} webhooks already; remove one first")
        endpoint_id, secret = self.new_id(), new_secret(self.random_bytes)
        endpoint = Endpoint(
            tenant=tenant,
            endpoint_id=endpoint_id,
            url=url,
            description=description,
            event_types=tuple(event_types),
            secrets=(StoredSecret(ciphertext=self.secrets.encrypt(secret, tenant, endpoint_id)),),
            created_at=self.now(),
        )
        self.webhooks.add_endpoint(endpoint)
        return endpoint, secret


@dataclass(frozen=True, kw_only=True)
class ChangeWebhook:
    webhooks: WebhookRepository
    check_url: CheckUrl
    now: Callable[[], datetime]

    def __call__(
        self, tenant: str, endpoint_id: str, changes: dict[str, Any], *, enabled: bool | None
    ) -> Endpoint:
        """Raises WebhookNotFound, AddressRefused, Unavailable."""
        if "url" in changes:
            self.check_url(changes["url"])

        def change(endpoint: Endpoint) -> Endpoint:
            return endpoint.model_copy(update={**changes, **self._switched(endpoint, enabled)})

        return _changed(self.webhooks, tenant, endpoint_id, change)

    def _switched(self, endpoint: Endpoint, enabled: bool | None) -> dict[str, Any]:
        """An endpoint that is enabled again begins without failures."""
        if enabled:
            return {"disabled_by": None, "disabled_at": None, "failing_since": None}
        if enabled is False and endpoint.is_enabled:
            return {"disabled_by": DisabledBy.OWNER, "disabled_at": self.now()}
        return {}


@dataclass(frozen=True, kw_only=True)
class RotateSecret:
    webhooks: WebhookRepository
    secrets: SecretBox
    random_bytes: Callable[[int], bytes]
    now: Callable[[], datetime]

    def __call__(self, tenant: str, endpoint_id: str, overlap: timedelta) -> tuple[Endpoint, str]:
        """The newest secret and the one before both sign for `overlap`; an earlier one no longer does.
        Raises WebhookNotFound, Unavailable."""
        secret = new_secret(self.random_bytes)
        newest = StoredSecret(ciphertext=self.secrets.encrypt(secret, tenant, endpoint_id))

        def rotate(endpoint: Endpoint) -> Endpoint:
            before = endpoint.secrets[0].model_copy(update={"expires_at": self.now() + overlap})
            return endpoint.model_copy(update={"secrets": (newest, before)})

        return _changed(self.webhooks, tenant, endpoint_id, rotate), secret


@dataclass(frozen=True, kw_only=True)
class RemoveWebhook:
    webhooks: WebhookRepository
    now: Callable[[], datetime]

    def __call__(self, tenant: str, endpoint_id: str) -> None:
        """Its deliveries that are under way are dropped. Raises WebhookNotFound, Unavailable."""

        def remove() -> None:
            self.webhooks.remove_endpoint(self.webhooks.endpoint(tenant, endpoint_id), self.now())

        _until_unchanged(remove)


def _changed(
    webhooks: WebhookRepository, tenant: str, endpoint_id: str, change: Callable[[Endpoint], Endpoint]
) -> Endpoint:
    return _until_unchanged(lambda: webhooks.replace_endpoint(change(webhooks.endpoint(tenant, endpoint_id))))


def _until_unchanged(write: Callable[[], T]) -> T:
    for _ in range(CHANGE_ATTEMPTS):
        try:
            return write()
        except StaleWrite:
            continue
    raise Unavailable("the webhook is being changed by others")
