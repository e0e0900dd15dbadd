"""API keys: make, list, revoke, rotate. A key is shown once, on standard output, and stored as a hash."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from limner.adapters.api_keys import DynamoDbApiKeys
from limner.api_keys import ApiKey, NewKey, new_key, random_key, successor
from limner.identity import Scope
from limner.tenancy import paired_test_tenant
from limner.use_cases.identify import FIRST_ADMIN_KEY_ID
from limner_admin import stack as stacks
from limner_admin.output import stderr, stdout
from limner_admin.stack import StackOption

AUTHORIZER_CACHE_SECONDS = 60
"""`AuthorizerResultTtlInSeconds` of the template: how long API Gateway keeps an answer for a key."""
DEFAULT_OVERLAP_DAYS = 7
COLUMNS = ("key id", "tenant", "name", "scopes", "mode", "state", "created", "expires", "last use")

app = typer.Typer(add_completion=False, help=__doc__, no_args_is_help=True)
KeyIdArgument = Annotated[str, typer.Argument(help="The part of the key between its second and third _.")]


def _keys(stack: str) -> DynamoDbApiKeys:
    return DynamoDbApiKeys(stacks.table(stack, "ApiKeysTable"))


def _now() -> datetime:
    return datetime.now(UTC)


@app.command()
def create(
    *,
    tenant: Annotated[str, typer.Option(help="The tenant whose photos the key reads and writes.")],
    stack: StackOption,
    scope: Annotated[list[Scope], typer.Option(help="What the key may do; may be given several times.")],
    name: Annotated[str, typer.Option(help="What the key is for, shown in lists.")] = "",
    test: Annotated[bool, typer.Option("--test", help="A key lk_test_… of test_TENANT.")] = False,
    expires_days: Annotated[
        int | None, typer.Option(min=1, help="Days until it expires; without it, never.")
    ] = None,
) -> None:
    """Make a key of a tenant that exists and print it; it cannot be printed again. Keys of a tenant whose id
    begins with test_ begin with lk_test_."""
    lifetime = timedelta(days=expires_days) if expires_days is not None else None
    owner = paired_test_tenant(tenant) if test else tenant
    made = new_key(owner, scope, _now(), name=name, lifetime=lifetime)
    stacks.find_tenant(stack, owner)
    _keys(stack).add(made.stored)
    _show(made)


@app.command("first-admin")
def first_admin_key() -> None:
    """Make the first admin key of a stack that is not deployed yet; print it, and its hash for the stack."""
    key = random_key(livemode=True, key_id=FIRST_ADMIN_KEY_ID)
    typer.echo(key.text)
    stderr.print(f"deploy with FirstAdminKeyHash={key.hash}", highlight=False, soft_wrap=True)
    stderr.print("The key is not stored anywhere: keep it, and retire it once there is another admin key.")


@app.command("list")
def list_keys(
    stack: StackOption,
    tenant: Annotated[str | None, typer.Option(help="One tenant's keys; without it, those of all.")] = None,
) -> None:
    """List keys, oldest first."""
    table = Table(*COLUMNS)
    for key in _keys(stack).keys_of(tenant):
        table.add_row(*_cells(key, _now()))
    stdout.print(table)


@app.command()
def revoke(key_id: KeyIdArgument, stack: StackOption) -> None:
    """Refuse a key from now on."""
    _keys(stack).revoke(key_id, _now())
    stderr.print(f"{key_id} is revoked; the API refuses it within {AUTHORIZER_CACHE_SECONDS} seconds")


@app.command()
def rotate(
    key_id: KeyIdArgument,
    stack: StackOption,
    overlap_days: Annotated[
        int, typer.Option(min=0, help="Days for which the old key stays valid.")
    ] = DEFAULT_OVERLAP_DAYS,
) -> None:
    """Make a key with the same rights and print it; the old one expires after the overlap."""
    keys, now = _keys(stack), _now()
    made = successor(keys.get(key_id), now)
    keys.rotate(key_id, made.stored, now + timedelta(days=overlap_days))
    _show(made)
    stderr.print(f"{key_id} expires at {keys.get(key_id).expires_at:%Y-%m-%d %H:%M} UTC", highlight=False)


def _show(made: NewKey) -> None:
    typer.echo(made.text)
    stderr.print("The key is shown once. Its text cannot be had again; make another if it is lost.")


def _cells(key: ApiKey, now: datetime) -> tuple[str, ...]:
    return (
        key.key_id,
        key.tenant,
        escape(key.name),
        " ".join(key.scopes),
        "live" if key.livemode else "test",
        _state(key, now),
        f"{key.created_at:%Y-%m-%d}",
        f"{key.expires_at:%Y-%m-%d %H:%M}" if key.expires_at else "never",
        str(key.last_used_on or "never"),
    )


def _state(key: ApiKey, now: datetime) -> str:
    if problem := key.problem(now):
        return problem.name.lower()
    return f"replaced by {key.rotated_to}" if key.rotated_to else "valid"
