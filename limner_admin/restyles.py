"""Looks for millions of photos that are there, by workers on AWS Batch."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import boto3
import typer
from rich.table import Table

from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.inventory import MANIFEST_NAME, S3Inventory
from limner.adapters.own_styles import DynamoDbOwnStyles
from limner.adapters.s3 import S3Objects
from limner.adapters.sdk import CONFIG, sdk_errors
from limner.adapters.step_functions import RestyleExecutions
from limner.adapters.usage import DynamoDbUsage
from limner.bootstrap.tenants import require_styles
from limner.costs import MICRO_USD_PER_USD, cost_model
from limner.keys import split_s3_uri
from limner.looks import Look, Protection
from limner.restyles.errors import RestyleProblem, RestyleRefused
from limner.restyles.estimates import RestyleEstimate
from limner.restyles.manifest import ManifestReader
from limner.restyles.restyle import MAX_PHOTOS_IN_A_CHUNK, PHOTOS_IN_A_CHUNK, RestyleKey, RestyleObjects
from limner.restyles.settings import RestyleParameters
from limner.use_cases.manage_restyles import (
    EstimateRestyle,
    PauseRestyle,
    RestyleProgress,
    ResumeRestyle,
    ShowRestyle,
    StartRestyle,
)
from limner_admin import stack as stacks
from limner_admin.output import stderr, stdout
from limner_admin.stack import StackOption

MANIFEST_ENCODING = "utf-8-sig"
"""With or without the byte order mark that spreadsheets write."""

app = typer.Typer(add_completion=False, help=__doc__, no_args_is_help=True)

TenantArgument = Annotated[str, typer.Argument(help="The tenant's id.")]
RestyleArgument = Annotated[str, typer.Argument(help="The restyle's id.")]
ManifestOption = Annotated[
    str, typer.Option(help="A CSV file, or manifest.json of S3 Inventory: a path, or s3://bucket/key.")
]
StyleOption = Annotated[list[str], typer.Option(help="A style's id; several times for several looks.")]
StrengthOption = Annotated[float, typer.Option(min=0, max=1, help="Of each look.")]
ProtectOption = Annotated[Protection, typer.Option(help="What the styles leave unchanged.")]
EnhanceOption = Annotated[bool, typer.Option(help="Correct light, colour and noise first.")]


@app.callback()
def restyles() -> None:
    """Looks for millions of photos that are there, by workers on AWS Batch."""


@app.command()
def estimate(
    tenant: TenantArgument,
    *,
    manifest: ManifestOption,
    style: StyleOption,
    stack: StackOption,
    strength: StrengthOption = 1.0,
    protect: ProtectOption = Protection.SOFT,
    enhance: EnhanceOption = True,
) -> None:
    """Say what a restyle would take: photos, pictures, hours, money. Nothing is ordered."""
    looks = _looks(style, strength, protect, enhance)
    with _ids(tenant, manifest, stack) as (reader, ids):
        found = _estimate(stack)(reader, ids, looks)
    stdout.print(estimate_table(tenant, found, _parameters(stack).workers))


@app.command()
def start(
    tenant: TenantArgument,
    *,
    manifest: ManifestOption,
    style: StyleOption,
    stack: StackOption,
    budget_usd: Annotated[float, typer.Option(min=0, help="An estimate above it is refused.")],
    strength: StrengthOption = 1.0,
    protect: ProtectOption = Protection.SOFT,
    enhance: EnhanceOption = True,
    chunk_photos: Annotated[
        int, typer.Option(min=1, max=MAX_PHOTOS_IN_A_CHUNK, help="Photos that one container does.")
    ] = PHOTOS_IN_A_CHUNK,
) -> None:
    """Estimate a restyle and begin it; print its id."""
    looks = _looks(style, strength, protect, enhance)
    with _ids(tenant, manifest, stack) as (reader, ids):
        found = _estimate(stack)(reader, ids, looks)
    stderr.print(estimate_table(tenant, found, _parameters(stack).workers))
    begin = StartRestyle(
        objects=_objects(stack), workflow=_executions(stack), new_id=lambda: uuid4().hex, now=_now
    )
    with _ids(tenant, manifest, stack) as (_, ids):
        restyle = begin(tenant, looks, ids, found, budget_usd=budget_usd, photos_in_a_chunk=chunk_photos)
    stdout.print(restyle.restyle_id, highlight=False)


@app.command()
def pause(tenant: TenantArgument, restyle_id: RestyleArgument, stack: StackOption) -> None:
    """Order no more chunks. Those that were ordered are finished: RestyleConcurrency at most, also those that
    still wait for an instance."""
    PauseRestyle(objects=_objects(stack))(RestyleKey(tenant, restyle_id))


@app.command()
def resume(tenant: TenantArgument, restyle_id: RestyleArgument, stack: StackOption) -> None:
    """Go on with what is not done: after a pause, or after an execution that has failed."""
    ResumeRestyle(objects=_objects(stack), workflow=_executions(stack))(RestyleKey(tenant, restyle_id))


@app.command()
def show(tenant: TenantArgument, restyle_id: RestyleArgument, stack: StackOption) -> None:
    """Show how far a restyle is, and what has come of its photos."""
    progress = ShowRestyle(objects=_objects(stack), workflow=_executions(stack))(
        RestyleKey(tenant, restyle_id)
    )
    stdout.print(progress_table(progress))


def estimate_table(tenant: str, found: RestyleEstimate, workers: int) -> Table:
    table = Table("what", "amount", title=f"Restyle of {tenant}, estimated by {found.sampled} photos")
    share = 100 / found.sampled
    for what, amount in (
        ("rows", f"{found.rows:,}"),
        ("rows that name no photo of the tenant", f"{found.others:,}"),
        ("of the others: without pictures, or erased", f"{found.missing * share:.0f} %"),
        ("of the others: have the looks", f"{found.made * share:.0f} %"),
        ("pictures to make", f"{found.pictures:,}"),
        ("hours of an instance", f"{found.hours(1):,.1f}"),
        (f"hours with {workers} workers", f"{found.hours(workers):,.1f}"),
        ("US dollars", f"{found.micro_usd / MICRO_USD_PER_USD:,.2f}"),
    ):
        table.add_row(what, amount)
    return table


def progress_table(progress: RestyleProgress) -> Table:
    state = "finished" if progress.is_finished else "running" if progress.is_running else "not running"
    title = f"{progress.restyle.restyle_id}: {state}{', paused' if progress.is_paused else ''}"
    table = Table("what", "photos", title=title)
    table.add_row("in the manifest", f"{progress.restyle.photos:,}")
    done = f"in {progress.done:,} of {progress.restyle.chunks:,} chunks, done"
    table.add_row(done, f"{sum(progress.outcomes.values()):,}")
    for outcome, photos in sorted(progress.outcomes.items()):
        table.add_row(str(outcome), f"{photos:,}")
    return table


@contextmanager
def _ids(tenant: str, manifest: str, stack: str) -> Iterator[tuple[ManifestReader, Iterator[str]]]:
    """A reader, and the ids that it reads."""
    reader = ManifestReader(tenant, stacks.physical_id(stack, "UploadsBucket"))
    client: Any = boto3.client("s3", config=CONFIG)
    if not manifest.startswith("s3://"):
        with Path(manifest).open(encoding=MANIFEST_ENCODING, newline="") as lines:
            yield reader, reader.of_csv(lines)
        return
    bucket, key = split_s3_uri(manifest)
    if key.rpartition("/")[2] == MANIFEST_NAME:
        inventory = S3Inventory(client, source=reader.uploads_bucket, destination=bucket)
        rows = inventory.rows(key)
        yield reader, reader.of_keys(listed.key for _, listed in rows)
        return
    with sdk_errors(f"reading {manifest}"):
        body = client.get_object(Bucket=bucket, Key=key)["Body"]
        yield reader, reader.of_csv(io.TextIOWrapper(body, MANIFEST_ENCODING, newline=""))


def _looks(styles: list[str], strength: float, protect: Protection, enhance: bool) -> tuple[Look, ...]:
    options: dict[str, Any] = {"strength": strength, "protection": protect, "enhance": enhance}
    return tuple(Look(styles={style: 1.0}, **options) for style in dict.fromkeys(styles))


def _estimate(stack: str) -> EstimateRestyle:
    tenants = stacks.table(stack, "TenantsTable")
    usage = DynamoDbUsage(stacks.table(stack, "UsageTable"))
    return EstimateRestyle(
        photos=DynamoDbPhotos(stacks.table(stack, "PhotosTable"), usage),
        costs=cost_model(),
        bulk_instance_type=_parameters(stack).priced_type,
        require_styles=require_styles(DynamoDbOwnStyles(tenants)),
    )


def _parameters(stack: str) -> RestyleParameters:
    """Raises RestyleRefused where the stack has no workers."""
    found = stacks.parameters(stack, RestyleParameters)
    if not found.bulk_subnets:
        message = f"the stack {stack} has no workers: deploy it with BulkSubnets"
        raise RestyleRefused(RestyleProblem.NO_WORKERS, message)
    return found


def _objects(stack: str) -> RestyleObjects:
    return RestyleObjects(
        S3Objects(boto3.client("s3", config=CONFIG)), stacks.physical_id(stack, "ResultsBucket")
    )


def _executions(stack: str) -> RestyleExecutions:
    return RestyleExecutions(
        boto3.client("stepfunctions", config=CONFIG),
        state_machine=stacks.physical_id(stack, "RestyleMachine"),
        now=_now,
    )


def _now() -> datetime:
    return datetime.now(UTC)
