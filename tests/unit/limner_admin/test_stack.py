"""Resources of a stack are found by CloudFormation."""

import boto3
import pytest
from botocore.stub import Stubber

from limner.errors import DependencyRefused
from limner_admin import stack


@pytest.fixture
def cloudformation(monkeypatch):
    client = boto3.client("cloudformation")
    monkeypatch.setattr(boto3, "client", lambda *_, **__: client)
    with Stubber(client) as stubber:
        yield stubber


ASKED = {"StackName": "limner-dev", "LogicalResourceId": "ApiKeysTable"}


def test_a_resource_is_found_by_its_logical_id(cloudformation):
    detail = {
        "LogicalResourceId": "ApiKeysTable",
        "PhysicalResourceId": "limner-dev-ApiKeysTable-1A2B",
        "ResourceType": "AWS::DynamoDB::Table",
        "LastUpdatedTimestamp": "2026-01-01T12:00:00Z",
        "ResourceStatus": "CREATE_COMPLETE",
    }
    cloudformation.add_response("describe_stack_resource", {"StackResourceDetail": detail}, ASKED)
    assert stack.physical_id("limner-dev", "ApiKeysTable") == "limner-dev-ApiKeysTable-1A2B"


def test_an_unknown_stack_is_named_in_the_error(cloudformation):
    cloudformation.add_client_error("describe_stack_resource", "ValidationError")
    with pytest.raises(DependencyRefused, match="limner-dev"):
        stack.physical_id("limner-dev", "ApiKeysTable")
