"""The fault proxy: what it forwards, and which photos it counts as in flight."""

import json

import pytest

from benchmarks.service.fault_proxy import Disturbance, FaultProxy, MessageLine
from limner.keys import upload_key
from limner.tenancy import PhotoKey

PHOTOS = [f"{n:032x}" for n in range(3)]


class InMemorySqs:
    """The messages that the proxy will receive, and those that it has sent."""

    def __init__(self) -> None:
        self.waiting: list[str] = []
        self.sent: list[str] = []

    def receive_message(self, **_):
        bodies, self.waiting = self.waiting, []
        return {"Messages": [{"Body": body, "ReceiptHandle": "r"} for body in bodies]}

    def delete_message(self, **_): ...

    def send_message(self, QueueUrl, MessageBody):  # noqa: N803 - boto3's names
        self.sent.append(MessageBody)


def event(photo_id: str) -> str:
    uploaded = {"key": upload_key(PhotoKey("main", photo_id))}
    return json.dumps({"detail": {"bucket": {"name": "uploads"}, "object": uploaded}})


def notification(photo_id: str) -> str:
    return json.dumps({"inferenceId": f"main.{photo_id}.{'f' * 12}"})


@pytest.fixture
def lines():
    """The router's line drops the first message and forwards the others."""
    disturbances = iter([Disturbance.DROPPED])

    def drop_first(line: str, body: str) -> Disturbance:
        return next(disturbances, Disturbance.PASSED) if line == "RouterQueue" else Disturbance.PASSED

    return {
        name: MessageLine(name, InMemorySqs(), name, name, drop_first)
        for name in ("RouterQueue", "DoneQueue")
    }


def poll(line: MessageLine, *bodies: str) -> None:
    line.sqs.waiting = list(bodies)
    line.poll()


def test_a_photo_is_in_flight_from_its_first_event_to_its_first_notification(lines):
    proxy = FaultProxy(lines)
    poll(lines["RouterQueue"], event(PHOTOS[0]), event(PHOTOS[1]), event(PHOTOS[1]), event(PHOTOS[2]))
    assert proxy.in_flight == 2, "the dropped photo does not count, the doubled one counts once"
    poll(lines["DoneQueue"], notification(PHOTOS[1]), notification(PHOTOS[1]), notification(PHOTOS[0]))
    assert proxy.in_flight == 1


def test_a_dropped_message_is_received_and_not_forwarded(lines):
    router = lines["RouterQueue"]
    poll(router, event(PHOTOS[0]), event(PHOTOS[1]))
    assert router.received_photos == set(PHOTOS[:2])
    assert router.sqs.sent == [event(PHOTOS[1])]
