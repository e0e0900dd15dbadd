"""Tenants, people and keys of the local stack."""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import boto3

from limner.adapters.api_keys import DynamoDbApiKeys
from limner.adapters.tenants import DynamoDbTenants
from limner.api_keys import new_key
from limner.identity import Scope
from limner.looks import Look
from limner.tenants import TenantSettings
from local.aws.emulator import REGION, ROOT_KEY, ROOT_SECRET, Emulator
from local.aws.stack import Stack


def add_key(
    emulator: Emulator, stack: Stack, tenant: str, scopes: Iterable[Scope], name: str = "local"
) -> str:
    """A key's text."""
    made = new_key(tenant, scopes, datetime.now(UTC), name=name)
    api_keys(emulator, stack).add(made.stored)
    return made.text


def add_tenant(emulator: Emulator, stack: Stack, tenant: str) -> None:
    settings = TenantSettings(
        tenant=tenant,
        name=tenant,
        looks=(Look(styles={"oil": 1.0}),),
        version=1,
        changed_at=datetime.now(UTC),
        changed_by="local",
    )
    DynamoDbTenants(_table(emulator, stack, "TenantsTable")).put(settings, 0)


def api_keys(emulator: Emulator, stack: Stack) -> DynamoDbApiKeys:
    return DynamoDbApiKeys(_table(emulator, stack, "ApiKeysTable"))


def _table(emulator: Emulator, stack: Stack, logical_id: str) -> Any:
    session: Any = boto3.Session(ROOT_KEY, ROOT_SECRET, region_name=REGION)
    return session.resource("dynamodb", endpoint_url=emulator.url).Table(stack.resources[logical_id])


def add_seller(emulator: Emulator, stack: Stack, email: str, tenant: str, scopes: Iterable[Scope]) -> str:
    """A person in the user pool, who can sign in at once; the password."""
    cognito, pool = emulator.client("cognito-idp"), stack.resources["SellersPool"]
    attributes = {
        "email": email,
        "email_verified": "true",
        "custom:tenant": tenant,
        "custom:scopes": " ".join(scopes),
    }
    cognito.admin_create_user(
        UserPoolId=pool,
        Username=email,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
    )
    password = f"Aa1-{secrets.token_urlsafe(16)}"
    cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
    return password


def allow_page(emulator: Emulator, stack: Stack) -> None:
    """Let the sign-in page return to the page's address here, which the template cannot know."""
    cognito, pool = emulator.client("cognito-idp"), stack.resources["SellersPool"]
    client = cognito.describe_user_pool_client(
        UserPoolId=pool, ClientId=stack.resources["SellersPoolClient"]
    )["UserPoolClient"]
    kept = {name: value for name, value in client.items() if value and not name.endswith("Date")}
    addresses = [f"{stack.api_url}/"]
    cognito.update_user_pool_client(**kept | {"CallbackURLs": addresses, "LogoutURLs": addresses})
