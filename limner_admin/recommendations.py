"""What other choices of looks would have brought, from the log of a tenant's recommendations."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from limner.adapters.recommendation_log import DynamoDbRecommendationLog
from limner.recommendation.offline import LoggedVisit, Value, always, evaluate
from limner_admin import stack as stacks
from limner_admin.output import stdout
from limner_admin.stack import StackOption

app = typer.Typer(add_completion=False, help=__doc__, no_args_is_help=True)


@app.callback()
def recommendations() -> None:
    """What other choices of looks would have brought, from the log of a tenant's recommendations."""


@app.command()
def estimate(
    tenant: Annotated[str, typer.Argument(help="The tenant's id.")],
    stack: StackOption,
    days: Annotated[int, typer.Option(min=1, max=90, help="Days of the log, today included.")] = 28,
) -> None:
    """Estimate the reward of a visit if every visitor were shown the same look."""
    today = datetime.now(UTC).date()
    listed = [today - timedelta(days=number) for number in range(days)]
    log = DynamoDbRecommendationLog(stacks.table(stack, "RecommendationsTable"))
    visits = list(log.visits(tenant, listed))
    if not visits:
        stdout.print(f"no recommendations of {tenant} in {days} days", markup=False)
        return
    stdout.print(estimates_table(tenant, visits))


def estimates_table(tenant: str, visits: list[LoggedVisit]) -> Table:
    table = Table(
        "look", "inverse propensity", "doubly robust", title=f"Rewards of a visit, {len(visits)} of {tenant}"
    )
    shown = sum(visit.reward for visit in visits) / len(visits)
    table.add_row("as recommended", f"{shown:.4f}", "")
    for arm in sorted({arm for visit in visits for arm in visit.offered}):
        found = evaluate(visits, always(arm))
        table.add_row(arm, _interval(found.inverse_propensity), _interval(found.doubly_robust))
    return table


def _interval(value: Value) -> str:
    return f"{value.mean:.4f} ({value.low:.4f} to {value.high:.4f})"
