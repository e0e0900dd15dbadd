"""Whose turn it is at the device: tenants take turns, look by look.

Without turns the device would serve tickets as they come, and a tenant's single photo would wait for every
ticket of another tenant that came before it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count


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
