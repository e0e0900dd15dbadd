"""docs/reliability.md: what people read, around the table of faults that is made here."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from tests.faults.catalogue import FAULTS, Fault
from tests.faults.local_faults import LOCAL_FAULTS, LocalFault
from tests.faults.play import Played
from tests.template_reader import ROOT

DOCUMENT = ROOT / "docs/reliability.md"
BEGIN, END = "<!-- faults -->", "<!-- /faults -->"
HEAD = "| fault | seam | ends | dead letters | paid | noticed by |\n|---|---|---|---|---|---|"


def table(played: Mapping[str, Played]) -> str:
    """Both tables and their counts, without the date."""
    rows = [_row(fault, played[fault.name]) for fault in FAULTS]
    local = [_local_row(fault) for fault in LOCAL_FAULTS]
    return "\n".join(
        [
            f"**{len(FAULTS)} faults in process**, on the deployed handlers, adapters and contracts.",
            "",
            HEAD,
            *rows,
            "",
            f"**{len(LOCAL_FAULTS)} faults on the local run**, with real processes, queues and signatures.",
            "",
            "| fault | ends | dead letters | paid |\n|---|---|---|---|",
            *local,
            "",
            *_unavoidable(FAULTS),
        ]
    )


def write(played: Mapping[str, Played], today: date) -> None:
    text = DOCUMENT.read_text()
    head, rest = text.split(BEGIN)
    made = f"{BEGIN}\n<!-- made on {today} by `python -m tests.faults` -->\n\n{table(played)}\n{END}"
    DOCUMENT.write_text(head + made + rest.split(END)[1])


def written(document: Path = DOCUMENT) -> str:
    """The table as it stands in the document, without the date."""
    part = document.read_text().split(BEGIN)[1].split(END)[0]
    return re.sub(r"<!-- made on .*? -->", "", part).strip()


def _row(fault: Fault, played: Played) -> str:
    cells = [fault.name, fault.seam, played.ends, _dead(played.dead), _paid(fault), ", ".join(played.noticed)]
    return "| " + " | ".join(cell or "–" for cell in cells) + " |"


def _local_row(fault: LocalFault) -> str:
    cells = [fault.name, fault.ends, _dead(fault.dead), str(fault.paid)]
    return "| " + " | ".join(cell or "–" for cell in cells) + " |"


def _dead(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def _paid(fault: Fault) -> str:
    return f"{fault.paid} ¹" if fault.why_paid else str(fault.paid)


def _unavoidable(faults: Iterable[Fault]) -> list[str]:
    """Why some are paid more than once: one line for each reason."""
    reasons = sorted({fault.why_paid for fault in faults if fault.why_paid})
    return ["¹ Paid more than once because:", "", *[f"* {reason}" for reason in reasons]]
