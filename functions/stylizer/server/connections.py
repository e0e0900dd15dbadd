"""Connections to the container: one that sends no whole request holds no place for long."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_TIMEOUT_SECONDS = 5.0
"""From the connection, or the first byte of its next request, to the end of the request's headers."""
MAX_HALF_OPEN_CONNECTIONS = 64


class BoundedConnection(H11Protocol):
    """uvicorn's HTTP protocol, which has no such limits of its own. Its `limit_concurrency` counts half-open
    connections too and would answer `/ping` with 503 for their sake."""

    _headers_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._await_headers()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_awaiting()
        elif self._headers_timer is None:
            self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_awaiting()
        super().connection_lost(exc)

    def _await_headers(self) -> None:
        self._headers_timer = self.loop.call_later(HEADERS_TIMEOUT_SECONDS, self._end)
        half_open = [each for each in self._own_connections() if each._headers_timer]
        if len(half_open) > MAX_HALF_OPEN_CONNECTIONS:
            min(half_open, key=_due)._end()

    def _own_connections(self) -> list["BoundedConnection"]:
        return [each for each in self.connections if isinstance(each, BoundedConnection)]

    def _stop_awaiting(self) -> None:
        if self._headers_timer:
            self._headers_timer.cancel()
            self._headers_timer = None

    def _end(self) -> None:
        self._stop_awaiting()
        self.transport.abort()


def _due(connection: BoundedConnection) -> float:
    return connection._headers_timer.when() if connection._headers_timer else 0.0
