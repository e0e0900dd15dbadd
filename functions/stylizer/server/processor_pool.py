"""The threads for work that needs no device, which tenants take in turn as they take the device."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from .turns import TurnOrder

Result = TypeVar("Result")


@dataclass(eq=False)
class _Work:
    tenant: str
    call: Callable[[], Any]
    future: "Future[Any]" = field(default_factory=Future)


class ProcessorPool:
    """Work of the tenant whose last turn is longest ago begins first, whenever a thread is free."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, "processors")
        self._order, self._waiting, self._lock = TurnOrder(), list[_Work](), Lock()

    def submit(self, tenant: str, call: Callable[[], Result]) -> "Future[Result]":
        """What the call returns or raises."""
        work = _Work(tenant, call)
        with self._lock:
            self._waiting.append(work)
        self._threads.submit(self._run_next)  # as often as there is work, but for whoever is next
        return work.future

    def _run_next(self) -> None:
        with self._lock:
            work = self._waiting.pop(self._order.next([each.tenant for each in self._waiting]))
            self._order.record(work.tenant)
        try:
            result = work.call()
        except BaseException as error:
            work.future.set_exception(error)
        else:
            work.future.set_result(result)
