"""Many uploads through the real chain while messages get lost and processes are killed; then an audit.

    python -m benchmarks.service.soak [--uploads 1000] [--out build/bench/soak.json]        (make soak N=1000)

The whole template runs on the local emulator with the real model server. From outside the product:

* a fault proxy (fault_proxy.py) between EventBridge and the router's queue, and between the endpoint's topics
  and the recorder's queue, drops, doubles, delays or reorders 14 % of all messages;
* function workers, their decoders and the model server are killed with SIGKILL at random (kills.py);
* half the photos are ordered through the API and sent with the presigned form, half put there directly.

Configured for the soak, by means the product offers (settings.py): looks of strength 0 without enhancement
and protection (decoding, metrics, encoding and storing without the network: 0.03 s in place of 1-3 s), every
50th order a styled one; a deadline of 60 s in place of 30 min; a link lifetime of 60 s; a visibility time-out
of 20 s, so that the messages of a killed worker come back soon. The sweeper's Lambda is invoked every 20 s in
place of every five minutes.

The audit (audit.py) reads the buckets, the table and the queues. If a check fails, its breaches are listed
and the exit status is 1.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from local.aws.running import ROOT, running

from ...shared.report import write_json
from .run import run
from .settings import PARAMETERS, SoakPlan

SHOWN_BREACHES = 20  # of each check


def audit_table(result: Mapping[str, Any]) -> Table:
    table = Table(title=f"Soak of {result['uploads']:,} uploads")
    table.add_column("audit")
    table.add_column("breaches", justify="right")
    for line, breaches in result["audit"].items():
        table.add_row(line, str(len(breaches)), style="red" if breaches else None)
    return table


def main(
    uploads: Annotated[int, typer.Option(min=1, help="Photos to send.")] = 1000,
    window: Annotated[int, typer.Option(min=1, help="Photos that may be in flight.")] = 40,
    kill_every: Annotated[float, typer.Option(min=0, help="Seconds between kills; 0 for none.")] = 10.0,
    seed: Annotated[int, typer.Option(help="Seed of the pictures, disturbances and kills.")] = 1,
    out: Annotated[Path, typer.Option(help="JSON file to write.")] = ROOT / "build/bench/soak.json",
) -> None:
    """Upload many photos while messages are disturbed and processes killed, then audit the result."""
    console = Console(soft_wrap=True)
    with running(parameters=PARAMETERS) as system:
        result, findings = run(SoakPlan(uploads, window, kill_every, seed), system, console)
    write_json(out, result, default=str)
    console.print(audit_table(result))
    figures = {key: value for key, value in result.items() if key != "audit"}
    console.print_json(json.dumps(figures, default=str))
    for line, breaches in findings.lines.items():
        for breach in breaches[:SHOWN_BREACHES]:
            console.print(f"{line}: {breach}", style="red", markup=False)
    raise typer.Exit(0 if findings.clean else 1)


if __name__ == "__main__":
    typer.run(main)
