"""Milliseconds of the routes of recommendations, in this process, on the local stack.

    python -m benchmarks.service.recommendation.calls [--calls 500] [--out FILE.json]

A photo with three looks; each visitor comes twice. The function's own time is
its processor time; the other figure has the emulator's answers too.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import boto3
import typer
from rich.table import Table

from local.aws.running import ROOT, running

from ...shared.machine import machine
from ...shared.report import print_tables, write_json
from ..api import FAKE_STYLIZER
from ..api_calls import WARM_UP_CALLS
from ..api_in_process import deployed_handler, percentiles
from ..functions import Handler
from ..stored_photos import ready_photo, store
from ..storefront import Answer, call, event

TARGET_P99_MS = 30.0
EVENTS_OF_A_CALL = 20


def measure(calls: int) -> dict[str, Any]:
    with TemporaryDirectory() as folder, running(image=FAKE_STYLIZER, logs=Path(folder) / "logs") as system:
        handler, photo = deployed_handler(system), ready_photo(1)
        store(boto3.resource("dynamodb").Table(system.stack.photos_table), [photo])
        measured = list(_visits(handler, photo.photo_id, WARM_UP_CALLS + calls))[WARM_UP_CALLS:]
        return {
            "machine": machine(),
            "calls": calls,
            "routes": {
                "GET /v1/recommendations": percentiles([made for made, _ in measured]),
                f"POST /v1/events, {EVENTS_OF_A_CALL} events": percentiles(
                    [counted for _, counted in measured if counted]
                ),
            },
        }


def _visits(handler: Handler, photo_id: str, calls: int) -> Iterator[tuple[Answer, Answer | None]]:
    """Each recommendation, and every twentieth time the call that counts the visits since the last one."""
    waiting: list[dict[str, Any]] = []
    for number in range(calls):
        visitor = hashlib.sha256(f"{number // 2}".encode()).hexdigest()
        query = {"photo": photo_id, "visitor": visitor, "consent": "true"}
        made = _answered(call(handler, event("/v1/recommendations", query)))
        shown = {"recommendation": made.json()["recommendation"], "visitor": visitor, "consent": True}
        waiting.append({"type": "click" if number % 4 == 0 else "impression", **shown})
        counted = None
        if len(waiting) == EVENTS_OF_A_CALL:
            sent = event("/v1/events", method="POST", body={"events": waiting})
            counted, waiting = _answered(call(handler, sent)), []
        yield made, counted


def _answered(answer: Answer) -> Answer:
    if answer.status != 200:
        raise SystemExit(f"{answer.status} {answer.json()}")
    return answer


def main(
    calls: Annotated[int, typer.Option(min=100, help="Recommendations.")] = 500,
    out: Annotated[Path, typer.Option(help="JSON file.")] = ROOT / "build/bench/recommendation-calls.json",
) -> None:
    """Measure recommendations and the counting of events in process."""
    found = measure(calls)
    write_json(out, found)
    table = Table("route", "own time p50", f"p99 (≤ {TARGET_P99_MS:g})", "with the emulator p50", "p99")
    for name, figures in found["routes"].items():
        keys = ("processor_p50_ms", "processor_p99_ms", "p50_ms", "p99_ms")
        table.add_row(name, *(f"{figures[key]:.1f}" for key in keys))
    print_tables(table)


if __name__ == "__main__":
    typer.run(main)
