"""With IAM enforced: which of each role's accesses to photos and results are allowed."""

import pytest

from local.aws.emulator import Emulator
from local.aws.stack import Stack
from tests.e2e.roles import Roles, is_denied

ROLES = (
    "RouterFunctionRole",
    "ThumbnailerFunctionRole",
    "RecorderFunctionRole",
    "SweeperFunctionRole",
    "AuthorizerFunctionRole",
    "EraserFunctionRole",
    "StorefrontFunctionRole",
    "NotifierFunctionRole",
    "WebhooksFunctionRole",
    "ProvenanceFunctionRole",
    "SandboxFunctionRole",
    "CampaignsFunctionRole",
    "StylizerRole",
)
ROLES_READING_ORIGINALS = {
    "RouterFunctionRole",
    "ThumbnailerFunctionRole",
    "SweeperFunctionRole",
    "StylizerRole",
}
ROLES_WITHOUT_ERASER = [role for role in ROLES if role != "EraserFunctionRole"]
KEY = "uploads/main/" + "d" * 32


@pytest.fixture
def client_as(emulator: Emulator, roles: Roles):
    return lambda role, service: roles.session(role).client(service, endpoint_url=emulator.url)


@pytest.fixture
def s3_as(client_as):
    return lambda role: client_as(role, "s3")


@pytest.fixture
def original(emulator: Emulator, stack: Stack):
    """An object outside `uploads/`, so that no event rule matches it; no role has access to this prefix."""
    s3 = emulator.client("s3")
    s3.put_object(Bucket=stack.uploads_bucket, Key="kept/original", Body=b"the seller's")
    yield "kept/original"
    s3.delete_object(Bucket=stack.uploads_bucket, Key="kept/original")


@pytest.mark.parametrize("role", ROLES_WITHOUT_ERASER)
def test_no_other_role_deletes_or_overwrites_originals(s3_as, stack, original, role):
    s3 = s3_as(role)
    assert is_denied(s3.delete_object, Bucket=stack.uploads_bucket, Key=original)
    assert is_denied(s3.delete_object, Bucket=stack.uploads_bucket, Key=KEY)
    assert is_denied(s3.put_object, Bucket=stack.uploads_bucket, Key=original, Body=b"ours")
    assert is_denied(s3.put_object, Bucket=stack.uploads_bucket, Key=KEY, Body=b"ours")


@pytest.mark.parametrize("role", ROLES)
def test_only_roles_that_need_originals_may_read_them(s3_as, stack, role):
    reading_is_denied = is_denied(s3_as(role).get_object, Bucket=stack.uploads_bucket, Key=KEY)
    assert reading_is_denied == (role not in ROLES_READING_ORIGINALS)


@pytest.mark.parametrize("role", ROLES_WITHOUT_ERASER)
def test_no_other_role_deletes_results_or_writes_under_another_roles_prefix(s3_as, stack, role):
    s3 = s3_as(role)
    own_prefix = {
        "RouterFunctionRole": "tickets/",
        "ThumbnailerFunctionRole": "variants/",
        "StylizerRole": "styled/",
        "SweeperFunctionRole": "sweeper/",
    }.get(role)
    for prefix in ("tickets/", "variants/", "styled/", "sweeper/"):
        target = {"Bucket": stack.results_bucket, "Key": f"{prefix}x"}
        assert is_denied(s3.delete_object, **target)
        assert is_denied(s3.put_object, Body=b"x", IfNoneMatch="*", **target) == (prefix != own_prefix)


def test_objects_of_test_tenants_are_the_sandboxs_and_no_others(s3_as, emulator, stack: Stack):
    """The stylizer does none of their jobs, and the sandbox no other."""
    reads = {
        "uploads": stack.uploads_bucket,
        "style-pictures": stack.uploads_bucket,
        "tickets": stack.results_bucket,
    }
    for role, own, other in (("SandboxFunctionRole", "test_a", "a"), ("StylizerRole", "a", "test_a")):
        for kind, bucket in reads.items():
            assert not is_denied(s3_as(role).get_object, Bucket=bucket, Key=f"{kind}/{own}/x"), (role, kind)
            assert is_denied(s3_as(role).get_object, Bucket=bucket, Key=f"{kind}/{other}/x"), (role, kind)
    sandbox, once = s3_as("SandboxFunctionRole"), {"Bucket": stack.results_bucket, "IfNoneMatch": "*"}
    for kind in ("styled", "public", "learned"):
        name = f"{stack.results_bucket}-{kind}"
        assert not is_denied(sandbox.put_object, Key=f"{kind}/test_a/{name}", Body=b"x", **once)
        assert is_denied(sandbox.put_object, Key=f"{kind}/a/{name}", Body=b"x", **once)
        emulator.client("s3").delete_object(Bucket=stack.results_bucket, Key=f"{kind}/test_a/{name}")


def test_the_stylizer_writes_a_picture_once_and_replaces_a_report(s3_as, stack: Stack):
    s3, folder = s3_as("StylizerRole"), {"Bucket": stack.results_bucket, "Body": b"x"}
    assert is_denied(s3.put_object, Key="styled/a/p/j/1/oil/full.jpg", **folder), "a picture, unconditionally"
    assert not is_denied(s3.put_object, Key="styled/a/p/j/report.json", **folder)


@pytest.mark.parametrize("role", ROLES)
def test_the_eraser_alone_deletes_versions_and_only_of_photos(emulator, s3_as, stack, original, role):
    root, s3 = emulator.client("s3"), s3_as(role)
    target = {"Bucket": stack.results_bucket, "Key": "tickets/main/x"}
    version = root.put_object(**target, Body=b"x")["VersionId"]
    assert is_denied(s3.delete_object, **target, VersionId=version) == (role != "EraserFunctionRole")
    kept = {"Bucket": stack.uploads_bucket, "Key": original}
    version = root.head_object(**kept)["VersionId"]
    assert is_denied(s3.delete_object, **kept, VersionId=version), "it is no upload of a photo"


def test_the_eraser_writes_no_object(s3_as, stack):
    s3 = s3_as("EraserFunctionRole")
    for bucket, key in ((stack.uploads_bucket, KEY), (stack.results_bucket, "tickets/x")):
        assert is_denied(s3.put_object, Bucket=bucket, Key=key, Body=b"ours")


@pytest.mark.parametrize("role", [role for role in ROLES if role != "StylizerRole"])
def test_whoever_submits_reads_whether_submissions_are_paused_and_nobody_changes_it(
    client_as, stack: Stack, role: str
):
    ssm, name = client_as(role, "ssm"), stack.resources["SubmissionState"]
    reads = role in {"RouterFunctionRole", "SweeperFunctionRole", "CampaignsFunctionRole"}
    assert is_denied(ssm.get_parameter, Name=name) != reads
    assert is_denied(ssm.put_parameter, Name=name, Value="paused", Overwrite=True)


@pytest.mark.parametrize("role", ROLES)
def test_the_storefront_alone_reads_the_key_of_the_cursors(client_as, stack: Stack, role: str):
    secrets, name = client_as(role, "secretsmanager"), stack.resources["CursorSecret"]
    reads = role in {"StorefrontFunctionRole", "ProvenanceFunctionRole"}
    assert is_denied(secrets.get_secret_value, SecretId=name) != reads


@pytest.mark.parametrize("role", ROLES)
def test_the_authorizer_alone_reads_keys_and_records_their_use(client_as, stack: Stack, role: str):
    """Which attributes it may write is tested on the template: the emulator takes them from projections alone."""
    dynamodb, table = client_as(role, "dynamodb"), {"TableName": stack.resources["ApiKeysTable"]}
    key = {"Key": {"key_id": {"S": "nosuchkey0000000"}}}
    use = {
        "UpdateExpression": "SET last_used_on = :day",
        "ConditionExpression": "attribute_exists(key_id)",
        "ExpressionAttributeValues": {":day": {"S": "2026-01-01"}},
    }
    reads = role == "AuthorizerFunctionRole"
    assert is_denied(dynamodb.get_item, **table, **key) != reads
    assert is_denied(dynamodb.update_item, **table, **key, **use) != reads
    assert is_denied(dynamodb.put_item, **table, Item=key["Key"])
    assert is_denied(dynamodb.delete_item, **table, **key)
    assert is_denied(dynamodb.scan, **table)
