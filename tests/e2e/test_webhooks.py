"""A photo goes through the deployed system, and a receiver on this machine gets its events, signed."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from limner.identity import Scope
from local.aws.running import Running
from local.aws.sign_in import add_key
from tests import makers
from tests.e2e.roles import Roles, is_denied

PATIENCE_SECONDS = 60


class Receiver(ThreadingHTTPServer):
    """Answers 204; `received` are headers and body of each request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[tuple[dict[str, str], str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/limner"

    def events(self, secret: str) -> list[dict[str, object]]:
        """What was received, verified."""
        return [Webhook(secret).verify(body, headers) for headers, body in list(self.received)]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def admin(system: Running) -> Iterator[httpx.Client]:
    key = add_key(system.emulator, system.stack, "main", set(Scope))
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=system.stack.api_url, headers=headers, timeout=30) as client:
        yield client


def until(condition):
    end = time.monotonic() + PATIENCE_SECONDS
    while not (value := condition()):
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.2)
    return value


def test_a_photos_events_are_received_with_valid_signatures_and_are_in_the_archive(system, admin, receiver):
    added = admin.post("/v1/webhooks", json={"url": receiver.url}).json()
    key = "uploads/main/e2e/sent-to-a-webhook.jpg"
    s3 = system.emulator.client("s3")
    s3.put_object(Bucket=system.stack.uploads_bucket, Key=key, Body=makers.jpeg(400, 300))

    def types():
        events = receiver.events(added["secret"])
        return {event["type"] for event in events if event["data"].get("tenant") == "main"}

    until(lambda: types() >= {"photo.uploaded", "photo.ready"})
    events = sorted(receiver.events(added["secret"]), key=lambda event: event["sequence"])
    assert [event["type"] for event in events] == ["photo.uploaded", "photo.ready"]
    photo = admin.get(f"/v1/photos/{events[1]['subject']}").json()
    assert photo["status"] == events[1]["data"]["status"] == "READY"
    delivered = admin.get(f"/v1/webhooks/{added['id']}/deliveries").json()["deliveries"]
    assert {each["state"] for each in delivered} == {"delivered"}
    assert admin.delete(f"/v1/webhooks/{added['id']}").status_code == 204
    archive = system.stack.resources["EventsArchive"]
    counted = system.emulator.client("events").describe_archive(ArchiveName=archive)["EventCount"]
    assert counted >= 2


def test_a_test_event_is_sent_again_by_request_with_both_secrets(admin, receiver):
    added = admin.post("/v1/webhooks", json={"url": receiver.url, "events": ["photo.ready"]}).json()
    path = f"/v1/webhooks/{added['id']}"
    rotated = admin.post(f"{path}/rotate-secret").json()
    sent = admin.post(f"{path}/test").json()
    until(lambda: receiver.received)
    assert admin.post(f"{path}/deliveries/{sent['id']}/redeliver").status_code == 202
    until(lambda: len(receiver.received) == 2)
    for secret in (added["secret"], rotated["secret"]):
        first, second = receiver.events(secret)
        assert first == second == sent["event"]
    ids = {headers["webhook-id"] for headers, _ in receiver.received}
    assert ids == {sent["event_id"]}
    assert admin.delete(path).status_code == 204


def test_a_tenants_session_encrypts_secrets_of_its_own_webhooks_and_decrypts_none(system, roles: Roles):
    kms = roles.session("TenantRole", tenant="acme").client("kms", endpoint_url=system.emulator.url)
    key = system.stack.resources["WebhookSecretsKey"]

    def encrypt(tenant):
        return kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext={"tenant": tenant})

    blob = encrypt("acme")["CiphertextBlob"]
    assert is_denied(lambda: encrypt("acme-2"))
    assert is_denied(lambda: kms.encrypt(KeyId=key, Plaintext=b"secret"))
    assert is_denied(
        lambda: kms.decrypt(KeyId=key, CiphertextBlob=blob, EncryptionContext={"tenant": "acme"})
    )
