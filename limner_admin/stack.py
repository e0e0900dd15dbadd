"""The resources of a deployed stack, found by CloudFormation."""

from typing import Annotated, Any, TypeVar

import boto3
import typer

from limner.adapters.sdk import CONFIG, sdk_errors
from limner.adapters.tenants import DynamoDbTenants
from limner.bootstrap.tenants import first_tenant
from limner.settings import FirstTenantSettings, Settings
from limner.tenants import TenantSettings
from limner.use_cases.known_tenants import KnownTenants

SettingsT = TypeVar("SettingsT", bound=Settings)
StackOption = Annotated[
    str, typer.Option("--stack", envvar="LIMNER_STACK", help="Name of the stack, such as limner-dev.")
]


def physical_id(stack: str, logical_id: str) -> str:
    """Raises DependencyRefused where there is no such stack or resource, or the caller may not read it."""
    client = boto3.client("cloudformation", config=CONFIG)
    with sdk_errors(f"finding {logical_id} of the stack {stack}"):
        answer = client.describe_stack_resource(StackName=stack, LogicalResourceId=logical_id)
    return str(answer["StackResourceDetail"]["PhysicalResourceId"])


def parameters(stack: str, settings: type[SettingsT]) -> SettingsT:
    """Settings of the stack's parameters, which have their names (`FirstTenant` → `first_tenant`)."""
    client = boto3.client("cloudformation", config=CONFIG)
    with sdk_errors(f"reading the parameters of the stack {stack}"):
        (described,) = client.describe_stacks(StackName=stack)["Stacks"]
    values = {each["ParameterKey"]: each["ParameterValue"] for each in described["Parameters"]}
    named = {field: values[field.title().replace("_", "")] for field in settings.names()}
    return settings.model_validate(named)


def table(stack: str, logical_id: str) -> Any:
    """A boto3 Table resource. Raises as `physical_id` does."""
    return boto3.resource("dynamodb", config=CONFIG).Table(physical_id(stack, logical_id))


def find_tenant(stack: str, tenant: str) -> TenantSettings:
    """A tenant that has settings, or the first one. Raises TenantNotFound."""
    first = first_tenant(parameters(stack, FirstTenantSettings))
    return KnownTenants(tenants=DynamoDbTenants(table(stack, "TenantsTable")), first=first)(tenant)
