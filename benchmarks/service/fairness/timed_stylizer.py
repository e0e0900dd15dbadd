"""The container with an engine that takes a given time for a photo and changes nothing.

    python timed_stylizer.py serve     (as the image's entry point; LIMNER_MODEL_DIR has `ticket_seconds`)

Everything but the engine is the container's own: tickets, turns, decoding, encoding, storing, reports.
"""

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from PIL.Image import Image

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "functions/stylizer"))  # as in the container

from server import app  # noqa: E402
from style_engine import Stylizer  # noqa: E402

TICKET_SECONDS_FILE = "ticket_seconds"
UNCHANGED = SimpleNamespace(outcome="passed", strength=0.0, refused_by=(), gates=())


@dataclass(frozen=True)
class _Prepared:
    photo: Image
    seconds_per_look: float


@dataclass(frozen=True)
class _Painted:
    photo: Image
    look: Any

    def finish(self, *, explained: bool) -> "_Painted":
        return self

    def compose(self) -> SimpleNamespace:
        return unchanged(self.photo, self.look)


class TimedStylizer:
    """Has the device for `seconds` for each photo, divided among its looks, without using the processor."""

    model = SimpleNamespace(name="timed")
    version = "1"

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def warm_up(self) -> None:
        pass

    def prepare(self, photo: Image, looks: Sequence[Any]) -> _Prepared:
        return _Prepared(photo, self._seconds / len(looks))

    def paint_together(self, requests: Sequence[tuple[_Prepared, Any]]) -> list[_Painted]:
        for prepared, _ in requests:
            time.sleep(prepared.seconds_per_look)
        return [_Painted(prepared.photo, look) for prepared, look in requests]


def unchanged(photo: Image, look: Any) -> SimpleNamespace:
    return SimpleNamespace(
        image=photo,
        look=look,
        metrics={},
        verdict=UNCHANGED,
        regions=None,
        steps=(),
        chosen=None,
        explanation=None,
    )


def main() -> None:
    seconds = float((Path(os.environ["LIMNER_MODEL_DIR"]) / TICKET_SECONDS_FILE).read_text())
    Stylizer.load = lambda *_, **__: TimedStylizer(seconds)  # type: ignore[assignment, method-assign]
    app.main()


if __name__ == "__main__":
    main()
