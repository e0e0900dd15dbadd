"""How well styles are found by words, by language and set of queries, and in how many milliseconds.

    python -m benchmarks.quality.words [--misses] [--out F.json]

The sets are described in benchmarks/quality/words/README.md. Exit 1 where the held-out half misses what is
promised.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import thread_time
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from limner.style_search.ranking import search

from ...shared.machine import machine
from ...shared.report import print_tables, write_json

SETS: Final = ("tuning", "held_out", "later", "third", "fourth")
PROMISED: Final = {"top1": 0.8, "top3": 0.93}
TOP: Final = 3
ROUNDS: Final = 5
OUT: Final = Path("build/bench/words.json")

Queries = Mapping[str, Mapping[str, Sequence[str]]]
"""Language → query → the styles that answer it."""


@dataclass(frozen=True)
class Figures:
    """Shares of the queries whose first style, or one of whose first three, answers them."""

    queries: int
    top1: float
    top3: float
    misses: Mapping[str, Sequence[str]]
    """Query → what was found first, where that does not answer it."""


def queries(name: str) -> Queries:
    found: Queries = json.loads((Path(__file__).parent / f"{name}.json").read_text("utf-8"))
    return found


def figures(answers: Mapping[str, Sequence[str]]) -> Figures:
    found = {query: [style.style_id for style in search(query).styles[:TOP]] for query in answers}
    first = {query: bool(found[query]) and found[query][0] in right for query, right in answers.items()}
    among = [bool({*found[query]} & {*right}) for query, right in answers.items()]
    return Figures(
        queries=len(answers),
        top1=sum(first.values()) / len(answers),
        top3=sum(among) / len(answers),
        misses={query: found[query] for query, is_right in first.items() if not is_right},
    )


def milliseconds() -> dict[str, float]:
    """Of one search, in processor time of its thread, over all queries; the words are loaded before."""
    search("oil")
    taken = []
    for name in SETS:
        for by_language in queries(name).values():
            for query in [*by_language] * ROUNDS:
                started = thread_time()
                search(query)
                taken.append(1000 * (thread_time() - started))
    taken.sort()
    return {"p50": taken[len(taken) // 2], "p99": taken[int(0.99 * len(taken))], "max": taken[-1]}


def main(
    out: Annotated[Path, typer.Option(help="JSON file to write.")] = OUT,
    misses: Annotated[
        bool, typer.Option("--misses", help="Print the queries that are missed; of the held-out half, never.")
    ] = False,
) -> None:
    measured = {name: {language: figures(each) for language, each in queries(name).items()} for name in SETS}
    times = milliseconds()
    print_tables(*(_table(name, measured[name]) for name in SETS))
    Console().print(
        f"milliseconds of a search: {', '.join(f'{name} {ms:.2f}' for name, ms in times.items())}"
    )
    if misses:
        _print_misses(measured)
    write_json(out, {"machine": machine(), "sets": measured, "milliseconds": times}, default=_as_json)
    held_out = measured["held_out"].values()
    reached = all(getattr(each, name) >= least for each in held_out for name, least in PROMISED.items())
    raise typer.Exit(not reached)


def _table(name: str, by_language: Mapping[str, Figures]) -> Table:
    table = Table("language", "queries", "top-1", "top-3", title=name)
    for language, each in by_language.items():
        table.add_row(language, str(each.queries), f"{each.top1:.2f}", f"{each.top3:.2f}")
    return table


def _print_misses(measured: Mapping[str, Mapping[str, Figures]]) -> None:
    for name, by_language in measured.items():
        for language, each in by_language.items():
            for query, found in each.misses.items() if name != "held_out" else ():
                Console().print(f"{name} {language}: {query} → {', '.join(found) or 'nothing'}", markup=False)


def _as_json(value: Any) -> Any:
    return vars(value)


if __name__ == "__main__":
    typer.run(main)
