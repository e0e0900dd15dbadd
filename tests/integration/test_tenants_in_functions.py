"""Router and thumbnailer with tenants of their own settings, as deployed, on moto."""

import pytest

from limner.adapters.tenants import DynamoDbAttachedPrefixes, DynamoDbTenants
from limner.attached_buckets import AttachedPrefix
from limner.contracts import StylizeTicket
from limner.keys import attached_photo_key
from limner.looks import Look, Protection
from limner.tenants import Rule
from tests import makers
from tests.integration.conftest import NAMES, PARAMETERS
from tests.integration.test_functions import (  # noqa: F401 - fixtures
    NOTHING_FAILED,
    invoke,
    put_photo,
    without_version,
)
from tests.makers import KEY

THEIR_BUCKET, THEIR_KEY = "their-photos", "shops/acorn/shoes/1.jpg"
UKIYO_E = Look(styles={"ukiyo-e": 1.0})
SHOES = Rule(prefix="shoes/", looks=(UKIYO_E,), protection=Protection.STRICT)
pytestmark = pytest.mark.usefixtures("without_version")


@pytest.fixture
def tenants(tenants_table):
    return DynamoDbTenants(tenants_table)


def tickets(buckets):
    listed = buckets.list_objects_v2(Bucket=NAMES["ResultsBucket"], Prefix="tickets/").get("Contents", [])
    bodies = [buckets.get_object(Bucket=NAMES["ResultsBucket"], Key=each["Key"])["Body"] for each in listed]
    return [StylizeTicket.model_validate_json(body.read()) for body in bodies]


def rows(table):
    return {item["photo_key"]: item for item in table.scan()["Items"]}


def test_the_settings_of_a_row_replace_the_parameters(invoke, buckets, tenants):  # noqa: F811
    tenants.put(makers.tenant(), 0)
    put_photo(buckets)
    assert invoke("router", "router-object-created") == NOTHING_FAILED
    assert [ticket.looks for ticket in tickets(buckets)] == [(makers.OIL,)]


def test_uploads_of_a_suspended_tenant_fail_without_a_job(invoke, buckets, tenants, table):  # noqa: F811
    tenants.put(makers.tenant(is_suspended=True), 0)
    put_photo(buckets)
    assert invoke("thumbnailer", "thumbnailer-object-created") == NOTHING_FAILED
    assert invoke("router", "router-object-created") == NOTHING_FAILED
    assert rows(table)[str(KEY)]["failure"]["code"] == "tenant_suspended"
    assert "job" not in rows(table)[str(KEY)]
    assert "Contents" not in buckets.list_objects_v2(Bucket=NAMES["ResultsBucket"])


def test_uploads_of_an_unknown_tenant_are_left_alone(
    invoke,  # noqa: F811
    buckets,
    monkeypatch,
    table,
):
    monkeypatch.setitem(PARAMETERS, "FirstTenant", "acorn")
    put_photo(buckets)
    assert invoke("router", "router-object-created") == NOTHING_FAILED
    assert rows(table) == {}


def test_an_object_of_an_attached_bucket_is_its_tenants_and_is_not_copied(
    invoke,  # noqa: F811
    buckets,
    tenants,
    tenants_table,
    table,
):
    tenants.put(makers.tenant(tenant="acorn", rules=(SHOES,)), 0)
    attached = AttachedPrefix(bucket=THEIR_BUCKET, prefix="shops/acorn/", tenant="acorn")
    buckets.create_bucket(
        Bucket=THEIR_BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    buckets.put_object(Bucket=THEIR_BUCKET, Key=THEIR_KEY, Body=makers.jpeg())
    assert invoke("router", "router-attached-bucket") == NOTHING_FAILED
    assert rows(table) == {}, "nobody's, as long as the bucket is not attached"
    DynamoDbAttachedPrefixes(tenants_table).attach(attached)
    _forget()
    for function in ("router", "thumbnailer"):
        assert invoke(function, "router-attached-bucket") == NOTHING_FAILED
    photo = attached_photo_key("acorn", THEIR_BUCKET, THEIR_KEY)
    row = rows(table)[str(photo)]
    assert row["variants"]["renditions"]["folder"].startswith(f"variants/acorn/{photo.photo_id}/")
    (ticket,) = tickets(buckets)
    assert (ticket.photo.bucket, ticket.photo.key) == (THEIR_BUCKET, THEIR_KEY)
    assert ticket.looks == (UKIYO_E.model_copy(update={"protection": Protection.STRICT}),)
    assert "Contents" not in buckets.list_objects_v2(Bucket=NAMES["UploadsBucket"])


def _forget():
    """As after a minute."""
    from limner.bootstrap import pipeline, tenants

    for module in (pipeline, tenants):
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()
