"""Move the photos of a stack without tenants."""

import time
from collections import Counter
from typing import Annotated

import boto3
import typer
from rich.progress import track

from limner.adapters.picture_hashes import DynamoDbPictureHashes
from limner.adapters.s3 import S3Objects
from limner.adapters.sdk import CONFIG
from limner.errors import InvalidRequest, LimnerError
from limner_admin import stack as stacks
from limner_admin.migration import Migration, Moved
from limner_admin.output import stderr, stdout
from limner_admin.stack import StackOption


def migrate(
    stack: StackOption,
    from_table: Annotated[
        str, typer.Option(help="The former table, whose key is photo_id; it is not changed.")
    ],
    tenant_of: Annotated[
        list[str] | None,
        typer.Option(help="SHOP=TENANT, for a shop whose name is no tenant's id; may be repeated."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and change nothing.")] = False,
) -> None:
    """Copy rows and objects of a stack without tenants to the keys with tenants.

    It can be interrupted and run again. What it copies from stays as it is.
    """
    migration = _migration(stack, from_table, _mapping(tenant_of or []))
    found = migration.check()
    for name, count in sorted(found.items()):
        stdout.print(f"{name} {count}", highlight=False)
    if dry_run:
        return
    outcomes = _migrate_all(migration, found.total())
    for outcome, count in sorted(outcomes.items()):
        stdout.print(f"{outcome} {count}", highlight=False)
    if outcomes[Moved.FAILED]:
        raise typer.Exit(1)


def _migrate_all(migration: Migration, total: int) -> Counter[Moved]:
    """A row that fails is named and does not stop the others."""
    outcomes: Counter[Moved] = Counter()
    for row in track(migration.rows(), description="photos", total=total, console=stderr):
        try:
            outcomes[migration.migrate(row)] += 1
        except LimnerError as error:
            outcomes[Moved.FAILED] += 1
            stderr.print(f"{row.get('photo_id')}: {error.code}: {error}", markup=False, highlight=False)
    return outcomes


def _migration(stack: str, from_table: str, tenants: dict[str, str]) -> Migration:
    s3 = boto3.client("s3", config=CONFIG)
    return Migration(
        former_table=boto3.resource("dynamodb", config=CONFIG).Table(from_table),
        table=stacks.table(stack, "PhotosTable"),
        s3=s3,
        objects=S3Objects(s3),
        hashes=DynamoDbPictureHashes(stacks.table(stack, "PictureHashesTable")),
        tenants=tenants,
        uploads_bucket=stacks.physical_id(stack, "UploadsBucket"),
        results_bucket=stacks.physical_id(stack, "ResultsBucket"),
        due_at=int(time.time()),
    )


def _mapping(given: list[str]) -> dict[str, str]:
    """Raises InvalidRequest."""
    pairs = [text.partition("=") for text in given]
    if malformed := [shop for shop, separator, tenant in pairs if not (shop and separator and tenant)]:
        raise InvalidRequest(f"--tenant-of takes SHOP=TENANT, not {malformed[0]!r}")
    return {shop: tenant for shop, _, tenant in pairs}
