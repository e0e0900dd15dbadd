"""The tables of docs/scale.md, from what the command has written as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

MARKS = ("<!-- {name} -->", "<!-- /{name} -->")
MOST_USED = 4
"""Limits that are shown of each load."""
MADE = "<!-- made by `python -m benchmarks.service.simulation --document docs/scale.md` -->"
SCENARIO_COLUMNS = {
    "name": "",
    "photos": "photos",
    "p50_seconds": "p50 to READY, s",
    "p95_seconds": "p95, s",
    "most_instances": "instances",
    "instances_usd_per_1000_photos": "$ of instances / 1,000",
    "thumbnailer_age_seconds": "ThumbQueue, s",
    "endpoint_age_seconds": "endpoint, s",
    "most_in_lines": "in lines",
    "failed": "FAILED",
    "unfinished": "open",
}
BURST_COLUMNS = {
    "name": "",
    "p50_seconds": "p50 to READY, s",
    "p95_seconds": "p95, s",
    "most_instances": "instances",
    "instances_usd_per_1000_photos": "$ of instances / 1,000",
}
LIMIT_COLUMNS = {
    "photos_per_day": "photos a day",
    "limit": "limit",
    "demand": "needed",
    "of": "of",
    "share": "share",
    "remedy": "what to do",
}


def renewed(document: str, result: Mapping[str, Any]) -> str:
    """The document with new tables. Raises ValueError where its marks are missing."""
    for name, columns, rows in (
        ("scenarios", SCENARIO_COLUMNS, result["scenarios"]),
        ("bursts", BURST_COLUMNS, result["bursts"]),
        ("limits", LIMIT_COLUMNS, most_used(result["limits"])),
    ):
        document = between_marks(document, name, f"{MADE}\n\n{table(columns, rows)}")
    return document


def between_marks(document: str, name: str, text: str) -> str:
    begin, end = (mark.format(name=name) for mark in MARKS)
    if document.count(begin) != 1 or document.count(end) != 1:
        raise ValueError(f"the document needs {begin} and {end}, once each")
    before, rest = document.split(begin)
    return f"{before}{begin}\n{text}\n{end}{rest.split(end)[1]}"


def table(columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> str:
    lines = ["| " + " | ".join(columns.values()) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(shown(name, row[name]) for name in columns) + " |" for row in rows]
    return "\n".join(lines)


def most_used(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The MOST_USED limits of each load; the rows are sorted by use."""
    kept: list[Mapping[str, Any]] = []
    for row in rows:
        if sum(each["photos_per_day"] == row["photos_per_day"] for each in kept) < MOST_USED:
            kept.append(row)
    return kept


def shown(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if name == "share":
        return f"{value:.0%}"
    if name == "instances_usd_per_1000_photos":
        return f"{value:.2f}"
    return f"{value:,.0f}" if abs(value) >= 10 or isinstance(value, int) else f"{value:.2g}"
