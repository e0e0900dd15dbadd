"""One file on its way through the stack, and the seconds of each stage."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

SENDING, READY, FAILED = "SENDING", "READY", "FAILED"
TERMINAL_STATUSES = {READY, FAILED}


@dataclass(frozen=True)
class Failure:
    code: str
    message: str


@dataclass
class SentPhoto:
    """One file, the API's last view of its photo, and its `moments` in seconds since the epoch."""

    file: Path
    photo_id: str | None = None
    view: dict[str, Any] = field(default_factory=dict)
    failure: Failure | None = None
    moments: dict[str, float] = field(default_factory=dict)
    polled_at: float = 0.0

    @property
    def status(self) -> str:
        return FAILED if self.failure else str(self.view.get("status", SENDING))

    @property
    def has_ended(self) -> bool:
        return self.status in TERMINAL_STATUSES

    def mark(self, moment: str) -> None:
        """Record the time of a moment; the first call counts."""
        self.moments.setdefault(moment, time.time())

    def fail(self, code: str, message: str) -> None:
        self.failure = Failure(code, message)
        self.mark("observed")

    @property
    def stage_seconds(self) -> dict[str, float]:
        """Seconds of each stage that took place.

        `total`: from the end of the upload until the client observes READY or FAILED.
        `routed`: event, queue and router. `endpoint`: its queue, its notification and the recorder.
        `observation`: until the client's next request.
        """
        at = self.moments | _server_moments(self.view)
        engine = self.view.get("timings", {}).get("total")
        stages = {
            "order": _between(at, "started", "ordered"),
            "upload": _between(at, "ordered", "uploaded"),
            "routed": _between(at, "uploaded", "submitted"),
            "endpoint": _subtract(_between(at, "submitted", "finished"), engine),
            "engine": engine,
            "variants": self.view.get("timings", {}).get("variants"),
            "observation": _between(at, "finished", "observed"),
            "total": _between(at, "uploaded", "observed"),
        }
        return {stage: round(max(seconds, 0), 3) for stage, seconds in stages.items() if seconds is not None}


def _server_moments(view: Mapping[str, Any]) -> dict[str, float]:
    times = {"submitted": view.get("submitted_at"), "finished": view.get("finished_at")}
    return {name: datetime.fromisoformat(value).timestamp() for name, value in times.items() if value}


def _between(at: Mapping[str, float], start: str, end: str) -> float | None:
    return at[end] - at[start] if start in at and end in at else None


def _subtract(seconds: float | None, part: float | None) -> float | None:
    return None if seconds is None or part is None else seconds - part
