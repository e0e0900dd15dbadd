"""With IAM enforced: a session of one tenant reaches that tenant's photos and objects, and no others.

The sessions are those of the product: taken by the storefront's role, through the product's adapter.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import httpx
import pytest

from limner.adapters.tenant_sessions import TenantSessions
from local.aws.emulator import Emulator
from local.aws.stack import Stack
from tests.e2e.roles import Roles, is_denied, role_arn

OWN, OTHER = "acme", "acme-2"
"""The one begins with the other: a policy without a separator would allow both."""
TENANTS = (OWN, OTHER)
PHOTO_ID = "0123456789abcdef0123456789abcdef"


class Tenant:
    """Calls for one tenant's data, with the credentials of a session."""

    def __init__(self, session: boto3.Session, emulator: Emulator, stack: Stack) -> None:
        self.stack = stack
        self.dynamodb = session.client("dynamodb", endpoint_url=emulator.url)
        self.s3 = session.client("s3", endpoint_url=emulator.url)

    def get_item(self, tenant: str) -> None:
        self.dynamodb.get_item(TableName=self.stack.photos_table, Key=key(tenant))

    def put_item(self, tenant: str) -> None:
        self.dynamodb.put_item(TableName=self.stack.photos_table, Item=key(tenant))

    def batch_get_item(self, *tenants: str) -> None:
        keys = {"Keys": [key(tenant) for tenant in tenants]}
        self.dynamodb.batch_get_item(RequestItems={self.stack.photos_table: keys})

    def query(self, tenant: str) -> None:
        self.dynamodb.query(
            TableName=self.stack.photos_table,
            IndexName="Listed",
            KeyConditionExpression="list_key = :list_key",
            ExpressionAttributeValues={":list_key": {"S": f"{tenant}#0"}},
        )

    def get_picture(self, tenant: str) -> None:
        self.s3.get_object(Bucket=self.stack.results_bucket, Key=f"styled/{tenant}/picture.jpg")

    def get_variant(self, tenant: str) -> None:
        self.s3.get_object(Bucket=self.stack.results_bucket, Key=f"variants/{tenant}/variant.jpg")

    def put_upload(self, tenant: str) -> None:
        self.s3.put_object(Bucket=self.stack.uploads_bucket, Key=f"uploads/{tenant}/folder/", Body=b"")


CALLS: dict[str, Callable[[Tenant, str], None]] = {
    "GetItem": Tenant.get_item,
    "PutItem": Tenant.put_item,
    "BatchGetItem": Tenant.batch_get_item,
    "Query": Tenant.query,
    "GetObject of a picture": Tenant.get_picture,
    "GetObject of a variant": Tenant.get_variant,
    "PutObject": Tenant.put_upload,
}
each_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def key(tenant: str) -> dict[str, dict[str, str]]:
    return {"photo_key": {"S": f"{tenant}#{PHOTO_ID}"}}


@pytest.fixture
def storefronts_sts(roles: Roles, emulator: Emulator) -> Any:
    return roles.session("StorefrontFunctionRole").client("sts", endpoint_url=emulator.url)


@pytest.fixture
def own_session(storefronts_sts, stack: Stack) -> boto3.Session:
    arn = role_arn(stack.resources["TenantRole"])
    return TenantSessions(storefronts_sts, arn, lambda session: session, lambda: datetime.now(UTC))(OWN)


@pytest.fixture
def own(own_session, emulator: Emulator, stack: Stack) -> Tenant:
    return Tenant(own_session, emulator, stack)


@pytest.fixture
def objects(emulator: Emulator, stack: Stack):
    """Pictures and variants of both tenants; rows and folders that the calls make are deleted too."""
    s3, names = emulator.client("s3"), ("styled/{}/picture.jpg", "variants/{}/variant.jpg")
    placed = [(stack.results_bucket, name.format(tenant)) for name in names for tenant in TENANTS]
    for bucket, name in placed:
        s3.put_object(Bucket=bucket, Key=name, Body=b"a picture")
    yield
    folders = [(stack.uploads_bucket, f"uploads/{tenant}/folder/") for tenant in TENANTS]
    for bucket, name in placed + folders:
        s3.delete_object(Bucket=bucket, Key=name)
    for tenant in TENANTS:
        emulator.client("dynamodb").delete_item(TableName=stack.photos_table, Key=key(tenant))


@each_call
@pytest.mark.usefixtures("objects")
def test_a_tenants_session_reaches_its_own_data_and_no_others(own: Tenant, call):
    call(own, OWN)
    assert is_denied(lambda: call(own, OTHER))


def test_one_foreign_key_in_a_batch_denies_the_batch(own: Tenant):
    own.batch_get_item(OWN)
    assert is_denied(lambda: own.batch_get_item(OWN, OTHER))


@each_call
@pytest.mark.usefixtures("objects")
def test_a_session_without_a_tenant_reaches_nothing(roles: Roles, emulator, stack, call):
    """The role's trust allows no such session; here the test allows itself one."""
    untagged = Tenant(roles.session("TenantRole"), emulator, stack)
    for tenant in TENANTS:
        assert is_denied(lambda tenant=tenant: call(untagged, tenant))


@each_call
@pytest.mark.usefixtures("objects")
def test_the_storefronts_own_role_reaches_nothing(roles: Roles, emulator, stack, call):
    storefront = Tenant(roles.session("StorefrontFunctionRole"), emulator, stack)
    for tenant in TENANTS:
        assert is_denied(lambda tenant=tenant: call(storefront, tenant))


def test_a_tenants_session_can_do_nothing_else_with_its_own_data(own: Tenant, stack: Stack):
    table, bucket = {"TableName": stack.photos_table}, {"Bucket": stack.results_bucket}
    picture = {**bucket, "Key": f"styled/{OWN}/picture.jpg"}
    assert is_denied(own.dynamodb.scan, **table)
    assert is_denied(own.dynamodb.scan, **table, IndexName="Listed")
    assert is_denied(own.dynamodb.delete_item, **table, Key=key(OWN))
    tenant = {"UpdateExpression": "SET tenant = :l", "ExpressionAttributeValues": {":l": {"L": []}}}
    assert is_denied(own.dynamodb.update_item, **table, Key=key(OWN), **tenant)
    assert is_denied(own.s3.list_objects_v2, **bucket)
    for prefix in ("styled/", f"styled/{OTHER}/", f"tickets/{OWN}/"):
        assert is_denied(own.s3.list_objects_v2, **bucket, Prefix=prefix), prefix
    assert is_denied(own.s3.put_object, **picture, Body=b"forged")
    assert is_denied(own.s3.delete_object, **picture)


def test_the_index_of_all_tenants_is_the_sweepers_alone(own: Tenant, stack: Stack):
    assert is_denied(
        own.dynamodb.query,
        TableName=stack.photos_table,
        IndexName="Open",
        KeyConditionExpression="open_shard = :shard",
        ExpressionAttributeValues={":shard": {"S": f"{OWN}#0"}},
    )


@pytest.mark.usefixtures("objects")
def test_a_link_that_one_tenants_session_signs_for_another_does_not_work(own: Tenant, stack: Stack):
    status_by_tenant = {}
    for tenant in TENANTS:
        place = {"Bucket": stack.results_bucket, "Key": f"styled/{tenant}/picture.jpg"}
        link = own.s3.generate_presigned_url("get_object", Params=place, ExpiresIn=60)
        status_by_tenant[tenant] = httpx.get(link).status_code
    assert status_by_tenant == {OWN: 200, OTHER: 403}


@pytest.mark.usefixtures("objects")
def test_a_form_that_one_tenants_session_signs_for_another_does_not_work(own: Tenant, stack: Stack):
    status_by_tenant = {}
    for tenant in TENANTS:
        form = own.s3.generate_presigned_post(stack.uploads_bucket, f"uploads/{tenant}/folder/")
        answer = httpx.post(form["url"], data=form["fields"], files={"file": b""})
        status_by_tenant[tenant] = answer.status_code
    assert status_by_tenant == {OWN: 204, OTHER: 403}


def test_a_form_is_bound_to_its_key(own: Tenant, emulator: Emulator, stack: Stack):
    form = own.s3.generate_presigned_post(stack.uploads_bucket, f"uploads/{OWN}/{PHOTO_ID}")
    for other in (f"uploads/{OWN}/{'f' * 32}", f"uploads/{OTHER}/{PHOTO_ID}"):
        answer = httpx.post(form["url"], data={**form["fields"], "key": other}, files={"file": b"x"})
        assert answer.status_code == 403
        stored = emulator.client("s3").list_objects_v2(Bucket=stack.uploads_bucket, Prefix=other)
        assert stored["KeyCount"] == 0


@pytest.mark.parametrize("tags", [{}, {"tenant": ""}, {"other": OWN}, {"tenant": OWN, "other": "x"}])
def test_the_storefront_takes_no_session_without_a_tenant_or_with_more(
    roles: Roles, storefronts_sts, tags: dict[str, str]
):
    assert is_denied(lambda: roles.assume(storefronts_sts, "TenantRole", **tags))


@pytest.mark.parametrize("role", ["RouterFunctionRole", "RecorderFunctionRole", "StylizerRole"])
def test_no_other_role_takes_a_tenants_session(roles: Roles, emulator: Emulator, role: str):
    sts = roles.session(role).client("sts", endpoint_url=emulator.url)
    assert is_denied(lambda: roles.assume(sts, "TenantRole", tenant=OWN))
