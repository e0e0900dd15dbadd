"""A fault proxy on the message lines to the router and the recorder. It is outside the product, which needs
no change for it.

The upload rule's target and the endpoint topics' subscriptions are pointed at the proxy's own queues. Each
message is forwarded to the real queue unchanged, except that some are dropped, doubled, delayed, or held back
until later messages have passed them.
"""

import heapq
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from limner.keys import photo_key_for, photo_key_of_job
from local.aws.running import Running

MESSAGE_LINES = ("RouterQueue", "DoneQueue")
TOPICS = ("StylizerDone", "StylizerFailed")
UPLOAD_RULE = "UploadRule"
RECEIVE_BATCH_SIZE = 10
RECEIVE_WAIT_SECONDS = 1
IDLE_SECONDS = 0.05
DELAY_SECONDS = (2.0, 12.0)
DOUBLE_AFTER_SECONDS = (0.0, 3.0)
REORDER_SECONDS = 1.5
STOP_SECONDS = 10


class Disturbance(StrEnum):
    PASSED = "passed"
    DROPPED = "dropped"
    DOUBLED = "doubled"
    DELAYED = "delayed"
    REORDERED = "reordered"


SHARES: Mapping[Disturbance, float] = {
    Disturbance.DROPPED: 0.03,
    Disturbance.DOUBLED: 0.04,
    Disturbance.DELAYED: 0.04,
    Disturbance.REORDERED: 0.03,
}
"""Of all messages; together 14 %."""

Choose = Callable[[str, str], Disturbance]
"""Line and message body → the disturbance of this message."""


def random_disturbances(seed: int) -> Choose:
    """Random disturbances in SHARES, the same for the same seed and order of messages."""
    rng = random.Random(seed)
    shares = {**SHARES, Disturbance.PASSED: 1 - sum(SHARES.values())}

    def choose(line: str, body: str) -> Disturbance:
        (disturbance,) = rng.choices(list(shares), list(shares.values()))
        return disturbance

    return choose


@dataclass(order=True)
class _ScheduledMessage:
    due_at: float
    body: str = field(compare=False)


@dataclass
class MessageLine:
    """Forwards from the proxy's queue to the product's. `bodies` are all received messages, in order.

    `received_photos` and `forwarded_photos` are the ids of the photos in received and forwarded messages.
    """

    name: str
    sqs: Any
    source: str
    target: str
    choose: Choose
    disturbances: Counter[Disturbance] = field(default_factory=Counter)
    bodies: list[str] = field(default_factory=list)
    received_photos: set[str] = field(default_factory=set)
    forwarded_photos: set[str] = field(default_factory=set)
    _scheduled: list[_ScheduledMessage] = field(default_factory=list)

    def poll(self) -> None:
        """Receive a batch, then forward what is due."""
        response = self.sqs.receive_message(
            QueueUrl=self.source,
            MaxNumberOfMessages=RECEIVE_BATCH_SIZE,
            WaitTimeSeconds=0 if self._scheduled else RECEIVE_WAIT_SECONDS,
        )
        for message in response.get("Messages", []):
            self._disturb(message["Body"])
            self.sqs.delete_message(QueueUrl=self.source, ReceiptHandle=message["ReceiptHandle"])
        while self._scheduled and self._scheduled[0].due_at <= time.monotonic():
            self._forward(heapq.heappop(self._scheduled).body)
        if self._scheduled and not response.get("Messages"):
            time.sleep(IDLE_SECONDS)

    @property
    def scheduled_count(self) -> int:
        return len(self._scheduled)

    def _disturb(self, body: str) -> None:
        disturbance = self.choose(self.name, body)
        self.bodies.append(body)
        self.received_photos.add(photo_of(body))
        self.disturbances[disturbance] += 1
        if disturbance is Disturbance.DROPPED:
            return
        self._forward_after(_delay_of(disturbance), body)
        if disturbance is Disturbance.DOUBLED:
            self._forward_after(random.uniform(*DOUBLE_AFTER_SECONDS), body)

    def _forward_after(self, seconds: float, body: str) -> None:
        if seconds:
            heapq.heappush(self._scheduled, _ScheduledMessage(time.monotonic() + seconds, body))
        else:
            self._forward(body)

    def _forward(self, body: str) -> None:
        self.sqs.send_message(QueueUrl=self.target, MessageBody=body)
        self.forwarded_photos.add(photo_of(body))


def photo_of(body: str) -> str:
    """The id of the photo that an upload event or an endpoint's notification is about."""
    message = json.loads(body)
    if "inferenceId" in message:
        return photo_key_of_job(message["inferenceId"]).photo_id
    detail = message.get("detail", {})
    key = photo_key_for(detail.get("bucket", {}).get("name", ""), detail.get("object", {}).get("key", ""))
    return key.photo_id


def _delay_of(disturbance: Disturbance) -> float:
    if disturbance is Disturbance.DELAYED:
        return random.uniform(*DELAY_SECONDS)
    return REORDER_SECONDS if disturbance is Disturbance.REORDERED else 0.0


@dataclass
class FaultProxy:
    lines: Mapping[str, MessageLine]

    def disturbances(self) -> dict[str, dict[str, int]]:
        """Line → number of messages by disturbance."""
        return {
            name: {str(disturbance): n for disturbance, n in line.disturbances.items()}
            for name, line in self.lines.items()
        }

    def disturbed_share(self) -> float:
        """The share of all messages that were disturbed in any way."""
        all_disturbances = sum((line.disturbances for line in self.lines.values()), Counter())
        return 1 - all_disturbances[Disturbance.PASSED] / max(all_disturbances.total(), 1)

    def invocations(self) -> Counter[str]:
        """Job id → notifications received; every invocation ends with exactly one."""
        notifications = [json.loads(body) for body in list(self.lines["DoneQueue"].bodies)]
        return Counter(notification["inferenceId"] for notification in notifications)

    @property
    def in_flight(self) -> int:
        """Photos whose event was forwarded to the router and for which no notification was received."""
        return len(self.lines["RouterQueue"].forwarded_photos - self.lines["DoneQueue"].received_photos)

    @property
    def scheduled_count(self) -> int:
        """Messages that the proxy has yet to forward."""
        return sum(line.scheduled_count for line in self.lines.values())


@contextmanager
def proxied(system: Running, choose: Choose) -> Iterator[FaultProxy]:
    """Both lines go through the proxy until the block ends."""
    sqs = system.emulator.client("sqs")
    resources = system.stack.resources
    sources = {name: sqs.create_queue(QueueName=f"proxy-{name}")["QueueUrl"] for name in MESSAGE_LINES}
    arns = {name: _queue_arn(sqs, url) for name, url in sources.items()}
    for name, url in sources.items():
        _allow_events_and_topics(sqs, url, arns[name])
    _redirect_rule(system, arns)
    _redirect_topics(system, arns["DoneQueue"])
    lines = {
        name: MessageLine(name, system.emulator.client("sqs"), sources[name], resources[name], choose)
        for name in MESSAGE_LINES
    }
    stopped = threading.Event()
    threads = [threading.Thread(target=_run, args=(line, stopped), daemon=True) for line in lines.values()]
    for thread in threads:
        thread.start()
    try:
        yield FaultProxy(lines)
    finally:
        stopped.set()
        for thread in threads:
            thread.join(timeout=STOP_SECONDS)


def _run(line: MessageLine, stopped: threading.Event) -> None:
    while not stopped.is_set():
        line.poll()


def _queue_arn(sqs: Any, url: str) -> str:
    response = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(response["Attributes"]["QueueArn"])


def _allow_events_and_topics(sqs: Any, url: str, arn: str) -> None:
    services = {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}
    statement = {"Effect": "Allow", "Principal": services, "Action": "sqs:SendMessage", "Resource": arn}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})


def _redirect_rule(system: Running, arns: Mapping[str, str]) -> None:
    events = system.emulator.client("events")
    rule = system.stack.resources[UPLOAD_RULE].rpartition("/")[2].rpartition("|")[2]
    events.put_targets(Rule=rule, Targets=[{"Id": "router", "Arn": arns["RouterQueue"]}])


def _redirect_topics(system: Running, arn: str) -> None:
    sns = system.emulator.client("sns")
    for topic in TOPICS:
        topic_arn = system.stack.resources[topic]
        for subscription in sns.list_subscriptions_by_topic(TopicArn=topic_arn)["Subscriptions"]:
            sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
        sns.subscribe(
            TopicArn=topic_arn, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
        )
