"""Generates the tables of faults and of the soak test in docs/reliability.md."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from tests.faults.all_faults import FAULTS
from tests.faults.catalogue import Fault
from tests.faults.local_faults import LOCAL_FAULTS, LocalFault
from tests.faults.play import Played
from tests.template_reader import ROOT

DOCUMENT = ROOT / "docs/reliability.md"
SOAK = ROOT / "docs/soak.json"
"""The results of the last long soak test, written by `benchmarks.service.soak`."""
HEAD = "| fault | seam | ends | dead letters | paid | metrics |\n|---|---|---|---|---|---|"


def table(played: Mapping[str, Played]) -> str:
    """Both fault tables with their counts, without the date."""
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


def soak_table(soak: Mapping[str, Any]) -> str:
    """The results of a soak test as a table."""
    rows = {
        "uploads": f"{soak['uploads']:,}: {soak['ready']:,} READY, {_counts(soak['failed'])} FAILED",
        "audit": _audited(soak["audit"]),
        "messages": f"{_messages(soak):,}, of which {soak['disturbed_share']:.1%} were {_disturbances(soak)}",
        "killed": _counts(soak["kills"]),
        "invocations": f"{soak['invocations']:,}; {len(soak['invocations_again_with_need'])} again, with need",
        "sweeper": _counts(soak["sweeper"]),
        "resent": f"{soak['sent_round_again']:,} photos",
        "dead letters": _counts({name: count for name, count in soak["dead_letters"].items() if count}),
        "requests tried again": f"{soak['requests_tried_again']:,}",
        "throughput": f"{soak['throughput_per_second']} uploads/s for {_minutes(soak, 'pushed')}",
        "at rest": f"{_minutes(soak, 'drained')} after the last upload",
        "upload → READY": "p50 {p50} s, p99 {p99} s".format(**soak["seconds_to_ready"]),
        "memory": "{start:.0f} MB at the start, {end:.0f} MB at the end".format(**soak["memory_mb"]),
        "machine": "{cores} cores of an {cpu}, {memory_gib} GiB, Python {python}".format(**soak["machine"]),
    }
    return "\n".join(["| | |\n|---|---|", *(f"| {name} | {text} |" for name, text in rows.items())])


def _audited(lines: Mapping[str, list[str]]) -> str:
    breaches = sum(map(len, lines.values()))
    return f"{breaches} breaches of {len(lines)} promises: {'; '.join(lines)}"


def _messages(soak: Mapping[str, Any]) -> int:
    return sum(sum(disturbances.values()) for disturbances in soak["messages"].values())


def _disturbances(soak: Mapping[str, Any]) -> str:
    disturbances = sum((Counter(counts) for counts in soak["messages"].values()), Counter())
    return ", ".join(
        f"{disturbance} ({disturbances[disturbance]:,})"
        for disturbance in sorted(set(disturbances) - {"passed"})
    )


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items())) or "none"


def _minutes(soak: Mapping[str, Any], part: str) -> str:
    return f"{soak['seconds'][part] / 60:.1f} min"


def current_soak_table() -> str:
    return soak_table(json.loads(SOAK.read_text()))


def write(played: Mapping[str, Played], today: date) -> None:
    """Replace both generated parts of the document."""
    dated = f"<!-- made on {today} by `python -m tests.faults` -->\n\n"
    text = _replace_part(DOCUMENT.read_text(), "faults", dated + table(played))
    DOCUMENT.write_text(_replace_part(text, "soak", current_soak_table()))


def part_in_document(part: str) -> str:
    """A generated part as it is in the document, without the date."""
    between = DOCUMENT.read_text().split(f"<!-- {part} -->")[1].split(f"<!-- /{part} -->")[0]
    return re.sub(r"<!-- made on .*? -->", "", between).strip()


def _replace_part(text: str, part: str, content: str) -> str:
    head, rest = text.split(f"<!-- {part} -->")
    end = f"<!-- /{part} -->"
    return f"{head}<!-- {part} -->\n{content}\n{end}{rest.split(end)[1]}"


def _row(fault: Fault, played: Played) -> str:
    cells = [fault.name, fault.seam, played.ends, _dead(played.dead), _paid(fault), ", ".join(played.metrics)]
    return "| " + " | ".join(cell or "–" for cell in cells) + " |"


def _local_row(fault: LocalFault) -> str:
    cells = [fault.name, fault.ends, _dead(fault.dead), str(fault.paid)]
    return "| " + " | ".join(cell or "–" for cell in cells) + " |"


def _dead(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def _paid(fault: Fault) -> str:
    return f"{fault.paid} ¹" if fault.why_paid else str(fault.paid)


def _unavoidable(faults: Iterable[Fault]) -> list[str]:
    """One line for each reason why a photo is paid for more than once."""
    reasons = sorted({fault.why_paid for fault in faults if fault.why_paid})
    return ["¹ Paid for more than once because:", "", *[f"* {reason}" for reason in reasons]]
