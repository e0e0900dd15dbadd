"""The device stage: one thread has the device and paints what waits for it in batches, tenants in turn."""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition, Thread
from time import monotonic
from typing import Any, Generic, TypeVar

from .turns import TurnOrder

Item = TypeVar("Item")
Result = TypeVar("Result")

AddSeconds = Callable[[float], None]

logger = logging.getLogger("stylizer")


def not_counted(seconds: float) -> None:
    """For an item whose seconds on the device nobody asks for."""


class StageClosed(Exception):
    """The stage takes no more work."""


@dataclass(eq=False)
class _Work:
    """An item to be painted in a batch, or a call that has the device to itself."""

    tenant: str
    item: Any = None
    call: Callable[[], Any] | None = None
    add_seconds: AddSeconds = not_counted
    future: "Future[Any]" = field(default_factory=Future)


class DeviceStage(Generic[Item, Result]):
    """Items wait in a bounded queue, at most `places` of them. A batch has up to `most` items; while it is
    not full, the device waits `wait_seconds` for more.

    `paint_together` is given the items of a batch. If it raises for several, each is painted alone: what is
    wrong with one item touches no other.
    """

    def __init__(
        self,
        paint_together: Callable[[Sequence[Item]], Sequence[Result]],
        *,
        most: int,
        wait_seconds: float,
        places: int,
    ) -> None:
        self._paint_together = paint_together
        self._most, self._wait_seconds, self._places = most, wait_seconds, places
        self._order = TurnOrder()
        self._changed = Condition()
        self._waiting: list[_Work] = []
        self._is_closed = False
        self.busy_seconds, self.batches = 0.0, 0
        self._thread = Thread(target=self._run, name="device", daemon=True)
        self._thread.start()

    def submit(self, tenant: str, item: Item, add_seconds: AddSeconds = not_counted) -> "Future[Result]":
        """Waits for a place in the queue. Raises StageClosed.

        Before the result is there, `add_seconds` is given the item's share of each batch that it was in.
        """
        return self._enqueue(_Work(tenant, item, add_seconds=add_seconds))

    def call(self, tenant: str, call: Callable[[], Any]) -> Any:
        """What the call returns or raises; it has the device to itself, in its tenant's turn."""
        return self._enqueue(_Work(tenant, call=call)).result()

    def close(self) -> None:
        """Take no more work, and return when what waits is done."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._thread.join()

    def _enqueue(self, work: _Work) -> "Future[Any]":
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or len(self._waiting) < self._places)
            if self._is_closed:
                raise StageClosed
            self._waiting.append(work)
            self._changed.notify_all()
        return work.future

    def _run(self) -> None:
        while batch := self._next_batch():
            started = monotonic()
            self._serve(batch)
            self.busy_seconds += monotonic() - started
            self.batches += 1
            batch.clear()  # before the next one is waited for, so that its tensors are freed

    def _next_batch(self) -> list[_Work]:
        """Empty when the stage is closed and all work is done."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closed)
            self._changed.wait_for(self._is_batch_complete, self._wait_seconds)
            batch: list[_Work] = []
            while self._waiting and len(batch) < self._most:
                work = self._waiting[self._order.next([each.tenant for each in self._waiting])]
                if batch and work.call:
                    break
                self._waiting.remove(work)
                self._order.record(work.tenant)
                batch.append(work)
                if work.call:
                    break
            self._changed.notify_all()
            return batch

    def _is_batch_complete(self) -> bool:
        """Whether nothing that comes can join the next batch: calls do not wait for items."""
        has_call = any(work.call for work in self._waiting)
        return len(self._waiting) >= self._most or has_call or self._is_closed

    def _serve(self, batch: list[_Work]) -> None:
        if len(batch) > 1 and self._is_painted_together(batch):
            return
        for work in batch:
            try:
                with _measured([work]):
                    result = work.call() if work.call else self._paint_together([work.item])[0]
            except Exception as error:
                work.future.set_exception(error)
            else:
                work.future.set_result(result)

    def _is_painted_together(self, batch: list[_Work]) -> bool:
        try:
            with _measured(batch):
                results = self._paint_together([work.item for work in batch])
        except Exception as error:
            logger.warning("painting %d items one by one after %s", len(batch), repr(error))
            return False
        for work, result in zip(batch, results, strict=True):
            work.future.set_result(result)
        return True


@contextmanager
def _measured(batch: Sequence[_Work]) -> Iterator[None]:
    """Divides the seconds of a batch, even of one that fails, among its items."""
    began = monotonic()
    try:
        yield
    finally:
        share = (monotonic() - began) / len(batch)
        for work in batch:
            work.add_seconds(share)
