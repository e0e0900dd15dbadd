"""The sweeper of a soak: its schedule while uploads go on, and the drain after them."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from limner.ports import ALL_SHARDS
from limner.sweep.contracts import SweepRequest
from local.aws.running import Running

from ..fault_proxy import FaultProxy
from .evidence import queues_are_empty, read_photos

SWEEP_SECONDS = 20.0
WHOLE_SWEEP = SweepRequest(shards=ALL_SHARDS, orphans=True)
"""In one invocation, which says what it has done."""
DRAIN_MAX_SECONDS = 420
DRAIN_POLL_SECONDS = 3


@dataclass
class Sweeps:
    """Invokes the sweeper's Lambda; `outcomes` counts what its runs report."""

    system: Running
    outcomes: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._functions = self.system.emulator.client("lambda")

    @contextmanager
    def scheduled(self) -> Iterator[None]:
        """Sweep every SWEEP_SECONDS until the block ends."""
        stopped = threading.Event()

        def keep_sweeping() -> None:
            while not stopped.wait(SWEEP_SECONDS):
                self.sweep()

        thread = threading.Thread(target=keep_sweeping, name="sweeps", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join()

    def sweep(self) -> None:
        response = self._functions.invoke(
            FunctionName=self.system.stack.resources["SweeperFunction"],
            Payload=WHOLE_SWEEP.model_dump_json(),
        )
        counts = json.loads(response["Payload"].read() or b"{}")
        if "FunctionError" in response:
            counts = {"errors": 1}
        for outcome, count in counts.items():
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + int(count)

    def drain(self, proxy: FaultProxy, uploads: int, hurried: bool, show: Callable[[], None]) -> float:
        """Wait until every photo is READY or FAILED and no message is left, at most DRAIN_MAX_SECONDS.

        Returns the seconds this took.
        """
        started_at = time.monotonic()
        while time.monotonic() - started_at < DRAIN_MAX_SECONDS and not self._is_drained(proxy, uploads):
            if hurried and not proxy.scheduled_count and queues_are_empty(self.system):
                expire_deadlines(self.system)
                self.sweep()
            show()
            time.sleep(DRAIN_POLL_SECONDS)
        return time.monotonic() - started_at

    def _is_drained(self, proxy: FaultProxy, uploads: int) -> bool:
        if proxy.scheduled_count or not queues_are_empty(self.system):
            return False
        photos = read_photos(self.system)
        return len(photos) >= uploads and all(photo.due_at is None for photo in photos)


def expire_deadlines(system: Running) -> None:
    """Set every open photo's deadline to the past, unless the sweeper changes it at the same time."""
    client = system.emulator.client("dynamodb")
    for photo in read_photos(system):
        if photo.due_at is not None:
            with suppress(client.exceptions.ConditionalCheckFailedException):
                client.update_item(
                    TableName=system.stack.photos_table,
                    Key={"photo_key": {"S": str(photo.key)}},
                    UpdateExpression="SET due_at = :now",
                    ConditionExpression="due_at = :due",
                    ExpressionAttributeValues={
                        ":now": {"N": str(int(time.time()) - 1)},
                        ":due": {"N": str(photo.due_at)},
                    },
                )
