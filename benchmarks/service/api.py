"""The HTTP API as an integrator meets it: milliseconds of each route, bytes of answers, calls for a job.

    python -m benchmarks.service.api [--calls 100] [--photos 30] [--out build/bench/api.json]

On the local stack with a stylizer that answers at once, so that the calls are counted and not the engine's
time: through its gateway, and with the storefront's handler in this process. Photos by webhook need no poll;
`benchmarks.service.webhooks` measures their deliveries.
"""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Annotated

import httpx
import typer
from rich.table import Table

from limner_client import Limner
from limner_client._steps import ORDER
from local.aws.emulator import Image
from local.aws.running import ROOT, Running, running
from samples.uploads import make_samples
from tools.openapi import served_description

from ..shared.machine import machine
from ..shared.report import print_tables, write_json
from .api_calls import Json, operations
from .api_in_process import LIST_LENGTH, in_process

FAKE_STYLIZER = Image(script=ROOT / "tests/e2e/fake_serve.py", artefacts=ROOT / "tests/e2e")
IDENTICAL_POSTS = 50
POSTS_IN_FLIGHT = 8
"""The emulator starts a process for each call in flight; 50 at once take longer than the gateway waits. In
process all 50 are at once (tests/integration/test_idempotency.py)."""
WAIT_SECONDS = 300
PERCENTILES = ("p50_ms", "p99_ms")
TARGETS = {"processor_p99_ms": 50.0, "list_bytes": 60_000, "list_processor_ms": 60.0}
"""Upper bounds."""


class CountingTransport(httpx.HTTPTransport):
    """Counts the calls of the API by method, without those of the storage."""

    def __init__(self, api_url: str) -> None:
        super().__init__()
        self._api_url = api_url
        self.calls: Counter[str] = Counter()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if str(request.url).startswith(f"{self._api_url}/v1/"):
            self.calls[request.method] += 1
        return super().handle_request(request)


def photos_job(system: Running, files: list[Path], *, long_poll_seconds: int) -> Json:
    """Uploads the files and waits for each; calls by method, and seconds."""
    transport = CountingTransport(system.stack.api_url)
    at = time.monotonic()
    with Limner(system.stack.api_url, system.api_key, transport=transport) as limner:
        orders = [limner.upload(file, looks=["oil"]) for file in files]
        for order in orders:
            limner.wait(order, timeout_seconds=WAIT_SECONDS, long_poll_seconds=long_poll_seconds)
    seconds = time.monotonic() - at
    return {"orders": transport.calls["POST"], "polls": transport.calls["GET"], "seconds": seconds}


def identical_posts(system: Running, document: Json) -> Json:
    """One order, sent many times with one idempotency key, several at once: photos it made, and statuses."""
    order = next(each for each in operations(document) if each.name == ORDER)
    headers = {"Authorization": f"Bearer {system.api_key}", "Idempotency-Key": "benchmark-1"}

    def post(_: int) -> httpx.Response:
        return httpx.post(
            system.stack.api_url + order.path, json=order.body, headers=headers, timeout=WAIT_SECONDS
        )

    with ThreadPoolExecutor(POSTS_IN_FLIGHT) as pool:
        answers = list(pool.map(post, range(IDENTICAL_POSTS)))
    made = {answer.json()["photo_id"] for answer in answers if answer.is_success}
    return {"photos": len(made), "statuses": dict(Counter(str(answer.status_code) for answer in answers))}


def gateway_routes(system: Running, document: Json, photo_id: str, calls: int) -> Json:
    """Milliseconds of the routes that read, through the local gateway and its authorizer."""
    routes: Json = {}
    headers = {"Authorization": f"Bearer {system.api_key}"}
    with httpx.Client(headers=headers, timeout=WAIT_SECONDS) as client:
        for each in operations(document):
            if each.method != "GET":
                continue
            url = system.stack.api_url + each.path.replace("{photo_id}", photo_id)
            if (status := client.get(url).status_code) != httpx.codes.OK:
                routes[each.name] = {"not_measured": str(status)}
                continue
            milliseconds = []
            for _ in range(calls):
                at = time.perf_counter()
                client.get(url)
                milliseconds.append((time.perf_counter() - at) * 1000)
            routes[each.name] = {"p50_ms": median(milliseconds), "p99_ms": quantiles(milliseconds, n=100)[-1]}
    return routes


def measure(document: Json, photos: int, calls: int) -> Json:
    with TemporaryDirectory() as folder, running(image=FAKE_STYLIZER, logs=Path(folder) / "logs") as system:
        samples = make_samples(Path(folder))
        files = [samples[number % len(samples)] for number in range(photos)]
        polled = photos_job(system, files, long_poll_seconds=0)
        with Limner(system.stack.api_url, system.api_key) as limner:
            photo_id = next(limner.photos()).photo_id
        gateway = {
            "by_polling": polled,
            "by_long_poll": photos_job(system, files, long_poll_seconds=20),
            "identical_posts": identical_posts(system, document),
            "routes": gateway_routes(system, document, photo_id, calls),
        }
        return {"gateway": gateway, "in_process": in_process(system, document, photo_id, calls)}


def figures_tables(result: Json) -> Iterator[Table]:
    inside, outside = result["in_process"], result["gateway"]
    routes = Table(
        "route", "function's own time p50", "p99 (≤ 50)", "in process p50", "p99", "gateway p50", "p99",
        title="Milliseconds; in process with the emulator's answers",
    )  # fmt: skip
    for name, figures in inside["routes"].items():
        if reason := figures.get("not_measured"):
            routes.add_row(name, reason)
            continue
        through = outside["routes"].get(name, {})
        own = [f"{figures[f'processor_{key}']:.1f}" for key in PERCENTILES]
        wall = [
            f"{each[key]:.1f}" if key in each else "" for each in (figures, through) for key in PERCENTILES
        ]
        routes.add_row(name, *own, *wall)
    yield routes
    job = Table("figure", "measured", "target", title=f"Answers, and a job of {result['photos']} photos")
    job.add_row("bytes of a poll", f"{inside['poll_bytes']:,}", "")
    job.add_row(f"bytes of a list of {LIST_LENGTH}", f"{inside['list_bytes']:,}", "≤ 60,000")
    job.add_row("its processor time in ms", f"{inside['list_processor_ms']:.1f}", "≤ 60")
    for name, key in (("by polling", "by_polling"), ("by long poll", "by_long_poll")):
        figures = outside[key]
        job.add_row(f"calls to wait, {name}", f"{figures['polls']} in {figures['seconds']:.1f} s", "")
    job.add_row("calls to wait, by webhook", "0 by construction", "0")
    posts = outside["identical_posts"]
    statuses = ", ".join(f"{count} × {status}" for status, count in posts["statuses"].items())
    job.add_row(
        f"photos of {IDENTICAL_POSTS} identical POSTs at once", f"{posts['photos']} ({statuses})", "1"
    )
    yield job


def main(
    calls: Annotated[int, typer.Option(min=20, help="Calls of each route.")] = 100,
    photos: Annotated[int, typer.Option(min=1, help="Photos of the job.")] = 30,
    out: Annotated[Path, typer.Option(help="JSON file to write.")] = ROOT / "build/bench/api.json",
) -> None:
    """Measure the API in process and through the local gateway."""
    document = served_description()
    result: Json = {"machine": machine(), "calls": calls, "photos": photos, "targets": TARGETS}
    result |= measure(document, photos, calls)
    write_json(out, result)
    print_tables(*figures_tables(result))


if __name__ == "__main__":
    typer.run(main)
