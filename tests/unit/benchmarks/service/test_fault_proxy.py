"""The tap between the lines: what it passes on, and what it takes for being under way."""

import json

import pytest

from benchmarks.service.fault_proxy import Disturbance, FaultProxy, MessageLine
from limner.keys import upload_key

PHOTOS = [f"{n:032x}" for n in range(3)]


class OneQueue:
    """Holds what the tap will receive, and keeps what it sends."""

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
    facts = {"key": upload_key(photo_id)}
    return json.dumps({"detail": {"bucket": {"name": "uploads"}, "object": facts}})


def notification(photo_id: str) -> str:
    return json.dumps({"inferenceId": f"{photo_id}-{'f' * 16}"})


@pytest.fixture
def lines():
    """The router's line drops the first message and passes on the others."""
    disturbances = iter([Disturbance.DROPPED])

    def once(line: str, body: str) -> Disturbance:
        return next(disturbances, Disturbance.PASSED) if line == "RouterQueue" else Disturbance.PASSED

    return {name: MessageLine(name, OneQueue(), name, name, once) for name in ("RouterQueue", "DoneQueue")}


def turn(line: MessageLine, *bodies: str) -> None:
    line.sqs.waiting = list(bodies)
    line.turn()


def test_a_photo_is_under_way_from_its_first_event_to_its_first_notice(lines):
    proxy = FaultProxy(lines)
    turn(lines["RouterQueue"], event(PHOTOS[0]), event(PHOTOS[1]), event(PHOTOS[1]), event(PHOTOS[2]))
    assert proxy.in_flight == 2, "the dropped one is not, the doubled one is once"
    turn(lines["DoneQueue"], notification(PHOTOS[1]), notification(PHOTOS[1]), notification(PHOTOS[0]))
    assert proxy.in_flight == 1


def test_what_is_dropped_is_heard_and_not_told(lines):
    router = lines["RouterQueue"]
    turn(router, event(PHOTOS[0]), event(PHOTOS[1]))
    assert router.heard == set(PHOTOS[:2])
    assert router.sqs.sent == [event(PHOTOS[1])]
