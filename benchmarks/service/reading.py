"""Reading photos through the API: processor time, duration and bytes of each kind of call.

    python -m benchmarks.service.reading [--photos 400] [--calls 60] [--out build/bench/reading.json]

The deployed handler is called in this process with events of API Gateway; DynamoDB is the emulator's, in a
process of its own on the loopback interface. Processor time is therefore that of the function and the AWS
SDK; durations have the emulator's time too. Photos are READY with three looks in thirteen files each, as the
stylizer makes them, or FAILED. Bytes are those of the body as it is sent, compressed where it is.
"""

import base64
import contextlib
import importlib.util
import io
import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from statistics import median, quantiles
from typing import Annotated, Any
from urllib.parse import urlencode

import boto3
import typer
from rich.table import Table

from limner import storefront_bootstrap
from limner.adapters.dynamodb_items import (
    change_attributes,
    external_attributes,
    list_attributes,
    row_key,
    to_map,
)
from limner.identity import Identity, Scope
from limner.keys import styled_prefix, upload_key, variants_prefix
from limner.looks import Look
from limner.photos import Failure, Photo
from limner.renditions import Rendition
from limner.tenancy import PhotoKey
from local.aws.emulator import Emulator, Image
from local.aws.running import ROOT
from tests import makers
from tests.template_reader import environment, properties, template

from ..shared.machine import machine
from ..shared.report import print_tables, write_json

TENANT = "main"
WARM_UP_CALLS = 5
STYLES = ("oil", "watercolour", "cartoon")
FILES = [f"w{width}.{kind}" for width in (1600, 1024, 640, 320) for kind in ("avif", "webp", "jpg")]
TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}
TABLES = ("PhotosTable", "UsageTable", "TenantsTable", "PictureHashesTable")
FAILED_EVERY = 20
TARGETS: dict[str, dict[str, float]] = {
    "list of 50": {"bytes": 60_000, "processor_ms": 60.0},
    "list of 50, not compressed": {"bytes": 60_000},
    "poll, 304": {"bytes": 0},
}
"""Upper bounds of medians."""

Event = dict[str, Any]
Handler = Callable[[Event, Any], dict[str, Any]]


class Context:
    """What powertools and Mangum read of Lambda's context."""

    function_name = "storefront"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:storefront"
    aws_request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"


@contextlib.contextmanager
def emulated_storefront() -> Iterator[Handler]:
    """The storefront's handler, with tables on an emulator."""
    logs = ROOT / "build/bench/logs"
    with Emulator(Image(ROOT / "tests/e2e/fake_serve.py", ROOT / "engine/models"), logs) as emulator:
        os.environ |= {
            "AWS_ENDPOINT_URL": emulator.url,
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "POWERTOOLS_METRICS_DISABLED": "true",
        }
        for resource in TABLES:
            declared = properties(resource)
            kept = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
            schema = {name: declared[name] for name in kept if name in declared}
            boto3.client("dynamodb").create_table(TableName=resource, **schema)
        boto3.client("secretsmanager").create_secret(Name="CursorSecret", SecretString="k" * 64)
        os.environ |= {name: _resolved(value) for name, value in environment("StorefrontFunction").items()}
        # One session for all: what a tenant's role allows is not measured here.
        stores = storefront_bootstrap._tenant_stores
        storefront_bootstrap.tenant_stores = cache(lambda tenant: stores(boto3.Session()))
        yield _load_handler()


def _resolved(value: Any) -> str:
    """References to resources are their names; parameters have their defaults, and conditions are false."""
    if not isinstance(value, dict):
        return str(value)
    if "Fn::If" in value:
        return _resolved(value["Fn::If"][2])
    name = value["Ref"] if "Ref" in value else value.get("Fn::GetAtt", ["other"])[0]
    parameters = template()["Parameters"]
    return str(parameters[name].get("Default", "")) if name in parameters else name


def _load_handler() -> Handler:
    path = ROOT / "functions/storefront/app.py"
    spec = importlib.util.spec_from_file_location("storefront_app", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Handler = module.handler
    return handler


def fill(count: int) -> list[Photo]:
    """Store `count` uploaded photos, READY but for one in FAILED_EVERY; the last one is not final."""
    stored = [_photo(number, is_final=number < count - 1) for number in range(count)]
    with boto3.resource("dynamodb").Table("PhotosTable").batch_writer() as batch:
        for photo in stored:
            keys = {**row_key(photo.key), **list_attributes(photo), **external_attributes(photo)}
            changed = change_attributes(photo.key, photo.created_at, photo.status)
            batch.put_item(Item={**to_map(photo), **keys, **changed})
    return stored


def _photo(number: int, *, is_final: bool) -> Photo:
    key = PhotoKey(TENANT, f"{number % 16:x}{number:031x}")
    photo = makers.photo(
        photo_id=key.photo_id,
        filename=f"product-photo-{number:04}.jpg",
        created_at=datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=number),
        looks=tuple(Look(styles={style: 1.0}, strength=0.8) for style in STYLES),
        external_id=f"SKU-{number // 4:05}",
        tags=("mugs", "autumn") if number % 2 else ("mugs",),
        source=makers.source(key=upload_key(key), version_id="v" * 32, etag="e" * 32),
    )
    if not is_final:
        return photo
    if number % FAILED_EVERY == 0:
        failure = Failure(sequencer=makers.SEQUENCER, code="too_small", message="Too small.", at=makers.NOON)
        return photo.model_copy(update={"failure": failure})
    return photo.model_copy(update=_made_of(photo))


def _made_of(photo: Photo) -> dict[str, Any]:
    job_id = f"{TENANT}.{photo.photo_id}.{'a' * 12}"
    pictures = tuple(
        makers.full_picture(
            look=look,
            hash="0123456789abcdef",
            renditions=_renditions(f"{styled_prefix(job_id)}1/{look.slug}/", ["full.jpg", *FILES]),
        ).without_explanation
        for look in photo.looks
    )
    folder = variants_prefix(photo.key, makers.SEQUENCER)
    return {
        "job": makers.job(job_id=job_id, submitted_at=makers.NOON),
        "results": makers.results(pictures=pictures),
        "variants": makers.variants(renditions=_renditions(folder, FILES)),
    }


def _renditions(folder: str, names: list[str]) -> tuple[Rendition, ...]:
    return tuple(
        makers.rendition(key=f"{folder}{name}", bytes=123_456, content_type=TYPES[name.rpartition(".")[2]])
        for name in names
    )


def event(path: str, query: Mapping[str, object] | None = None, **headers: str) -> Event:
    """Of API Gateway, with the authorizer's answer."""
    caller = Identity(TENANT, "0123456789abcdef", frozenset(Scope), livemode=False)
    http = {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": ""}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": urlencode(query or {}),
        "headers": {"host": "api.example", "accept-encoding": "gzip", **headers},
        "requestContext": {
            "http": http,
            "stage": "$default",
            "authorizer": {"lambda": caller.context()},
        },
        "isBase64Encoded": False,
    }


def calls_of(stored: list[Photo]) -> dict[str, Event]:
    ready, unfinished = stored[1], stored[-1]

    def list_of(**query: object) -> Event:
        return event("/v1/photos", {"limit": 50, **query})

    def poll(photo: Photo) -> Event:
        return event(f"/v1/photos/{photo.photo_id}", None, **{"if-none-match": ""})

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
    """The log goes nowhere, as its writing is the terminal's time."""
    processor: list[float] = []
    wall: list[float] = []
    answer: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        if "if-none-match" in asked["headers"]:  # taken now: a tag is good for a quarter of an hour
            asked["headers"]["if-none-match"] = handler(_without_tag(asked), Context())["headers"]["etag"]
        for _ in range(WARM_UP_CALLS + calls):
            began, used = time.perf_counter(), time.process_time()
            answer = handler(asked, Context())
            processor.append((time.process_time() - used) * 1000)
            wall.append((time.perf_counter() - began) * 1000)
    if answer["statusCode"] not in {200, 304}:
        raise SystemExit(f"{asked['rawPath']}: {answer}")
    body = answer["body"]
    sent = base64.b64decode(body) if answer["isBase64Encoded"] else body.encode()
    return {
        "status": answer["statusCode"],
        "bytes": len(sent),
        "processor_ms": median(processor[WARM_UP_CALLS:]),
        "p50_ms": median(wall[WARM_UP_CALLS:]),
        "p99_ms": quantiles(wall[WARM_UP_CALLS:], n=100)[-1],
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
