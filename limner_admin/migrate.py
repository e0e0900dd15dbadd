"""Bring the photos of earlier releases to the form of this one."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import boto3
import typer
from rich.progress import track

from limner.adapters.picture_hashes import DynamoDbPictureHashes
from limner.adapters.s3 import S3Objects
from limner.adapters.sdk import CONFIG
from limner.errors import InvalidRequest, LimnerError
from limner_admin import stack as stacks
from limner_admin.fill_lists import Filled, count_lacking, fill_lists
from limner_admin.migration import Migration, Moved, remove_former_hashes
from limner_admin.output import stderr, stdout
from limner_admin.stack import StackOption

TenantOfOption = Annotated[
    list[str] | None,
    typer.Option(help="SHOP=TENANT, for a shop whose name is no tenant's id; may be repeated."),
]
FromTableOption = Annotated[str, typer.Option(help="The former table, whose key is photo_id.")]
FromTableIfAnyOption = Annotated[
    str | None,
    typer.Option(help="The former table, whose key is photo_id; none where there are tenants already."),
]


def migrate(
    stack: StackOption,
    from_table: FromTableIfAnyOption = None,
    tenant_of: TenantOfOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and change nothing.")] = False,
) -> None:
    """Fill in what lists are sorted and filtered by, in rows that lack it. With a former table, first copy
    its rows and objects to the keys with tenants; what is copied from stays as it is.

    It can be interrupted and run again.
    """
    if from_table:
        _move(stack, from_table, tenant_of or [], dry_run=dry_run)
    table = stacks.table(stack, "PhotosTable")
    if dry_run:
        stdout.print(f"rows to fill {count_lacking(table)}", highlight=False)
        return
    filled = fill_lists(table)
    _print(filled)
    if filled[Filled.FAILED]:
        raise typer.Exit(1)


def _move(stack: str, from_table: str, tenant_of: list[str], *, dry_run: bool) -> None:
    migration = _migration(stack, from_table, _mapping(tenant_of))
    found = migration.check()
    _print(found)
    if not dry_run:
        _each(migration, migration.migrate, found.total())


def remove_former(
    stack: StackOption,
    from_table: FromTableOption,
    tenant_of: TenantOfOption = None,
    confirm: Annotated[str | None, typer.Option(help="The table's name again; or it is asked for.")] = None,
) -> None:
    """Delete migrated rows from the former table, and all versions of the objects under their former keys."""
    typed = confirm or typer.prompt(f"This cannot be undone. Type the table's name to empty {from_table}")
    if typed != from_table:
        raise InvalidRequest(f"{typed!r} is not {from_table!r}; nothing was deleted")
    migration = _migration(stack, from_table, _mapping(tenant_of or []))
    _each(migration, migration.remove, migration.check().total())
    count = remove_former_hashes(stacks.table(stack, "PictureHashesTable"))
    stdout.print(f"hashes removed {count}", highlight=False)


def _each(migration: Migration, change: Callable[[Mapping[str, Any]], Moved], total: int) -> None:
    """A row that fails is named and does not stop the others; the command ends with status 1 then."""
    outcomes: Counter[str] = Counter()
    for row in track(migration.rows(), description="photos", total=total, console=stderr):
        try:
            outcomes[change(row)] += 1
        except LimnerError as error:
            outcomes[Moved.FAILED] += 1
            stderr.print(f"{row.get('photo_id')}: {error.code}: {error}", markup=False, highlight=False)
    _print(outcomes)
    if outcomes[Moved.FAILED]:
        raise typer.Exit(1)


def _print(counts: Counter[str]) -> None:
    for name, count in sorted(counts.items()):
        stdout.print(f"{name} {count}", highlight=False)


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
