"""With IAM enforced: which of each role's accesses to photos and results are allowed."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from local.aws.emulator import REGION, Emulator
from local.aws.stack import Stack

ROLES = (
    "RouterFunctionRole",
    "ThumbnailerFunctionRole",
    "RecorderFunctionRole",
    "SweeperFunctionRole",
    "EraserFunctionRole",
    "StorefrontFunctionRole",
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
TRUST_OF_THE_TEST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
            "Action": "sts:AssumeRole",
        }
    ],
}
DENIED_CODES = {"AccessDenied", "AccessDeniedException", "403"}


@pytest.fixture
def client_as(emulator: Emulator, stack: Stack):
    """Roles are for services alone; here the account's root user takes them too, to try their permissions."""
    iam = emulator.client("iam")
    changed = {}

    def assume(role: str, service: str):
        name = stack.resources[role]
        changed.setdefault(name, iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"])
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(TRUST_OF_THE_TEST))
        session = emulator.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::000000000000:role/{stack.resources[role]}", RoleSessionName="test"
        )["Credentials"]
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=emulator.url,
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
        )

    yield assume
    for name, trust in changed.items():
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))


@pytest.fixture
def s3_as(client_as):
    return lambda role: client_as(role, "s3")


def is_denied(call, **arguments) -> bool:
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"] in DENIED_CODES
    return False


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
    if role != "StorefrontFunctionRole":  # it signs the forms that sellers upload with
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
        assert is_denied(s3.put_object, Body=b"x", **target) == (prefix != own_prefix)


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
def test_router_and_sweeper_read_whether_submissions_are_paused_and_nobody_changes_it(
    client_as, stack: Stack, role: str
):
    ssm, name = client_as(role, "ssm"), stack.resources["SubmissionState"]
    reads = role in {"RouterFunctionRole", "SweeperFunctionRole"}
    assert is_denied(ssm.get_parameter, Name=name) != reads
    assert is_denied(ssm.put_parameter, Name=name, Value="paused", Overwrite=True)


@pytest.mark.parametrize("role", ROLES)
def test_the_storefront_alone_reads_the_key_of_the_cursors(client_as, stack: Stack, role: str):
    secrets, name = client_as(role, "secretsmanager"), stack.resources["CursorSecret"]
    assert is_denied(secrets.get_secret_value, SecretId=name) == (role != "StorefrontFunctionRole")
