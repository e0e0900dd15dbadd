"""Deliveries to a receiver that fails, hangs and loses its answers, from a queue that doubles and reorders.

    python -m benchmarks.service.webhooks [--deliveries 1000] [--out build/bench/webhooks.json]

The use cases and the signed requests over loopback HTTP are the product's, in this process. The table is in
memory, and so is the queue, whose delays move a clock instead of being waited for. It delivers a share of the
messages twice and out of order, and ends a share of the tries before they are recorded, as a function that is
stopped does; then the message comes again. The receiver's answers follow from the seed.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import quantiles
from typing import Annotated, Any

import typer
from rich.table import Table
from standardwebhooks.webhooks import Webhook

from limner.adapters.outbound import OutboundAnswer, OutboundClient
from limner.adapters.webhook_requests import StandardWebhooks
from limner.events import EventType, PhotoData, PhotoReady, event_id, photo_sequence
from limner.photos import PhotoStatus
from limner.use_cases.deliver_webhook import DeliverWebhook
from limner.use_cases.fan_out_event import FanOutEvent
from limner.use_cases.manage_webhooks import new_secret
from limner.webhooks import DeliveryMessage, DeliveryState, ReceivedEvent
from tests import makers
from tests.fake_webhooks import InMemoryWebhooks, RecordingBus, ReversibleBox, TimedQueue
from tests.fakes import Clock

from ..shared.machine import machine
from ..shared.report import print_tables, write_json

ROOT = Path(__file__).resolve().parents[2]
EVENTS_OF_A_PHOTO = 10
TIME_LIMIT_SECONDS = 0.2
"""Of a request, instead of the product's ten seconds."""
HANG_SECONDS = 0.4
DOUBLED_SHARE, STOPPED_SHARE = 0.1, 0.1
"""Messages that the queue delivers twice, and tries that end after the request and before the record."""
BEHAVIOURS = {"accepts": 0.6, "fails": 0.25, "loses its answer": 0.1, "hangs": 0.05}
"""Shares of the receiver's requests. In the last two cases it has taken the event, and is asked again."""


class Stopped(Exception):
    """The function was stopped in the middle of a try."""


@dataclass
class Receiver:
    """What came, in order: `webhook-id` and `sequence` of each request that was taken."""

    secret: str
    random: random.Random
    taken: list[tuple[str, str, str]] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)
    invalid_signatures: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def behaviour(self) -> str:
        with self.lock:
            (chosen,) = self.random.choices(list(BEHAVIOURS), list(BEHAVIOURS.values()))
            self.requests[chosen] += 1
            return chosen

    def take(self, headers: Mapping[str, str], body: str) -> None:
        """The library also refuses times of another hour, which the benchmark's clock has."""
        event = PhotoReady.model_validate_json(body)
        sent_at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        expected = Webhook(self.secret).sign(headers["webhook-id"], sent_at, body)
        with self.lock:
            self.invalid_signatures += expected not in headers["webhook-signature"].split(" ")
            self.taken.append((headers["webhook-id"], event.subject, event.sequence))


@contextmanager
def serving(receiver: Receiver) -> Iterator[str]:
    """The receiver's address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            behaviour = receiver.behaviour()
            if behaviour != "fails":
                receiver.take(dict(self.headers.items()), body)
            if behaviour == "hangs":
                time.sleep(HANG_SECONDS)
            if behaviour in {"loses its answer", "hangs"}:
                self.close_connection = True
                return
            self.send_response(204 if behaviour == "accepts" else 503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/limner"
        server.shutdown()


class _ImpatientClient(OutboundClient):
    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = TIME_LIMIT_SECONDS
    ) -> OutboundAnswer:
        return super().post(url, body, headers, seconds=seconds)


class _StoppingWebhooks(InMemoryWebhooks):
    """Ends a share of the tries before they are recorded."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self._dice = dice
        self.stopped = 0

    def record_delivery(self, delivery: Any) -> None:
        if self._dice.random() < STOPPED_SHARE:
            self.stopped += 1
            raise Stopped
        super().record_delivery(delivery)


def measure(deliveries: int, seed: int = 0) -> dict[str, Any]:
    """Send so many events, ten of each photo, until nothing is left to send."""
    dice, clock = random.Random(seed), Clock()
    secret = new_secret(dice.randbytes)
    receiver, webhooks = Receiver(secret, random.Random(seed + 1)), _StoppingWebhooks(dice)
    queue = TimedQueue(clock)
    with serving(receiver) as url:
        webhooks.add_endpoint(makers.endpoint(url=url, secrets=(makers.stored_secret(secret),)))
        fan_out = FanOutEvent(webhooks=webhooks, queue=queue, now=clock)
        for event in _events(deliveries, clock()):
            body = event.model_dump_json()
            fan_out(ReceivedEvent.model_validate_json(body), body)
        deliver = DeliverWebhook(
            webhooks=webhooks,
            queue=queue,
            secrets=ReversibleBox(),
            send=StandardWebhooks(_ImpatientClient(allow_local_http=True)),
            bus=RecordingBus(),
            now=clock,
            seconds=time.monotonic,
            random=dice.random,
            source="limner/benchmark",
        )
        started = time.perf_counter()
        seconds = _run(queue, deliver, dice)
        wall = time.perf_counter() - started
    simulated = clock() - Clock()()
    return _figures(deliveries, receiver, webhooks, seconds=seconds, wall=wall, simulated=simulated)


def _events(number: int, at: datetime) -> Iterator[PhotoReady]:
    for index in range(number):
        photo_id, revision = f"{index // EVENTS_OF_A_PHOTO:032x}", index % EVENTS_OF_A_PHOTO
        facts = {
            "tenant": makers.TENANT,
            "photo_id": photo_id,
            "status": PhotoStatus.READY,
            "looks": ("oil",),
        }
        yield PhotoReady(
            id=event_id(EventType.PHOTO_READY, photo_id, revision),
            source="limner/benchmark",
            subject=photo_id,
            time=at + timedelta(milliseconds=index),
            sequence=photo_sequence(makers.SEQUENCER, revision, 1),
            data=PhotoData(**facts, revision=revision),
        )


def _run(queue: TimedQueue, deliver: DeliverWebhook, dice: random.Random) -> list[float]:
    """Handle messages until none is left; seconds of each."""
    seconds: list[float] = []
    redelivery = timedelta(minutes=6)
    while queue.waiting:
        message = _next(queue, dice)
        if dice.random() < DOUBLED_SHARE:
            queue.send(message)
        started = time.perf_counter()
        try:
            deliver(message)
        except Stopped:  # the message was not deleted, and becomes visible again
            queue.send(message, redelivery)
        seconds.append(time.perf_counter() - started)
    return seconds


def _next(queue: TimedQueue, dice: random.Random) -> DeliveryMessage:
    """One of the messages that come next, not always the first."""
    first = queue.next_message()
    if queue.waiting and dice.random() < 0.5:
        second = queue.next_message()
        queue.send(first)
        return second
    return first


def _figures(
    deliveries: int,
    receiver: Receiver,
    webhooks: _StoppingWebhooks,
    *,
    seconds: list[float],
    wall: float,
    simulated: timedelta,
) -> dict[str, Any]:
    log = webhooks.deliveries(makers.TENANT, makers.ENDPOINT_ID, before=None, limit=deliveries + 1)
    by_id = Counter(webhook_id for webhook_id, _, _ in receiver.taken)
    cuts = quantiles(seconds, n=100)
    return {
        "deliveries": deliveries,
        "lost": deliveries - len(by_id),
        "recorded_as_delivered": sum(each.state is DeliveryState.DELIVERED for each in log),
        "requests": sum(receiver.requests.values()),
        "receiver": dict(receiver.requests),
        "taken": len(receiver.taken),
        "doubles_with_the_same_id": len(receiver.taken) - len(by_id),
        "events_under_two_ids": len(by_id) - len({(photo, number) for _, photo, number in receiver.taken}),
        "invalid_signatures": receiver.invalid_signatures,
        "tries_stopped_before_the_record": webhooks.stopped,
        "taken_out_of_order": _out_of_order(receiver),
        "photos_whose_last_sequence_is_right": _right_ends(receiver, deliveries),
        "photos": -(-deliveries // EVENTS_OF_A_PHOTO),
        "simulated_hours": round(simulated / timedelta(hours=1), 2),
        "wall_seconds": round(wall, 1),
        "p50_ms": round(cuts[49] * 1000, 2),
        "p99_ms": round(cuts[98] * 1000, 2),
    }


def _out_of_order(receiver: Receiver) -> int:
    """Requests with a smaller sequence than one that came before, of the same photo."""
    newest: dict[str, str] = {}
    late = 0
    for _, photo, number in receiver.taken:
        late += number < newest.get(photo, "")
        newest[photo] = max(number, newest.get(photo, ""))
    return late


def _right_ends(receiver: Receiver, deliveries: int) -> int:
    """Photos of which a receiver that keeps the greatest sequence has the last event in the end."""
    newest: dict[str, str] = {}
    for _, photo, number in receiver.taken:
        newest[photo] = max(number, newest.get(photo, ""))
    last = {event.subject: event.sequence for event in _events(deliveries, Clock()())}
    return sum(newest.get(photo) == number for photo, number in last.items())


def main(
    deliveries: Annotated[int, typer.Option(min=1, help="Events that are sent.")] = 1_000,
    seed: Annotated[int, typer.Option(help="Of the receiver's answers and the queue's disorder.")] = 0,
    out: Annotated[Path, typer.Option(help="JSON file.")] = ROOT / "build/bench/webhooks.json",
) -> None:
    """Print a table and write the figures; fail if an event was lost or had two ids."""
    figures = measure(deliveries, seed)
    table = Table("webhooks", "")
    for name, value in figures.items():
        table.add_row(name.replace("_", " "), str(value))
    print_tables(table)
    write_json(out, {"machine": machine(), "seed": seed, "figures": figures})
    raise typer.Exit(1 if figures["lost"] or figures["events_under_two_ids"] else 0)


if __name__ == "__main__":
    typer.run(main)
