"""A tap on the three lines of messages, from outside the product: nothing in it knows that it is there.

The upload rule's targets and the endpoint topics' subscriptions are pointed at queues of the tap's own. What
arrives there, in whatever shape AWS gives it, goes on to the real queues unchanged, except that some of it is
dropped, doubled, delayed, or held back until later messages have passed it.
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

from limner.keys import photo_id_for, photo_id_of_job
from local.aws.running import Running

MESSAGE_LINES = ("RouterQueue", "ThumbQueue", "DoneQueue")
TOPICS = ("StylizerDone", "StylizerFailed")
RULE = "UploadRule"
BATCH = 10
WAIT_SECONDS = 1
DELAY_SECONDS = (2.0, 12.0)
HELD_SECONDS = 1.5


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
"""Line and message body → what becomes of it."""


def random_disturbances(seed: int) -> Choose:
    """Each message meets its fate by chance, the same for the same seed and order of messages."""
    chance = random.Random(seed)
    shares = {**SHARES, Disturbance.PASSED: 1 - sum(SHARES.values())}

    def choose(line: str, body: str) -> Disturbance:
        (disturbance,) = chance.choices(list(shares), list(shares.values()))
        return disturbance

    return choose


@dataclass(order=True)
class _Later:
    at: float
    body: str = field(compare=False)


@dataclass
class MessageLine:
    """From the tap's queue to the product's; `bodies` is everything that came, before its fate.

    `heard` and `told` are the photos that messages came for, and went on for.
    """

    name: str
    sqs: Any
    source: str
    target: str
    choose: Choose
    disturbances: Counter[Disturbance] = field(default_factory=Counter)
    bodies: list[str] = field(default_factory=list)
    heard: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    _later: list[_Later] = field(default_factory=list)

    def turn(self) -> None:
        """Take what has come, send on what is due."""
        answer = self.sqs.receive_message(
            QueueUrl=self.source,
            MaxNumberOfMessages=BATCH,
            WaitTimeSeconds=0 if self._later else WAIT_SECONDS,
        )
        for message in answer.get("Messages", []):
            self._meet(message["Body"])
            self.sqs.delete_message(QueueUrl=self.source, ReceiptHandle=message["ReceiptHandle"])
        while self._later and self._later[0].at <= time.monotonic():
            self._send(heapq.heappop(self._later).body)
        if self._later and not answer.get("Messages"):
            time.sleep(0.05)

    @property
    def holds(self) -> int:
        return len(self._later)

    def _meet(self, body: str) -> None:
        disturbance = self.choose(self.name, body)
        self.bodies.append(body)
        self.heard.add(photo_of(body))
        self.disturbances[disturbance] += 1
        if disturbance is Disturbance.DROPPED:
            return
        self._send_after(_seconds(disturbance), body)
        if disturbance is Disturbance.DOUBLED:
            self._send_after(random.uniform(0, 3), body)

    def _send_after(self, seconds: float, body: str) -> None:
        if seconds:
            heapq.heappush(self._later, _Later(time.monotonic() + seconds, body))
        else:
            self._send(body)

    def _send(self, body: str) -> None:
        self.sqs.send_message(QueueUrl=self.target, MessageBody=body)
        self.told.add(photo_of(body))


def photo_of(body: str) -> str:
    """The photo that an upload event or an endpoint's notification is about."""
    message = json.loads(body)
    if "inferenceId" in message:
        return photo_id_of_job(message["inferenceId"])
    detail = message.get("detail", {})
    return photo_id_for(detail.get("bucket", {}).get("name", ""), detail.get("object", {}).get("key", ""))


def _seconds(disturbance: Disturbance) -> float:
    if disturbance is Disturbance.DELAYED:
        return random.uniform(*DELAY_SECONDS)
    return HELD_SECONDS if disturbance is Disturbance.REORDERED else 0.0


@dataclass
class FaultProxy:
    lines: Mapping[str, MessageLine]

    def disturbances(self) -> dict[str, dict[str, int]]:
        return {
            name: {str(disturbance): n for disturbance, n in line.disturbances.items()}
            for name, line in self.lines.items()
        }

    def disturbed_share(self) -> float:
        """Of all messages, those that did not simply pass."""
        all_disturbances = sum((line.disturbances for line in self.lines.values()), Counter())
        return 1 - all_disturbances[Disturbance.PASSED] / max(all_disturbances.total(), 1)

    def invocations(self) -> Counter[str]:
        """Job id → notifications seen; every invocation ends in exactly one."""
        notifications = [json.loads(body) for body in list(self.lines["DoneQueue"].bodies)]
        return Counter(notification["inferenceId"] for notification in notifications)

    @property
    def in_flight(self) -> int:
        """Photos the router was told of and no notification has come for."""
        return len(self.lines["RouterQueue"].told - self.lines["DoneQueue"].heard)

    @property
    def holds(self) -> int:
        return sum(line.holds for line in self.lines.values())


@contextmanager
def proxied(everything: Running, choose: Choose) -> Iterator[FaultProxy]:
    """All three lines go through the tap until the block ends."""
    sqs = everything.emulator.client("sqs")
    resources = everything.stack.resources
    sources = {name: sqs.create_queue(QueueName=f"tap-{name}")["QueueUrl"] for name in MESSAGE_LINES}
    arns = {name: _arn_of(sqs, url) for name, url in sources.items()}
    for name, url in sources.items():
        _let_in(sqs, url, arns[name])
    _turn_rule(everything, arns)
    _turn_topics(everything, arns["DoneQueue"])
    lines = {
        name: MessageLine(name, everything.emulator.client("sqs"), sources[name], resources[name], choose)
        for name in MESSAGE_LINES
    }
    done = threading.Event()
    threads = [
        threading.Thread(target=_keep_turning, args=(line, done), daemon=True) for line in lines.values()
    ]
    for thread in threads:
        thread.start()
    try:
        yield FaultProxy(lines)
    finally:
        done.set()
        for thread in threads:
            thread.join(timeout=10)


def _keep_turning(line: MessageLine, done: threading.Event) -> None:
    while not done.is_set():
        line.turn()


def _arn_of(sqs: Any, url: str) -> str:
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(found["Attributes"]["QueueArn"])


def _let_in(sqs: Any, url: str, arn: str) -> None:
    services = {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}
    statement = {"Effect": "Allow", "Principal": services, "Action": "sqs:SendMessage", "Resource": arn}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})


def _turn_rule(everything: Running, arns: Mapping[str, str]) -> None:
    events = everything.emulator.client("events")
    rule = everything.stack.resources[RULE].rpartition("/")[2].rpartition("|")[2]
    targets = [{"Id": "router", "Arn": arns["RouterQueue"]}, {"Id": "thumbnailer", "Arn": arns["ThumbQueue"]}]
    events.put_targets(Rule=rule, Targets=targets)


def _turn_topics(everything: Running, arn: str) -> None:
    sns = everything.emulator.client("sns")
    for topic in TOPICS:
        topic_arn = everything.stack.resources[topic]
        for each in sns.list_subscriptions_by_topic(TopicArn=topic_arn)["Subscriptions"]:
            sns.unsubscribe(SubscriptionArn=each["SubscriptionArn"])
        sns.subscribe(
            TopicArn=topic_arn, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
        )
