"""Caps of tenants, and what is used of them. A tenant's caps are set with its settings (`tenants set`)."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from limner.adapters.tenants import DynamoDbTenants
from limner.adapters.usage import DynamoDbUsage
from limner.costs import MICRO_USD_PER_USD
from limner.errors import TenantNotFound
from limner.quotas import Quotas, Usage
from limner.settings import QuotaSettings
from limner_admin import stack as stacks
from limner_admin.output import stdout
from limner_admin.stack import StackOption

PIXELS_PER_MEGAPIXEL = 1_000_000

app = typer.Typer(add_completion=False, help=__doc__, no_args_is_help=True)


@app.callback()
def quotas() -> None:
    """Caps of tenants, and what is used of them."""


@app.command()
def show(
    tenant: Annotated[str, typer.Argument(help="The tenant's id.")],
    stack: StackOption,
    key_id: Annotated[str | None, typer.Option(help="Show the orders of this API key too.")] = None,
) -> None:
    """Show what a tenant has used of its caps today, in this month, and now."""
    caps = caps_of(tenant, stack)
    usage = DynamoDbUsage(stacks.table(stack, "UsageTable"))
    stdout.print(usage_table(tenant, caps, usage.read(tenant, caps, datetime.now(UTC), key_id), key_id))


def caps_of(tenant: str, stack: str) -> Quotas:
    """The tenant's own caps, over those of the stack's parameters."""
    default = stacks.parameters(stack, QuotaSettings).default_quotas
    with suppress(TenantNotFound):
        return DynamoDbTenants(stacks.table(stack, "TenantsTable")).get(tenant).quotas_over(default)
    return default


def usage_table(tenant: str, caps: Quotas, usage: Usage, key_id: str | None) -> Table:
    table = Table("what", "used", "cap", "window", title=f"Usage of {tenant}")
    rows: list[tuple[str, float, float, str]] = [
        ("orders", usage.orders, caps.orders_per_day, "today (UTC)"),
        ("looks", usage.looks, caps.looks_per_day, "today (UTC)"),
        ("bytes", usage.bytes, caps.bytes_per_day, "today (UTC)"),
        ("megapixels", usage.pixels / PIXELS_PER_MEGAPIXEL, caps.megapixels_per_day, "today (UTC)"),
        ("US dollars, estimated", usage.micro_usd / MICRO_USD_PER_USD, caps.monthly_budget_usd, "this month"),
        ("jobs in flight", usage.jobs, caps.concurrent_jobs, "now"),
    ]
    if key_id:
        rows.insert(
            1, (f"orders of key {key_id}", usage.key_orders, caps.orders_per_key_per_day, "today (UTC)")
        )
    for what, used, cap, window in rows:
        table.add_row(what, f"{used:,.2f}".removesuffix(".00"), f"{cap:,}", window)
    return table
