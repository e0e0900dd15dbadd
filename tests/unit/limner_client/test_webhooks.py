"""Signatures of Standard Webhooks: the specification's example, and everything that must be refused."""

import pytest

from limner_client import SignatureInvalid, verify_webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SENT_AT = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
"""The example of the libraries of Standard Webhooks."""


def headers(**changes: str) -> dict[str, str]:
    fields = {"id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "timestamp": str(SENT_AT), "signature": SIGNATURE}
    return {f"Webhook-{name.title()}": value for name, value in (fields | changes).items()}


def test_a_signed_event_is_read():
    assert verify_webhook(headers(), BODY, SECRET, now=SENT_AT + 299) == {"test": 2432232314}


def test_one_of_several_signatures_is_enough():
    both = headers(signature=f"v1,AAAA v2,BBBB {SIGNATURE}")
    assert verify_webhook(both, BODY, SECRET, now=SENT_AT)


@pytest.mark.parametrize(
    ("changes", "body", "now"),
    [
        ({"id": "msg_other"}, BODY, SENT_AT),
        ({"timestamp": str(SENT_AT + 1)}, BODY, SENT_AT),
        ({}, BODY + b" ", SENT_AT),
        ({"signature": "v1,AAAA"}, BODY, SENT_AT),
        ({"signature": SIGNATURE.replace("v1", "v2")}, BODY, SENT_AT),
        ({"signature": ""}, BODY, SENT_AT),
        ({"timestamp": "now"}, BODY, SENT_AT),
        ({}, BODY, SENT_AT + 301),
        ({}, BODY, SENT_AT - 301),
    ],
)
def test_everything_else_is_refused(changes, body, now):
    with pytest.raises(SignatureInvalid):
        verify_webhook(headers(**changes), body, SECRET, now=now)


def test_headers_that_are_missing_are_refused():
    with pytest.raises(SignatureInvalid):
        verify_webhook({}, BODY, SECRET)


def test_another_secret_does_not_verify_and_one_that_is_none_is_an_error():
    with pytest.raises(SignatureInvalid):
        verify_webhook(headers(), BODY, "whsec_AAAA", now=SENT_AT)
    with pytest.raises(ValueError, match="base64"):
        verify_webhook(headers(), BODY, "whsec_%", now=SENT_AT)
