"""`python -m limner_admin quotas`: usage beside caps."""

from datetime import UTC, datetime

import boto3
import pytest
from moto import mock_aws
from rich.console import Console
from typer.testing import CliRunner

from limner.adapters.usage import DynamoDbUsage
from limner.errors import InvalidRequest
from limner.quotas import Quotas, Usage, overridden
from limner_admin import quotas


class CloudFormation:
    """As CloudFormation describes a stack; moto's needs packages that the project lacks."""

    def describe_stacks(self, StackName):  # noqa: N803 - boto3's name
        parameters = [
            {"ParameterKey": "Stage", "ParameterValue": "dev"},
            {"ParameterKey": "DefaultQuotas", "ParameterValue": '{"orders_per_day": 77}'},
        ]
        return {"Stacks": [{"StackName": StackName, "Parameters": parameters}]}


def test_usage_is_shown_beside_the_caps_of_the_stack(monkeypatch):
    with mock_aws():
        table = boto3.resource("dynamodb").create_table(
            TableName="limner-usage",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "counter", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "counter", "KeyType": "HASH"}],
        )
        DynamoDbUsage(table).count_order("shop", "k1", Quotas(), datetime.now(UTC))
        monkeypatch.setattr(quotas.boto3, "client", lambda service, **_: CloudFormation())
        monkeypatch.setattr(quotas.stacks, "table", lambda stack, logical_id: table)
        shown = CliRunner().invoke(quotas.app, ["show", "shop", "--stack", "limner-dev", "--key-id", "k1"])
    assert shown.exit_code == 0, shown.output
    rows = [line.split("│")[1:4] for line in shown.output.splitlines() if line.startswith("│")]
    cells = {what.strip(): (used.strip(), cap.strip()) for what, used, cap in rows}
    assert cells["orders"] == ("1", "77")
    assert cells["orders of key k1"] == ("1", "2,000")
    assert cells["jobs in flight"] == ("0", "2")


def test_amounts_are_shown_in_units_of_people():
    table = quotas.usage_table("shop", Quotas(), Usage(pixels=12_500_000, micro_usd=1_990_000), None)
    console = Console(width=100)
    with console.capture() as shown:
        console.print(table)
    assert "12.50" in shown.get()
    assert "1.99" in shown.get()


def test_a_tenants_caps_replace_those_of_the_stack():
    assert overridden(Quotas(looks_per_day=5), {"concurrent_jobs": 9}) == Quotas(
        looks_per_day=5, concurrent_jobs=9
    )


@pytest.mark.parametrize("caps", [{"jobs": 3}, {"concurrent_jobs": -1}, {"concurrent_jobs": 1.5}])
def test_caps_that_there_are_not_are_refused(caps):
    with pytest.raises(InvalidRequest, match=next(iter(caps))):
        overridden(Quotas(), caps)
