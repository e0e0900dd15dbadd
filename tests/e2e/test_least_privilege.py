"""With IAM enforced: which of each role's accesses to photos and results are allowed."""

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
    "StorefrontFunctionRole",
    "StylizerRole",
)
ROLES_READING_ORIGINALS = {
    "RouterFunctionRole",
    "ThumbnailerFunctionRole",
    "SweeperFunctionRole",
    "StylizerRole",
}
KEY = "uploads/" + "d" * 32
DENIED_CODES = {"AccessDenied", "403"}


@pytest.fixture
def s3_as(emulator: Emulator, stack: Stack):
    def assume(role: str):
        session = emulator.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::000000000000:role/{stack.resources[role]}", RoleSessionName="test"
        )["Credentials"]
        return boto3.client(
            "s3",
            region_name=REGION,
            endpoint_url=emulator.url,
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
        )

    return assume


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


@pytest.mark.parametrize("role", ROLES)
def test_no_role_deletes_or_overwrites_originals(s3_as, stack, original, role):
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


@pytest.mark.parametrize("role", ROLES)
def test_no_role_deletes_results_or_writes_under_another_roles_prefix(s3_as, stack, role):
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
