"""Erase a photo or a whole tenant for good, and read the audit log of what was erased."""

from datetime import UTC, datetime
from typing import Annotated, Any

import boto3
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from limner.adapters.audit import DynamoDbAudit, DynamoDbTenantErasures
from limner.adapters.cloudfront import CloudFrontEdge
from limner.adapters.dynamodb_erasures import DynamoDbErasures
from limner.adapters.picture_hashes import DynamoDbPictureHashes
from limner.adapters.s3 import S3Objects
from limner.adapters.sdk import CONFIG, sdk_errors
from limner.adapters.sqs import QueuedErasures
from limner.adapters.tenant_records import DynamoDbTenantRecords
from limner.adapters.usage import DynamoDbUsage
from limner.erasure import MAX_IN_FLIGHT, TenantErasure
from limner.errors import InvalidRequest
from limner.tenancy import PhotoKey
from limner.use_cases.erase_photo import ErasePhoto
from limner.use_cases.erase_tenant import EraseTenant
from limner.use_cases.request_erasure import RequestErasure
from limner_admin import stack as stacks
from limner_admin.output import stderr, stdout
from limner_admin.stack import StackOption

TENANT_RECORDS = (
    ("ApiKeysTable", "API keys", "tenant"),
    ("TenantsTable", "settings", "tenant"),
    ("TenantsTable", "attached prefixes", "owner"),
    ("UsageTable", "usage", "counter"),
    ("WebhooksTable", "webhooks", "tenant"),
    ("CampaignsTable", "campaigns", "campaign_key"),
    ("RequestsTable", "requests", "request_key"),
    ("RecommendationsTable", "recommendations", "subject"),
)
"""Tables with items of tenants besides photos, what they hold, and the attribute that says whose it is. Keys
come first: without them nobody adds photos while the others are erased."""

app = typer.Typer(add_completion=False, help=__doc__, no_args_is_help=True)
TenantArgument = Annotated[str, typer.Argument(help="The tenant's id.")]


@app.command()
def photo(
    tenant: TenantArgument,
    photo_id: Annotated[str, typer.Argument(help="The photo's id.")],
    stack: StackOption,
) -> None:
    """Erase one photo: it is hidden at once, and the stack's eraser does the rest."""
    request = RequestErasure(
        erasures=DynamoDbErasures(
            stacks.table(stack, "PhotosTable"), DynamoDbUsage(stacks.table(stack, "UsageTable"))
        ),
        queue=QueuedErasures(
            boto3.client("sqs", config=CONFIG), queue_url=stacks.physical_id(stack, "EraseQueue")
        ),
        now=_now,
        in_flight=MAX_IN_FLIGHT,
    )
    erasure = request(PhotoKey(tenant, photo_id), _caller())
    stderr.print(f"being erased; the last check is at {_time(erasure.last_check_at)}", highlight=False)


@app.command()
def tenant(
    tenant: TenantArgument,
    stack: StackOption,
    confirm: Annotated[
        str | None, typer.Option(help="The tenant's id again; without it, it is asked for.")
    ] = None,
) -> None:
    """Erase a tenant: keys, settings, usage, all photos and pictures. It can be interrupted and run again."""
    typed = confirm or typer.prompt(f"This cannot be undone. Type the tenant's id to erase {tenant}")
    if typed != tenant:
        raise InvalidRequest(f"{typed!r} is not {tenant!r}; nothing was erased")
    erase = _erase_tenant(stack)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=stderr) as bars:
        tasks: dict[str, Any] = {}
        for each in erase(tenant, _caller()):
            if each.step not in tasks:
                tasks[each.step] = bars.add_task(each.step, total=each.total)
            bars.update(tasks[each.step], completed=each.done, total=each.total)
    stderr.print(_state(tenant, erase.tenants.find(tenant)), highlight=False)


@app.command("log")
def show_log(tenant: TenantArgument, stack: StackOption) -> None:
    """The audit log of a tenant, oldest first."""
    table = Table("requested", "by", "what", "id", "ended", "counts")
    for entry in DynamoDbAudit(stacks.table(stack, "AuditTable")).entries(tenant):
        counts = ", ".join(f"{count} {name}" for name, count in entry.counts.items())
        table.add_row(
            _time(entry.requested_at),
            entry.requested_by,
            entry.action,
            entry.subject,
            _time(entry.finished_at),
            counts,
        )
    stdout.print(table)


def _erase_tenant(stack: str) -> EraseTenant:
    audit_table = stacks.table(stack, "AuditTable")
    existing = _resource_names(stack)
    return EraseTenant(
        photos=ErasePhoto(
            erasures=DynamoDbErasures(
                stacks.table(stack, "PhotosTable"), DynamoDbUsage(stacks.table(stack, "UsageTable"))
            ),
            objects=S3Objects(boto3.client("s3", config=CONFIG)),
            hashes=DynamoDbPictureHashes(stacks.table(stack, "PictureHashesTable")),
            audit=DynamoDbAudit(audit_table),
            edge=CloudFrontEdge(
                boto3.client("cloudfront", config=CONFIG),
                stacks.physical_id(stack, "Distribution") if "Distribution" in existing else "",
            ),
            now=_now,
            uploads_bucket=stacks.physical_id(stack, "UploadsBucket"),
            results_bucket=stacks.physical_id(stack, "ResultsBucket"),
        ),
        tenants=DynamoDbTenantErasures(audit_table),
        records=[
            DynamoDbTenantRecords(name, stacks.table(stack, logical_id), attribute)
            for logical_id, name, attribute in TENANT_RECORDS
            if logical_id in existing
        ],
        in_flight=MAX_IN_FLIGHT,
    )


def _resource_names(stack: str) -> set[str]:
    pages = boto3.client("cloudformation", config=CONFIG).get_paginator("list_stack_resources")
    with sdk_errors(f"listing the resources of the stack {stack}"):
        found = [page["StackResourceSummaries"] for page in pages.paginate(StackName=stack)]
    return {str(resource["LogicalResourceId"]) for page in found for resource in page}


def _state(tenant: str, erasure: TenantErasure | None) -> str:
    if erasure is None:
        return f"{tenant} is erased; nothing is left of it but the audit log"
    when = max(erasure.last_check_at, _now())
    return (
        f"what there was of {tenant} is erased; run this again after {_time(when)}:"
        " until then, what was under way may still write"
    )


def _caller() -> str:
    """The id of the IAM user or role: no name, and without the name of a session."""
    with sdk_errors("asking who calls"):
        user_id = boto3.client("sts", config=CONFIG).get_caller_identity()["UserId"]
    return f"aws:{str(user_id).partition(':')[0]}"


def _now() -> datetime:
    return datetime.now(UTC)


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
