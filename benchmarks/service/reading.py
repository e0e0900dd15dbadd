"""Reading photos through the API: processor time, duration and bytes of each kind of call.

    python -m benchmarks.service.reading [--photos 400] [--calls 60] [--out build/bench/reading.json]

The deployed handler is called in this process with events of API Gateway; DynamoDB is the emulator's, in a
process of its own on the loopback interface. Processor time is therefore that of the function and the AWS
SDK; durations have the emulator's time too. Photos are READY with three looks in thirteen files each, as the
stylizer makes them, or FAILED. Bytes are those of the body as it is sent, compressed where it is.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median, quantiles
from typing import Annotated, Any

import boto3
import typer
from rich.table import Table

from limner.photos import Photo
from local.aws.emulator import Emulator, Image
from local.aws.running import ROOT
from tests.template_reader import environment, properties, template

from ..shared.machine import machine
from ..shared.report import print_tables, write_json
from .functions import Event, Handler
from .stored_photos import failed_photo, photo_in_work, ready_photo, store
from .storefront import CREDENTIALS, call, event, load_handler

WARM_UP_CALLS = 5
TABLES = ("PhotosTable", "UsageTable", "TenantsTable", "PictureHashesTable")
FAILED_EVERY = 20
TARGETS: dict[str, dict[str, float]] = {
    "list of 50": {"bytes": 60_000, "processor_ms": 60.0},
    "list of 50, not compressed": {"bytes": 60_000},
    "poll, 304": {"bytes": 0},
}
"""Upper bounds of medians."""


@contextlib.contextmanager
def emulated_storefront() -> Iterator[Handler]:
    """The storefront's handler, with tables on an emulator."""
    logs = ROOT / "build/bench/logs"
    with Emulator(Image(ROOT / "tests/e2e/fake_serve.py", ROOT / "engine/models"), logs) as emulator:
        os.environ |= CREDENTIALS | {"AWS_ENDPOINT_URL": emulator.url}
        for resource in TABLES:
            declared = properties(resource)
            kept = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
            schema = {name: declared[name] for name in kept if name in declared}
            boto3.client("dynamodb").create_table(TableName=resource, **schema)
        boto3.client("secretsmanager").create_secret(Name="CursorSecret", SecretString="k" * 64)
        yield load_handler(
            {name: _resolved(value) for name, value in environment("StorefrontFunction").items()}
        )


def _resolved(value: Any) -> str:
    """References to resources are their names; parameters have their defaults, and conditions are false."""
    if not isinstance(value, dict):
        return str(value)
    if "Fn::If" in value:
        return _resolved(value["Fn::If"][-1])
    name = value["Ref"] if "Ref" in value else value.get("Fn::GetAtt", ["other"])[0]
    parameters = template()["Parameters"]
    return str(parameters[name].get("Default", "")) if name in parameters else name


def fill(count: int) -> list[Photo]:
    """Store `count` uploaded photos, READY but for one in FAILED_EVERY; the last one is not final."""
    stored = [
        failed_photo(number, "too_small") if number % FAILED_EVERY == 0 else ready_photo(number)
        for number in range(count - 1)
    ]
    stored.append(photo_in_work(count - 1))
    store(boto3.resource("dynamodb").Table("PhotosTable"), stored)
    return stored


def calls_of(stored: list[Photo]) -> dict[str, Event]:
    ready, unfinished = stored[1], stored[-1]

    def list_of(**query: object) -> Event:
        return event("/v1/photos", {"limit": 50, **query})

    def poll(photo: Photo) -> Event:
        return event(f"/v1/photos/{photo.photo_id}", headers={"if-none-match": ""})

    return {
        "list of 50": list_of(),
        "list of 50, not compressed": list_of() | {"headers": {"host": "api.example"}},
        "list of 50 by updated_at": list_of(sort="updated_at"),
        "list of FAILED": list_of(status="FAILED"),
        "list by tag": list_of(tag="autumn"),
        "list by external_id": list_of(external_id="SKU-00007"),
        "list by 50 ids": list_of(ids=",".join(photo.photo_id for photo in stored[:50])),
        "list of 50, whole photos": list_of(expand="results,original"),
        "one READY photo": event(f"/v1/photos/{ready.photo_id}"),
        "one unfinished photo": event(f"/v1/photos/{unfinished.photo_id}"),
        "poll, 304": poll(ready),
        "poll of an unfinished photo, 304": poll(unfinished),
        "styles": event("/v1/styles"),
        "styles by words": event("/v1/styles/search", {"q": "warm vintage poster"}),
        "usage of 30 days": event("/v1/usage"),
    }


def _without_tag(asked: Event) -> Event:
    kept = {name: value for name, value in asked["headers"].items() if name != "if-none-match"}
    return {**asked, "headers": kept}


def time_calls(handler: Handler, asked: Event, calls: int) -> dict[str, Any]:
    if "if-none-match" in asked["headers"]:  # taken now: a tag is good for a quarter of an hour
        asked["headers"]["if-none-match"] = call(handler, _without_tag(asked)).headers["etag"]
    answers = [call(handler, asked) for _ in range(WARM_UP_CALLS + calls)][WARM_UP_CALLS:]
    if answers[-1].status not in {200, 304}:
        raise SystemExit(f"{asked['rawPath']}: {answers[-1]}")
    return {
        "status": answers[-1].status,
        "bytes": len(answers[-1].body),
        "processor_ms": median(answer.processor_milliseconds for answer in answers),
        "p50_ms": median(answer.milliseconds for answer in answers),
        "p99_ms": quantiles((answer.milliseconds for answer in answers), n=100)[-1],
    }


def figures_table(result: dict[str, Any]) -> Table:
    cpu = result["machine"]
    table = Table(title=f"Reading {result['photos']} photos on {cpu['cpu']}, {cpu['cores']} cores")
    for column in ("call", "status", "bytes", "processor ms, p50", "ms, p50", "ms, p99", "target"):
        table.add_column(column, justify="left" if column == "call" else "right")
    for name, figures in result["calls"].items():
        target = ", ".join(f"{what} ≤ {most:g}" for what, most in TARGETS.get(name, {}).items())
        times = [f"{figures[key]:.1f}" for key in ("processor_ms", "p50_ms", "p99_ms")]
        table.add_row(name, str(figures["status"]), f"{figures['bytes']:,}", *times, target)
    return table


def missed(calls: Mapping[str, Mapping[str, float]]) -> list[str]:
    return [
        f"{name}: {what} is {calls[name][what]:g}, more than {most:g}"
        for name, targets in TARGETS.items()
        for what, most in targets.items()
        if calls[name][what] > most
    ]


def main(
    photos: Annotated[int, typer.Option(min=60, help="Photos that the tenant has.")] = 400,
    calls: Annotated[int, typer.Option(min=10, help="Calls of each kind.")] = 60,
    out: Annotated[Path, typer.Option(help="JSON file to write.")] = ROOT / "build/bench/reading.json",
) -> None:
    """Measure the calls that read photos; status 1 where one misses its target."""
    with emulated_storefront() as handler:
        asked = calls_of(fill(photos))
        timed = {name: time_calls(handler, each, calls) for name, each in asked.items()}
    result = {"machine": machine(), "photos": photos, "calls": timed}
    write_json(out, result)
    print_tables(figures_table(result))
    if problems := missed(timed):
        raise SystemExit("\n".join(problems))


if __name__ == "__main__":
    typer.run(main)
