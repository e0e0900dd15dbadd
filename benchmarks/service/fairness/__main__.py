"""How long a seller's photos take while another tenant's flood of uploads is being worked off.

    python -m benchmarks.service.fairness [--photos 300] [--out build/bench/fairness.json]
    python -m benchmarks.service.fairness --local [--photos 400] [--ticket-seconds 0.5] [--ticket-seconds 3.2]

A simulation (simulation.py), or with --local two tenants on the local stack (local_run.py), whose engine
takes the given seconds for a ticket; with --real-engine it is the released model's, on this processor.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from limner.quotas import Quotas
from local.aws.running import ROOT, STYLIZER

from ...shared.machine import machine
from ...shared.report import print_tables, write_json
from .local_run import measure
from .simulation import Speeds, compare

TICKET_SECONDS = (0.5, 3.2)
"""A fast GPU as it is hoped for, and one processor as it was measured with 4 megapixels and one look."""
QUIET_PHOTOS = 40
PROMISED_RATIO = 2.0


def simulate_all(photos: int, jobs: list[int]) -> list[dict[str, float]]:
    return [
        {"ticket_seconds": seconds}
        | compare(
            Speeds(ticket_seconds=seconds),
            Quotas(concurrent_jobs=count, looks_per_day=10**6),
            flood_photos=photos,
            quiet_photos=QUIET_PHOTOS,
            quiet_batch=batch,
        )
        for seconds in TICKET_SECONDS
        for count in jobs
        for batch in (1, 5)
    ]


def figures_table(figures: list[dict[str, float]], title: str) -> Table:
    columns = {
        "ticket_seconds": "s a ticket",
        "concurrent_jobs": "jobs in flight",
        "quiet_batch": "photos at once",
        "idle_p95_seconds": "p95 alone (s)",
        "flooded_p95_seconds": "p95 beside the flood (s)",
        "ratio": "ratio",
        "flood_ready_per_minute": "flood READY a minute",
    }
    shown = {name: label for name, label in columns.items() if name in figures[0]}
    table = Table(*shown.values(), title=title)
    for figure in figures:
        table.add_row(*[f"{figure[name]:.4g}" for name in shown])
    return table


def main(  # noqa: PLR0917 - the options
    photos: Annotated[int, typer.Option(min=1, help="Photos of the flood; 10000 takes some minutes.")] = 300,
    jobs: Annotated[list[int] | None, typer.Option(help="Simulated: jobs in flight of a tenant.")] = None,
    local: Annotated[bool, typer.Option("--local", help="Measure on the local stack.")] = False,
    quiet_photos: Annotated[int, typer.Option(min=2, help="Local: photos of the quiet tenant.")] = 20,
    rate: Annotated[float, typer.Option(min=0.1, help="Local: the flood's uploads a second.")] = 5.0,
    ticket_seconds: Annotated[list[float] | None, typer.Option(help="Local: of the timed engine.")] = None,
    real_engine: Annotated[bool, typer.Option("--real-engine", help="Local: no timed engine.")] = False,
    out: Annotated[Path, typer.Option(help="JSON file to write.")] = ROOT / "build/bench/fairness.json",
) -> None:
    """Exits with 1 if, with --local, the quiet tenant's 95th percentile is more than doubled."""
    if not local:
        figures = simulate_all(photos, jobs or [1, 2, 4, 1_000])
        print_tables(figures_table(figures, "A quiet tenant beside a flood, simulated"))
        write_json(out, {"photos": photos, "figures": figures})
        return
    container = STYLIZER if real_engine else None
    figures = [
        {"ticket_seconds": seconds}
        | measure(
            flood_photos=photos,
            flood_photos_per_second=rate,
            quiet_photos=quiet_photos,
            ticket_seconds=seconds,
            container=container,
        )
        for seconds in ([0.0] if real_engine else ticket_seconds or TICKET_SECONDS)
    ]
    write_json(out, {"photos": photos, "machine": machine(), "figures": figures})
    print_tables(figures_table(figures, "A quiet tenant beside a flood, on the local stack"))
    raise typer.Exit(0 if all(figure["ratio"] <= PROMISED_RATIO for figure in figures) else 1)


if __name__ == "__main__":
    typer.run(main)
