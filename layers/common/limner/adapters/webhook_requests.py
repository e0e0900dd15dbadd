"""Requests to webhooks, by the Standard Webhooks specification: three headers and a signed body."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from standardwebhooks.webhooks import Webhook

from limner import __version__
from limner.adapters.outbound import OutboundClient
from limner.webhooks import WebhookAnswer

WEBHOOK_USER_AGENT = f"Limner-Webhooks/{__version__}"


class StandardWebhooks:
    """Follows no redirect: the guard of `OutboundClient` has checked the address that the tenant gave."""

    def __init__(self, client: OutboundClient) -> None:
        self._client = client

    def __call__(
        self, url: str, webhook_id: str, body: str, secrets: Sequence[str], at: datetime
    ) -> WebhookAnswer:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": WEBHOOK_USER_AGENT,
            **signature_headers(webhook_id, body, secrets, at),
        }
        answer = self._client.post(url, body.encode(), headers)
        return WebhookAnswer(answer.status, _retry_after(answer.headers.get("retry-after", "")))


def signature_headers(webhook_id: str, body: str, secrets: Sequence[str], at: datetime) -> dict[str, str]:
    """One signature for each secret, separated by spaces."""
    in_utc = at.astimezone(UTC)  # `sign` takes the time's digits for UTC, whatever its zone
    signatures = [Webhook(secret).sign(webhook_id, in_utc, body) for secret in secrets]
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(in_utc.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _retry_after(value: str) -> timedelta | None:
    """The header's number of seconds; a date, its other form, is ignored."""
    return timedelta(seconds=int(value)) if value.isdecimal() and len(value) < 8 else None  # noqa: PLR2004
