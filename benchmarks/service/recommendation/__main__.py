"""Recommendations in a simulated shop: regret, a drift of preferences, estimates from the log, and a library.

    python -m benchmarks.service.recommendation [--shops 3] [--visits 20000] [--out FILE.json]

Regret is the sum over visits of how much less probable a click was than with the best look of that visit. It
has all that the learner costs: the control group, exploring, and learning.
"""

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from limner.recommendation.offline import LoggedVisit, Value, always, evaluate
from local.aws.running import ROOT

from ...shared.machine import machine
from ...shared.report import print_tables, write_json
from .library import VowpalWabbit, is_installed
from .policies import Limner, is_control
from .runs import Run, best_fixed, mean, run
from .shop import ARMS, KINDS, Shop

FIRST_SHOP = 1
"""Seeds of the shops; the learner's constants were chosen in shops 100 to 102."""
DRIFT_VISITS = 3_000
WINDOW_VISITS = 1_000
DRIFTS = {"half of the kinds": KINDS[: len(KINDS) // 2], "all kinds": KINDS}
"""Kinds of products whose preferred looks change at once."""


def measure(shops: int, visits: int) -> dict[str, Any]:
    seeds = range(FIRST_SHOP, FIRST_SHOP + shops)
    found = [_measure_shop(seed, visits) for seed in seeds]
    regret = {name: mean([each["regret"][name] for each in found]) for name in found[0]["regret"]}
    return {
        "machine": machine(),
        "visits": visits,
        "shops": found,
        "regret": regret,
        "of_best_fixed": regret["limner"] / regret["best fixed look"],
        "of_uniform": regret["limner"] / regret["uniform"],
        "drifts": {name: _mean_drift([each["drifts"][name] for each in found]) for name in DRIFTS},
    }


def _mean_drift(found: list[dict[str, Any]]) -> dict[str, Any]:
    before = mean([each["before"] for each in found])
    gains = [mean(each) for each in zip(*(each["gains"] for each in found), strict=True)]
    return {"before": before, "gains": gains, "recovered": gains[-1] / before}


def _measure_shop(seed: int, visits: int) -> dict[str, Any]:
    shop = Shop(seed)
    policy = Limner(seed)
    record = run(shop, policy, visits)
    regret = {
        "limner": sum(record.regret),
        "best fixed look": sum(best_fixed(seed, visits).regret),
        "uniform": sum(record.uniform),
    }
    if is_installed():
        regret["vowpalwabbit"] = sum(run(Shop(seed), VowpalWabbit(seed), visits).regret)
    return {
        "seed": seed,
        "regret": regret,
        "offline": _offline(record, shop),
        "drifts": {name: _after_drift(shop, policy, record, kinds) for name, kinds in DRIFTS.items()},
    }


def _after_drift(shop: Shop, policy: Limner, record: Run, kinds: Sequence[str]) -> dict[str, Any]:
    """Of copies, so that each drift begins where the visits before it ended."""
    shop, policy, record = deepcopy((shop, policy, record))
    visits = len(record.regret)
    before = record.gain(slice(visits - DRIFT_VISITS, visits))
    shop.drift(kinds)
    run(shop, policy, DRIFT_VISITS, record)
    gains = [
        record.gain(slice(first, first + WINDOW_VISITS))
        for first in range(visits, visits + DRIFT_VISITS, WINDOW_VISITS)
    ]
    return {"before": before, "gains": gains}


def _offline(record: Run, shop: Shop) -> list[dict[str, Any]]:
    """For each look: what always showing it brings, estimated from the log and by the known preferences."""
    logged, visits = [], []
    for visit, choice, clicked in record.logged:
        if choice.recommended and not is_control(choice):
            offered, expected = tuple(arm.name for arm in ARMS), choice.recommended.expected
            logged.append(LoggedVisit(offered, expected, choice.look, choice.propensity, float(clicked)))
            visits.append(visit)
    probabilities = [shop.click_probabilities(visit) for visit in visits]
    found = []
    for look, arm in enumerate(ARMS):
        estimate = evaluate(logged, always(arm.name))
        found.append(
            {
                "look": arm.name,
                "true": mean([each[look] for each in probabilities]),
                "inverse_propensity": _interval(estimate.inverse_propensity),
                "doubly_robust": _interval(estimate.doubly_robust),
            }
        )
    return found


def _interval(value: Value) -> dict[str, float]:
    return {"mean": value.mean, "low": value.low, "high": value.high}


def _covered(found: dict[str, Any], estimate: str) -> str:
    """How many of the intervals have the true value in them."""
    looks = [look for shop in found["shops"] for look in shop["offline"]]
    hits = sum(look[estimate]["low"] <= look["true"] <= look[estimate]["high"] for look in looks)
    width = mean([look[estimate]["high"] - look[estimate]["low"] for look in looks])
    return f"{hits} of {len(looks)}; ± {width / 2:.3f}"


def _table(found: dict[str, Any]) -> Table:
    title = f"Recommendations, {found['visits']} visits in each of {len(found['shops'])} simulated shops"
    table = Table(title=title)
    for column in ("figure", "measured", "target"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for name, regret in found["regret"].items():
        table.add_row(f"clicks lost, {name}", f"{regret:.0f}", "")
    table.add_row("regret / that of the best fixed look", f"{found['of_best_fixed']:.3f}", "≤ 0.5")
    table.add_row("regret / that of uniform choice", f"{found['of_uniform']:.3f}", "≤ 0.25")
    for name, drift in found["drifts"].items():
        gains = ", ".join(f"{each:.2f}" for each in drift["gains"])
        table.add_row(f"gain before {name} change", f"{drift['before']:.2f}", "")
        table.add_row("in each 1,000 visits after it", gains, "")
        table.add_row("in the third, of that before", f"{drift['recovered']:.3f}", "≥ 0.9")
    for name in ("inverse_propensity", "doubly_robust"):
        table.add_row(f"95 % intervals with the true value, {name}", _covered(found, name), "")
    return table


def main(
    shops: Annotated[int, typer.Option(min=1, help="Simulated shops.")] = 3,
    visits: Annotated[int, typer.Option(min=DRIFT_VISITS, help="Visits in each, before the drift.")] = 20_000,
    out: Annotated[Path, typer.Option(help="JSON file to write.")] = ROOT / "build/bench/recommendation.json",
) -> None:
    """Measure regret, recovery and offline estimates; with a library where one is installed."""
    found = measure(shops, visits)
    write_json(out, found)
    print_tables(_table(found))


if __name__ == "__main__":
    typer.run(main)
