"""`python -m limner_admin recommendations estimate` on moto."""

from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from limner.adapters.dynamodb_recommendations import DynamoDbRecommendations
from limner.adapters.recommendation_log import DynamoDbRecommendationLog
from limner.recommendation.offline import LoggedVisit
from limner.recommendation.visitor_events import (
    IssuedRecommendation,
    Visitor,
    VisitorEvent,
    VisitorEventType,
    recommendation_id,
)
from limner.recommendation.visits import Group
from limner_admin import stack as stacks
from limner_admin.__main__ import app
from tests import makers
from tests.integration.conftest import NAMES

NOW = datetime.now(UTC)


def event(type_, number, group=Group.RECOMMENDED, at=NOW):
    issued = IssuedRecommendation(
        id=recommendation_id(at, number),
        photo_id=makers.PHOTO_ID,
        kind=None,
        arm="pencil@8",
        family="drawing",
        offered=("oil@8", "pencil@8"),
        expected=(0.1, 0.25),
        group=group,
        propensity=0.5,
        rate=0.25,
        affinity=1.0,
    )
    return VisitorEvent(type_, issued, Visitor("0f" * 16, has_consent=False))


@pytest.fixture
def log(recommendations_table, monkeypatch):
    monkeypatch.setattr(stacks, "physical_id", lambda stack, logical_id: NAMES[logical_id])
    monkeypatch.setenv("COLUMNS", "200")
    store = DynamoDbRecommendations(recommendations_table, lambda: NOW, lambda: 0.0)
    store.count("main", [event(VisitorEventType.IMPRESSION, 1), event(VisitorEventType.CLICK, 2)])
    store.count("main", [event(VisitorEventType.PURCHASE, 3, Group.CONTROL)])
    store.count("main", [event(VisitorEventType.PURCHASE, 4, at=NOW - timedelta(days=20))])
    store.count("other", [event(VisitorEventType.CLICK, 5)])
    return DynamoDbRecommendationLog(recommendations_table)


def run(*arguments):
    ran = CliRunner().invoke(app, ["recommendations", "estimate", *arguments, "--stack", "limner-dev"])
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def test_visits_of_the_control_group_other_tenants_and_other_days_are_left_out(log):
    found = sorted(log.visits("main", [NOW.date()]), key=lambda visit: visit.reward)
    logged = [
        LoggedVisit(("oil@8", "pencil@8"), (0.1, 0.25), shown=1, propensity=0.5, reward=reward)
        for reward in (0.0, 1.0)
    ]
    assert found == logged


def test_the_command_estimates_each_look(log):
    lines = run("main", "--days", "2").splitlines()
    (pencil,) = [line for line in lines if "pencil@8" in line]
    assert "1.0000" in pencil  # (0 + 1 / 0.5) / 2
    assert "0.7500" in pencil  # (0.25 - 0.25 / 0.5 + 0.25 + 0.75 / 0.5) / 2
    (oil,) = [line for line in lines if "oil@8" in line]
    assert oil.count("0.1000") == 3  # nothing but what was expected
    assert "no recommendations" in run("nobody")
