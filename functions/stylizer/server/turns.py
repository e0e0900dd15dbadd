"""Whose turn it is at the engine, which paints one look at a time: tenants take turns, look by look.

Without turns the engine would serve tickets as they come, and a tenant's single photo would wait for
every ticket of another tenant that came before it.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Condition


@dataclass
class TurnOrder:
    """Of those who wait, the tenant is next whose last turn is longest ago; of one tenant, who came first."""

    _last_turns: dict[str, int] = field(default_factory=dict)
    _turns: Iterator[int] = field(default_factory=lambda: count(1))

    def next(self, tenants: Sequence[str]) -> int:
        """The index of the next of `tenants`, which are those of whoever waits, in order of arrival."""
        return min(range(len(tenants)), key=lambda index: self._last_turns.get(tenants[index], 0))

    def record(self, tenant: str) -> None:
        """A turn of the tenant begins."""
        self._last_turns[tenant] = next(self._turns)


class Turns:
    """A lock that is given to tenants in turn."""

    def __init__(self) -> None:
        self._order = TurnOrder()
        self._changed = Condition()
        self._waiting: dict[Hashable, str] = {}
        self._is_taken = False

    @contextmanager
    def turn(self, tenant: str) -> Iterator[Callable[[], None]]:
        """Hold the lock, once it is the tenant's turn. Calling what is yielded ends this turn and waits for
        the next one; whoever calls it keeps the place of its first arrival among those of its tenant."""
        arrival = object()
        self._take(arrival, tenant)
        try:
            yield lambda: self._pass_on(arrival, tenant)
        finally:
            self._release()

    def _pass_on(self, arrival: Hashable, tenant: str) -> None:
        with self._changed:
            self._waiting = {arrival: tenant, **self._waiting}
        self._release()
        self._take(arrival, tenant)

    def _take(self, arrival: Hashable, tenant: str) -> None:
        with self._changed:
            self._waiting.setdefault(arrival, tenant)
            self._changed.wait_for(lambda: not self._is_taken and self._next() is arrival)
            del self._waiting[arrival]
            self._is_taken = True
            self._order.record(tenant)

    def _next(self) -> Hashable:
        arrivals = list(self._waiting)
        return arrivals[self._order.next([*self._waiting.values()])]

    def _release(self) -> None:
        with self._changed:
            self._is_taken = False
            self._changed.notify_all()
