"""Signatures by the Standard Webhooks specification, and what an answer says."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from limner.adapters.outbound import OutboundAnswer
from limner.adapters.webhook_requests import StandardWebhooks, signature_headers
from limner.use_cases.manage_webhooks import new_secret

FIRST, SECOND = (new_secret(lambda size, fill=fill: bytes([fill]) * size) for fill in (1, 2))
BODY = '{"type": "photo.ready", "look": "öl"}'
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_a_signature_is_the_hmac_of_id_time_and_body():
    headers = signature_headers("msg", BODY, [FIRST], NOON)
    key = base64.b64decode(FIRST.removeprefix("whsec_"))
    signed = f"msg.{int(NOON.timestamp())}.{BODY}".encode()
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers == {
        "webhook-id": "msg",
        "webhook-timestamp": str(int(NOON.timestamp())),
        "webhook-signature": f"v1,{expected}",
    }


@pytest.mark.parametrize(
    "zone", [UTC, timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=8))]
)
def test_the_zone_of_the_time_changes_nothing(zone):
    assert signature_headers("msg", BODY, [FIRST], NOON.astimezone(zone)) == signature_headers(
        "msg", BODY, [FIRST], NOON
    )


def test_each_of_two_secrets_verifies_and_no_other():
    headers = signature_headers("msg", BODY, [FIRST, SECOND], datetime.now(UTC))
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (FIRST, SECOND):
        assert Webhook(secret).verify(BODY, headers)["type"] == "photo.ready"
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret(lambda size: bytes([3]) * size)).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(FIRST).verify(BODY.replace("ready", "steady"), headers)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("", None),
        ("-1", None),
        ("1e3", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
def test_a_pause_in_seconds_is_read(value, seconds):
    class Client:
        def post(self, url, body, headers):
            assert body == BODY.encode()
            return OutboundAnswer(503, {"retry-after": value} if value else {}, b"", url)

    answer = StandardWebhooks(Client())("https://shop.example/", "msg", BODY, [FIRST], NOON)
    assert answer.status == 503
    assert answer.retry_after == (None if seconds is None else timedelta(seconds=seconds))
