"""Play every fault and write the table of docs/reliability.md:  python -m tests.faults

Exits with 1, and the list, when one does not end as the catalogue says. The local run's rows are those its
tests hold it to (tests/faults/test_local_faults.py).
"""

import os
import sys
from datetime import UTC, datetime

os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_EC2_METADATA_DISABLED="true")

from rich.console import Console

from tests.faults.catalogue import FAULTS, Fault
from tests.faults.play import Played, play
from tests.faults.table import DOCUMENT, write


def main() -> int:
    say = Console(highlight=False, soft_wrap=True).print
    played = {fault.name: play(fault) for fault in FAULTS}
    wrong = [line for fault in FAULTS for line in _differences(fault, played[fault.name])]
    for line in wrong:
        say(line, style="red", markup=False)
    if not wrong:
        write(played, datetime.now(UTC).date())
        say(f"{len(FAULTS)} faults ended as they should; {DOCUMENT.name} is written")
    return bool(wrong)


def _differences(fault: Fault, played: Played) -> list[str]:
    found = [f"{fault.name}: {breach}" for breach in played.breaches]
    for what in ("ends", "paid", "dead"):
        if getattr(fault, what) != getattr(played, what):
            found.append(f"{fault.name}: {what} {getattr(played, what)}, not {getattr(fault, what)}")
    return found


if __name__ == "__main__":
    sys.exit(main())
