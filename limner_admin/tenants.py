"""Tenants: create, show, change, suspend and resume them, with their rules and attached buckets."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import boto3
import typer
from rich.table import Table

from limner.adapters.own_styles import DynamoDbOwnStyles
from limner.adapters.sdk import CONFIG, sdk_errors
from limner.adapters.tenants import DynamoDbAttachedPrefixes, DynamoDbTenants
from limner.attached_buckets import AttachedPrefix
from limner.bootstrap.tenants import first_tenant, require_styles
from limner.catalogue import catalogue
from limner.errors import InvalidRequest
from limner.looks import Look, Protection
from limner.settings import FirstTenantSettings
from limner.tenancy import is_live, paired_test_tenant
from limner.tenants import Retention, Rule, TenantPreferences, TenantSettings
from limner.use_cases.known_tenants import KEPT_SECONDS
from limner.use_cases.tenant_settings import ChangeSettings, CreateTenant
from limner_admin import stack as stacks
from limner_admin.output import stderr, stdout
from limner_admin.stack import StackOption

RECORD = ("tenant", "version", "changed_at", "changed_by")
"""Of the settings, what no command sets."""

TEST_RETENTION = Retention(originals_days=30, results_days=30)
"""Of new test tenants: nobody keeps what a test has made."""

app = typer.Typer(add_completion=False, help=__doc__, no_args_is_help=True)
rules = typer.Typer(add_completion=False, help="A tenant's rules, in order; the first that matches decides.")
app.add_typer(rules, name="rules")
TenantArgument = Annotated[str, typer.Argument(help="The tenant's id.")]
BucketArgument = Annotated[str, typer.Argument(help="A bucket of the tenant's.")]
PrefixArgument = Annotated[str, typer.Argument(help="With its slash at the end; empty for the whole bucket.")]
StyleOption = Annotated[list[str] | None, typer.Option(help="A style; may be given several times.")]


@dataclass(frozen=True)
class _Tenants:
    """The tenants of a stack, and whoever calls the command."""

    stack: str

    @property
    def repository(self) -> DynamoDbTenants:
        return DynamoDbTenants(stacks.table(self.stack, "TenantsTable"))

    @property
    def attached(self) -> DynamoDbAttachedPrefixes:
        return DynamoDbAttachedPrefixes(stacks.table(self.stack, "TenantsTable"))

    @property
    def first(self) -> TenantSettings:
        return first_tenant(stacks.parameters(self.stack, FirstTenantSettings))

    def find(self, tenant: str) -> TenantSettings:
        return stacks.find_tenant(self.stack, tenant)

    def create(self, tenant: str, preferences: TenantPreferences) -> TenantSettings:
        return CreateTenant(tenants=self.repository, catalogue=catalogue(), now=_now)(
            tenant, preferences, _caller()
        )

    def change(
        self, tenant: str, changes: Callable[[TenantSettings], dict[str, Any]], version: int | None = None
    ) -> None:
        before = self.find(tenant)
        styles = DynamoDbOwnStyles(stacks.table(self.stack, "TenantsTable"))
        change = ChangeSettings(
            find_tenant=self.find, tenants=self.repository, require_styles=require_styles(styles), now=_now
        )
        expected = before.version if version is None else version
        _report(change(tenant, changes(before), expected_version=expected, by=_caller()))


@app.command()
def create(
    tenant: TenantArgument,
    stack: StackOption,
    name: Annotated[str, typer.Option(help="For people; may be changed.")],
    style: StyleOption = None,
    with_test: Annotated[bool, typer.Option("--with-test", help="Create test_TENANT too.")] = False,
) -> None:
    """Create a tenant. Without styles it gets the looks of the stack's parameters. A tenant whose id begins
    with test_ is a test tenant (docs/how-to/test-mode.md)."""
    tenants = _Tenants(stack)
    looks = tuple(Look(styles={each: 1.0}) for each in style or ()) or tenants.first.looks
    for created in dict.fromkeys([tenant, paired_test_tenant(tenant)] if with_test else [tenant]):
        retention = Retention() if is_live(created) else TEST_RETENTION
        _report(tenants.create(created, TenantPreferences(name=name, looks=looks, retention=retention)))


@app.command("list")
def list_tenants(stack: StackOption) -> None:
    """List the tenants that have settings of their own."""
    table = Table("tenant", "mode", "name", "state", "version", "changed", "by")
    for settings in _Tenants(stack).repository.list():
        table.add_row(*_cells(settings))
    stdout.print(table)


@app.command()
def show(tenant: TenantArgument, stack: StackOption) -> None:
    """Print the settings as JSON, which `edit` reads."""
    typer.echo(json.dumps(_Tenants(stack).find(tenant).model_dump(mode="json"), indent=2, ensure_ascii=False))


@app.command()
def history(
    tenant: TenantArgument,
    stack: StackOption,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Number of versions.")] = 20,
) -> None:
    """Print former settings and those of today, newest first, as one line of JSON for each version."""
    for settings in _Tenants(stack).repository.history(tenant, before=None, limit=limit):
        typer.echo(settings.model_dump_json())


@app.command("set")
def set_values(
    tenant: TenantArgument,
    pairs: Annotated[list[str], typer.Argument(metavar="KEY VALUE...", help="`retention.results_days 90`.")],
    stack: StackOption,
) -> None:
    """Set fields of the settings. A value is JSON, or a text; a key may lead into a field (`quotas.jobs`)."""
    if len(pairs) % 2:
        raise InvalidRequest("set takes a value after every key")
    _Tenants(stack).change(tenant, lambda before: _with_values(before, pairs))


@app.command()
def edit(
    tenant: TenantArgument,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="As `show` prints it.")],
    stack: StackOption,
) -> None:
    """Replace the settings by a file's, unless they have been changed since the file's version."""
    settings = TenantSettings.model_validate_json(file.read_text("utf-8"))
    if settings.tenant != tenant:
        raise InvalidRequest(f"{file} has the settings of tenant {settings.tenant}")
    changes = settings.model_dump(exclude=set(RECORD))
    _Tenants(stack).change(tenant, lambda _: changes, settings.version)


@app.command()
def suspend(tenant: TenantArgument, stack: StackOption) -> None:
    """Accept nothing more of the tenant's: no order, no upload, no call. What it has is kept."""
    _Tenants(stack).change(tenant, lambda _: {"is_suspended": True})


@app.command()
def resume(tenant: TenantArgument, stack: StackOption) -> None:
    """End the suspension."""
    _Tenants(stack).change(tenant, lambda _: {"is_suspended": False})


@app.command()
def attach(
    tenant: TenantArgument, bucket: BucketArgument, stack: StackOption, prefix: PrefixArgument = ""
) -> None:
    """Style what is put under a prefix of the tenant's own bucket (docs/how-to/attach-a-bucket.md)."""
    tenants = _Tenants(stack)
    if not is_live(tenants.find(tenant).tenant):
        raise InvalidRequest("a test tenant has no attached buckets; it uploads its photos")
    tenants.attached.attach(AttachedPrefix(bucket=bucket, prefix=prefix, tenant=tenant))
    stderr.print(f"s3://{bucket}/{prefix} is attached to {tenant}; {_WITHIN}", highlight=False)


@app.command()
def detach(
    tenant: TenantArgument, bucket: BucketArgument, stack: StackOption, prefix: PrefixArgument = ""
) -> None:
    """End that. Photos that were made stay."""
    _Tenants(stack).attached.detach(AttachedPrefix(bucket=bucket, prefix=prefix, tenant=tenant))
    stderr.print(f"s3://{bucket}/{prefix} is not attached to {tenant}; {_WITHIN}", highlight=False)


@app.command()
def attached(tenant: TenantArgument, stack: StackOption) -> None:
    """List the tenant's attached prefixes."""
    for one in _Tenants(stack).attached.of_tenant(tenant):
        typer.echo(f"s3://{one.bucket}/{one.prefix}")


@rules.command("list")
def list_rules(tenant: TenantArgument, stack: StackOption) -> None:
    """List the rules with their numbers, as JSON."""
    for number, rule in enumerate(_Tenants(stack).find(tenant).rules, 1):
        typer.echo(f"{number} {rule.model_dump_json(exclude_defaults=True)}")


@rules.command("add")
def add_rule(
    tenant: TenantArgument,
    stack: StackOption,
    *,
    prefix: Annotated[str | None, typer.Option(help="Of the path below the tenant's: shoes/.")] = None,
    tag: Annotated[str | None, typer.Option(help="One of x-amz-meta-tags.")] = None,
    category: Annotated[str | None, typer.Option(help="x-amz-meta-category.")] = None,
    style: StyleOption = None,
    strength: Annotated[float | None, typer.Option(min=0, max=1)] = None,
    protection: Annotated[Protection | None, typer.Option()] = None,
    enhance: Annotated[bool | None, typer.Option("--enhance/--no-enhance")] = None,
    at: Annotated[int | None, typer.Option(min=1, help="Its number; without it, the last.")] = None,
) -> None:
    """Add a rule: other looks for uploads that fulfil all given conditions."""
    rule = Rule(
        prefix=prefix,
        tag=tag,
        category=category,
        looks=tuple(Look(styles={each: 1.0}) for each in style or ()),
        strength=strength,
        protection=protection,
        enhance=enhance,
    )

    def added(before: TenantSettings) -> dict[str, Any]:
        place = len(before.rules) if at is None else at - 1
        return {"rules": (*before.rules[:place], rule, *before.rules[place:])}

    _Tenants(stack).change(tenant, added)


@rules.command("remove")
def remove_rule(
    tenant: TenantArgument,
    number: Annotated[int, typer.Argument(min=1, help="As `rules list` prints it.")],
    stack: StackOption,
) -> None:
    """Remove a rule."""

    def removed(before: TenantSettings) -> dict[str, Any]:
        if number > len(before.rules):
            raise InvalidRequest(f"there are {len(before.rules)} rules")
        return {"rules": (*before.rules[: number - 1], *before.rules[number:])}

    _Tenants(stack).change(tenant, removed)


_WITHIN = f"functions know it within {KEPT_SECONDS} seconds"


def _now() -> datetime:
    return datetime.now(UTC)


def _caller() -> str:
    """The ARN of whoever calls, for the history."""
    with sdk_errors("finding who is calling"):
        return str(boto3.client("sts", config=CONFIG).get_caller_identity()["Arn"])


def _with_values(before: TenantSettings, pairs: list[str]) -> dict[str, Any]:
    fields = before.model_dump(mode="json", exclude=set(RECORD))
    for key, text in zip(pairs[::2], pairs[1::2], strict=True):
        place, *inner = key.split(".", 1)
        if place not in fields or (inner and not isinstance(fields[place], dict)):
            raise InvalidRequest(f"{key}: settings have {', '.join(fields)}")
        if inner:
            fields[place][inner[0]] = _value(text)
        else:
            fields[place] = _value(text)
    return fields


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _report(settings: TenantSettings) -> None:
    typer.echo(f"{settings.tenant} version {settings.version}")
    stderr.print(_WITHIN)


def _cells(settings: TenantSettings) -> tuple[str, ...]:
    return (
        settings.tenant,
        "live" if is_live(settings.tenant) else "test",
        settings.name,
        "suspended" if settings.is_suspended else "active",
        str(settings.version),
        f"{settings.changed_at:%Y-%m-%d %H:%M}",
        settings.changed_by,
    )
