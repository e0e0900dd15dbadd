"""One file on its way through the stack, and the seconds of each hop."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

SENDING, READY, FAILED = "SENDING", "READY", "FAILED"
SETTLED = {READY, FAILED}


@dataclass(frozen=True)
class Failure:
    code: str
    message: str


@dataclass
class Sent:
    """One file on its way. `moments` are this machine's clock, in seconds since the epoch."""

    file: Path
    photo_id: str | None = None
    view: dict[str, Any] = field(default_factory=dict)
    failure: Failure | None = None
    moments: dict[str, float] = field(default_factory=dict)
    asked_at: float = 0.0

    @property
    def status(self) -> str:
        return FAILED if self.failure else str(self.view.get("status", SENDING))

    @property
    def settled(self) -> bool:
        return self.status in SETTLED

    def mark(self, moment: str) -> None:
        self.moments.setdefault(moment, time.time())

    def fail(self, code: str, message: str) -> None:
        self.failure = Failure(code, message)
        self.mark("settled")

    @property
    def hops(self) -> dict[str, float]:
        """Seconds for each hop that took place; `total` is from the end of the upload to the end.

        `routed` is event, queue and router; `endpoint` the wait in the endpoint's queue, the notification and
        the recorder; `seen` until the shop's next request.
        """
        at = self.moments | _server_moments(self.view)
        engine = self.view.get("timings", {}).get("total")
        hops = {
            "order": _between(at, "started", "ordered"),
            "upload": _between(at, "ordered", "uploaded"),
            "routed": _between(at, "uploaded", "submitted"),
            "endpoint": _less(_between(at, "submitted", "finished"), engine),
            "engine": engine,
            "variants": self.view.get("timings", {}).get("variants"),
            "seen": _between(at, "finished", "settled"),
            "total": _between(at, "uploaded", "settled"),
        }
        return {hop: round(max(seconds, 0), 3) for hop, seconds in hops.items() if seconds is not None}


def _server_moments(view: Mapping[str, Any]) -> dict[str, float]:
    named = {"submitted": view.get("submitted_at"), "finished": view.get("finished_at")}
    return {name: datetime.fromisoformat(value).timestamp() for name, value in named.items() if value}


def _between(at: Mapping[str, float], start: str, end: str) -> float | None:
    return at[end] - at[start] if start in at and end in at else None


def _less(seconds: float | None, part: float | None) -> float | None:
    return None if seconds is None or part is None else seconds - part
