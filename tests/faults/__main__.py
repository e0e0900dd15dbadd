"""Play every fault and write the table of docs/reliability.md:  python -m tests.faults

Exits with 1 and a list if a fault does not end as the catalogue says. The rows of the local run are taken from
the catalogue that its tests check (tests/faults/test_local_faults.py).
"""

import os
import sys
from datetime import UTC, datetime

os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_EC2_METADATA_DISABLED="true")

from rich.console import Console

from tests.faults.all_faults import FAULTS
from tests.faults.catalogue import Fault
from tests.faults.play import Played, play
from tests.faults.table import DOCUMENT, write


def main() -> int:
    print_line = Console(highlight=False, soft_wrap=True).print
    played = {fault.name: play(fault) for fault in FAULTS}
    differences = [line for fault in FAULTS for line in _differences(fault, played[fault.name])]
    for line in differences:
        print_line(line, style="red", markup=False)
    if not differences:
        write(played, datetime.now(UTC).date())
        print_line(f"{len(FAULTS)} faults ended as expected; {DOCUMENT.name} is written")
    return bool(differences)


def _differences(fault: Fault, played: Played) -> list[str]:
    found = [f"{fault.name}: {breach}" for breach in played.breaches]
    for field in ("ends", "paid", "dead"):
        if getattr(fault, field) != getattr(played, field):
            found.append(f"{fault.name}: {field} {getattr(played, field)}, not {getattr(fault, field)}")
    return found


if __name__ == "__main__":
    sys.exit(main())
