"""A photo goes through the deployed system, and a receiver on this machine gets its events, signed."""

import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from limner.identity import Scope
from local.aws.running import Running
from local.aws.sign_in import add_key
from tests import makers
from tests.e2e.receiver import Receiver
from tests.e2e.roles import Roles, is_denied

PATIENCE_SECONDS = 60


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


def test_a_batch_is_announced_once_when_all_of_it_has_ended(admin, receiver):
    added = admin.post("/v1/webhooks", json={"url": receiver.url, "events": ["batch.completed"]}).json()
    item = {"filename": "mug.jpg", "content_type": "image/jpeg"}
    unknown = {**item, "external_id": "MUG-3", "looks": [{"styles": {"none-such": 1}}]}
    items = [{**item, "external_id": f"MUG-{number}"} for number in range(2)]
    batch = admin.post("/v1/batches", json={"items": [*items, unknown]}).raise_for_status().json()
    path = f"/v1/{batch['batch']}"
    for uploaded, body in zip(batch["items"], (makers.jpeg(400, 300), b"%PDF-1.7 no picture"), strict=False):
        assert admin.get(path).json()["completed_at"] is None
        form = uploaded["upload"]
        httpx.post(form["url"], data=form["fields"], files={"file": body}).raise_for_status()
    until(lambda: receiver.received)
    (event,) = receiver.events(added["secret"])
    assert (event["type"], event["subject"]) == ("batch.completed", batch["batch_id"])
    progress = admin.get(path).json()
    assert progress["is_finished"]
    assert progress["completed_at"] == event["time"]
    assert progress["outcomes"] == event["data"]["outcomes"]
    counts = {name: count for name, count in event["data"]["outcomes"].items() if count}
    assert counts == {"ready": 1, "refused": 1, "not_ordered": 1}
    (delivery,) = admin.get(f"/v1/webhooks/{added['id']}/deliveries").json()["deliveries"]
    assert delivery["event_id"] == event["id"]
    assert admin.delete(f"/v1/webhooks/{added['id']}").status_code == 204


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
