"""Many uploads through the real chain while messages get lost and processes die; then an audit.

    python -m benchmarks.service.soak [--uploads 1000] [--out build/bench/soak.json]        (make soak N=1000)

The whole template runs on the local emulator with the real model server. From outside the product:

* a fault proxy (fault_proxy.py) between EventBridge and the two upload queues, and between the endpoint's
  topics and the recorder's queue, drops, doubles, delays or reorders 14 % of all messages;
* function workers, their decoders and the model server are killed with SIGKILL at random (soak_kills.py);
* half the photos are ordered through the API and sent with the presigned form, half put there directly.

Set for the soak, by means the product offers: looks of strength 0, neither lifted nor protected (the photo
itself through decoding, measures, encoding and storing, without the network: 0.03 s in place of 1-3 s), every
50th order a real one; a deadline of 60 s in place of 30 min; a link lifetime of 60 s; a visibility of 20 s,
so that what a killed worker held comes back soon. The sweeper's Lambda is invoked every 20 s in place of
every five minutes.

The audit (soak_audit.py) reads the buckets, the table and the queues. Exit 1 with the list if a line fails.
"""

import hashlib
import json
import math
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Annotated, Any

import httpx
import typer
from PIL import Image, ImageDraw
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks.service.chain import machine
from benchmarks.service.fault_proxy import Choose, Disturbance, FaultProxy, proxied, random_disturbances
from benchmarks.service.soak_audit import Findings, Upload, audit, gather, queues_at_rest, rows_of
from benchmarks.service.soak_kills import Kills, killing
from limner.photos import PhotoStatus
from local.aws.running import ROOT, Running, running
from local.client.shop import Refused, Shop
from local.memory import resident_bytes

AS_IT_IS = {"strength": 0.0, "protection": "off", "enhance": False}
PARAMETERS = {
    "DeadlineSeconds": "60",
    "DefaultStyles": "oil",
    "DefaultStrength": "0",
    "DefaultProtection": "off",
    "DefaultEnhance": "false",
}
LINK_SECONDS = "60"
VISIBILITY_SECONDS = 20
HURRIED_VISIBILITY_SECONDS = 6
STYLES = ("oil", "watercolour", "cartoon", "mosaic")
REAL_EVERY = 50
DRAWINGS = 60
SWEEP_SECONDS = 20.0
DRAIN_SECONDS = 420
WINDOW_SECONDS = 60
TRIES = 4


@dataclass(frozen=True)
class Plan:
    """`window` is how far uploads run ahead of the endpoint, `kill_every` seconds between kills (0 for none).

    A hurried soak does not wait for deadlines: it lets them have passed. Orphans cannot be hurried, so there
    the thumbnailer's events are never dropped, and every upload is known to one of the two.
    """

    uploads: int
    window: int = 40
    kill_every: float = 10.0
    seed: int = 1
    hurried: bool = False


@dataclass
class Soak:
    """A run in progress."""

    plan: Plan
    everything: Running
    proxy: FaultProxy
    kills: Kills
    chance: random.Random
    s3: Any
    functions: Any
    seconds: dict[str, float] = field(default_factory=dict)
    memory_mb: dict[str, float] = field(default_factory=dict)
    sent: list[Upload] = field(default_factory=list)
    errors: int = 0
    sweeps: dict[str, int] = field(default_factory=dict)


def draw(folder: Path, chance: random.Random) -> list[Path]:
    """Small pictures of some shapes on a plain ground: sides 64-128 px, three formats."""
    files = []
    for n in range(DRAWINGS):
        width, height = chance.randint(64, 128), chance.randint(64, 128)
        picture = Image.new("RGB", (width, height), _colour(chance))
        pen = ImageDraw.Draw(picture)
        for _ in range(6):
            x, y, size = chance.randrange(width), chance.randrange(height), chance.randint(8, 60)
            pen.ellipse((x - size, y - size // 2, x + size, y + size // 2), fill=_colour(chance))
        suffix, kind = (("jpg", "JPEG"), ("png", "PNG"), ("webp", "WEBP"))[n % 3]
        files.append(folder / f"{n:03}.{suffix}")
        picture.save(files[-1], kind)
    return files


def _colour(chance: random.Random) -> tuple[int, int, int]:
    return chance.randrange(256), chance.randrange(256), chance.randrange(256)


def send_one(soak: Soak, shop: Shop, n: int, file: Path) -> Upload:
    body = _unique(file, n)
    if n % 2:
        key = _put(soak, f"soak {n:05} 100%+é{file.suffix}", body)
    else:
        key = _order(shop, file, body, _looks(soak.chance, n))
    return Upload(key, len(body), hashlib.md5(body).hexdigest(), datetime.now(UTC))


def _unique(file: Path, n: int) -> bytes:
    """No two uploads are the same bytes; nothing reads past a picture's end."""
    return file.read_bytes() + f"\0{n}".encode()


def _put(soak: Soak, name: str, body: bytes) -> str:
    key = f"uploads/{name}"
    soak.s3.put_object(Bucket=soak.everything.stack.uploads_bucket, Key=key, Body=body)
    return key


def _order(shop: Shop, file: Path, body: bytes, looks: Sequence[dict[str, Any]]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / file.name
        copy.write_bytes(body)
        order = shop.order(copy, looks)
        shop.upload(order, copy)
    return f"uploads/{order.photo_id}"


def _looks(chance: random.Random, n: int) -> list[dict[str, Any]]:
    real = n % REAL_EVERY == 0
    count = 1 if real else chance.randint(1, 2)
    return [{"styles": {style: 1.0}, **({} if real else AS_IT_IS)} for style in chance.sample(STYLES, count)]


def push(soak: Soak, files: Sequence[Path], show: Callable[[], None]) -> None:
    """Send the photos, never more than the window ahead of the endpoint, or a minute late."""
    with Shop(soak.everything.stack.api_url) as shop:
        for n in range(soak.plan.uploads):
            soak.sent.append(_insist(soak, shop, n, soak.chance.choice(files)))
            show()
            grace_period = time.monotonic() + WINDOW_SECONDS
            while soak.proxy.in_flight >= soak.plan.window and time.monotonic() < grace_period:
                time.sleep(0.1)


def _insist(soak: Soak, shop: Shop, n: int, file: Path) -> Upload:
    """A seller whose request breaks off tries again."""
    for _ in range(TRIES):
        try:
            return send_one(soak, shop, n, file)
        except (Refused, httpx.HTTPError):
            soak.errors += 1
            time.sleep(0.5)
    return send_one(soak, shop, n, file)


@contextmanager
def sweeping(soak: Soak) -> Iterator[None]:
    """The schedule, as long as the block lasts."""
    done = threading.Event()

    def keep_sweeping() -> None:
        while not done.wait(SWEEP_SECONDS):
            sweep(soak)

    thread = threading.Thread(target=keep_sweeping, name="sweeps", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def sweep(soak: Soak) -> None:
    answer = soak.functions.invoke(
        FunctionName=soak.everything.stack.resources["SweeperFunction"], Payload=b"{}"
    )
    swept = json.loads(answer["Payload"].read() or b"{}")
    if "FunctionError" in answer:
        swept = {"errors": 1}
    for outcome, count in swept.items():
        soak.sweeps[outcome] = soak.sweeps.get(outcome, 0) + int(count)


def drain(soak: Soak, show: Callable[[], None]) -> float:
    """Sweep until nothing is open and no message is left; seconds. Gives up, for the audit to say why."""
    started = time.monotonic()
    while time.monotonic() - started < DRAIN_SECONDS and not _is_at_rest(soak):
        if soak.plan.hurried and not soak.proxy.holds and queues_at_rest(soak.everything):
            hurry(soak.everything)
            sweep(soak)
        show()
        time.sleep(3)
    return time.monotonic() - started


def _is_at_rest(soak: Soak) -> bool:
    if soak.proxy.holds or not queues_at_rest(soak.everything):
        return False
    rows = rows_of(soak.everything)
    return len(rows) >= len(soak.sent) and all(row.due_at is None for row in rows)


def hurry(everything: Running) -> None:
    """Let the deadline of every open photo have passed, as if time had; one that a sweeper has just moved is
    left to it."""
    client = everything.emulator.client("dynamodb")
    for row in rows_of(everything):
        if row.due_at is not None:
            with suppress(client.exceptions.ConditionalCheckFailedException):
                client.update_item(
                    TableName=everything.stack.photos_table,
                    Key={"photo_id": {"S": row.photo_id}},
                    UpdateExpression="SET due_at = :now",
                    ConditionExpression="due_at = :due",
                    ExpressionAttributeValues={
                        ":now": {"N": str(int(time.time()) - 1)},
                        ":due": {"N": str(row.due_at)},
                    },
                )


def set_up(everything: Running, visibility: int) -> None:
    """Shorter times than the template's, from outside; `visibility` in seconds."""
    sqs, functions = everything.emulator.client("sqs"), everything.emulator.client("lambda")
    for queue in ("RouterQueue", "ThumbQueue", "DoneQueue"):
        url = everything.stack.resources[queue]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(visibility)})
    storefront = everything.stack.resources["StorefrontFunction"]
    variables = functions.get_function_configuration(FunctionName=storefront)["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=storefront, Environment={"Variables": {**variables, "LINK_SECONDS": LINK_SECONDS}}
    )


def seconds_to_ready(everything: Running, sent: Sequence[Upload]) -> list[float]:
    """From the end of the upload until the styled pictures are recorded, for photos that are READY."""
    put = {upload.key: upload.at for upload in sent}
    return [
        (row.results.finished_at - put[row.source.key]).total_seconds()
        for row in rows_of(everything)
        if row.status is PhotoStatus.READY and row.results and row.source and row.source.key in put
    ]


def run(plan: Plan, everything: Running, console: Console) -> tuple[dict[str, Any], Findings]:
    """Soak a stack that is up and empty; the figures and what the audit found."""
    chance, emulator = random.Random(plan.seed), everything.emulator
    with ExitStack() as stack:
        files = draw(Path(stack.enter_context(tempfile.TemporaryDirectory())), chance)
        set_up(everything, HURRIED_VISIBILITY_SECONDS if plan.hurried else VISIBILITY_SECONDS)
        proxy = stack.enter_context(proxied(everything, _disturbances(plan)))
        soak = Soak(
            plan, everything, proxy, Kills(), chance, emulator.client("s3"), emulator.client("lambda")
        )
        show = stack.enter_context(_progress(console, soak))
        soak.memory_mb["start"] = _megabytes(everything)
        _push_and_drain(soak, files, show)
        soak.memory_mb["end"] = _megabytes(everything)
        findings = audit(gather(everything, soak.sent, proxy, soak.kills))
        return figures(soak, findings), findings


def _push_and_drain(soak: Soak, files: Sequence[Path], show: Callable[[], None]) -> None:
    plan = soak.plan
    models = math.ceil(plan.uploads / 250)
    with sweeping(soak):
        with killing(soak.everything.emulator, soak.kills, plan.kill_every, models, plan.seed):
            started = time.monotonic()
            push(soak, files, show)
            soak.seconds["pushed"] = time.monotonic() - started
        soak.seconds["drained"] = drain(soak, show)


def _disturbances(plan: Plan) -> Choose:
    choose = random_disturbances(plan.seed)

    def sparing(line: str, body: str) -> Disturbance:
        disturbance = choose(line, body)
        return (
            Disturbance.PASSED if line == "ThumbQueue" and disturbance is Disturbance.DROPPED else disturbance
        )

    return sparing if plan.hurried else choose


def _megabytes(everything: Running) -> float:
    return round(resident_bytes(everything.emulator.processes()) / 2**20, 1)


class _progress:  # noqa: N801 - used as a function
    """A bar with the rate, redrawn at every call."""

    def __init__(self, console: Console, soak: Soak) -> None:
        columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]
        self._progress = Progress(*columns, TextColumn("{task.fields[rate]}"), console=console)
        self._soak, self._started, self._said = soak, time.monotonic(), 0.0
        self._sent = self._progress.add_task("uploads", total=soak.plan.uploads, rate="")
        self._styled = self._progress.add_task("answers", total=soak.plan.uploads, rate="")

    def __enter__(self) -> Callable[[], None]:
        self._progress.start()
        return self._show

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def _show(self) -> None:
        sent, answers = len(self._soak.sent), len(self._soak.proxy.lines["DoneQueue"].bodies)
        elapsed = time.monotonic() - self._started
        self._progress.update(self._sent, completed=sent, rate=f"{sent / elapsed:.1f}/s")
        self._progress.update(self._styled, completed=answers, rate=f"{answers / elapsed:.1f}/s")
        if not self._progress.console.is_terminal and elapsed - self._said > 20:
            self._said = elapsed
            self._progress.console.print(
                f"{elapsed:5.0f} s  {sent} uploads  {answers} answers  {self._soak.sweeps}"
            )


def figures(soak: Soak, findings: Findings) -> dict[str, Any]:
    to_ready = seconds_to_ready(soak.everything, soak.sent) or [0.0]
    return {
        "machine": machine(),
        "uploads": len(soak.sent),
        "seconds": {name: round(value, 1) for name, value in soak.seconds.items()},
        "throughput_per_second": round(len(soak.sent) / soak.seconds["pushed"], 2),
        "seconds_to_ready": {"p50": round(median(to_ready), 2), "p99": round(_p99(to_ready), 2)},
        "memory_mb": soak.memory_mb,
        "messages": soak.proxy.disturbances(),
        "disturbed_share": round(soak.proxy.disturbed_share(), 3),
        "kills": soak.kills.count(),
        "requests_tried_again": soak.errors,
        "sweeper": soak.sweeps,
        **findings.figures,
        "audit": findings.lines,
    }


def _p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100)[-1] if len(values) > 1 else values[0]


def table(result: dict[str, Any]) -> Table:
    shown = Table(title=f"Soak of {result['uploads']:,} uploads")
    shown.add_column("audit")
    shown.add_column("breaches", justify="right")
    for line, breaches in result["audit"].items():
        shown.add_row(line, str(len(breaches)), style="red" if breaches else None)
    return shown


def main(
    uploads: Annotated[int, typer.Option(min=1, help="Photos to send.")] = 1000,
    window: Annotated[int, typer.Option(min=1, help="How far to run ahead of the endpoint.")] = 40,
    kill_every: Annotated[float, typer.Option(min=0, help="Seconds between kills; 0 for none.")] = 10.0,
    seed: Annotated[int, typer.Option(help="Of the pictures, the fates and the kills.")] = 1,
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = ROOT / "build/bench/soak.json",
) -> None:
    console = Console(soft_wrap=True)
    with running(parameters=PARAMETERS) as everything:
        result, findings = run(Plan(uploads, window, kill_every, seed), everything, console)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=2, default=str) + "\n")
    console.print(table(result))
    console.print_json(
        json.dumps({key: value for key, value in result.items() if key != "audit"}, default=str)
    )
    for line, breaches in findings.lines.items():
        for breach in breaches[:20]:
            console.print(f"{line}: {breach}", style="red", markup=False)
    sys.exit(0 if findings.clean else 1)


if __name__ == "__main__":
    typer.run(main)
