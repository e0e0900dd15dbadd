"""A simulation of the whole chain: from uploads to READY, in loads from 100,000 to ten million photos a day.

    python -m benchmarks.service.simulation [--charts DIR] [--document docs/scale.md] [--out F.json]
    python -m benchmarks.service.simulation --size 3000000 --accepted-wait 30     (parameters for a load)
    python -m benchmarks.service.simulation --local          (beside the local stack; some minutes)

Simulated time (simpy), seven plans of scenarios.py: the queues with the concurrency of their mappings,
tenants' lines, the endpoint with its scaling policies, failed invocations and the sweeper. Constants with
their sources are in figures.toml, limits in limits.toml. docs/scale.md says what follows from the figures.
"""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from limner.costs import prices
from local.aws.running import ROOT

from ...shared.machine import machine
from ...shared.report import print_tables, write_json
from . import local_check
from .charts import write_chart
from .document import BURST_COLUMNS, LIMIT_COLUMNS, SCENARIO_COLUMNS, most_used, renewed, shown
from .figures import Figures, described, figures
from .plan import StackParameters
from .run import run
from .scenarios import ACCEPTED_WAIT_SECONDS, MILLION, bursts, scenarios
from .sizing import first_to_break, limits, sized

INSTANCE_TYPE = "ml.g4dn.xlarge"
LOADS_A_DAY = (100_000, MILLION, 10 * MILLION, 100 * MILLION)


def simulate(
    constants: Figures, ticket_seconds: float, scale: float, charts: Path | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Figures of each scenario and of each burst."""
    usd_per_hour = prices().instance(INSTANCE_TYPE)
    rows: list[list[dict[str, Any]]] = [[], []]
    for plans, into in zip(
        (scenarios(constants, ticket_seconds, scale), bursts(constants, ticket_seconds)), rows, strict=True
    ):
        for plan in plans:
            began = time.monotonic()
            outcome = run(plan)
            into.append(outcome.figures(usd_per_hour) | {"parameters": asdict(plan.stack)})
            if charts and into is rows[0]:
                write_chart(outcome, charts / f"{_file_name(plan.name)}.svg")
            print(f"{plan.name}: {outcome.uploaded:,} photos in {time.monotonic() - began:.0f} s")
    return rows[0], rows[1]


def limits_rows(constants: Figures, ticket_seconds: float) -> list[dict[str, Any]]:
    """For each load, what it takes of each limit at the busiest hour, the most used one first."""
    return [
        {
            "photos_per_day": photos,
            "limit": limits()[name].what,
            "demand": demand,
            "of": limits()[name].limit,
            "unit": limits()[name].unit,
            "share": share,
            "remedy": limits()[name].remedy,
        }
        for photos in LOADS_A_DAY
        for name, demand, share in first_to_break(photos, constants, ticket_seconds)
    ]


def result_table(title: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(*columns.values(), title=title)
    for row in rows:
        table.add_row(*[shown(name, row[name]) for name in columns])
    return table


def parameters_table(stack: StackParameters) -> Table:
    table = Table("parameter of template.yaml", "value", title="For the busiest hour")
    first, last = stack.open_hours
    for name, value in {
        "RouterConcurrency": stack.router_concurrency,
        "ThumbnailerConcurrency": stack.thumbnailer_concurrency,
        "RecorderConcurrency": stack.recorder_concurrency,
        "StylizerMaxInstances": stack.max_instances,
        "StylizerTargetBacklog": f"{stack.target_backlog:g}",
        "ShopHoursMinInstances": stack.open_min_instances,
        "ShopHoursBegin": f"cron(0 {first} * * ? *)",
        "ShopHoursEnd": f"cron(0 {last} * * ? *)",
    }.items():
        table.add_row(name, str(value))
    return table


def local_table(result: dict[str, Any]) -> Table:
    title = f"{result['photos']} photos of one seller, {result['engine_seconds']:g} s of the engine each"
    table = Table("", "measured", "simulated", "difference", title=title)
    for name, real in result["measured"].items():
        difference = result["relative_differences"][name]
        table.add_row(name, f"{real:.1f}", f"{result['simulated'][name]:.1f}", f"{difference:+.0%}")
    return table


def main(  # noqa: PLR0917 - the options
    ticket_seconds: Annotated[
        float | None, typer.Option(min=0.01, help="Of a photo in the container.")
    ] = None,
    scale: Annotated[float, typer.Option(min=0.0001, max=1.0, help="Share of the photos.")] = 1.0,
    charts: Annotated[Path | None, typer.Option(help="Folder for an SVG of each scenario.")] = None,
    document: Annotated[Path | None, typer.Option(help="Markdown file whose tables are renewed.")] = None,
    size: Annotated[float | None, typer.Option(min=1, help="Print parameters for so many a day.")] = None,
    accepted_wait: Annotated[float, typer.Option(min=0.1, help="Seconds at the endpoint.")] = (
        ACCEPTED_WAIT_SECONDS
    ),
    local: Annotated[bool, typer.Option("--local", help="Compare with the local stack.")] = False,
    local_photos: Annotated[int, typer.Option(min=10, help="Of the burst on the local stack.")] = 100,
    out: Annotated[Path, typer.Option(help="JSON file to write.")] = ROOT / "build/bench/simulation.json",
) -> None:
    """Exits with 1 if, with --local, a figure of the simulation is more than 20 % off."""
    constants = figures()
    seconds = ticket_seconds or constants.gpu_ticket_seconds
    if size:
        print_tables(parameters_table(sized(size, constants, seconds, accepted_wait)))
        return
    if local:
        result = local_check.check(local_photos, ticket_seconds or 1.0, constants)
        print_tables(local_table(result))
        write_json(out, result | {"machine": machine()})
        raise typer.Exit(0 if result["within_tolerance"] else 1)
    scenario_rows, burst_rows = simulate(constants, seconds, scale, charts)
    limit_rows = limits_rows(constants, seconds)
    limit_columns = {name: label for name, label in LIMIT_COLUMNS.items() if name != "remedy"}
    print_tables(
        result_table("Simulated; ages are the greatest of the run", SCENARIO_COLUMNS, scenario_rows),
        result_table("200 photos of one seller, the endpoint asleep", BURST_COLUMNS, burst_rows),
        result_table("At the busiest hour", limit_columns, most_used(limit_rows)),
    )
    result = {
        "machine": machine(),
        "ticket_seconds": seconds,
        "scale": scale,
        "constants": described(),
        "scenarios": scenario_rows,
        "bursts": burst_rows,
        "limits": limit_rows,
    }
    write_json(out, result)
    if document:
        document.write_text(renewed(document.read_text("utf-8"), result), "utf-8")


def _file_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


if __name__ == "__main__":
    typer.run(main)
