"""`python -m limner_admin quotas`: usage beside caps."""

from datetime import UTC, datetime

import boto3
import pytest
from moto import mock_aws
from pydantic import ValidationError
from rich.console import Console
from typer.testing import CliRunner

from limner.adapters.tenants import DynamoDbTenants
from limner.adapters.usage import DynamoDbUsage
from limner.quotas import Quotas, Usage
from limner_admin import quotas
from tests import makers
from tests.template_reader import properties

PARAMETERS = {"default_quotas": '{"orders_per_day": 77}', "stylizer_max_instances": "3"}


@pytest.mark.parametrize(("own", "looks"), [({}, "6,000"), ({"looks_per_day": 5}, "5")])
def test_usage_is_shown_beside_the_tenants_caps(monkeypatch, own, looks):
    with mock_aws():
        tables = {name: created(name) for name in ("UsageTable", "TenantsTable")}
        DynamoDbUsage(tables["UsageTable"]).count_order("main", "k1", Quotas(), datetime.now(UTC))
        if own:
            DynamoDbTenants(tables["TenantsTable"]).put(makers.tenant(quotas=own), 0)
        monkeypatch.setattr(
            quotas.stacks, "parameters", lambda stack, settings: settings.model_validate(PARAMETERS)
        )
        monkeypatch.setattr(quotas.stacks, "table", lambda stack, logical_id: tables[logical_id])
        shown = CliRunner().invoke(quotas.app, ["show", "main", "--stack", "limner-dev", "--key-id", "k1"])
    assert shown.exit_code == 0, shown.output
    rows = [line.split("│")[1:4] for line in shown.output.splitlines() if line.startswith("│")]
    cells = {what.strip(): (used.strip(), cap.strip()) for what, used, cap in rows}
    assert cells["orders"] == ("1", "77")
    assert cells["orders of key k1"] == ("1", "2,000")
    assert cells["looks"] == ("0", looks)
    assert cells["jobs in flight"] == ("0", "6"), "two for each instance"


def created(resource):
    supported = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    declared = {name: value for name, value in properties(resource).items() if name in supported}
    return boto3.resource("dynamodb").create_table(TableName=resource, **declared)


def test_amounts_are_shown_in_units_of_people():
    table = quotas.usage_table("shop", Quotas(), Usage(pixels=12_500_000, micro_usd=1_990_000), None)
    console = Console(width=100)
    with console.capture() as shown:
        console.print(table)
    assert "12.50" in shown.get()
    assert "1.99" in shown.get()


@pytest.mark.parametrize("caps", [{"jobs": 3}, {"concurrent_jobs": -1}, {"concurrent_jobs": 1.5}])
def test_caps_that_there_are_not_are_refused(caps):
    with pytest.raises(ValidationError, match=next(iter(caps))):
        makers.tenant(quotas=caps)
