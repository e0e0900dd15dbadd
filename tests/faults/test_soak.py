"""A short soak test on the local run: sixty uploads, disturbed messages, killed processes, and the audit."""

from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.service.fault_proxy import SHARES, Disturbance, random_disturbances
from benchmarks.service.soak.run import run
from benchmarks.service.soak.settings import PARAMETERS, SoakPlan
from local.aws.running import running


def test_a_soak_of_sixty_uploads_has_no_breaches(tmp_path: Path) -> None:
    with running(logs=tmp_path, parameters=PARAMETERS) as everything:
        plan = SoakPlan(uploads=60, kill_every=4, seed=3, hurried=True)
        result, findings = run(plan, everything, Console(quiet=True))
    assert {line: breaches for line, breaches in findings.lines.items() if breaches} == {}
    assert result["ready"] + sum(result["failed"].values()) == 60
    assert result["kills"]
    assert result["disturbed_share"] > 0.05


def test_at_least_a_tenth_of_the_messages_are_disturbed() -> None:
    choose = random_disturbances(seed=1)
    disturbances = [choose("RouterQueue", "") for _ in range(10_000)]
    disturbed = 1 - disturbances.count(Disturbance.PASSED) / len(disturbances)
    assert disturbed == pytest.approx(sum(SHARES.values()), abs=0.02)
    assert disturbed >= 0.1
